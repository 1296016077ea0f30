"""The operating system and processor architecture that a request names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from shared.catalog.images import Image, images
from shared.domain.suggestion import Keyword
from shared.suggestion.text.expressions import Expression
from shared.suggestion.text.languages import language
from shared.suggestion.text.sentences import say
from shared.suggestion.text.words import continues, corrected, negated

_S = r"[\s-]"
_V = r"(?:v(?:ersion)?\.?\s?)?"
WINDOWS = frozenset({"Windows Server", "Windows Server Core"})
# How a system is called, with its version in groups; the catalogue's name of it; the family that a version makes.
_SYSTEMS: tuple[tuple[Expression, str, str], ...] = (
    (
        Expression(rf"\bubuntu{_S}+minimal(?:{_S}+(\d\d)\.?(04|10))?(?:{_S}+lts)?\b"),
        "Ubuntu Minimal",
        "ubuntu-minimal-{0}{1}",
    ),
    (
        Expression(
            rf"\bubuntu(?:{_S}*(?:server|linux|lts|core|desktop))*(?:{_S}*{_V}(\d\d)(?:\.?(04|"
            rf"10)\b)?(?:\.\d)?)?(?:{_S}+lts)?(?![\d.]*\d)"
        ),
        "Ubuntu",
        "ubuntu-{0}{1}",
    ),
    (Expression(rf"\bdebian(?:{_S}*(?:gnu/linux{_S}+)?{_V}(\d\d?)(?:\.\d+)?\b)?"), "Debian", "debian-{0}"),
    (Expression(rf"\brocky(?:{_S}*linux)?(?:{_S}*{_V}(\d\d?)(?:\.\d+)?\b)?"), "Rocky Linux", "rocky-linux-{0}"),
    (
        Expression(rf"\b(?:rhel|red\s?hat(?:{_S}+(?:enterprise|linux))*)(?:{_S}*{_V}(\d\d?)(?:\.\d+)?\b)?"),
        "RHEL",
        "rhel-{0}",
    ),
    (
        Expression(rf"\bcent{_S}?os(?:{_S}+(?:linux|stream))*(?:{_S}*{_V}(\d\d?)(?:\.\d+)?\b)?"),
        "CentOS Stream",
        "centos-stream-{0}",
    ),
    (
        Expression(rf"\b(?:sles|(?<!open)suse(?:{_S}+(?:linux|enterprise|server))*)(?:{_S}*{_V}(\d\d)\b)?"),
        "SLES",
        "sles-{0}",
    ),
    (Expression(rf"\bopensuse(?:{_S}+leap)?(?:{_S}+\d\d(?:\.\d)?)?\b"), "openSUSE Leap", ""),
    (Expression(rf"\bcontainer{_S}optimi[sz]ed(?:{_S}os)?\b"), "Container-Optimized OS", ""),
    (
        Expression(
            rf"\b(?:ms{_S}+|microsoft{_S}+)?windows(?:{_S}+server)?(?:{_S}+(20\d\d))?{_S}+core(?:{_S}+(20\d\d))?\b"
        ),
        "Windows Server Core",
        "windows-{0}-core",
    ),
    (
        Expression(
            rf"\b(?:(?:ms{_S}+|microsoft{_S}+)?(?:win(?:dows)?(?:{_S}*(?:server|srv))?|ws|w2k)|(?<!sql "
            rf")server(?=\s20(?:08|12|16|19|22|25)\b))[\s-]*(20(?:0[038]|1[0-9]|"
            rf"2[0-9]))(?:{_S}?r2)?(?:{_S}+(?:datacenter|standard|server))?\b"
        ),
        "Windows Server",
        "windows-{0}",
    ),
    (
        Expression(
            rf"\b(?:ms{_S}+|microsoft{_S}+)?windows(?:{_S}+(?:10|11|8|7|xp|vista|server|desktop))?\b|"
            rf"\bwin\s?(?:10|11|7|xp)\b|\bwin(?:{_S}server)?(?=\s+(?:vm|server|box|machine)\b)"
        ),
        "Windows Server",
        "",
    ),
    (Expression(r"视窗|विंडोज़?|ウィンドウズ"), "Windows Server", ""),
    (Expression(r"उबंटू|乌班图|ウブントゥ"), "Ubuntu", ""),
    (Expression(r"डेबियन"), "Debian", ""),
)
_CODENAMES = {
    "bionic": ("Ubuntu", "18.04"), "focal": ("Ubuntu", "20.04"), "jammy": ("Ubuntu", "22.04"),
    "noble": ("Ubuntu", "24.04"), "resolute": ("Ubuntu", "26.04"), "buster": ("Debian", "10"),
    "bullseye": ("Debian", "11"), "bookworm": ("Debian", "12"), "trixie": ("Debian", "13"),
}  # fmt: skip
_CODENAME = Expression(
    rf"\b(?:(?:ubuntu|debian){_S}+)?(bionic|focal|jammy|bookworm|bullseye|trixie|buster)\b|\bubuntu{_S}+(noble|"
    rf"resolute)\b"
)
# Systems that Compute Engine has no public image of, and what comes nearest.
_INSTEAD = (
    (Expression(rf"\balma(?:{_S}*linux)?(?:{_S}*(\d\d?)(?:\.\d+)?\b)?"), "Rocky Linux", "rocky-linux-{0}"),
    (Expression(rf"\boracle{_S}+linux(?:{_S}*(\d\d?)(?:\.\d+)?\b)?"), "Rocky Linux", "rocky-linux-{0}"),
    (Expression(rf"\b(?:amazon{_S}+linux(?:{_S}+(?:2023|2))?|al2023)\b"), "Rocky Linux", ""),
    (Expression(rf"\bfedora(?:{_S}+(?:server|linux|coreos))?(?:{_S}+\d\d)?\b"), "CentOS Stream", ""),
    (Expression(rf"\b(?:linux{_S}+mint|pop!?_?os|elementary{_S}?os)\b"), "Ubuntu", ""),
    (
        Expression(
            rf"\b(?:kali(?:{_S}*linux)?|raspbian|raspberry pi os|arch{_S}+linux|manjaro|nixos|gentoo|"
            rf"alpine(?:{_S}+linux)?|devuan|parrot{_S}?os|void{_S}+linux|slackware)\b"
        ),
        "Debian",
        "",
    ),
    (Expression(r"\b(?:free|open|net)bsd\b"), "Debian", ""),
)
_CLIENT = Expression(rf"\bwin(?:dows)?{_S}*(?:10|11|7|8|xp|vista)\b")
_ARM = Expression(
    rf"\b(?:arm64|aarch64|arm(?:v8)?(?:{_S}?(?:based|cpus?|processors?|servers?|machines?|instances?|"
    rf"architecture))?(?!\s+templates?)|ampere|axion|graviton)\b"
)
_X86 = Expression(r"\b(?:x86(?:[_-]64)?|amd64|x64|intel|xeon|epyc)\b")
_LINUX = Expression(r"\blinux\b|लिनक्स")


@dataclass(frozen=True, slots=True)
class System:
    """The catalogue's system and, where a version was named, the image family that has it or comes nearest. `arm`:
    asked for (True), refused (False) or not spoken of; `unwanted` are systems that are refused. `note` says what was
    put in the place of something else."""

    os: str | None = None
    family: str | None = None
    arm: bool | None = None
    unwanted: frozenset[str] = frozenset()
    note: str | None = None
    keywords: tuple[Keyword, ...] = ()


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    os: str
    prefix: str | None  # of the family that the named version makes
    asked: str
    instead: bool = False


def system(text: str, today: date) -> System:
    """The first operating system that the text names and does not refuse or take back."""
    arm, words = _architecture(text)
    family = _family_named(text)
    if family:
        by_name = images()[family[0]].architecture == "ARM64"
        return System(images()[family[0]].os, family[0], by_name or arm, frozenset(), None, (*words, family[1]))
    wanted, refused = _sorted_out(text, list(_hits(text)))
    unwanted = frozenset(os for hit in refused for os in ([*WINDOWS] if hit.os in WINDOWS else [hit.os]))
    words = (*words, *(_word(text, hit, "not wanted") for hit in refused))
    if not wanted:
        linux = _LINUX.search(text)
        if linux and not negated(text, linux.start(), linux.end()):
            unwanted |= WINDOWS
        return System(None, None, arm, unwanted, None, words)
    hit = wanted[0]
    image, note = _image(text, hit, arm is True, today)
    words = (*words, _word(text, hit, "operating system"))
    return System(hit.os, image.family if image else None, arm, unwanted - {hit.os}, note, words)


def _sorted_out(text: str, hits: list[_Hit]) -> tuple[list[_Hit], list[_Hit]]:
    """Those that are wanted, and those refused or taken back: "Ubuntu, no sorry, Debian"."""
    wanted: list[_Hit] = []
    refused: list[_Hit] = []
    for hit in hits:
        if wanted and corrected(text[wanted[-1].end : hit.start]):
            refused.append(wanted.pop())
        together = bool(refused) and continues(text, hit.start, (refused[-1].start, refused[-1].end))
        (refused if together or negated(text, hit.start, hit.end) else wanted).append(hit)
    return wanted, [hit for hit in refused if hit.os not in {each.os for each in wanted}]


def _hits(text: str) -> Iterator[_Hit]:
    """Every system that the text names, in its order, the longest where names overlap."""
    found = [
        _Hit(hit.start(), hit.end(), os, _prefix(hit, pattern), hit[0].strip(), instead)
        for table, instead in ((_SYSTEMS, False), (_INSTEAD, True))
        for known, os, pattern in table
        for hit in known.finditer(text)
    ]
    for hit in _CODENAME.finditer(text):
        os, version = _CODENAMES[(hit[1] or hit[2]).lower()]
        found.append(_Hit(hit.start(), hit.end(), os, f"{os.lower()}-{version.replace('.', '')}", hit[0]))
    end = 0
    for each in sorted(found, key=lambda each: (each.start, -each.end)):
        if each.start >= end:
            yield each
            end = each.end


def _prefix(hit: re.Match[str], pattern: str) -> str | None:
    """The family that the version of the match makes; None where none was named. A lone year of Ubuntu is its "
    "April's."""
    versions = [group for group in hit.groups() if group]
    if not versions or not pattern:
        return None
    return pattern.format(*versions, *(["04"] if len(versions) == 1 else []))


def _image(text: str, hit: _Hit, arm: bool, today: date) -> tuple[Image | None, str | None]:
    """The image of the version that was named, or the nearest supported one, and what has to be said."""
    tongue = language(text)
    exact, image = _family(hit, arm, today)
    if hit.instead:
        return image, say("no_image", tongue, asked=hit.asked, os=hit.os)
    if hit.os in WINDOWS and _CLIENT.search(text):
        return image, say("windows_client", tongue)
    if hit.prefix is None or exact:
        return image, None
    return image, say("no_version", tongue, asked=hit.asked, os=f"{image.os} {image.version}" if image else hit.os)


def _family(hit: _Hit, arm: bool, today: date) -> tuple[bool, Image | None]:
    """Whether the catalogue has the version that was named, and its image, else the nearest newer one in support."""
    if hit.prefix is None:
        return False, None
    architecture = "ARM64" if arm else "X86_64"
    known = [image for image in images().values() if image.os == hit.os and image.architecture == architecture]
    for image in known:
        if image.family == hit.prefix or image.family.startswith(f"{hit.prefix}-"):
            return True, image
    supported = sorted((image for image in known if image.supported(today)), key=lambda image: image.order)
    lasting = [image for image in supported if "LTS" in image.version] or supported
    asked = _order(hit)
    newer = [image for image in lasting if image.order >= asked]
    return False, next(iter(newer or lasting[-1:]), None)


def _order(hit: _Hit) -> tuple[int, ...]:
    digits = re.sub(r"\D", "", hit.prefix or "")
    return (int(digits[:2]), int(digits[2:])) if hit.os.startswith("Ubuntu") else (int(digits or 0),)


def _architecture(text: str) -> tuple[bool | None, tuple[Keyword, ...]]:
    for pattern, is_arm in ((_ARM, True), (_X86, False)):
        for hit in pattern.finditer(text):
            no = negated(text, hit.start(), hit.end())
            if no and not is_arm:
                continue  # "not Intel" may be AMD
            kind = "not wanted" if no else "architecture"
            return is_arm and not no, (Keyword(text=hit[0], kind=kind, start=hit.start(), end=hit.end()),)
    return None, ()


def _word(text: str, hit: _Hit, kind: str) -> Keyword:
    words = text[hit.start : hit.end].rstrip()
    return Keyword(text=words, kind=kind, start=hit.start, end=hit.start + len(words))


def _family_named(text: str) -> tuple[str, Keyword] | None:
    """An image family by its own name (`debian-12`), the longest if one begins another."""
    lower = text.lower()
    for family in sorted(images(), key=len, reverse=True):
        at = lower.find(family)
        if at >= 0 and "-" in family and len(lower) == len(text) and not negated(text, at, at + len(family)):
            end = at + len(family)
            return family, Keyword(text=text[at:end], kind="operating system", start=at, end=end)
    return None

"""The operating system and processor architecture that a request names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from shared.catalog.images import Image, images
from shared.domain.suggestion import Keyword
from shared.suggestion.mentions.system_names import CODENAME, CODENAMES, FAMILIES, INSTEAD, SYSTEMS, WINDOWS
from shared.suggestion.text.expressions import Expression
from shared.suggestion.text.languages import language
from shared.suggestion.text.sentences import say
from shared.suggestion.text.words import continues, corrected, negated

_CLIENT = Expression(r"\bwin(?:dows)?[\s-]*(?:10|11|7|8|xp|vista)\b")
_ARM = Expression(
    r"\b(?:arm64|aarch64|arm(?:v8)?(?:[\s-]?(?:based|cpus?|processors?|servers?|machines?|instances?|"
    r"architecture))?(?!\s+templates?)|ampere|axion|graviton)\b"
)
_X86 = Expression(r"\b(?:x86(?:[_-]64)?|amd64|x64|intel|xeon|epyc)\b")
_LINUX = Expression(r"\b(?:gnu/)?linux\b|लिनक्स")
_ANY_LINUX = "Linux"  # no system of the catalogue, but what may take another one back
# What only Windows runs, or what people reach Windows by.
_OF_WINDOWS = Expression(
    r"\.exe\b|\bexes?\b|\bmstsc(?:\.exe)?\b|\brdp\b|\bvb6?\b|\bvisual basic\b|\bvba\b|\bactivex\b|\bwinforms\b|"
    r"\bwpf\b|"
    r"\.net framework\b|\bpowerbuilder\b|\bclassic asp\b|\bmsi (?:installer|package)\b"
)
# A machine that its owner has: "from my Windows laptop".
_OWN_BEFORE = re.compile(r"\b(?:my|our|your|his|her|their|from an?|with our|for our)\s+(?:\w+\s+)?$", re.IGNORECASE)
_OWN_BEHIND = re.compile(
    r"\s+(?:laptop|pc|notebook|computer|client|user|desktop|machine|workstation)s?\b", re.IGNORECASE
)
_AT_FIRST = Expression(
    r"\b(?:at first|first(?:ly)?|initially|originally|was going to|were going to|had planned|thought|zuerst|erst|"
    r"primero|"
    r"al principio|d[’']abord|primeiro|no início)\b|最初|先是|はじめ|पहले"
)
_THEN = Expression(
    r"\b(?:but|now|then|changed|however|jetzt|aber|ahora|pero|maintenant|mais|agora|mas)\b|现在|但|今は|でも|अब"
)
# Another version of the system that was named before: "Ubuntu 22.04 … actually 24.04".
_AGAIN = Expression(
    r"(?:\b(?:actually|no|nein|sorry|wait|rather|make (?:it|that)|i mean(?:t)?|better|or|lieber|doch|mejor|perdón|"
    r"plutôt|non|"
    r"não|melhor)|改成|还是|やっぱり|いや)[\s,:;.…-]+(?:(?:make|it|that|use|the|version|v|go|with|wait|no|sorry|"
    r"better)[\s,]+){0,3}"
    r"(?:(\d\d)\.(04|10)|(20(?:16|19|22|25))|(\d{1,2})(?!\s?[a-z%]|[.,]?\d))"
)


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
    wanted = wanted or list(_hinted(text, refused))
    unwanted = frozenset(os for hit in refused for os in ([*WINDOWS] if hit.os in WINDOWS else [hit.os]))
    words = (*words, *(_word(text, hit, "not wanted") for hit in refused))
    if not wanted:
        linux = _LINUX.search(text)
        if linux and not negated(text, linux.start(), linux.end()):
            unwanted |= WINDOWS
        return System(None, None, arm, unwanted, None, words)
    hit = _corrected_version(text, wanted[0])
    image, note = _image(text, hit, arm is True, today)
    words = (*words, _word(text, hit, "operating system"))
    return System(hit.os, image.family if image else None, arm, unwanted - {hit.os}, note, words)


def _sorted_out(text: str, hits: list[_Hit]) -> tuple[list[_Hit], list[_Hit]]:
    """Those that are wanted, and those refused or taken back: "Ubuntu, no sorry, Debian"."""
    wanted: list[_Hit] = []
    refused: list[_Hit] = []
    for hit in hits:
        if wanted and _taken_back(text, wanted[-1], hit):
            refused.append(wanted.pop())
        together = bool(refused) and continues(text, hit.start, (refused[-1].start, refused[-1].end))
        (refused if together or negated(text, hit.start, hit.end) else wanted).append(hit)
    kept = [hit for hit in wanted if hit.os != _ANY_LINUX]
    return kept, [hit for hit in refused if hit.os not in {_ANY_LINUX, *(each.os for each in kept)}]


def _taken_back(text: str, former: _Hit, hit: _Hit) -> bool:
    """Whether the later takes the place of the former: "Ubuntu, no sorry, Debian", "Windows at first, now Linux"."""
    between = text[former.end : hit.start]
    if corrected(between):
        return True
    before = text[max(0, former.start - 30) : former.start]
    return len(between) <= 60 and bool(_THEN.search(between) and _AT_FIRST.search(before + between))


def _hinted(text: str, refused: list[_Hit]) -> Iterator[_Hit]:
    """Windows, where no system is named but what only Windows has."""
    if _LINUX.search(text) or any(hit.os in WINDOWS for hit in refused):
        return
    for hit in _OF_WINDOWS.finditer(text):
        if not negated(text, hit.start(), hit.end()):
            yield _Hit(hit.start(), hit.end(), "Windows Server", None, hit[0])


def _corrected_version(text: str, hit: _Hit) -> _Hit:
    again = _AGAIN.search(text[hit.end : hit.end + 60])
    pattern = FAMILIES.get(hit.os)
    if again is None or pattern is None:
        return hit
    versions = [group for group in again.groups() if group]
    fits = len(versions) == pattern.count("{") and (hit.os in WINDOWS) == bool(again[3])
    asked = f"{hit.os} {'.'.join(versions)}"
    return replace(hit, prefix=pattern.format(*versions), asked=asked) if fits else hit


def _hits(text: str) -> Iterator[_Hit]:
    """Every system that the text names, in its order, the longest where names overlap."""
    found = [
        _Hit(hit.start(), hit.end(), os, _prefix(hit, pattern), hit[0].strip(), instead)
        for table, instead in ((SYSTEMS, False), (INSTEAD, True))
        for known, os, pattern in table
        for hit in known.finditer(text)
    ]
    for hit in CODENAME.finditer(text):
        os, version = CODENAMES[(hit[1] or hit[2]).lower()]
        found.append(_Hit(hit.start(), hit.end(), os, f"{os.lower()}-{version.replace('.', '')}", hit[0]))
    found += [_Hit(hit.start(), hit.end(), _ANY_LINUX, None, hit[0]) for hit in _LINUX.finditer(text)]
    end = 0
    for each in sorted(found, key=lambda each: (each.start, -each.end)):
        if each.start >= end:
            if not _of_their_own(text, each):
                yield each
            end = each.end


def _of_their_own(text: str, hit: _Hit) -> bool:
    before = text[max(0, hit.start - 24) : hit.start]
    return hit.os in WINDOWS and bool(_OWN_BEFORE.search(before) and _OWN_BEHIND.match(text, hit.end))


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

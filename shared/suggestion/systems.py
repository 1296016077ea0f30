"""The operating system and processor architecture that a request names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.catalog.images import images
from shared.domain.suggestion import Keyword
from shared.suggestion.words import negated

_I = re.IGNORECASE
# How a system is called, with its version in groups; the catalogue's name of it; the family that a version makes.
_SYSTEMS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r"\bubuntu(?:[\s-]+(?:server|linux|lts))*(?:[\s-]+(\d\d)\.?(04|10))?(?:[\s-]+lts)?\b", _I),
        "Ubuntu",
        "ubuntu-{0}{1}",
    ),
    (re.compile(r"\bdebian(?:[\s-]+(?:gnu/linux[\s-]+)?(\d\d)\b)?", _I), "Debian", "debian-{0}"),
    (re.compile(r"\brocky(?:[\s-]*linux)?(?:[\s-]*(\d\d?)\b)?", _I), "Rocky Linux", "rocky-linux-{0}"),
    (
        re.compile(r"\b(?:rhel|red\s?hat(?:[\s-]+(?:enterprise|linux))*)(?:[\s-]*(\d\d?)\b)?", _I),
        "RHEL",
        "rhel-{0}",
    ),
    (re.compile(r"\bcentos(?:[\s-]+stream)?(?:[\s-]*(\d\d?)\b)?", _I), "CentOS Stream", "centos-stream-{0}"),
    (
        re.compile(r"\b(?:sles|suse(?:[\s-]+(?:linux|enterprise|server))*)(?:[\s-]*(\d\d)\b)?", _I),
        "SLES",
        "sles-{0}",
    ),
    (re.compile(r"\bopensuse(?:[\s-]+leap)?\b", _I), "openSUSE Leap", ""),
    (re.compile(r"\bcontainer[\s-]optimi[sz]ed(?:[\s-]os)?\b", _I), "Container-Optimized OS", ""),
    (
        re.compile(r"\bwindows[\s-]+server[\s-]+core(?:[\s-]+(20\d\d))?\b", _I),
        "Windows Server Core",
        "windows-{0}-core",
    ),
    (re.compile(r"\bwin(?:dows)?(?:[\s-]*server)?[\s-]+(20\d\d)\b", _I), "Windows Server", "windows-{0}"),
    (re.compile(r"\bwindows(?:[\s-]+(?:10|11|server))?\b|\bwin\s?1[01]\b", _I), "Windows Server", ""),
)
# Systems that Compute Engine has no public image of, and what comes nearest.
_INSTEAD = (
    (re.compile(r"\balma(?:[\s-]*linux)?(?:[\s-]*(\d\d?)\b)?", _I), "AlmaLinux", "Rocky Linux", "rocky-linux-{0}"),
    (re.compile(r"\boracle[\s-]+linux(?:[\s-]*(\d\d?)\b)?", _I), "Oracle Linux", "Rocky Linux", "rocky-linux-{0}"),
    (re.compile(r"\b(?:amazon[\s-]+linux|al2023)\b", _I), "Amazon Linux", "Rocky Linux", ""),
    (re.compile(r"\bfedora\b", _I), "Fedora", "CentOS Stream", ""),
    (
        re.compile(
            r"\b(?:linux mint|kali(?:[\s-]*linux)?|raspbian|arch[\s-]+linux|nixos|gentoo|alpine[\s-]+linux)\b", _I
        ),
        "that distribution",
        "Debian",
        "",
    ),
    (re.compile(r"\b(?:freebsd|openbsd)\b", _I), "BSD", "Debian", ""),
    (re.compile(r"\b(?:mac\s?os(?:[\s-]?x)?|os x)\b", _I), "macOS", "Ubuntu", ""),
)
_CLIENT = re.compile(r"\bwin(?:dows)?[\s-]*(?:10|11|7|xp)\b", _I)
_ARM = re.compile(r"\b(?:arm64|aarch64|arm(?:[\s-]based)?|ampere|axion|graviton)\b", _I)


@dataclass(frozen=True, slots=True)
class System:
    """The catalogue's system and, where a version was named that the catalogue knows, the image family. `note` says
    what was put in the place of something else."""

    os: str | None = None
    family: str | None = None
    arm: bool = False
    note: str | None = None
    keywords: tuple[Keyword, ...] = ()


def system(text: str) -> System:
    """The first operating system that the text names and does not refuse."""
    arm = _ARM.search(text)
    is_arm = arm is not None and not negated(text, arm.start())
    words = (_word(arm, "architecture"),) if arm and is_arm else ()
    family = _family_named(text)
    if family:
        return System(images()[family[0]].os, family[0], is_arm, None, (*words, family[1]))
    hits = [
        (hit, os, pattern)
        for known, os, pattern in _SYSTEMS
        for hit in known.finditer(text)
        if not negated(text, hit.start())
    ]
    if not hits:
        return _instead(text, is_arm, words)
    hit, os, pattern = min(hits, key=lambda found: (found[0].start(), -len(found[0][0])))
    versioned = _family(hit, os, pattern, is_arm)
    note: str | None = None
    if _CLIENT.search(text):
        note = "Compute Engine has no public image of a Windows client; Windows Server with its desktop comes nearest."
    elif versioned is None and hit.groups() and hit[1]:
        note = f"There is no image of {hit[0].strip()}; the newest supported {os} is taken."
    return System(os, versioned, is_arm, note, (*words, _word(hit, "operating system")))


def _instead(text: str, arm: bool, words: tuple[Keyword, ...]) -> System:
    for known, name, os, pattern in _INSTEAD:
        hit = known.search(text)
        if hit and not negated(text, hit.start()):
            note = f"Compute Engine has no public image of {name}; {os} comes nearest."
            return System(os, _family(hit, os, pattern, arm), arm, note, (*words, _word(hit, "operating system")))
    return System(arm=arm, keywords=words)


def _word(hit: re.Match[str], kind: str) -> Keyword:
    text = hit[0].rstrip()
    return Keyword(text=text, kind=kind, start=hit.start(), end=hit.start() + len(text))


def _family_named(text: str) -> tuple[str, Keyword] | None:
    """An image family by its own name (`debian-12`), the longest if one begins another."""
    lower = text.lower()
    for family in sorted(images(), key=len, reverse=True):
        at = lower.find(family)
        if at >= 0 and "-" in family and not negated(text, at):
            end = at + len(family)
            return family, Keyword(text=text[at:end], kind="operating system", start=at, end=end)
    return None


def _family(hit: re.Match[str], os: str, pattern: str, arm: bool) -> str | None:
    """The image family of the version that was named; None where there was none, or none that the catalogue has."""
    versions = [group for group in hit.groups() if group]
    if not versions:
        return None
    prefix = pattern.format(*versions)
    wanted = "ARM64" if arm else "X86_64"
    fitting = (
        family
        for family, image in images().items()
        if image.os == os and image.architecture == wanted and (family == prefix or family.startswith(f"{prefix}-"))
    )
    return next(fitting, None)

"""The workloads that a request names, however it spells them: joined or apart, in the plural, versioned, mistyped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from shared.catalog.workloads import workloads
from shared.suggestion.mentions.vocabulary import (
    Name,
    also_words,
    mistyped,
    names_alone,
    of_machines,
    spelt,
    vocabulary,
)
from shared.suggestion.text.words import Word, continues, corrected, negated, split

_I = re.IGNORECASE
_STUCK_VERSION = re.compile(r"^([a-zà-ɏ+#]{2,}?)(\d[\d.]*)$")
# A number right behind a name is its version unless it counts or measures something.
_VERSION = re.compile(
    r"[\s-]+(?:v(?:ersion|\.)?\s?)?(\d{1,2}(?:\.\d{1,3}){0,2}|\d{1,2}\.x|20[012]\d)(?:\.x)?(?:\s?lts)?"
    r"(?=\s*(?:[,.;:!?()/&+]|$|\n)|\s+(?:and|with|on|or|for|in|by|running|plus|server|cluster|database|db|app|y|"
    r"con|et|avec|"
    r"und|mit|e|com|sur|en|auf|em)\b)(?!\s*[/x×]\s*\d|[.,]\d)",
    _I,
)
_MOVE = r"(?:mov|migrat|migr|convert|switch|port|chang|transition|umzieh|umstell)"
_MOVING = re.compile(rf"\b{_MOVE}\w*\s+(?:[\w’']+\s+){{0,3}}$", _I)
_INTO = re.compile(r"(?:\s+[\w-]+){0,3}\s+(?:to|into|over to|a|hacia|vers|nach|zu|auf|para)\s+(?:\w+\s+){0,2}", _I)
_MOVES_TO = re.compile(
    rf"(?:\s+[\w-]+){{0,5}}\s+(?:be\s+)?{_MOVE}\w*\s+(?:over\s+)?(?:to|into)\s+(?:\w+\s+){{0,2}}", _I
)
_UNIT = re.compile(r"[\s-]*(?:[gtm]i?b|v?cpus?|cores?|users?|players?|hours?|days?|weeks?|months?)\b", _I)
_VERSION_WITHIN = re.compile(r"[a-z+#][\s-]?v?(\d[\d.]*)$", _I)
_LONGEST_NAME = 6
_COUNTED = frozenset({"node", "nodes", "container", "containers", "go"})  # "3 nodes" are machines, "8 Go" gigabytes
_NODES = frozenset({"node", "nodes"})
_BEFORE_A_NODE = frozenset(
    {"cluster", "worker", "compute", "control", "master", "single", "full", "head", "kubernetes", "k8s", "gpu", "per"}
)
_STORES = frozenset({"database", "cache", "message broker", "task queue", "search engine", "CI", "monitoring"})
_OUTSIDE_BEFORE = re.compile(
    r"\b(?:(?:an?|the|our|my) )?(?:external|remote|managed|hosted|third[- ]party|already[- ]running)\s+(?:\w+\s+)?$|"
    r"\b(?:already (?:have|has|got|own|run|use|pay for)|(?:connect\w*|talk\w*) to (?:our|my|the|their|an existing))"
    r"(?: (?:an?|the|our|my))?(?: (?:existing|own|company|managed))*(?: \w+)?\s+$|"
    r"\b(?:rds|aurora|cloud sql(?: for)?|azure|supabase|neon|aiven|planetscale|elasticache|heroku)\s+$|"
    r"\b(?:ya (?:tengo|tenemos)|j[’']ai déjà|nous avons déjà|ich habe schon|wir haben schon|já (?:tenho|temos))"
    r"(?: (?:una?|une?|eine?n?|uma?|nuestr[oa]|notre|unsere?n?|nosso|nossa))?(?: (?:propi[oa]|propre|eigene[nrs]?|"
    r"pr[óo]pri[oa]))?\s+$|"
    r"\b(?:have|has|got|run|use)\s+(?:our|my|their|its|an?)\s+(?:own|existing)\s+$|"
    r"(?:已经|已)(?:有了?|部署了?)(?:自己的)?\s*$|पहले से\s*$|pehle se\s+$",
    _I,
)
_OUTSIDE_BEHIND = re.compile(
    r"(?:\s+\w+){0,3}?\s+(?:elsewhere|externally|(?:is|are) (?:external|managed|hosted|outside|elsewhere)|"
    r"(?:that |which )?(?:lives|runs|sits|is running|is hosted) (?:elsewhere|outside|on (?:another|a different|"
    r"aws|azure|rds))|"
    r"on (?:another|a different|a separate|some other) (?:machine|server|box|host|vm)|"
    r"(?:on|in) (?:aws|rds|amazon|azure|atlas|cloud sql|aurora|supabase)|en otr[oa] (?:servidor|máquina|lado)|ailleurs|"
    r"woanders|em outro (?:servidor|lugar))\b|\s+(?:atlas|rds|aurora)\b|"
    r"\s+already(?=\s*(?:[,.;:!?)]|$)|\s+(?:and|so|but|there|exists?|running|in place|available)\b)|"
    r"\s+(?:is|are)\s+already\s+(?:there|running|in place|available|provided)\b|"
    r"\s*(?:は|が)?(?:すでに|既に|もう)(?:ある|あり|動い|持って)|\s*已经有|\s*(?:pehle se|पहले से)",
    _I,
)
_NOT_BEHIND_A_WORD = frozenset(
    {"to", "will", "can", "could", "would", "please", "should", "may", "might", "i", "we", "you"}
)
_BRIEF = 4  # words: who writes no more names what is wanted
_NOT_BEFORE_A_WORD = frozenset({"of", "the", "a", "an", "my", "your", "me", "us", "it", "that", "this", "them"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A workload named in the text. `general`: only its kind was named ("database"). `version` as written, if any."""

    workload: str
    start: int
    end: int
    general: bool = False
    negated: bool = False
    version: str | None = None


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    name: Name
    version: str | None = None


def mentions(text: str) -> tuple[Mention, ...]:
    """Every workload that the text names, longest names first where they overlap, in the order of the text."""
    found: list[Mention] = []
    last: _Hit | None = None
    refused, elsewhere = False, 0
    for hit in _hits(text):
        elsewhere = max(elsewhere, _outside(text, hit))
        refused = (
            hit.start < elsewhere
            or negated(text, hit.start, hit.end)
            or (refused and last is not None and _goes_on(text, last, hit))
        )
        if last is not None and (corrected(text[last.end : hit.start]) or _moved(text, last, hit)):
            found = [_taken_back(former, hit, last) for former in found]
        found += [Mention(id, hit.start, hit.end, hit.name.general, refused, hit.version) for id in hit.name.ids]
        last = hit
    return tuple(found)


def _goes_on(text: str, former: _Hit, hit: _Hit) -> bool:
    """Whether what was said of the former counts for the hit: in one breath, or as a second word for the same."""
    if former.name.ids == hit.name.ids and not text[former.end : hit.start].strip():
        return True
    return continues(text, hit.start, (former.start, former.end))


def _moved(text: str, source: _Hit, target: _Hit) -> bool:
    """Whether the one is to become the other: "migrate our MySQL to PostgreSQL"."""
    between = text[source.end : target.start]
    if _MOVES_TO.fullmatch(between):
        return True
    return bool(_MOVING.search(text[max(0, source.start - 40) : source.start])) and bool(_INTO.fullmatch(between))


def _taken_back(former: Mention, by: _Hit, last: _Hit) -> Mention:
    """The former mention, refused if it is the one right before a correction and of the same kind."""
    kinds = {workloads()[id].kind for id in by.name.ids}
    same = former.start == last.start and workloads()[former.workload].kind in kinds
    return replace(former, negated=True) if same and former.workload not in by.name.ids else former


def _outside(text: str, hit: _Hit) -> int:
    """Where the words end that say of a store that it exists elsewhere, and is only connected to; 0 if none do."""
    if not all(workloads()[id].kind in _STORES for id in hit.name.ids):
        return 0
    behind = _OUTSIDE_BEHIND.match(text, hit.end)
    if behind:
        return behind.end()
    return hit.end if _OUTSIDE_BEFORE.search(text[max(0, hit.start - 60) : hit.start]) else 0


def _hits(text: str) -> list[_Hit]:
    """Names in Latin letters by their words, others as they stand in the text; of overlapping ones the earlier."""
    found = [*_latin(text, split(text)), *_other_scripts(text)]
    kept: list[_Hit] = []
    for hit in sorted(found, key=lambda hit: (hit.start, -hit.end)):
        if not kept or hit.start >= kept[-1].end:
            kept.append(hit)
    return [hit for hit in kept if hit.name.ids]


def _latin(text: str, words: Sequence[Word]) -> Iterator[_Hit]:
    at, technical = 0, _technical(words)
    while at < len(words):
        for length in range(min(_LONGEST_NAME, len(words) - at), 0, -1):
            name, version = _named(words, at, length, technical)
            if name is None:
                continue
            start, end = words[at].start, words[at + length - 1].end
            if length > 1 and text[end - 1].isdigit() and _UNIT.match(text, end):
                continue  # "PostgreSQL 16 GB" names no version
            behind = None if version else _VERSION.match(text, end)
            version = version or _version_within(text[start:end], name)
            if behind:
                version, end = behind[1], end + len(behind[0].rstrip())
            yield _Hit(start, end, name, version)
            at += length
            while at < len(words) and words[at].start < end:
                at += 1
            break
        else:
            at += 1


def _version_within(words: str, name: Name) -> str | None:
    """The version that the name itself has, where it is not the title's: "PostgreSQL 16" is a name of PostgreSQL."""
    found = _VERSION_WITHIN.search(words)
    if found is None or len(name.ids) > 1 or any(letter.isdigit() for letter in workloads()[name.ids[0]].title):
        return None
    return found[1]


def _named(words: Sequence[Word], at: int, length: int, technical: bool) -> tuple[Name | None, str | None]:
    """What the words from `at` on name, and the version that is stuck to the name."""
    first = words[at]
    if length > 1:
        parts = [word.normal for word in words[at : at + length]]
        return spelt(" ".join(parts), "".join(parts)), None
    before = words[at - 1].normal if at else ""
    counted = first.normal in _COUNTED and before.isdigit()
    if counted or (first.normal in _NODES and before in _BEFORE_A_NODE):
        return None, None
    exact = vocabulary().exact.get(first.text)
    if exact:
        return exact, None
    if first.text.islower() and first.normal in also_words() and not (technical and _as_a_name(words, at)):
        return None, None
    name, version = spelt(first.normal, first.normal), None
    stuck = _STUCK_VERSION.match(first.normal)
    if name is None and stuck:
        name, version = spelt(stuck[1], stuck[1]), stuck[2].rstrip(".")
    return name or mistyped(first.normal), version


def _technical(words: Sequence[Word]) -> bool:
    """Whether the text speaks of machines: it is brief, or has a number, a word of theirs, or software by a name that
    is no everyday word."""
    if len(words) <= _BRIEF:
        return True
    return any(
        word.normal in of_machines() or word.normal[0].isdigit() or word.normal in names_alone() for word in words
    )


def _as_a_name(words: Sequence[Word], at: int) -> bool:
    """Whether an everyday word ("flask", "ghost") stands where a name would."""
    before = words[at - 1].normal if at else ""
    behind = words[at + 1].normal if at + 1 < len(words) else ""
    return before not in _NOT_BEHIND_A_WORD and behind not in _NOT_BEFORE_A_WORD


def _other_scripts(text: str) -> Iterator[_Hit]:
    known = vocabulary()
    if known.other is None or text.isascii():
        return
    for found in known.other.finditer(text):
        yield _Hit(found.start(), found.end(), known.names[found[0]])

"""The workloads that a request names, by whatever spelling: joined or apart, in the plural, with a version, "
"mistyped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from shared.catalog.files import document
from shared.catalog.workloads import stacks, workloads
from shared.suggestion.words import Word, continues, corrected, negated, split

_I = re.IGNORECASE
_LATIN = re.compile(r"[A-Za-z0-9]")
_STUCK_VERSION = re.compile(r"^([a-zà-ɏ+#]{2,}?)(\d[\d.]*)$")
# A number right behind a name is its version unless it counts or measures something.
_VERSION = re.compile(
    r"[\s-]+(?:v(?:ersion|\.)?\s?)?(\d{1,2}(?:\.\d{1,3}){0,2}|\d{1,2}\.x|20[012]\d)(?:\.x)?(?:\s?lts)?"
    r"(?=\s*(?:[,.;:!?()/&+]|$|\n)|\s+(?:and|with|on|or|for|in|by|running|plus|server|cluster|database|db|app|y|"
    r"con|et|avec|"
    r"und|mit|e|com|sur|en|auf|em)\b)(?!\s*[/x×]\s*\d|[.,]\d)",
    _I,
)
_LONGEST_NAME = 5
_JOINED = 5  # letters from which on a name is known however it is divided: "rabbit mq", "next-cloud"
_TYPO_FROM = 5
_COUNTED = frozenset({"node", "nodes", "container", "containers", "go"})  # "3 nodes" are machines, "8 Go" gigabytes
_STORES = frozenset(
    {"database", "cache", "message queue", "message broker", "queue", "search engine", "time series database"}
)
_OUTSIDE_BEFORE = re.compile(
    r"\b(?:(?:an?|the|our|my) )?(?:external|remote|managed|hosted|third[- ]party|already[- ]running)\s+(?:\w+\s+)?$|"
    r"\b(?:already (?:have|has|got|own|run|use|pay for)|(?:connect\w*|talk\w*) to (?:our|my|the|their|an existing))"
    r"(?: (?:an?|the|our|my))?(?: (?:existing|own|company|managed))*(?: \w+)?\s+$|"
    r"\b(?:rds|aurora|cloud sql(?: for)?|azure|supabase|neon|aiven|planetscale|elasticache|heroku)\s+$|"
    r"\b(?:ya (?:tengo|tenemos)|j[’']ai déjà|nous avons déjà|ich habe schon|wir haben schon|já (?:tenho|temos))"
    r"(?: (?:una?|une?|eine?n?|uma?))?\s+$",
    _I,
)
_OUTSIDE_BEHIND = re.compile(
    r"(?:\s+\w+){0,3}?\s+(?:elsewhere|externally|(?:is|are) (?:external|managed|hosted|outside|elsewhere)|"
    r"(?:that |which )?(?:lives|runs|sits|is running|is hosted) (?:elsewhere|outside|on (?:another|a different|"
    r"aws|azure|rds))|"
    r"on (?:another|a different|a separate|some other) (?:machine|server|box|host|vm)|"
    r"(?:on|in) (?:aws|rds|amazon|azure|atlas|cloud sql|aurora|supabase)|en otr[oa] (?:servidor|máquina|lado)|ailleurs|"
    r"woanders|em outro (?:servidor|lugar))\b|\s+(?:atlas|rds|aurora)\b",
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
class _Name:
    ids: tuple[str, ...]
    general: bool = False


@dataclass(frozen=True, slots=True)
class _Hit:
    start: int
    end: int
    name: _Name
    version: str | None = None


def mentions(text: str) -> tuple[Mention, ...]:
    """Every workload that the text names, longest names first where they overlap, in the order of the text."""
    found: list[Mention] = []
    last: _Hit | None = None
    refused = False
    for hit in _hits(text):
        refused = (
            negated(text, hit.start, hit.end)
            or (refused and last is not None and continues(text, hit.start, (last.start, last.end)))
            or _outside(text, hit)
        )
        if last is not None and corrected(text[last.end : hit.start]):
            found = [_taken_back(former, hit, last) for former in found]
        found += [Mention(id, hit.start, hit.end, hit.name.general, refused, hit.version) for id in hit.name.ids]
        last = hit
    return tuple(found)


def _taken_back(former: Mention, by: _Hit, last: _Hit) -> Mention:
    """The former mention, refused if it is the one right before a correction and of the same kind."""
    kinds = {workloads()[id].kind for id in by.name.ids}
    same = former.start == last.start and workloads()[former.workload].kind in kinds
    return replace(former, negated=True) if same and former.workload not in by.name.ids else former


def _outside(text: str, hit: _Hit) -> bool:
    """Whether it is a store that exists elsewhere, and is only connected to."""
    if not all(workloads()[id].kind in _STORES for id in hit.name.ids):
        return False
    before = text[max(0, hit.start - 60) : hit.start]
    return bool(_OUTSIDE_BEFORE.search(before)) or bool(_OUTSIDE_BEHIND.match(text, hit.end))


def _hits(text: str) -> list[_Hit]:
    """Names in Latin letters by their words, others as they stand in the text; of overlapping ones the earlier."""
    found = [*_latin(text, split(text)), *_other_scripts(text)]
    kept: list[_Hit] = []
    for hit in sorted(found, key=lambda hit: (hit.start, -hit.end)):
        if not kept or hit.start >= kept[-1].end:
            kept.append(hit)
    return kept


def _latin(text: str, words: Sequence[Word]) -> Iterator[_Hit]:
    at = 0
    while at < len(words):
        for length in range(min(_LONGEST_NAME, len(words) - at), 0, -1):
            name, version = _named(words, at, length)
            if name is None:
                continue
            start, end = words[at].start, words[at + length - 1].end
            behind = None if version else _VERSION.match(text, end)
            if behind:
                version, end = behind[1], end + len(behind[0].rstrip())
            yield _Hit(start, end, name, version)
            at += length
            while at < len(words) and words[at].start < end:
                at += 1
            break
        else:
            at += 1


def _named(words: Sequence[Word], at: int, length: int) -> tuple[_Name | None, str | None]:
    """What the words from `at` on name, and the version that is stuck to the name."""
    first = words[at]
    if length > 1:
        parts = [word.normal for word in words[at : at + length]]
        return _spelt(" ".join(parts), "".join(parts)), None
    if at > 0 and first.normal in _COUNTED and words[at - 1].normal.isdigit():
        return None, None
    exact = _vocabulary().exact.get(first.text)
    if exact:
        return exact, None
    if first.text.islower() and first.normal in _also_words() and not _as_a_name(words, at):
        return None, None
    name, version = _spelt(first.normal, first.normal), None
    stuck = _STUCK_VERSION.match(first.normal)
    if name is None and stuck:
        name, version = _spelt(stuck[1], stuck[1]), stuck[2].rstrip(".")
    return name or _mistyped(first.normal), version


def _as_a_name(words: Sequence[Word], at: int) -> bool:
    """Whether an everyday word ("flask", "ghost") stands where a name would, in a text that speaks of machines."""
    if len(words) > _BRIEF and not any(word.normal in _of_machines() or word.normal[0].isdigit() for word in words):
        return False
    before = words[at - 1].normal if at else ""
    behind = words[at + 1].normal if at + 1 < len(words) else ""
    return before not in _NOT_BEHIND_A_WORD and behind not in _NOT_BEFORE_A_WORD


def _spelt(key: str, joined: str) -> _Name | None:
    """By the key as written, by its singular, or by its letters without divisions."""
    known = _vocabulary()
    found = known.names.get(key)
    if found is None and len(joined) >= _JOINED:
        found = known.joined.get(joined)
    if found is None and key.endswith("s") and len(key) > 3:
        found = known.names.get(key[:-1]) or (known.names.get(key[:-2]) if key.endswith("es") else None)
    return found


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """Names in normal form, the same without divisions, names that count only as written, those in other scripts, and
    the single words that may be mistyped by their first letter."""

    names: Mapping[str, _Name]
    joined: Mapping[str, _Name]
    exact: Mapping[str, _Name]
    other: re.Pattern[str] | None
    by_initial: Mapping[str, tuple[str, ...]]


@cache
def _vocabulary() -> _Vocabulary:
    names: dict[str, _Name] = {}
    exact: dict[str, _Name] = {}
    for id, workload in workloads().items():
        exact.update(dict.fromkeys(workload.exact, _Name((id,))))
        names.update({_normal(word): _Name((id,)) for word in workload.everyday})
        names.update({_normal(word): _Name((id,), general=True) for word in workload.generic})
    for id, workload in workloads().items():
        names.update({_normal(word): _Name((id,)) for word in workload.words})
    names.update({_normal(name): _Name(ids) for name, ids in stacks().items()})
    foreign = sorted((name for name in names if not _LATIN.search(name)), key=len, reverse=True)
    initials: dict[str, list[str]] = {}
    for name in names:
        typed = name.isascii() and name.isalpha() and len(name) >= _TYPO_FROM
        if typed and not names[name].general and name not in _also_words():
            initials.setdefault(name[0], []).append(name)
    return _Vocabulary(
        names=names,
        joined={name.replace(" ", "").replace(".", ""): found for name, found in names.items()},
        exact=exact,
        other=re.compile("|".join(map(re.escape, foreign))) if foreign else None,
        by_initial={initial: tuple(each) for initial, each in initials.items()},
    )


def _normal(name: str) -> str:
    """A name as its words are looked up; one without Latin letters stands as it is."""
    return " ".join(word.normal for word in split(name)) if _LATIN.search(name) else name.lower()


def _other_scripts(text: str) -> Iterator[_Hit]:
    known = _vocabulary()
    if known.other is None or text.isascii():
        return
    for found in known.other.finditer(text):
        yield _Hit(found.start(), found.end(), known.names[found[0]])


@cache
def _also_words() -> frozenset[str]:
    everyday = (name for workload in workloads().values() for name in workload.everyday)
    return frozenset(document("ordinary")["also_words"].split()).union(everyday)


@cache
def _of_machines() -> frozenset[str]:
    return frozenset(document("ordinary")["of_machines"].split())


@cache
def _never_typos() -> frozenset[str]:
    return frozenset(" ".join(document("ordinary")["no_typos"].values()).split())


@lru_cache(maxsize=4096)
def _mistyped(word: str) -> _Name | None:
    """What was meant by a word that differs from a name by one slip (two in a long name): a letter too many, missing,
    another, or two swapped. A short word may only have two swapped; an ending that makes it another word is no slip."""
    if not (word.isascii() and word.isalpha() and len(word) >= _TYPO_FROM) or word in _never_typos():
        return None
    from rapidfuzz.distance import OSA  # a hundredth of a second that only a process which meets an unknown word pays

    known = _vocabulary()
    best: tuple[int, str] | None = None
    for name in known.by_initial.get(word[0], ()):
        shortest = min(len(name), len(word))
        slips = 2 if shortest >= 9 else 1
        if abs(len(name) - len(word)) > slips or word.startswith(name) or _inflected(word, name):
            continue
        distance = OSA.distance(name, word, score_cutoff=slips)
        if distance <= slips and (shortest > 5 or sorted(name) == sorted(word)):
            best = min(best or (distance, name), (distance, name))
    return known.names[best[1]] if best else None


def _inflected(word: str, name: str) -> bool:
    return any(word.endswith(ending) and not name.endswith(ending) for ending in ("ed", "ing", "er", "ers", "ly"))

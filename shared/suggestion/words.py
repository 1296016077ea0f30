"""A request's words, the spans that are negated, and the workloads that they name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from shared.catalog.workloads import stacks, workloads

# Latin words with their inner points and trailing signs: Next.js, C++, .NET. Other scripts end a word.
_WORD = re.compile(r"\.?[A-Za-z0-9À-ɏ]+(?:[.+#][A-Za-z0-9À-ɏ]+)*[+#]*")
_VERSION_BEHIND = re.compile(r"^([a-z+#]{2,}?)[\d.]+$")
_LONGEST_NAME = 5
_Names = Mapping[str, tuple[str, ...]]
_COUNTED = frozenset({"node", "nodes", "container", "containers", "go"})  # "3 nodes" are machines, "8 Go" gigabytes
_NEGATED = re.compile(
    r"(?:\b(?:no|not|without|sans|sin|ohne|sem|kein|keine|pas de|don'?t (?:need|want|use|install)|"
    r"do not (?:need|want|use|install)|no need for|instead of|rather than|excluding|except|skip)"
    r"(?:\s+(?:a|an|any|the|use|using|want|need|of|in|near))*\s+)$",
    re.IGNORECASE,
)
_NEGATED_TOO = re.compile(r"^\s*(?:,?\s*(?:or|nor|ni|oder|ou)|/)\s*(?:an?\s+)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Word:
    """A word as written, its normal form, and where it stands."""

    text: str
    normal: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mention:
    """A workload named in the text. `general`: only its kind was named ("database")."""

    workload: str
    start: int
    end: int
    general: bool = False
    negated: bool = False


def split(text: str) -> tuple[Word, ...]:
    """The words of the text in order."""
    return tuple(Word(found[0], found[0].lower(), found.start(), found.end()) for found in _WORD.finditer(text))


def negated(text: str, start: int, before: tuple[int, bool] | None = None) -> bool:
    """Whether what starts there is negated: by a word before it, or in one breath with the thing that ended at
    `before[0]` and was (`before[1]`): "no Docker or Redis"."""
    if _NEGATED.search(text[max(0, start - 40) : start]):
        return True
    return before is not None and before[1] and bool(_NEGATED_TOO.match(text[before[0] : start]))


def mentions(text: str) -> tuple[Mention, ...]:
    """Every workload that the text names, longest names first where they overlap, in the order of the text."""
    found: list[Mention] = []
    last: tuple[int, bool] | None = None
    for start, end, ids, general in _matches(split(text)):
        no = negated(text, start, last)
        found += [Mention(id, start, end, general, no) for id in ids]
        last = (end, no)
    return tuple(found)


def _matches(words: tuple[Word, ...]) -> Iterator[tuple[int, int, tuple[str, ...], bool]]:
    at = 0
    while at < len(words):
        counted = at > 0 and words[at - 1].normal.isdigit() and words[at].normal in _COUNTED
        for length in range(0 if counted else min(_LONGEST_NAME, len(words) - at), 0, -1):
            span = words[at : at + length]
            hit = _named(span)
            if hit:
                yield span[0].start, span[-1].end, *hit
                at += length
                break
        else:
            at += 1


def _named(span: tuple[Word, ...]) -> tuple[tuple[str, ...], bool] | None:
    """The workloads that the words name, and whether they only name a kind."""
    names, kinds, exact = _vocabulary()
    if len(span) == 1 and span[0].text in exact:
        return exact[span[0].text], False
    key = " ".join(word.normal for word in span)
    for form in _forms(key):
        if form in names:
            return names[form], False
        if form in kinds:
            return kinds[form], True
    typo = _mistyped(key) if len(span) == 1 else None
    return (typo, False) if typo else None


def _forms(key: str) -> Iterator[str]:
    """As written, in the singular, without a version stuck to it."""
    yield key
    if key.endswith("s") and len(key) > 3:
        yield key[:-1]
    versioned = _VERSION_BEHIND.match(key)
    if versioned:
        yield versioned[1]


@cache
def _vocabulary() -> tuple[_Names, _Names, _Names]:
    """Names, words for whole kinds, and names that count only as written: each in normal form to workloads' ids."""
    names = {_normal(name): ids for name, ids in stacks().items()}
    kinds: dict[str, tuple[str, ...]] = {}
    exact: dict[str, tuple[str, ...]] = {}
    for id, workload in workloads().items():
        names.update({_normal(name): (id,) for name in workload.words})
        kinds.update({_normal(name): (id,) for name in workload.generic})
        exact.update(dict.fromkeys(workload.exact, (id,)))
    return names, kinds, exact


def _normal(name: str) -> str:
    return " ".join(word.normal for word in split(name))


@cache
def _by_initial() -> Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]:
    """Single-word names that are long enough to be recognised when mistyped, by their first letter."""
    found: defaultdict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for name, ids in _vocabulary()[0].items():
        if name.isalpha() and len(name) >= 5:
            found[name[0]].append((name, ids))
    return {initial: tuple(names) for initial, names in found.items()}


def _mistyped(word: str) -> tuple[str, ...] | None:
    """What was meant by a word that differs from a name by one slip (two in a long name). A short word may only have
    two letters swapped, and an ending that makes it another English word is no slip."""
    if len(word) < 5 or not word.isalpha():
        return None
    for name, ids in _by_initial().get(word[0], ()):
        shortest = min(len(name), len(word))
        slips = 2 if shortest >= 9 else 1
        if abs(len(name) - len(word)) > slips or word.startswith(name) or _inflected(word, name):
            continue
        if (shortest > 5 or sorted(name) == sorted(word)) and _distance(name, word) <= slips:
            return ids
    return None


def _inflected(word: str, name: str) -> bool:
    return any(word.endswith(ending) and not name.endswith(ending) for ending in ("ed", "ing", "er", "ers"))


def _distance(a: str, b: str) -> int:
    """Edits between two words, a swap of neighbours counted as one (optimal string alignment)."""
    before, row = [0] * (len(b) + 1), list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        above, row = row, [i]
        for j, y in enumerate(b, 1):
            best = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before = above
    return row[-1]

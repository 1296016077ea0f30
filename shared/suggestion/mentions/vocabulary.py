"""The names of the catalogue's workloads as requests spell them, and the everyday words that are none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from shared.catalog.files import document
from shared.catalog.workloads import stacks, workloads
from shared.suggestion.text.words import split

_LATIN = re.compile(r"[A-Za-z0-9]")
_JOINED = 5  # letters from which on a name is known however it is divided: "rabbit mq", "next-cloud"
_TYPO_FROM = 5


@dataclass(frozen=True, slots=True)
class Name:
    ids: tuple[str, ...]
    general: bool = False


_NOTHING = Name(())  # a phrase in which a name means something else


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names in normal form, the same without divisions, names that count only as written, those in other scripts, and
    the single words that may be mistyped by their first letter."""

    names: Mapping[str, Name]
    joined: Mapping[str, Name]
    exact: Mapping[str, Name]
    other: re.Pattern[str] | None
    by_initial: Mapping[str, tuple[str, ...]]


@cache
def vocabulary() -> Vocabulary:
    names: dict[str, Name] = {}
    exact: dict[str, Name] = {}
    for id, workload in workloads().items():
        exact.update(dict.fromkeys(workload.exact, Name((id,))))
        names.update({_normal(word): Name((id,)) for word in workload.everyday})
        names.update({_normal(word): Name((id,), general=True) for word in workload.generic})
    for id, workload in workloads().items():
        names.update({_normal(word): Name((id,)) for word in workload.words})
    names.update({_normal(name): Name(ids) for name, ids in stacks().items()})
    names.update({_normal(phrase): _NOTHING for phrase in document("ordinary")["no_names"]})
    foreign = sorted((name for name in names if not _LATIN.search(name)), key=len, reverse=True)
    initials: dict[str, list[str]] = {}
    for name in names:
        typed = name.isascii() and name.isalpha() and len(name) >= _TYPO_FROM and names[name].ids
        if typed and not names[name].general and name not in also_words():
            initials.setdefault(name[0], []).append(name)
    return Vocabulary(
        names=names,
        joined={name.replace(" ", "").replace(".", ""): found for name, found in names.items()},
        exact=exact,
        other=re.compile("|".join(map(re.escape, foreign))) if foreign else None,
        by_initial={initial: tuple(each) for initial, each in initials.items()},
    )


def _normal(name: str) -> str:
    """A name as its words are looked up; one without Latin letters stands as it is."""
    return " ".join(word.normal for word in split(name)) if _LATIN.search(name) else name.lower()


def spelt(key: str, joined: str) -> Name | None:
    """By the key as written, by its singular, or by its letters without divisions."""
    known = vocabulary()
    found = known.names.get(key)
    if found is None and len(joined) >= _JOINED:
        found = known.joined.get(joined)
    if found is None and key.endswith("s") and len(key) > 3:
        found = known.names.get(key[:-1]) or (known.names.get(key[:-2]) if key.endswith("es") else None)
    return found


@cache
def also_words() -> frozenset[str]:
    """Names that are everyday words too."""
    everyday = (name for workload in workloads().values() for name in workload.everyday)
    return frozenset(document("ordinary")["also_words"].split()).union(everyday)


@cache
def names_alone() -> frozenset[str]:
    """Single words that are names of software and nothing else."""
    known = vocabulary().names.items()
    return frozenset(name for name, found in known if found.ids and not found.general) - also_words()


@cache
def of_machines() -> frozenset[str]:
    """Words that only a text about machines has."""
    return frozenset(document("ordinary")["of_machines"].split())


@cache
def _never_typos() -> frozenset[str]:
    return frozenset(" ".join(document("ordinary")["no_typos"].values()).split())


@lru_cache(maxsize=4096)
def mistyped(word: str) -> Name | None:
    """What was meant by a word that differs from a name by one slip (two in a long name): a letter too many, missing,
    another, or two swapped. A short word may only have two swapped; an ending that makes it another word is no slip."""
    if not (word.isascii() and word.isalpha() and len(word) >= _TYPO_FROM) or word in _never_typos():
        return None
    from rapidfuzz.distance import OSA  # a hundredth of a second that only a process which meets an unknown word pays

    known = vocabulary()
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

"""What the model is shown: the request and its analysis as data, and what of the catalogue may matter to it."""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from shared.catalog.files import digest
from shared.catalog.images import images
from shared.catalog.machines import accelerators
from shared.catalog.regions import regions
from shared.catalog.workloads import Workload, workloads
from shared.suggestion.model.schema import PROMPT, PROMPT_VERSION, as_answer
from shared.suggestion.reading import Reading

Message = Mapping[str, str]

SLICE = 120  # workloads at most: about 1,500 tokens, however large the catalogue
NEAR = 40  # of those, at most so many because their names are near the request's words
NEIGHBOURS = 20  # of those, at most so many only because they are of a kind with what was named
_TELLING = 8  # a word that more workloads than this share says nothing about any of them
_ALIKE = 0.6  # Dice coefficient of two words' letter pairs, from which one may be a slip of the other

_WORDS = re.compile(r"\w+")


def question(request: str, reading: Reading) -> list[Message]:
    """What the model is asked, in training as in use."""
    shown = {"request": request, **_context(request, reading)}
    return [
        {"role": "system", "content": PROMPT},
        {"role": "user", "content": json.dumps(shown, ensure_ascii=False)},
    ]


def cache_key(request: str, reading: Reading, model: str) -> str:
    """What an answer is kept under: all that it depends on, the request in the normal form of `_folded`."""
    parts = [_folded(request), _context(request, reading), PROMPT_VERSION, digest(), model]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _folded(request: str) -> str:
    """Unicode's compatibility form, blanks as one, words in lower case where that loses nothing: those of one or two
    letters stay as they are, since case tells R, Go and Gb from other words."""
    words = unicodedata.normalize("NFKC", request).split()
    return " ".join(word if len(word) < 3 else word.casefold() for word in words)


def _context(request: str, reading: Reading) -> dict[str, Any]:
    slice_ = relevant(request, reading)
    heavy = reading.gpu or reading.billions or any(workloads()[id].needs.gpu_gib for id in slice_)
    return {
        "analysis": {
            "language": reading.language,
            "unwanted": sorted(reading.unwanted),
            **as_answer(reading).model_dump(exclude={"explanation", "evidence", "duration"}),
            # Its length may depend on the moment of asking, and the same request is to be answered the same tomorrow.
            "duration": "known" if reading.duration else None,
        },
        "catalogue": {id: workloads()[id].title for id in slice_},
        "gpus": {name: gpu.memory_gib for name, gpu in accelerators().items()} if heavy else {},
        "systems": sorted({image.os for image in images().values()}),
        "regions": {id: region.city for id, region in regions().items()},
    }


def relevant(request: str, reading: Reading, most: int = SLICE) -> tuple[str, ...]:
    """The ids of the workloads that the request may mean, best first: those that rules named, those that share a
    telling word with it (or a slip of one), their kind's others, then one for each kind, for what is only implied."""
    known = workloads()
    named = [id for id in (*reading.workloads, *sorted(reading.unwanted)) if id in known]
    required = [each for id in named for each in known[id].requires]
    near = _near(request)[:NEAR]
    kinds = {known[id].kind for id in (*named, *near)}
    neighbours = [id for id, each in known.items() if each.kind in kinds][:NEIGHBOURS]
    ranked = dict.fromkeys((*named, *required, *near, *neighbours, *_general()))
    return tuple(ranked)[:most]


def _near(request: str) -> list[str]:
    """Those with a word of the request in their names; then those with one that is nearly that."""
    folded = unicodedata.normalize("NFKC", request).casefold()
    words = set(_WORDS.findall(folded))
    index = _index()
    hits: defaultdict[str, float] = defaultdict(float)
    for word in words:
        for id in index.get(word, ()):
            hits[id] += 1
    for word in words - index.keys():
        for other, likeness in _alike(word):
            for id in index[other]:
                hits[id] += likeness
    for name, id in _unspaced():
        if name in folded:
            hits[id] += 1
    return sorted(hits, key=lambda id: (-hits[id], id))


@cache
def _index() -> Mapping[str, tuple[str, ...]]:
    """Telling words of names, titles and kinds to the workloads that have them."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for id, workload in workloads().items():
        for word in _own_words(workload):
            found[word].append(id)
    return {word: tuple(ids) for word, ids in found.items() if len(ids) <= _TELLING and not word.isdigit()}


def _own_words(workload: Workload) -> set[str]:
    """The words of its names. One of up to three letters counts only as a whole name: others are "for" and "die"."""
    names = [name.casefold() for name in (workload.title, workload.kind, *workload.words, *workload.generic)]
    return {word for name in names for word in _WORDS.findall(name) if len(word) > 3 or word == name}


@cache
def _unspaced() -> tuple[tuple[str, str], ...]:
    """Names in scripts that put no blanks between words."""
    return tuple(
        (name, id)
        for id, workload in workloads().items()
        for name in (*workload.words, *workload.generic)
        if name and not name.isascii() and min(name) > "⺀"
    )


@cache
def _by_pair() -> Mapping[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for word in _index():
        for pair in _pairs(word):
            found[pair].add(word)
    return {pair: frozenset(words) for pair, words in found.items()}


@cache
def _lengths() -> Mapping[str, int]:
    return {word: len(_pairs(word)) for word in _index()}


def _alike(word: str) -> Sequence[tuple[str, float]]:
    """The words of the index that share so many pairs of letters with this one, and the share."""
    if len(word) < 4:
        return ()
    mine, lengths = _pairs(word), _lengths()
    shared = Counter(other for pair in mine for other in _by_pair().get(pair, ()) if len(other) >= 4)
    likeness = {other: 2 * count / (len(mine) + lengths[other]) for other, count in shared.items()}
    return sorted((other, share) for other, share in likeness.items() if share >= _ALIKE)


def _pairs(word: str) -> frozenset[str]:
    return frozenset(word[at : at + 2] for at in range(len(word) - 1))


@cache
def _general() -> tuple[str, ...]:
    """One of each kind: that which the kind's own words mean, else the first."""
    first: dict[str, str] = {}
    for id, workload in sorted(workloads().items(), key=lambda item: not item[1].generic):
        first.setdefault(workload.kind, id)
    return tuple(first.values())

"""What the model may add to a reading: nothing that the request does not say, the catalogue lacks or rules read
otherwise. What rules read stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from shared.catalog.images import images
from shared.catalog.machines import accelerators
from shared.catalog.regions import regions
from shared.catalog.workloads import workloads
from shared.domain.spec import RegionWish, keepable, parse_duration
from shared.domain.suggestion import Keyword
from shared.suggestion.model.schema import ModelReading, as_answer
from shared.suggestion.reading import Reading

MOST_WORKLOADS = 20
MOST_EVIDENCE = 40
LONGEST_INTENT = 200

# The largest value that is taken of each number, and what a figure of the text may be multiplied by to make it
# (MB and TB for GiB, "5k users", a model of 350M parameters).
_THOUSANDTHS = (Decimal(1) / 1000, Decimal(1) / 1024)
_SIZES = (Decimal(1), Decimal(1000), Decimal(1024), *_THOUSANDTHS)
_NUMBERS: dict[str, tuple[int, tuple[Decimal, ...]]] = {
    "vcpus": (10_000, (Decimal(1),)),
    "memory_gib": (100_000, _SIZES),
    "disk_gib": (65_536, _SIZES),
    "users": (100_000_000, (Decimal(1), Decimal(1000), Decimal(1_000_000))),
    "billions": (10_000, (Decimal(1), Decimal(1000), Decimal(1) / 1000)),
    "bits": (64, (Decimal(1),)),
}
_UNITS = tuple(timedelta(minutes=minutes) for minutes in (1, 60, 24 * 60, 7 * 24 * 60, 30 * 24 * 60))
_QUOTED = ("environment", "gpu", "gpu_type", "training", "os", "spot", "region")
# How each field's words are called among the keywords of a reading.
_KINDS = {
    "environment": "environment",
    "vcpus": "vCPUs",
    "memory_gib": "memory",
    "disk_gib": "disk",
    "users": "users",
    "gpu": "GPU",
    "gpu_type": "GPU",
    "billions": "model size",
    "bits": "model size",
    "training": "machine learning",
    "os": "operating system",
    "spot": "spot",
    "duration": "duration",
    "region": "place",
}
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*")


def wrong(request: str, answer: ModelReading, reading: Reading) -> list[str]:
    """What is wrong with the answer, a sentence each that tells the model what to mend; empty if it may be used."""
    said = as_answer(reading)
    return [
        *_about_size(answer),
        *_about_workloads(answer, reading),
        *_about_numbers(request, answer, said),
        *_about_choices(answer, reading, said),
        *_about_duration(request, answer, reading),
        *_about_evidence(request, answer, said),
    ]


def _about_size(answer: ModelReading) -> Iterator[str]:
    if len(answer.workloads) > MOST_WORKLOADS:
        yield f"More than {MOST_WORKLOADS} workloads."
    if len(answer.evidence) > MOST_EVIDENCE:
        yield f"More than {MOST_EVIDENCE} pieces of evidence."
    if len(answer.intent) > LONGEST_INTENT:
        yield "`intent` is longer than ten words."
    if not all(keepable(text) for text in (answer.explanation, answer.intent)):
        yield "There is a character that cannot be kept."


def _about_workloads(answer: ModelReading, reading: Reading) -> Iterator[str]:
    given, known = answer.workloads[: MOST_WORKLOADS + 1], workloads()
    yield from (f"There is no workload {_cut(id)}." for id in given if id not in known)
    refused = reading.unwanted - set(reading.workloads)
    yield from (f"{id} is not wanted." for id in given if id in refused)
    yield from (f"{id} is named and missing." for id in reading.workloads if id not in given)


def _about_numbers(request: str, answer: ModelReading, said: ModelReading) -> Iterator[str]:
    figures = _figures(request)
    for name, (largest, factors) in _NUMBERS.items():
        given, stated = getattr(answer, name), getattr(said, name)
        if given is None:
            continue
        value = Decimal(str(given))
        if stated is not None:
            if given != stated:
                yield f"{name} is {stated:g}."
        elif not 0 < value <= largest or not any(_same(value, each * by) for each in figures for by in factors):
            yield f"The request does not say {name} {_cut(f'{given:g}')}."


def _about_choices(answer: ModelReading, reading: Reading, said: ModelReading) -> Iterator[str]:
    offered = {
        "gpu_type": accelerators(),
        "os": {image.os for image in images().values()} - reading.unwanted_os,
        "region": regions(),
    }
    for name, choices in offered.items():
        given = getattr(answer, name)
        if given is not None and given not in choices:
            yield f"There is no {name} {_cut(given)} to choose."
    for name in ("gpu", "gpu_type", "training", "os", "spot", "region"):
        given, stated = getattr(answer, name), getattr(said, name)
        if given is not None and stated is not None and given != stated:
            yield f"{name} is {stated}."
    if answer.gpu_type is not None and reading.gpu is False:
        yield "No GPU is wanted."


def _about_duration(request: str, answer: ModelReading, reading: Reading) -> Iterator[str]:
    """Where rules read one, theirs stands, and nothing that the model says of it matters."""
    if answer.duration is None or reading.duration:
        return
    try:
        length = parse_duration(answer.duration)
    except ValueError as error:
        yield f"duration: {error}."
        return
    if not any(_same(Decimal(str(length / unit)), each) for each in _figures(request) for unit in _UNITS):
        yield f"The request does not say duration {_cut(answer.duration)}."


def _about_evidence(request: str, answer: ModelReading, said: ModelReading) -> Iterator[str]:
    quoted = {each.field for each in answer.evidence[:MOST_EVIDENCE] if _place(request, each.words)}
    for name in _QUOTED:
        if getattr(answer, name) is not None and getattr(said, name) is None and name not in quoted:
            yield f"No words of the request say {name}."


def _figures(text: str) -> frozenset[Decimal]:
    """Every number in the text, points and commas read both as a decimal's and as a thousands' sign."""
    found: set[Decimal] = set()
    for hit in _FIGURE.finditer(unicodedata.normalize("NFKC", text)):
        digits = "".join(str(unicodedata.digit(sign)) if sign.isdigit() else sign for sign in hit[0])
        whole, *rest = re.split(r"[.,]", digits)
        found |= {Decimal(whole + "".join(rest)), *map(Decimal, rest), Decimal(whole)}
        if rest:
            found.add(Decimal(f"{''.join((whole, *rest[:-1]))}.{rest[-1]}"))
    return frozenset(found)


def _same(a: Decimal, b: Decimal) -> bool:
    """Equal up to rounding (0.49 GiB for 500 MB)."""
    return abs(a - b) <= b / 100


def _place(request: str, words: str) -> re.Match[str] | None:
    """Where the words stand in the request, in whatever case and with whatever blanks between them."""
    parts = [re.escape(part) for part in words.split()]
    return re.search(r"\s+".join(parts), request, re.IGNORECASE) if parts and len(words) <= 500 else None


def _cut(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")


def merged(request: str, answer: ModelReading, reading: Reading) -> Reading:
    """The reading with what an answer without objections adds to it."""
    stated = reading.stated
    wish = RegionWish(prefer=answer.region) if answer.region and not reading.place else None
    return replace(
        reading,
        keywords=_keywords(request, answer, reading),
        workloads=tuple(dict.fromkeys(answer.workloads)),
        environment=reading.environment or answer.environment,
        intent=" ".join(answer.intent.split()) or reading.intent,
        users=reading.users or answer.users,
        gpu=reading.gpu if reading.gpu is not None else (answer.gpu or bool(answer.gpu_type) or None),
        billions=reading.billions or _decimal(answer.billions),
        bits=reading.bits or answer.bits,
        training=reading.training or answer.training,
        os=reading.os or (None if reading.image else answer.os),
        spot=reading.spot if reading.spot is not None else answer.spot,
        duration=reading.duration or (parse_duration(answer.duration) if answer.duration else None),
        region=reading.region or wish,
        stated=replace(
            stated,
            vcpus=stated.vcpus or answer.vcpus,
            memory_gib=stated.memory_gib or _decimal(answer.memory_gib),
            disk_gib=stated.disk_gib or answer.disk_gib,
            gpu=stated.gpu or answer.gpu_type,
        ),
        unclear=() if answer.workloads else reading.unclear,
    )


def _decimal(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _keywords(request: str, answer: ModelReading, reading: Reading) -> tuple[Keyword, ...]:
    """The words that the rules marked, and those that the model quotes where the rules marked none."""
    kept = list(reading.keywords)
    for each in answer.evidence:
        new = each.field in answer.workloads and each.field not in reading.workloads
        kind = workloads()[each.field].kind if new else _KINDS.get(each.field)
        place = _place(request, each.words)
        if kind is None or place is None or (not new and not _adds(answer, reading, each.field)):
            continue
        start, end = place.span()
        if all(end <= word.start or word.end <= start for word in kept):
            kept.append(Keyword(text=place[0], kind=kind, start=start, end=end))
    return tuple(sorted(kept, key=lambda word: word.start))


def _adds(answer: ModelReading, reading: Reading, name: str) -> bool:
    known = reading.duration if name == "duration" else getattr(as_answer(reading), name)
    return getattr(answer, name) is not None and known is None

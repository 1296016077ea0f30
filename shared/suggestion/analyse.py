"""The first step: a request's text → what it says, by rules alone. The same text always reads the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shared.catalog.workloads import workloads
from shared.domain.suggestion import Keyword
from shared.suggestion.background import filled
from shared.suggestion.decide import DEFAULT_LEASE
from shared.suggestion.mentions.asking import names_only_languages, questions, sees_a_machine, some_ai
from shared.suggestion.mentions.environments import environment
from shared.suggestion.mentions.lasting import lasting
from shared.suggestion.mentions.naming import Mention, mentions
from shared.suggestion.mentions.openings import openings
from shared.suggestion.mentions.orders import without_orders
from shared.suggestion.mentions.refusing import refusal
from shared.suggestion.mentions.relative import relatives
from shared.suggestion.mentions.systems import system
from shared.suggestion.mentions.where import where
from shared.suggestion.mentions.wishes import series, spot, wish
from shared.suggestion.quantities.amounts import Amounts, amounts
from shared.suggestion.reading import Reading
from shared.suggestion.refining import asks_why, refined
from shared.suggestion.text.languages import evident, language
from shared.suggestion.text.quoting import parted
from shared.suggestion.text.sentences import say

REFINED = "\n» "  # stands between a request and what refines it, so that the whole is one text with one set of spans
LONGEST_REQUEST = 8000  # characters that are read; what people paste beyond it changes no machine


@dataclass(frozen=True, slots=True)
class _Part:
    """What one text says, and its remarks by what they are about: a later text on the same takes their place."""

    reading: Reading
    remarks: Mapping[str, str | None]


def analyse(request: str, now: datetime) -> Reading:
    """What the request says about the machine it asks for; where it was refined (REFINED), the last word counts.

    `now` is the moment of asking in the writer's own time zone: what a deadline ("until Friday 5pm") is counted from.
    """
    first, *later = (without_orders(text) for text in request.split(REFINED))
    part, offset = _read_mail(first, now), len(first)
    reading, remarks = part.reading, dict(part.remarks)
    asked = questions(reading, first, now.date())
    refused = reading.refusal or _refusal(reading, first)
    for text in later:
        offset += len(REFINED)
        part = _read(text, now)
        former = {question for question, _ in asked}
        by = _as_refinement(part.reading, text)
        by = replace(by, duration=lasting(text, reading.duration or DEFAULT_LEASE) or by.duration)
        if reading.refusal or refused:
            reading, remarks, refused = Reading(), {}, None  # what was refused is asked anew
        reading = refined(reading, by, text, offset)
        remarks |= part.remarks
        asked = tuple(each for each in questions(reading, text, now.date()) if each[0] not in former)
        offset += len(text)
        refused = reading.refusal
    notes = tuple(dict.fromkeys(note for note in remarks.values() if note))
    return replace(reading, intent=_intent(reading.workloads), notes=notes, unclear=asked, refusal=refused)


def _refusal(reading: Reading, text: str) -> str | None:
    bare = replace(reading, workloads=()) if names_only_languages(reading) else reading
    return refusal(text, sees_a_machine(bare))


def _as_refinement(reading: Reading, text: str) -> Reading:
    """What only counts upon a former suggestion: relative words, which a number in the same text overrides."""
    changes, words = relatives(text)
    stated = reading.stated
    for change in changes:
        if change.plus and change.field == "memory":
            stated = replace(stated, memory_gib=None)  # "8 GB more" is no memory of 8 GB
        elif change.plus and change.field == "vcpus":
            stated = replace(stated, vcpus=None)
        elif change.plus and change.field == "disk":
            stated = replace(stated, disk_gib=None)
    said = {"vcpus": stated.vcpus, "memory": stated.memory_gib, "disk": stated.disk_gib}
    kept = tuple(change for change in changes if said.get(change.field) is None)
    keywords = _in_order([*reading.keywords, *words]) if kept else reading.keywords
    return replace(reading, stated=stated, relative=kept, asks_why=asks_why(text), keywords=keywords)


def _read_mail(text: str, now: datetime) -> _Part:
    """The newest message; what it quotes is the background of what it leaves open."""
    newest, quoted = parted(text[:LONGEST_REQUEST])
    part = _read(newest, now)
    if not quoted.strip():
        return part
    behind = _read(quoted, now)
    tongue = part.reading.language if evident(newest) else behind.reading.language
    reading = replace(filled(part.reading, behind.reading), language=tongue)
    return _Part(reading, {**behind.remarks, **part.remarks})


def _read(text: str, now: datetime) -> _Part:
    text = text[:LONGEST_REQUEST]
    named = mentions(text)
    numbers = amounts(text, now)
    os = system(text, now.date())
    wanted = _wanted(named)
    place = where(text)
    for_what = environment(text)
    doors = openings(text)
    interruptible = spot(text)
    economy = wish(text)
    family, unwanted_series, family_words = series(text)
    single = [found[1] for found in (for_what, interruptible, economy) if found]
    single += [_keyword(text, mention) for mention in named]
    reading = replace(
        _measured(numbers),
        gpu=True if numbers.gpu is None and not wanted and some_ai(text) else numbers.gpu,
        keywords=_in_order([*single, *place.keywords, *numbers.keywords, *os.keywords, *doors.keywords, *family_words]),
        environment=for_what[0] if for_what else None,
        workloads=wanted,
        unwanted=frozenset(mention.workload for mention in named if mention.negated) - set(wanted),
        stated=replace(numbers.stated, series=numbers.stated.series or family),
        image=os.family,
        os=os.os,
        unwanted_os=os.unwanted,
        unwanted_series=unwanted_series,
        arm=os.arm,
        region=place.region,
        place=place.place,
        unwanted_regions=place.unwanted,
        anywhere=place.anywhere,
        ports=doors.opened,
        closed_ports=doors.closed,
        only_ports=doors.only,
        spot=interruptible[0] if interruptible else None,
        wish=economy[0] if economy else None,
        language=language(text),
        refusal=refusal(text, sees_a_machine=True),
    )
    return _Part(reading, _remarks(text, reading, numbers, os.note, place.note, named))


def _measured(numbers: Amounts) -> Reading:
    """A reading of the numbers alone."""
    return Reading(
        gpu=numbers.gpu,
        users=numbers.users,
        data_gib=numbers.data_gib,
        million_reads=numbers.million_reads,
        requests_per_second=numbers.requests_per_second,
        billions=numbers.billions,
        bits=numbers.bits,
        training=numbers.training,
        duration=numbers.duration,
        budget=numbers.budget,
    )


def _remarks(
    text: str, reading: Reading, numbers: Amounts, os: str | None, place: str | None, named: Iterable[Mention]
) -> dict[str, str | None]:
    """What is to be said, by what it is about; about a thing that the text does not speak of nothing, not even None."""
    said: dict[str, str | None] = dict(numbers.remarks)
    if reading.os:
        said["system"] = os
    if reading.region:
        said["place"] = place
    for mention in named:
        if mention.version and not mention.negated:
            asked = text[mention.start : mention.end]
            said[f"version of {mention.workload}"] = say("version", reading.language, asked=asked)
    return said


def _wanted(named: Iterable[Mention]) -> tuple[str, ...]:
    """Ids in order, once each; of a thing that is wanted and refused the last word counts. A word for a whole kind
    counts only where nothing of that kind is named, that for a web server only where nothing serves by itself."""
    last = {mention.workload: mention.negated for mention in named}
    kept = [mention for mention in named if not mention.negated and not last[mention.workload]]
    known = workloads()
    specific = {mention.workload for mention in kept if not mention.general}
    kinds = {known[id].kind for id in specific}
    serving = any(known[id].ports for id in specific)

    def counts(mention: Mention) -> bool:
        kind = known[mention.workload].kind
        return not mention.general or not (kind in kinds or (kind == "web server" and serving))

    return tuple(dict.fromkeys(mention.workload for mention in kept if counts(mention)))


def _keyword(text: str, mention: Mention) -> Keyword:
    kind = "not wanted" if mention.negated else workloads()[mention.workload].kind
    return Keyword(text=text[mention.start : mention.end], kind=kind, start=mention.start, end=mention.end)


def _in_order(words: Iterable[Keyword]) -> tuple[Keyword, ...]:
    """By their place in the text; of two in the same place the longer."""
    kept: list[Keyword] = []
    for word in sorted(words, key=lambda word: (word.start, -word.end)):
        if not kept or word.start >= kept[-1].end:
            kept.append(word)
    return tuple(kept)


def _intent(wanted: tuple[str, ...]) -> str:
    titles = [workloads()[id].title for id in wanted]
    if not titles:
        return "a machine for general use"
    return f"run {', '.join(titles[:-1])} and {titles[-1]}" if len(titles) > 1 else f"run {titles[0]}"

"""Every quantity of a text, with its words: sizes, GPUs, models, people, traffic, money and time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil

from shared.catalog.machines import known_machine_type, machine_type
from shared.catalog.other_clouds import OtherType
from shared.domain.suggestion import Keyword
from shared.suggestion.quantities.budgets import limit, money
from shared.suggestion.quantities.comparisons import compared, heir
from shared.suggestion.quantities.corrections import settled
from shared.suggestion.quantities.durations import lasting
from shared.suggestion.quantities.elsewhere import measured, named_elsewhere
from shared.suggestion.quantities.figures import word
from shared.suggestion.quantities.gpus import gpus
from shared.suggestion.quantities.model_sizes import Training, model_size
from shared.suggestion.quantities.people import people
from shared.suggestion.quantities.processors import processors
from shared.suggestion.quantities.reads import million_reads
from shared.suggestion.quantities.sizes import Size, sizes
from shared.suggestion.quantities.traffic import traffic
from shared.suggestion.reading import Budget, Stated
from shared.suggestion.text.expressions import Expression
from shared.suggestion.text.folding import Plain, folded
from shared.suggestion.text.layout import bounded, labelled
from shared.suggestion.text.mistyped import mended
from shared.suggestion.text.numerals import in_digits
from shared.suggestion.text.patterns import Pattern
from shared.suggestion.text.words import negated

_MACHINE = Expression(
    r"\b(?:(?:[a-z]\d[a-z]-|[a-z]\d-)?custom-\d+-\d+|[a-z]\d[a-z]{0,2}-(?:[a-z]+-)?[a-z0-9]+(?:-lssd)?)\b"
)
_SERIES = Expression(
    r"\b(e2|n1|n2d?|n4a?d?|c2d?|c3d?|c4[adn]?|t2d|m[134]|a2|a3|g2|g4)\b[\s-](?:series|machine|instance|type|vm|family)"
)
_EACH = Pattern(
    r"^\s*(?:(?:of )?(?:ram|memory)\s*)?(?:each\b|apiece\b|chacune?\b|jeweils\b|cada un[oa]?\b|"
    r"(?:per|por|par|pro) (?:user|student|person|head|developer|usuario|utilisateur|nutzer|person)\b|每人)"
)
_Spans = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Amounts:
    """Every number of the text, with its words; each field as in Reading. `remarks` are what is to be said of one, by
    what it is about: None where that is spoken of and nothing is to be said."""

    stated: Stated = field(default_factory=Stated)
    keywords: tuple[Keyword, ...] = ()
    gpu: bool | None = None
    users: int | None = None
    requests_per_second: Decimal | None = None
    data_gib: Decimal | None = None
    million_reads: Decimal | None = None
    billions: Decimal | None = None
    bits: int | None = None
    training: Training | None = None
    duration: timedelta | None = None
    budget: Budget | None = None
    remarks: Mapping[str, str | None] = field(default_factory=dict)

    def also(
        self, about: str, keywords: tuple[Keyword, ...] = (), notes: tuple[str, ...] = (), **found: object
    ) -> Amounts:
        """With what was found besides."""
        remark = {about: " ".join(notes) or None} if keywords else {}
        both = {"keywords": (*self.keywords, *keywords), "remarks": {**self.remarks, **remark}}
        return replace(self, **both, **found)  # type: ignore[arg-type]


def amounts(text: str, now: datetime) -> Amounts:
    """All amounts that the text states, what is taken back left out. Decimal and binary units are taken alike: 32 GB is
    answered with 32 GiB. `now` is what a deadline counts from."""
    plain = settled(mended(labelled(in_digits(bounded(folded(text))))))
    found, taken = _money(plain)
    found = _machine(text, found)
    others = named_elsewhere(plain)
    taken = (*taken, *((one.start, one.end) for one in others))
    found, taken = _cards_and_cores(plain, found, taken)
    found, taken = _crowd(plain, found, taken)
    found, taken = _sizes(plain, found, taken)
    found = _agreed(_measured(plain, found, others))
    model = model_size(plain, taken)
    found = found.also(
        "model", model.keywords, model.notes, billions=model.billions, bits=model.bits, training=model.training
    )
    reads = million_reads(plain)
    if reads:
        found = found.also("reads", (reads[1],), million_reads=reads[0])
    length = lasting(plain, now, (*taken, *model.spans))
    if length:
        found = found.also("duration", (length.keyword,), (length.note,) if length.note else (), duration=length.length)
    return found


def _money(plain: Plain) -> tuple[Amounts, _Spans]:
    most = limit(plain)
    if most is None:
        return Amounts(), money(plain)
    found = Amounts().also("budget", (most.keyword,), (most.note,) if most.note else (), budget=most.budget)
    return found, (*money(plain), most.span)


def _machine(text: str, found: Amounts) -> Amounts:
    """A machine type by its name, or a series."""
    for hit in _MACHINE.finditer(text):
        if machine_type(hit[0].lower()) and not negated(text, hit.start()):
            return found.also("machine", (_named(hit, "machine type"),), stated=Stated(machine_type=hit[0].lower()))
    series = _SERIES.search(text)
    if series and not negated(text, series.start()):
        return found.also("machine", (_named(series, "machine series"),), stated=Stated(series=series[1].lower()))
    return found


def _measured(plain: Plain, found: Amounts, others: Sequence[OtherType]) -> Amounts:
    """By another cloud's machine, where no size of its own is asked for."""
    stated = found.stated
    like = measured(plain, others)
    if like is None or stated.vcpus or stated.memory_gib or stated.machine_type:
        return found
    stated = replace(
        stated, vcpus=like.vcpus, vcpus_bound="at least", memory_gib=like.memory_gib, memory_bound="at least"
    )
    if like.gpus and found.gpu is None:
        stated = replace(stated, gpu=like.gpu, gpu_count=like.gpus, gpu_gib=like.gpu_gib)
        found = replace(found, gpu=True)
    return found.also("size elsewhere", (like.keyword,), (like.note,), stated=stated)


def _agreed(found: Amounts) -> Amounts:
    """Sizes that are stated count before a machine by its name that has others."""
    stated = found.stated
    machine = known_machine_type(stated.machine_type) if stated.machine_type else None
    if machine is None:
        return found
    other = (stated.vcpus_bound == "exactly" and stated.vcpus not in (None, machine.vcpus)) or (
        stated.memory_bound == "exactly" and stated.memory_gib not in (None, machine.memory_gib)
    )
    return replace(found, stated=replace(stated, machine_type=None)) if other else found


def _named(hit: re.Match[str], kind: str) -> Keyword:
    return Keyword(text=hit[0], kind=kind, start=hit.start(), end=hit.end())


def _cards_and_cores(plain: Plain, found: Amounts, taken: _Spans) -> tuple[Amounts, _Spans]:
    cards = gpus(plain, taken)
    taken = (*taken, *cards.spans)
    cores = processors(plain, taken)
    stated = replace(
        found.stated,
        gpu=cards.type,
        gpu_count=cards.count,
        one_gpu=cards.one,
        vcpus=cores.vcpus,
        vcpus_bound=cores.bound,
        memory_gib=cores.memory_gib,
    )
    found = found.also("GPU", cards.keywords, cards.notes, gpu=cards.wanted, stated=stated)
    return found.also("vCPUs", cores.keywords, cores.notes), (*taken, *cores.spans)


def _crowd(plain: Plain, found: Amounts, taken: _Spans) -> tuple[Amounts, _Spans]:
    """Those who use it at once: of people and of a site's visitors the larger crowd."""
    load = traffic(plain, taken)
    taken = (*taken, *load.spans)
    crowd = people(plain, taken)
    users = max((each for each in (load.users, crowd.users) if each), default=None)
    found = found.also("traffic", load.keywords, load.notes, requests_per_second=load.requests_per_second, users=users)
    return found.also("users", crowd.keywords, crowd.notes), taken


def _sizes(plain: Plain, found: Amounts, taken: _Spans) -> tuple[Amounts, _Spans]:
    """Of memory the first size counts that is said to be memory's, else the first; distinct disks and data add up."""
    all_of = tuple(sizes(plain.text, taken))
    asked = [size for size in all_of if not size.figure.negated and not _other(plain, size)]
    stated, memory = found.stated, None
    if stated.memory_gib is None:
        memories = [size for size in asked if size.kind == "memory"]
        memory = next((size for size in memories if size.said), memories[0] if memories else _inherited(plain, all_of))
    memory = _for_all(plain, memory, found.users)
    cards = [size for size in asked if size.kind == "gpu memory"]
    disks = _distinct(asked, "disk") or _bare_beside(asked, memory)
    data = _distinct(asked, "data")
    if memory:
        stated = replace(stated, memory_gib=memory.gib, memory_bound=memory.figure.bound)
    if disks:
        stated = replace(stated, disk_gib=ceil(sum((size.gib for size in disks), Decimal(0))))
    if cards:
        stated = replace(stated, gpu_gib=cards[0].gib, gpu_count=max(stated.gpu_count, cards[0].times))
    counted = [size for size in (memory, *disks, *data, *cards[:1]) if size]
    found = found.also(
        "sizes",
        tuple(word(plain, size.figure, "disk" if size in disks else size.kind) for size in counted),
        tuple(note for size in counted if (note := _note(plain, size))),
        stated=stated,
        gpu=True if cards and found.gpu is None else found.gpu,
        data_gib=sum((size.gib for size in data), Decimal(0)) if data else None,
    )
    return found, (*taken, *((size.figure.start, size.figure.end) for size in all_of))


def _other(plain: Plain, size: Size) -> bool:
    """Whether it is the size of what somebody has, to be neither made again nor moved."""
    role = None if size.kind == "data" else compared(plain.text, size.figure.start, size.figure.end)
    if size.kind == "disk" and role == "owned":
        heirs = heir(plain.text, outgrown=False)
        return heirs is None or heirs.factor != 1
    return role is not None


def _inherited(plain: Plain, all_of: tuple[Size, ...]) -> Size | None:
    """Where the only memory spoken of is that which somebody has: see comparisons.heir."""
    for size in all_of:
        figure = size.figure
        role = None if size.kind != "memory" or figure.negated else compared(plain.text, figure.start, figure.end)
        heirs = heir(plain.text, role == "outgrown") if role else None
        if heirs:
            own = replace(figure, bound=heirs.bound)
            return replace(size, figure=own, gib=size.gib * heirs.factor, inherited=heirs.bound != "exactly")
    return None


def _for_all(plain: Plain, memory: Size | None, users: int | None) -> Size | None:
    """So many times, where it is each user's ("20 students, 2 GB each")."""
    if memory is None or users is None or not _EACH.match(plain.text[memory.figure.end :][:40]):
        return memory
    at_least = replace(memory.figure, bound="at least")
    return replace(memory, figure=at_least, gib=memory.gib * users, times=users)


def _bare_beside(asked: list[Size], memory: Size | None) -> list[Size]:
    """The larger size of which nothing is said, beside one that is said to be memory's: a disk ("8 GB RAM, 64 GB")."""
    if memory is None or not memory.said:
        return []
    return [size for size in asked if size.kind == "memory" and not size.said and size.gib > memory.gib][:1]


def _distinct(asked: list[Size], kind: str) -> list[Size]:
    """The same size said twice is one."""
    return list({size.gib: size for size in reversed(asked) if size.kind == kind}.values())[::-1]


def _note(plain: Plain, size: Size) -> str | None:
    said = word(plain, size.figure, "").text
    gib = f"{size.gib.normalize():f}"
    if size.inherited:
        return f"“{said}” is what is there now: at least {gib} GiB of memory."
    if size.figure.high is not None:
        return f"“{said}” is taken as at least {gib} GiB."
    return f"“{said}” is taken as {gib} GiB altogether." if size.times > 1 and size.kind != "gpu memory" else None

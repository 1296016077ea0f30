"""A refinement: a later text upon a former reading, and its relative words upon the machine that was suggested."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from math import ceil

from shared.catalog.images import images
from shared.catalog.machines import MachineType, machine_type
from shared.catalog.workloads import workloads
from shared.domain.spec import Spec
from shared.domain.suggestion import Reason
from shared.suggestion.decide import Decision, Impossible
from shared.suggestion.fitting.sizing import Need
from shared.suggestion.mentions.relative import Relative, Size
from shared.suggestion.reading import Bound, Reading, Stated
from shared.suggestion.text.languages import evident
from shared.suggestion.text.sentences import say

_INSTEAD = re.compile(
    r"\b(?:instead|actually|make (?:it|that)|switch|swap|change|rather|replace|prefer|mejor|en su lugar|en vez|"
    r"cambia|plutôt|à la place|remplace|lieber|stattdessen|doch|wechsl\w+|em vez|troque|melhor|no lugar)\b|"
    r"换成|改成|改用|代わりに|変更|にして|बदल|की जगह",
    re.IGNORECASE,
)
_AS_WELL = re.compile(
    r"\b(?:add|also|too|as well|plus|additionally|añade|también|ajoute|aussi|auch|dazu|adicione|também)\b|加上|"
    r"还要|追加|भी|जोड़",
    re.IGNORECASE,
)
_WHY_NOT = re.compile(
    r"\b(?:why (?:not|no|isn[’']?t|didn[’']?t)|what about|how about|por qu[ée] no|y si|pourquoi pas|et si|warum "
    r"(?:nicht|kein)|wie w[äa]re|por que n[ãa]o|que tal|e se)\b|为什么不|なぜ|どうして|क्यों नहीं",
    re.IGNORECASE,
)
_STEP = Decimal("0.5")  # what a machine is cut to where only a smaller one is cheaper
_QUIET = frozenset({"intent", "unclear", "language", "keywords", "workloads", "unwanted", "stated", "notes", "ports"})


@dataclass(frozen=True, slots=True)
class Former:
    """The suggestion that is refined: its specification, and what an hour of it costs now (None: no longer offered)."""

    spec: Spec
    hourly: Decimal | None


def asks_why(text: str) -> bool:
    """Whether the text asks why something was not suggested: "why not an n2?"."""
    return bool(_WHY_NOT.search(text))


def refined(former: Reading, by: Reading, text: str, offset: int) -> Reading:
    """The former reading with what a later text says in its place; workloads, ports and what is refused are added to
    and taken away. The later text's keywords stand `offset` characters further on."""
    later = tuple(
        word.model_copy(update={"start": word.start + offset, "end": word.end + offset}) for word in by.keywords
    )
    said = {
        each.name: value
        for each in fields(Reading)
        if each.name not in _QUIET and (value := getattr(by, each.name)) not in (None, (), frozenset())
    }
    return replace(
        former,
        **said
        | _system(former, by)
        | {
            "keywords": (*former.keywords, *later),
            "workloads": _workloads(former, by, text),
            "unwanted": (former.unwanted - set(by.workloads)) | by.unwanted,
            "unwanted_os": (former.unwanted_os - {by.os}) | by.unwanted_os,
            "unwanted_series": (former.unwanted_series - {by.stated.series}) | by.unwanted_series,
            **_placed(former, by),
            "ports": _ports(former, by),
            "only_ports": former.only_ports if by.only_ports is None else by.only_ports,
            "closed_ports": (former.closed_ports - set(by.ports)) | by.closed_ports,
            "stated": _restated(former.stated, by),
            "language": evident(text) or former.language,
            "relative": by.relative,
            "held": _held(former, by),
            "asks_why": by.asks_why,
        },
    )


def _workloads(former: Reading, by: Reading, text: str) -> tuple[str, ...]:
    """Those of both; "use MariaDB instead" takes the place of what is of its kind."""
    replaced = bool(_INSTEAD.search(text)) and not _AS_WELL.search(text)
    kinds = {workloads()[id].kind for id in by.workloads} if replaced else set()
    kept = [id for id in former.workloads if workloads()[id].kind not in kinds]
    return tuple(id for id in dict.fromkeys((*kept, *by.workloads)) if id not in by.unwanted or id in by.workloads)


def _placed(former: Reading, by: Reading) -> dict[str, object]:
    """The later place; none where the former is refused, or any will do."""
    if by.anywhere:
        return {"region": None, "place": None, "unwanted_regions": frozenset()}
    wish = by.region or former.region
    wanted = frozenset([wish.must or wish.prefer]) if wish else frozenset()
    return {"unwanted_regions": (former.unwanted_regions - wanted) | by.unwanted_regions}


def _ports(former: Reading, by: Reading) -> tuple[int, ...]:
    """Those of both that are not closed since; where none but some are to be open, those alone."""
    kept = () if by.only_ports is not None else former.ports
    return tuple(port for port in dict.fromkeys((*kept, *by.ports)) if port not in by.closed_ports)


def _system(former: Reading, by: Reading) -> dict[str, object]:
    """The later system whole; else the former, in the image of the architecture that is asked for now."""
    if by.os:
        return {"image": by.image, "os": by.os}
    if former.os in by.unwanted_os:
        return {"image": None, "os": None}
    image = images().get(former.image or "")
    if by.arm is None or image is None or (image.architecture == "ARM64") == by.arm:
        return {}
    wanted = "ARM64" if by.arm else "X86_64"
    same = (other for other in images().values() if (other.os, other.version) == (image.os, image.version))
    return {"image": next((other.family for other in same if other.architecture == wanted), None)}


def _restated(former: Stated, by: Reading) -> Stated:
    """Sizes by the number and a machine by its name exclude each other: the later kind counts. A series keeps sizes."""
    plain = Stated()
    new = {
        each.name: value
        for each in fields(Stated)
        if (value := getattr(by.stated, each.name)) != getattr(plain, each.name)
    }
    if by.stated.machine_type:
        former = replace(former, machine_type=None, series=None, vcpus=None, memory_gib=None)
    elif by.stated.series or by.stated.vcpus or by.stated.memory_gib or by.relative or by.arm is not None:
        former = replace(former, machine_type=None)
    if former.series in by.unwanted_series or by.arm is not None:
        former = replace(former, series=None)
    if by.stated.vcpus:
        new["vcpus_bound"] = by.stated.vcpus_bound
    if by.stated.memory_gib:
        new["memory_bound"] = by.stated.memory_bound
    if by.gpu is False:
        former = replace(former, gpu=None, gpu_count=1, one_gpu=False, gpu_gib=None)
    return replace(former, **new)


def _held(former: Reading, by: Reading) -> frozenset[Size]:
    """Sizes that stay as they were suggested: an earlier refinement changed them, and no number has been said since."""
    changed = {size for each in former.relative for size in _sizes(each)}
    said = {
        "vcpus": by.stated.vcpus is not None or bool(by.stated.machine_type),
        "memory": by.stated.memory_gib is not None or bool(by.stated.machine_type),
        "disk": by.stated.disk_gib is not None,
    }
    return frozenset(size for size in former.held | changed if not said[size])


def _sizes(relative: Relative) -> tuple[Size, ...]:
    if relative.field in ("price", "speed"):
        return ("vcpus", "memory")
    return (relative.field,)  # type: ignore[return-value]


Decide = Callable[[Reading], Decision | Impossible]


def settle(reading: Reading, former: Former | None, decide: Decide) -> Decision | Impossible:
    """The decision on a reading, where it refines something with the former machine as the measure: of what would do,
    the first that is as much cheaper (or faster) as was asked for; else the best there is, and that is said."""
    machine = machine_type(former.spec.machine_type) if former else None
    if former is None or machine is None or not (reading.relative or reading.held):
        return decide(reading)
    wanted = {each.field: each.factor for each in reading.relative}
    held = sized(reading, machine, former.spec)
    if "price" in wanted and former.hourly is not None:
        return _cheaper(held, reading, former.hourly, wanted["price"], machine, decide)
    if "speed" in wanted:
        return _faster(held, machine, wanted["speed"], decide)
    return decide(held)


def sized(reading: Reading, machine: MachineType, spec: Spec) -> Reading:
    """The reading with relative words and held sizes as numbers: of the suggested machine, changed as was said."""
    changes = {each.field: each for each in reading.relative}
    stated = reading.stated
    grown = any(changes[size].grows for size in ("vcpus", "memory") if size in changes)
    sizes: tuple[Size, ...] = ("vcpus", "memory", "disk")
    for size in sizes:
        change = changes.get(size)
        beside = size == "vcpus" and grown
        if change is not None or beside or size in reading.held:
            stated = _with(stated, size, change or Relative(size), machine, spec)
    return replace(reading, stated=stated)


def _with(stated: Stated, size: Size, change: Relative, machine: MachineType, spec: Spec) -> Stated:
    bound: Bound = "at least" if change.grows else "exactly"
    if size == "disk":
        return replace(stated, disk_gib=max(10, ceil(change.of(Decimal(spec.disk_gib)))))
    if size == "memory":
        return replace(stated, memory_gib=max(Decimal(1), change.of(machine.memory_gib)), memory_bound=bound)
    if machine.shared_core and change == Relative(size):
        return stated  # a shared core is not held to the whole ones that its name counts
    return replace(stated, vcpus=max(1, ceil(change.of(Decimal(machine.vcpus)))), vcpus_bound=bound)


def _cheaper(
    held: Reading, plain: Reading, hourly: Decimal, factor: Decimal, machine: MachineType, decide: Decide
) -> Decision | Impossible:
    """The first that costs less than the former did, times the factor: as it is, then on a smaller machine, though not
    below a stated number nor what its parts take without headroom."""
    best = decide(replace(held, wish="cheap"))
    if not isinstance(best, Decision):
        return best
    need = best.need
    loose = replace(plain, stated=replace(plain.stated, disk_gib=held.stated.disk_gib))
    for part in (Decimal(1), _STEP, _STEP * _STEP):
        found = decide(_smaller(loose, machine, part, need)) if part < 1 else best
        if not isinstance(found, Decision):
            continue
        price = found.choice.priced.hourly
        if price < hourly and price <= hourly * factor:
            leaner = (say("leaner", plain.language),) if part < 1 else ()
            return replace(found, assumptions=(*found.assumptions, *leaner))
        best = min(best, found, key=lambda each: each.choice.priced.hourly)
    sentence = "not_that_cheap" if best.choice.priced.hourly < hourly else "nothing_cheaper"
    return replace(best, assumptions=(*best.assumptions, say(sentence, best.reading.language)))


def _smaller(reading: Reading, machine: MachineType, part: Decimal, need: Need) -> Reading:
    stated = reading.stated
    if stated.memory_gib is None:
        stated = replace(stated, memory_gib=max(need.lean_gib, machine.memory_gib * part))
    if stated.vcpus is None and machine.vcpus * part >= need.lean_vcpus:
        stated = replace(stated, vcpus=int(machine.vcpus * part))
    return replace(reading, wish="cheap", stated=stated)


def _faster(held: Reading, machine: MachineType, factor: Decimal, decide: Decide) -> Decision | Impossible:
    """A quicker machine of at least the same size, or of twice the vCPUs where it already was one."""
    memory = held.stated.memory_gib or machine.memory_gib
    for times in (max(factor, Decimal(1)), Decimal(2)):
        vcpus = max(held.stated.vcpus or 0, ceil(machine.vcpus * times))
        stated = replace(held.stated, vcpus=vcpus, vcpus_bound="at least", memory_gib=memory, memory_bound="at least")
        found = decide(replace(held, wish="fast", stated=replace(stated, machine_type=None)))
        if not isinstance(found, Decision) or found.choice.machine != machine:
            break
    return found


def why_not(reading: Reading, decision: Decision, former: Former | None) -> tuple[Reason, ...]:
    """Why what is asked for now ("why not an n2?") was not suggested before: its price beside the former's."""
    if not reading.asks_why or former is None or former.hourly is None:
        return ()
    now, before = decision.choice.spec, former.spec
    refused = bool(reading.arm) and decision.image.architecture != "ARM64"
    if refused or (now.machine_type == before.machine_type and now.spot == before.spot):
        return ()
    price = decision.choice.priced.hourly
    because = say(
        "why_not" if price > former.hourly else "why_not_cheaper",
        reading.language,
        asked=now.machine_type,
        price=f"{price:.3f}",
        former=before.machine_type,
        former_price=f"{former.hourly:.3f}",
    )
    evidence = reading.evidence("machine series", "machine type", "architecture", "spot") or before.machine_type
    return (Reason(field="machine_type", because=because, evidence=evidence),)

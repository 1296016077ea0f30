"""What else would do: smaller, cheaper, within the budget, faster, greener, each with what it gives up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from shared.catalog.images import same_system
from shared.catalog.machines import MachineType
from shared.catalog.regions import regions
from shared.catalog.workloads import workloads
from shared.domain.money import rounded, written
from shared.domain.spec import RegionWish, Spec
from shared.suggestion.decide import Decision, counted
from shared.suggestion.fitting.budget import affordable, over
from shared.suggestion.fitting.image import runs_everything
from shared.suggestion.fitting.machine import QUICK, Choice, Price, Terms, choose
from shared.suggestion.fitting.sizing import size
from shared.suggestion.reading import Stated

SPOT_WORDS = "may be deleted, with its data, at any time"

_FEW_BITS = 4  # as quantised models are commonly shared


@dataclass(frozen=True, slots=True)
class Other:
    """Another specification that would do, before it is quoted."""

    label: str
    spec: Spec
    trade_off: str


def others(decision: Decision, price: Price) -> tuple[Other, ...]:
    """The other ways, each different from the answer and from each other; the wished-for one first."""
    found: dict[Spec, Other] = {}
    for way in (_greener, *_WAYS) if decision.reading.wish == "green" else _WAYS:
        for other in way(decision, price):
            if other.spec != decision.choice.spec and not _above_the_budget(other, decision, price):
                found.setdefault(other.spec, other)
    return tuple(_within_budget(other, decision, price) for other in found.values())


def _smaller(decision: Decision, price: Price) -> Iterator[Other]:
    """Without the headroom, at the makers' minimum, and on shared cores; only where neither size was stated."""
    stated, need, chosen = decision.reading.stated, decision.need, decision.choice
    if stated.vcpus or stated.memory_gib or stated.machine_type or need.gpu_gib is not None:
        return
    lean = replace(need.lean(), busy=Decimal(0))
    choice = choose(chosen.spec, lean, decision.terms, price)
    if choice is not None and choice.priced.hourly < chosen.priced.hourly:
        trade_off = f"{_has(choice.machine)}: no headroom, slower when busy; {_difference(choice, chosen)}"
        yield Other("smaller", choice.spec, trade_off)
        yield from _smaller_on_spot(decision, choice, price)


def _smaller_on_spot(decision: Decision, smaller: Choice, price: Price) -> Iterator[Other]:
    """Both at once, to whom neither of the two brings within the budget."""
    budget, chosen = decision.reading.budget, decision.choice
    spot = _priced(smaller.spec.model_copy(update={"spot": True}), smaller.machine, price)
    alone = price(chosen.spec.model_copy(update={"spot": True}))
    if budget is None or spot is None or alone is None or decision.reading.spot is not None:
        return
    if over(budget, smaller.spec, smaller.priced.hourly) and over(budget, chosen.spec, alone.hourly):
        trade_off = f"{_has(smaller.machine)} as a spot machine, which {SPOT_WORDS}; {_difference(spot, chosen)}"
        yield Other("cheapest", spot.spec, trade_off)


def _in_fewer_bits(decision: Decision, price: Price) -> Iterator[Other]:
    """For a model that is only run: its weights in four bits, where that takes a cheaper machine."""
    reading, chosen = decision.reading, decision.choice
    stated = reading.stated
    if not reading.billions or reading.training or stated.gpu or stated.gpu_gib or stated.machine_type:
        return
    named = tuple(id for id in reading.workloads if workloads()[id].kind != "driver")
    need = size(replace(reading, bits=_FEW_BITS), named, decision.image, chosen.spec.environment)
    choice = choose(chosen.spec, need, decision.terms, price) if need.gpu_gib is not None else None
    gpu = choice.spec.gpu if choice else None
    if choice and gpu and choice.priced.hourly < chosen.priced.hourly and _no_less_reach(choice, chosen):
        on = f"{gpu.count} × {gpu.type} for the model in {_FEW_BITS} bits a weight"
        yield Other("smaller", choice.spec, f"{on}: its answers are a little less exact; {_difference(choice, chosen)}")


def _spot(decision: Decision, price: Price) -> Iterator[Other]:
    chosen = decision.choice
    if chosen.spec.spot or decision.reading.spot is False:
        return
    choice = _priced(chosen.spec.model_copy(update={"spot": True}), chosen.machine, price)
    if choice is not None and choice.priced.hourly < chosen.priced.hourly:
        again = ", though what it does can begin again" if _can_begin_again(chosen.spec) else ""
        trade_off = f"the same as a spot machine, which {SPOT_WORDS}{again}; {_difference(choice, chosen)}"
        yield Other("cheaper", choice.spec, trade_off)


def _on_arm(decision: Decision, price: Price) -> Iterator[Other]:
    """arm64 where every package runs on it and it is cheaper. Proposed only beside, since people's own programs are
    unknown."""
    chosen, stated = decision.choice, decision.reading.stated
    image = same_system(decision.image, "ARM64")
    if (
        decision.image.architecture == "ARM64"
        or image is None
        or stated.machine_type
        or stated.series
        or decision.need.gpu_gib is not None
        or not runs_everything(decision.reading, image)
    ):
        return
    draft = chosen.spec.model_copy(update={"os_image": image.family})
    choice = choose(draft, decision.need, replace(decision.terms, architecture="ARM64"), price)
    if choice is not None and choice.priced.hourly < chosen.priced.hourly and _no_less_reach(choice, chosen):
        trade_off = f"{choice.machine.name}, an arm64 machine: programs built for x86-64 do not run on it; "
        yield Other("cheaper on arm64", choice.spec, trade_off + _difference(choice, chosen))


def _above_the_budget(other: Other, decision: Decision, price: Price) -> bool:
    """Whether it is a wider choice than the answer, and more than the writer would spend."""
    budget = decision.reading.budget
    if budget is None or other.label not in ("faster", "greener"):
        return False
    priced = price(other.spec)
    return priced is not None and over(budget, other.spec, priced.hourly) is not None


def _within_budget(other: Other, decision: Decision, price: Price) -> Other:
    """Marked where the answer is over the budget and this is not."""
    budget, chosen = decision.reading.budget, decision.choice
    if budget is None or other.label == "shorter" or not over(budget, chosen.spec, chosen.priced.hourly):
        return other
    priced = price(other.spec)
    if priced is None or over(budget, other.spec, priced.hourly):
        return other
    return replace(other, trade_off=f"{other.trade_off}, within the budget")


def _shorter(decision: Decision, price: Price) -> Iterator[Other]:
    budget, chosen = decision.reading.budget, decision.choice
    spec = affordable(budget, chosen.spec, chosen.priced.hourly) if budget else None
    if spec is not None:
        yield Other("shorter", spec, f"the same machine for {spec.duration}: as long as the budget lasts")


def _faster(decision: Decision, price: Price) -> Iterator[Other]:
    """Twice the vCPUs, where a region may hold that; else as many of a series that is made for speed."""
    stated, chosen = decision.reading.stated, decision.choice
    if (
        stated.machine_type
        or decision.need.gpu_gib is not None
        or "at most" in (stated.vcpus_bound, stated.memory_bound)
    ):
        return
    size = chosen.machine
    twice = replace(decision.need, vcpus=2 * size.vcpus, memory_gib=size.memory_gib, busy=None)
    choice = choose(chosen.spec, twice, _freed(decision.terms), price)
    if choice is not None and choice.priced.eligible:
        yield Other("faster", choice.spec, f"{_has(choice.machine)}; {_difference(choice, chosen)}")
        return
    same = replace(decision.need, vcpus=size.vcpus, memory_gib=size.memory_gib, busy=None)
    choice = choose(chosen.spec, same, replace(_freed(decision.terms), wish="fast"), price)
    if (
        choice is not None
        and choice.machine.series in QUICK
        and size.series not in QUICK
        and _no_less_reach(choice, chosen)
    ):
        cores = f"{_has(choice.machine)} of a series made for speed"
        yield Other("faster", choice.spec, f"{cores}; {_difference(choice, chosen)}")


def _greener(decision: Decision, price: Price) -> Iterator[Other]:
    """The same machine in the region with the cleanest grid of those that may hold it, unless one is required."""
    chosen = decision.choice
    wished = chosen.spec.region
    if wished is not None and (wished.must or (wished.prefer and decision.reading.wish != "green")):
        return
    here = regions()[chosen.priced.region]
    for region in sorted(regions().values(), key=lambda region: region.gco2_per_kwh):
        if region.gco2_per_kwh >= here.gco2_per_kwh:
            return
        spec = chosen.spec.model_copy(update={"region": RegionWish(must=region.id)})
        choice = _priced(spec, chosen.machine, price)
        if choice is not None and choice.priced.eligible:
            grid = f"{region.gco2_per_kwh} gCO2/kWh rather than {here.gco2_per_kwh} in {here.id}"
            yield Other("greener", spec, f"in {region.id} ({region.city}): {grid}; {_difference(choice, chosen)}")
            return


_WAYS: tuple[Callable[[Decision, Price], Iterator[Other]], ...] = (
    _smaller,
    _in_fewer_bits,
    _spot,
    _on_arm,
    _shorter,
    _faster,
    _greener,
)


def _freed(terms: Terms) -> Terms:
    """The terms without the sizes: a larger machine is looked for."""
    stated: Stated = replace(terms.stated, vcpus=None, memory_gib=None)
    return replace(terms, stated=stated)


def _priced(spec: Spec, machine: MachineType, price: Price) -> Choice | None:
    priced = price(spec)
    return Choice(spec, machine, priced) if priced else None


def _no_less_reach(choice: Choice, than: Choice) -> bool:
    """It may be held as things are, if the answer may."""
    return choice.priced.eligible or not than.priced.eligible


def _can_begin_again(spec: Spec) -> bool:
    own = [workloads()[id] for id in spec.packages if workloads()[id].kind != "driver"]
    return any(workload.batch for workload in own) and spec.environment in ("development", "test")


def _has(machine: MachineType) -> str:
    shared = " that others share" if machine.shared_core else ""
    return f"{counted(machine.vcpus)}{shared} and {machine.memory_gib.normalize():f} GiB"


def _difference(choice: Choice, than: Choice) -> str:
    more = rounded(choice.priced.hourly - than.priced.hourly)
    if more == 0:
        return "at the same price"
    return f"${written(abs(more))} {'more' if more > 0 else 'less'} an hour"

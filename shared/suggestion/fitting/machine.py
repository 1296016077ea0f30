"""The cheapest machine that has what is needed, by the price where it would go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache

from shared.catalog.custom import custom_limits
from shared.catalog.machines import (
    Architecture,
    MachineType,
    accelerators,
    disk_types,
    known_machine_type,
    machine_type,
    machine_types,
    takes_gpu,
)
from shared.domain.spec import Gpu, Spec
from shared.suggestion.fitting.sizing import Need
from shared.suggestion.reading import Bound, Stated, Wish

# Never proposed unless named: the first generation, kept by Compute for those who have it, and n1 but for its GPUs and
# for the sizes that no other series has.
_NOT_PROPOSED = frozenset({"f1", "g1", "n1"})
_VCPUS_A_GPU = 2  # what keeps each fed, unless a number is stated
QUICK = frozenset({"c2", "c2d", "c3", "c3d", "c4", "c4a", "c4d"})


@dataclass(frozen=True, slots=True)
class Priced:
    """What an hour of a spec costs where it would go, and whether any region may hold it as limits are."""

    region: str
    hourly: Decimal
    eligible: bool


# None where no region offers and prices it.
Price = Callable[[Spec], Priced | None]
Fit = tuple[MachineType, Gpu | None]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a machine is chosen by beside its size: what is stated, wished for and refused, and its architecture."""

    stated: Stated
    wish: Wish | None
    architecture: Architecture
    unwanted_series: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Choice:
    """A specification with its machine, its price where it would go, and the next best choice of another kind."""

    spec: Spec
    machine: MachineType
    priced: Priced
    next_best: Choice | None = None


def choose(draft: Spec, need: Need, terms: Terms, price: Price) -> Choice | None:
    """The cheapest of the machines that fit. None if there is none, or none has a price anywhere.

    A machine with exactly what is stated comes before a larger one; a custom one is considered where a number is stated
    exactly, and taken where it is cheaper than the predefined ones that have it, or there is none. Wished-for fast
    series and the stated type of disk come before others, if any of them fit. Then the cheapest: see `_cheapest`.
    """
    for fits in _in_turn(need, terms):
        choice = _cheapest(draft, fits, need, price)
        if choice is not None:
            return choice
    return None


def nearest_below(draft: Spec, need: Need, terms: Terms, price: Price) -> Choice | None:
    """The machine that comes closest where an estimated need is above every one; None where a size, a machine or a GPU
    is asked for, which is never cut."""
    stated = terms.stated
    if stated.vcpus or stated.memory_gib or stated.machine_type or need.gpu_gib is not None:
        return None

    def met(machine: MachineType) -> Decimal:
        return min(Decimal(machine.vcpus) / need.vcpus, Decimal(1)) * min(
            machine.memory_gib / need.memory_gib, Decimal(1)
        )

    usual = [one for one in _considered(terms) if one.gpu is None and one.series not in _NOT_PROPOSED]
    for machine in sorted(usual, key=lambda one: (-met(one), one.vcpus, one.memory_gib)):
        choice = next(_all_priced(draft, [(machine, None)], price), None)
        if choice is not None and machine.most_disk_gib >= need.disk_gib:
            return choice
    return None


def largest() -> tuple[int, int]:
    """The most vCPUs, and the most GiB, that any machine without a GPU has; not of the same one."""
    plain = [machine for machine in machine_types().values() if machine.gpu is None]
    vcpus = [*(machine.vcpus for machine in plain), *(limits.vcpus[-1] for limits in custom_limits().values())]
    gib = [
        *(int(machine.memory_gib) for machine in plain),
        *(most.most_gib_in_all for most in custom_limits().values()),
    ]
    return max(vcpus), max(gib)


def exists(need: Need, terms: Terms) -> bool:
    """Whether any machine type of the catalogue fits, wherever it is offered."""
    return any(_in_turn(need, terms))


def on(draft: Spec, machine: MachineType, gpu: Gpu | None) -> Spec:
    """The draft on that machine, with a disk type that its series takes."""
    takes = disk_types(machine.series)
    disk = draft.disk_type if draft.disk_type in takes else takes[0]
    return draft.model_copy(update={"machine_type": machine.name, "gpu": gpu, "disk_type": disk})


def _cheapest(draft: Spec, fits: Sequence[Fit], need: Need, price: Price) -> Choice | None:
    """One that goes where it was wished to be comes before a cheaper one elsewhere; one that some region may hold
    before those above every limit. Where all GPU memory has to be on one GPU, several count only if none has as much.
    """
    wished = draft.region.prefer if draft.region else None

    def rank(choice: Choice) -> tuple[bool, bool, Decimal, bool, str]:
        elsewhere = wished is not None and choice.priced.region != wished
        return (not choice.priced.eligible, elsewhere, choice.priced.hourly, choice.machine.custom, choice.machine.name)

    alone = [fit for fit in fits if fit[1] is None or fit[1].count == 1] if need.on_one_gpu else []
    ranked: list[Choice] = []
    for group in (_smallest(alone or fits), fits):  # what is larger can only be dearer, but may be had elsewhere
        ranked = sorted(_all_priced(draft, group, price), key=rank)
        if ranked:
            break
    following = next((other for other in ranked[1:] if _another_kind(other, ranked[0])), None)
    return replace(ranked[0], next_best=following) if ranked else None


def _all_priced(draft: Spec, fits: Iterable[Fit], price: Price) -> Iterator[Choice]:
    for machine, gpu in fits:
        spec = on(draft, machine, gpu)
        priced = price(spec)
        if priced:
            yield Choice(spec, machine, priced)


def _another_kind(other: Choice, than: Choice) -> bool:
    return (other.machine.series, other.spec.gpu) != (than.machine.series, than.spec.gpu)


def _in_turn(need: Need, terms: Terms) -> tuple[Sequence[Fit], ...]:
    """The machines that fit, in lists that are tried one after the other; none of them is empty."""
    stated = terms.stated
    if stated.machine_type:
        named = machine_type(stated.machine_type)
        fits = list(_carrying(named, need, stated)) if named and named.most_disk_gib >= need.disk_gib else []
        return (tuple(fits),) if fits else ()
    enough = [
        fit
        for machine in _considered(terms)
        if _large(machine, need, terms)
        for fit in _carrying(machine, need, stated)
    ]
    custom = list(_custom(need, terms)) if _stated_exactly(stated) or not enough else []
    exact = [fit for fit in enough if _exact(fit[0], stated)]
    exact_custom = [fit for fit in custom if _exact(fit[0], stated)]
    usual = [fit for fit in exact_custom if fit[0].series not in _NOT_PROPOSED]
    exact += usual or ([] if exact else exact_custom)
    found = [*_preferred(exact, terms), *_preferred([*enough, *custom], terms)]
    return tuple(tuple(fits) for fits in found if fits)


def _preferred(fits: list[Fit], terms: Terms) -> list[list[Fit]]:
    """The stated type of disk first, then the wished-for fast series, then all."""
    disk = terms.stated.disk_type
    taking = [fit for fit in fits if disk is None or disk in disk_types(fit[0].series)]
    quick = [fit for fit in taking if fit[0].series in QUICK] if terms.wish == "fast" else []
    return [quick, taking, fits]


@cache
def _of_architecture(architecture: Architecture) -> tuple[MachineType, ...]:
    return tuple(machine for machine in machine_types().values() if machine.architecture == architecture)


def _considered(terms: Terms) -> Iterator[MachineType]:
    for machine in _of_architecture(terms.architecture):
        if terms.stated.series:
            if machine.series == terms.stated.series:
                yield machine
        elif machine.series not in terms.unwanted_series:
            yield machine


def _large(machine: MachineType, need: Need, terms: Terms) -> bool:
    """Large enough for the need, not above what is stated as the most, and of a kind that is proposed."""
    stated = terms.stated
    if machine.vcpus < need.vcpus or machine.memory_gib < need.memory_gib or _above(machine, stated):
        return False
    if machine.most_disk_gib < need.disk_gib:
        return False
    if machine.shared_core and not stated.series and (need.busy is None or machine.steady_vcpus < need.busy):
        return False
    for_gpu = machine.series == "n1" and need.gpu_gib is not None
    return machine.series not in _NOT_PROPOSED or bool(stated.series) or for_gpu


def _above(machine: MachineType, stated: Stated) -> bool:
    return (stated.vcpus_bound == "at most" and stated.vcpus is not None and machine.vcpus > stated.vcpus) or (
        stated.memory_bound == "at most" and stated.memory_gib is not None and machine.memory_gib > stated.memory_gib
    )


def _exact(machine: MachineType, stated: Stated) -> bool:
    return _met(machine.vcpus, stated.vcpus, stated.vcpus_bound) and _met(
        machine.memory_gib, stated.memory_gib, stated.memory_bound
    )


def _met(has: Decimal | int, stated: Decimal | int | None, bound: Bound) -> bool:
    return stated is None or bound != "exactly" or has == stated


def _stated_exactly(stated: Stated) -> bool:
    vcpus = stated.vcpus is not None and stated.vcpus_bound == "exactly"
    return vcpus or (stated.memory_gib is not None and stated.memory_bound == "exactly")


def _custom(need: Need, terms: Terms) -> Iterator[Fit]:
    """The smallest custom machine type of each series that fits."""
    stated = terms.stated
    for series, limits in custom_limits().items():
        name = limits.at_least(need.vcpus, need.memory_gib)
        if name is None or (series in terms.unwanted_series or terms.stated.series not in (None, series)):
            continue
        machine = known_machine_type(name)
        if machine.architecture == terms.architecture and not _above(machine, stated):
            yield from _carrying(machine, need, stated)


def _carrying(machine: MachineType, need: Need, stated: Stated) -> Iterator[Fit]:
    """The machine with each GPU that would do; as it is, where none is needed or it is asked for by name."""
    if need.gpu_gib is not None:
        yield from ((machine, gpu) for gpu in _gpus(machine, need.gpu_gib, stated, need.on_one_gpu))
    elif machine.gpu is None:
        yield machine, None
    elif stated.machine_type:
        yield machine, Gpu(type=machine.gpu[0], count=machine.gpu[1])


def _gpus(machine: MachineType, gib: Decimal, stated: Stated, on_one: bool) -> Iterator[Gpu]:
    """What the machine may carry of the GPUs asked for: the type and the count as stated, or enough memory together.
    Memory stated for one GPU, or for several that are counted, is each one's own, if there is a GPU with as much."""
    if machine.gpu is None and machine.series != "n1":
        return
    known = accelerators()
    each = stated.gpu_gib if stated.gpu is None and (on_one or stated.gpu_count > 1) else None
    own = each is not None and any(accelerator.memory_gib >= each for accelerator in known.values())
    for type, accelerator in known.items():
        if stated.gpu not in (None, type) or (own and each is not None and accelerator.memory_gib < each):
            continue
        counts = [machine.gpu[1]] if machine.gpu and machine.gpu[0] == type else []
        counts += [count for count in accelerator.attach if takes_gpu(machine, type, count)]
        for count in counts:
            fed = stated.vcpus or stated.machine_type or machine.vcpus >= _VCPUS_A_GPU * count
            if fed and count >= stated.gpu_count and count * accelerator.memory_gib >= gib:
                yield Gpu(type=type, count=count)


def _smallest(fits: Iterable[Fit]) -> list[Fit]:
    """Those that no other of the same kind undercuts: the rest can only be dearer. Of a kind are machines of one series
    with the same GPU, all predefined or all custom, with whole cores or all with shared ones."""
    groups: dict[tuple[str, Gpu | None, bool, bool], list[MachineType]] = {}
    for machine, gpu in fits:
        groups.setdefault((machine.series, gpu, machine.custom, machine.shared_core), []).append(machine)
    kept: list[Fit] = []
    for (_, gpu, _, _), machines in groups.items():
        least: list[MachineType] = []
        for machine in sorted(machines, key=_sizes):
            if not any(_within(other, machine) for other in least):
                least.append(machine)
        kept += [(machine, gpu) for machine in least]
    return kept


def _sizes(machine: MachineType) -> tuple[int, Decimal, int]:
    return machine.vcpus, machine.memory_gib, machine.bundled_ssd_gib


def _within(other: MachineType, one: MachineType) -> bool:
    """No more of anything, and less of something: equals may have different prices."""
    mine, its = _sizes(one), _sizes(other)
    return mine != its and its[0] <= mine[0] and its[1] <= mine[1] and its[2] <= mine[2]

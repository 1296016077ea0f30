"""The cheapest machine that has what is needed, by the price where it would go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from shared.catalog.machines import Architecture, MachineType, accelerators, disk_types, machine_types, takes_gpu
from shared.domain.spec import Gpu, Spec
from shared.suggestion.reading import Stated, Wish
from shared.suggestion.sizing import Need

# Never proposed unless named: the first generation, kept by Compute for those who have it, and n1 but for its GPUs.
_NOT_PROPOSED = frozenset({"f1", "g1", "n1"})
_QUICK = frozenset({"c2", "c2d", "c3", "c3d", "c4", "c4a", "c4d"})


@dataclass(frozen=True, slots=True)
class Priced:
    """What an hour of a spec costs where it would go, and whether any region may hold it as limits are."""

    region: str
    hourly: Decimal
    eligible: bool


# None where no region offers and prices it.
Price = Callable[[Spec], Priced | None]


@dataclass(frozen=True, slots=True)
class Choice:
    """A specification with its machine, and its price where it would go."""

    spec: Spec
    machine: MachineType
    priced: Priced


def choose(
    draft: Spec, need: Need, stated: Stated, wish: Wish | None, architecture: Architecture, price: Price
) -> Choice | None:
    """The cheapest of the machines that fit. None if there is none, or none has a price anywhere.

    One that goes where it was wished to be comes before a cheaper one elsewhere; one that some region may hold before
    those above every limit; the asked-for number of GPUs (one, if none was said) before several smaller ones, since
    few programs spread themselves.
    """
    wished = draft.region.prefer if draft.region else None

    def rank(choice: Choice) -> tuple[bool, bool, Decimal, str]:
        elsewhere = wished is not None and choice.priced.region != wished
        return (not choice.priced.eligible, elsewhere, choice.priced.hourly, choice.machine.name)

    fitting = list(_fitting(need, stated, wish, architecture))
    alone = [fit for fit in fitting if fit[1] is None or fit[1].count == stated.gpu_count]
    best: list[Choice] = []
    for group in (_smallest(alone), _smallest(fitting), fitting):
        if best and group is fitting:
            break  # the smallest of a series are offered; its larger ones can only be dearer
        choices = [choice for fit in group if (choice := _priced(draft, *fit, price)) is not None]
        best = best or sorted(choices, key=rank)[:1]
        eligible = [choice for choice in choices if choice.priced.eligible]
        if eligible:
            return min(eligible, key=rank)
    return best[0] if best else None


def exists(need: Need, stated: Stated, wish: Wish | None, architecture: Architecture) -> bool:
    """Whether any machine type of the catalogue fits, wherever it is offered."""
    return next(_fitting(need, stated, wish, architecture), None) is not None


def on(draft: Spec, machine: MachineType, gpu: Gpu | None) -> Spec:
    """The draft on that machine, with a disk type that its series takes."""
    takes = disk_types(machine.series)
    disk = draft.disk_type if draft.disk_type in takes else takes[0]
    return draft.model_copy(update={"machine_type": machine.name, "gpu": gpu, "disk_type": disk})


def _priced(draft: Spec, machine: MachineType, gpu: Gpu | None, price: Price) -> Choice | None:
    spec = on(draft, machine, gpu)
    priced = price(spec)
    return Choice(spec, machine, priced) if priced else None


def _fitting(
    need: Need, stated: Stated, wish: Wish | None, architecture: Architecture
) -> Iterator[tuple[MachineType, Gpu | None]]:
    for machine in machine_types().values():
        if machine.architecture != architecture or not _named(machine, need, stated, wish):
            continue
        enough = machine.vcpus >= need.vcpus and machine.memory_gib >= need.memory_gib
        if not (enough or stated.machine_type):
            continue
        if need.gpu_gib is None:
            if machine.gpu is None or stated.machine_type:
                yield machine, _built_in(machine)
            continue
        yield from ((machine, gpu) for gpu in _gpus(machine, need.gpu_gib, stated))


def _named(machine: MachineType, need: Need, stated: Stated, wish: Wish | None) -> bool:
    if stated.machine_type:
        return machine.name == stated.machine_type
    if stated.series:
        return machine.series == stated.series
    if machine.series in _NOT_PROPOSED and not (machine.series == "n1" and need.gpu_gib is not None):
        return False
    if wish == "fast" and need.gpu_gib is None:
        return machine.series in _QUICK
    return need.shared or not machine.shared_core


def _built_in(machine: MachineType) -> Gpu | None:
    return Gpu(type=machine.gpu[0], count=machine.gpu[1]) if machine.gpu else None


def _gpus(machine: MachineType, gib: Decimal, stated: Stated) -> Iterator[Gpu]:
    """What the machine may carry of the GPUs asked for: the type and the count as stated, or enough memory together."""
    for type, accelerator in accelerators().items():
        if stated.gpu not in (None, type):
            continue
        counts = [machine.gpu[1]] if machine.gpu and machine.gpu[0] == type else []
        counts += [count for count in accelerator.attach if takes_gpu(machine, type, count)]
        for count in counts:
            if count >= stated.gpu_count and count * accelerator.memory_gib >= gib:
                yield Gpu(type=type, count=count)


def _smallest(fits: Iterable[tuple[MachineType, Gpu | None]]) -> list[tuple[MachineType, Gpu | None]]:
    """Those that no other of the same series and GPU undercuts: the rest can only be dearer."""
    groups: dict[tuple[str, Gpu | None], list[tuple[MachineType, Gpu | None]]] = {}
    for machine, gpu in fits:
        groups.setdefault((machine.series, gpu), []).append((machine, gpu))
    return [
        (one, gpu)
        for group in groups.values()
        for one, gpu in group
        if not any(_undercuts(other, one) for other, _ in group)
    ]


def _undercuts(other: MachineType, one: MachineType) -> bool:
    """Less of something and more of nothing. Shared cores are cheaper than as many whole ones, so they are compared
    among themselves only."""
    if other is one or other.shared_core != one.shared_core:
        return False
    if (other.vcpus, other.memory_gib, other.bundled_ssd_gib) == (one.vcpus, one.memory_gib, one.bundled_ssd_gib):
        return False
    return (
        other.vcpus <= one.vcpus and other.memory_gib <= one.memory_gib and other.bundled_ssd_gib <= one.bundled_ssd_gib
    )

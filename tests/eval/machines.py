"""The cheapest machine that meets a case, found by trying all of them: what the engine's choice is measured against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import chain
from typing import Any

from shared.catalog.custom import custom_limits
from shared.catalog.images import images
from shared.catalog.machines import MachineType, accelerators, disk_types, known_machine_type, machine_types, takes_gpu
from shared.catalog.prices import MissingPrice, NotOffered, rates
from shared.domain.quote import Meter, bill, total
from shared.domain.spec import DiskType, Gpu, Spec
from shared.domain.suggestion import Suggestion
from tests.eval.constraints import gpu_met

SSD: tuple[DiskType, ...] = ("pd-balanced", "hyperdisk-balanced", "pd-ssd")


def sized(constraints: Mapping[str, Any]) -> bool:
    """Whether a case says how large the machine has to be, so that a cheapest one can be told: both vCPUs and memory,
    or which GPU, or how much memory on GPUs."""
    gpu = constraints.get("gpu")
    return isinstance(gpu, Mapping) or {"vcpus", "memory_gib"} <= constraints.keys()


def price_ratio(constraints: Mapping[str, Any], suggestion: Suggestion) -> Decimal | None:
    """The suggestion's total over that of the cheapest machine that meets the case, all else being as suggested: the
    region, system, disk, duration and spot. None where no machine is suggested or none meets the case."""
    if suggestion.spec is None or suggestion.quote is None:
        return None
    totals = (_total(spec, suggestion.quote.region) for spec in _candidates(constraints, suggestion.spec))
    cheapest = min((amount for amount in totals if amount is not None), default=None)
    return suggestion.quote.total / cheapest if cheapest else None


def _candidates(constraints: Mapping[str, Any], spec: Spec) -> Iterator[Spec]:
    """The suggested spec on every machine that the case allows. A shared core is only compared with another, since
    whether one will do is for the sizing to say, not the price."""
    architecture, shared = images()[spec.os_image].architecture, known_machine_type(spec.machine_type).shared_core
    for kind in chain(machine_types().values(), _custom(constraints)):
        if kind.architecture != architecture or (kind.shared_core and not shared) or not _allowed(kind, constraints):
            continue
        for gpu in _gpus(kind, constraints.get("gpu", "none")):
            changes = {"machine_type": kind.name, "gpu": gpu, "disk_type": _disk_type(kind, spec.disk_type)}
            yield spec.model_copy(update=changes)


def _allowed(kind: MachineType, constraints: Mapping[str, Any]) -> bool:
    """Sizes that the case names exactly are taken as the least: whoever gets more for less loses nothing."""
    return (
        _enough(constraints.get("vcpus", {}), kind.vcpus)
        and _enough(constraints.get("memory_gib", {}), float(kind.memory_gib))
        and kind.name in constraints.get("machine_type", [kind.name])
        and kind.series not in constraints.get("series_exclude", [])
    )


def _enough(bounds: Mapping[str, Any], value: float) -> bool:
    return bool(value >= bounds.get("eq", bounds.get("min", 0)))


def _custom(constraints: Mapping[str, Any]) -> Iterator[MachineType]:
    """In each series that has custom types, the smallest with so many vCPUs and so much memory."""
    least = {name: constraints.get(name, {}) for name in ("vcpus", "memory_gib")}
    vcpus, memory = (bounds.get("eq", bounds.get("min", 1)) for bounds in least.values())
    for limits in custom_limits().values():
        name = limits.at_least(vcpus, Decimal(str(memory)))
        if name:
            yield known_machine_type(name)


def _gpus(kind: MachineType, wanted: Any) -> Iterator[Gpu | None]:
    """With which GPUs the machine meets the case: its own, or each that can be attached."""
    if kind.gpu:
        options: list[Gpu | None] = [Gpu(type=kind.gpu[0], count=kind.gpu[1])]
    else:
        attachable = (
            Gpu(type=name, count=count)
            for name, accelerator in accelerators().items()
            for count in accelerator.attach
            if takes_gpu(kind, name, count)
        )
        options = [None, *attachable]
    yield from (gpu for gpu in options if gpu_met(gpu, wanted))


def _disk_type(kind: MachineType, suggested: DiskType) -> DiskType:
    """The suggested one where the series takes it, else the first SSD that it takes."""
    taken = disk_types(kind.series)
    return suggested if suggested in taken else next(disk for disk in SSD if disk in taken)


def _total(spec: Spec, region: str) -> Decimal | None:
    try:
        return total(bill(rates(spec, region), Meter(running=spec.lease, existing=spec.lease)))
    except (NotOffered, MissingPrice):
        return None

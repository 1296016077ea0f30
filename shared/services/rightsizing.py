"""Use case: a machine's measured use, and the smaller or larger machine that would do.

The advice is one step from the resize: its machine is one that this very machine may become, where it is and with its
disk. What the change then costs is told by the resize's own quote.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from math import ceil
from typing import Any, Literal, Protocol

from shared.catalog import prices
from shared.catalog.machines import MachineType, known_machine_type
from shared.catalog.prices import MissingPrice, NotOffered
from shared.domain.errors import Invalid
from shared.domain.life import State
from shared.domain.money import rounded, written
from shared.domain.regions import RegionSetting, too_small
from shared.domain.spec import Spec, format_duration
from shared.domain.use import PERIOD, IdleStop, Sample, Summary, summary
from shared.domain.vm import Vm
from shared.services.idle_stops import idle_view
from shared.services.idling import saved_hourly
from shared.services.terms import altered
from shared.services.views import moment
from shared.suggestion.fitting.machine import Priced, Terms, choose
from shared.suggestion.fitting.sizing import Need
from shared.suggestion.reading import Stated

LEAST_MEASURED = timedelta(hours=1)
# Of what there is, so much is to be used: AWS Compute Optimizer leaves 20 % over by default, of CPU and of memory.
FILLED = Decimal("0.8")
TOO_SMALL = 0.9
WORTH_IT = Decimal("0.95")  # of the present price, at the most: a restart for less is not worth it

Verdict = Literal["too_large", "too_small"]


@dataclass(frozen=True)
class Advice:
    """`hourly` and `hourly_after`: what a running hour costs beside the disk, as it is and on that machine type."""

    verdict: Verdict
    machine_type: str
    hourly: Decimal
    hourly_after: Decimal
    because: str


class Uses(Protocol):
    def measured(self, vm_id: str) -> tuple[Sequence[Sample], datetime] | None:
        """The samples of the latest measuring, oldest first, and when it was; None before the first."""

    def chosen(self, vm_id: str) -> IdleStop | None:
        """What its owner chose for a VM."""


class Measured:
    """`regions` gives the regions as they are now."""

    def __init__(self, uses: Uses, regions: Callable[[], Sequence[RegionSetting]]) -> None:
        self.uses = uses
        self.regions = regions

    def of(self, vm: Vm) -> dict[str, Any]:
        """The VM's use since its start, null before it was measured; what follows when it is idle; and what would fit
        it better. `cpu` and `memory` are shares, `network` bytes a second."""
        found = self.uses.measured(vm.id)
        samples, at = found or ((), None)
        current = vm.running_since is None or not samples or samples[0].until - PERIOD >= vm.running_since
        shown = samples if current and vm.state is State.RUNNING else ()
        advice = advise(vm, shown, self.regions()) if shown else None
        return {
            "use": _use_view(shown, at) if shown and at else None,
            "idle": dict(idle_view(vm, self.uses.chosen(vm.id))),
            "advice": _advice_view(vm, advice) if advice else None,
        }


def advise(vm: Vm, samples: Sequence[Sample], regions: Sequence[RegionSetting]) -> Advice | None:
    """A machine that would do, from at least an hour's samples; None where the present one fits, or none is known to.

    What has been needed of the CPU is what the busiest minutes took, but for one period in twenty; of the memory, the
    most that an agent reported, and all that the machine has where none does. Too small is what is full all along: to
    be busy for a minute is no fault of a machine.
    """
    machine = known_machine_type(vm.spec.machine_type)
    if vm.spec.gpu is not None or machine.bundled_ssd_gib or vm.region is None or not vm.rates or not samples:
        return None
    found = summary(samples)
    if len(samples) * PERIOD < LEAST_MEASURED:
        return None
    short = found.cpu >= TOO_SMALL or (found.memory or 0) >= TOO_SMALL
    terms = Terms(Stated(), None, machine.architecture)
    chosen = choose(vm.spec, _need(vm.spec, machine, found), terms, _priced(vm, regions))
    if chosen is None or chosen.spec.machine_type == vm.spec.machine_type or not chosen.priced.eligible:
        return None
    now, after = saved_hourly(vm), rounded(chosen.priced.hourly)
    if not short and after > now * WORTH_IT:
        return None
    verdict: Verdict = "too_small" if short else "too_large"
    return Advice(verdict, chosen.spec.machine_type, now, after, _because(found, machine, chosen.machine))


def _need(spec: Spec, machine: MachineType, found: Summary) -> Need:
    """What was used, with room to spare; where people depend on it, no shared cores, as for a new machine."""
    vcpus = max(ceil(_used(max(found.cpu_p95, found.cpu), machine.steady_vcpus)), 1)
    memory = machine.memory_gib if found.memory is None else _used(found.memory, machine.memory_gib)
    live = spec.environment in ("staging", "production")
    return Need(
        vcpus=vcpus,
        memory_gib=memory,
        disk_gib=spec.disk_gib,
        gpu_gib=None,
        on_one_gpu=False,
        busy=None if live else _used(found.cpu, machine.steady_vcpus),
        lean_vcpus=vcpus,
        lean_gib=memory,
        headroom=1 / FILLED,
        parts=(),
        floors=(),
    )


def _used(share: float, of: Decimal) -> Decimal:
    """How much there should be, for that share of what there is."""
    return Decimal(str(share)) * of / FILLED


def _priced(vm: Vm, regions: Sequence[RegionSetting]) -> Callable[[Spec], Priced | None]:
    """An hour of a running machine where the VM is, beside its disk; None of what it cannot become."""
    assert vm.region is not None
    here = vm.region
    own = next((setting for setting in regions if setting.id == here), None)

    def priced(spec: Spec) -> Priced | None:
        if spec.disk_type != vm.spec.disk_type:
            return None
        try:
            altered(vm.spec, spec.machine_type, None)
            running = [rate.hourly for rate in prices.rates(spec, here) if rate.running]
        except (Invalid, NotOffered, MissingPrice):
            return None
        fits = own is not None and too_small(own, known_machine_type(spec.machine_type).reserved_vcpus) is None
        return Priced(here, sum(running, Decimal(0)), fits)

    return priced


def _because(found: Summary, machine: MachineType, other: MachineType) -> str:
    used = f"{round(100 * found.cpu)} % of its CPU, {round(100 * found.cpu_p95)} % at its busiest,"
    if found.memory is not None:
        used += f" and {float(machine.memory_gib) * found.memory:.1f} GiB of its memory"
    cores = f"{other.vcpus} vCPU{'' if other.vcpus == 1 else 's'}" + (" that others share" if other.shared_core else "")
    kept = "" if found.memory is not None else "; no agent reports its memory, so that is kept"
    return (
        f"It used {used} in {format_duration(found.measured)} of measuring: {other.name} would do, with {cores} and "
        f"{other.memory_gib.normalize():f} GiB{kept}."
    )


def _use_view(samples: Sequence[Sample], at: datetime) -> Mapping[str, Any]:
    found = summary(samples)
    return {
        "measured_at": moment(at),
        "since": moment(found.since),
        "until": moment(found.until),
        "measured": format_duration(len(samples) * PERIOD),
        "period": format_duration(PERIOD),
        "cpu": round(found.cpu, 4),
        "cpu_p95": round(found.cpu_p95, 4),
        "network": round(found.network),
        "memory": None if found.memory is None else round(found.memory, 4),
        "samples": [
            {"until": moment(each.until), "cpu": round(each.cpu, 4), "network": round(each.network)} for each in samples
        ],
    }


def _advice_view(vm: Vm, advice: Advice) -> Mapping[str, Any]:
    return {
        "verdict": advice.verdict,
        "machine_type": advice.machine_type,
        "because": advice.because,
        "hourly": written(advice.hourly),
        "hourly_after": written(advice.hourly_after),
        "saving_hourly": written(advice.hourly - advice.hourly_after),
        "currency": vm.quote.currency,
    }

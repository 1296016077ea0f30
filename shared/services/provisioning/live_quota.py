"""Compute Engine's own quotas as advice for a choice: where it would refuse the VM for want of one, and so need not be
asked. Its refusal of the insert stays the truth, so what cannot be read stops nothing."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from threading import Lock

from shared.catalog.machines import MachineType, known_machine_type
from shared.domain.errors import CloudError
from shared.domain.quotas import Metrics, Quotas
from shared.domain.vm import Vm

log = logging.getLogger(__name__)

# How old, in seconds, what was read may be. What changes between two readings are mostly our own VMs, and those our
# reservations count; and a reading is two calls of each running copy of provision, of the 1,500 that Compute takes in a
# minute. A region is passed over only by what was read just now: room may have come since.
KEPT, JUST_NOW = 60.0, 5.0

# Which series count against the quota CPUS (Compute Engine documentation, "Allocation quotas"). The others have one of
# their own: those of before 2024 by their name (N2_CPUS), the newer ones CPUS_PER_VM_FAMILY, which is in no list.
_SHARED = frozenset({"e2", "n1", "f1", "g1"})


class LiveQuota:
    """What was read last, kept in memory: a table would share two calls a minute, and cost a write for each. Safe to
    use from several threads; one of them reads."""

    def __init__(self, read: Callable[[], Quotas], clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._lock = Lock()
        self._quotas, self._at = Quotas(), float("-inf")

    def short(self, vm: Vm) -> Mapping[str, str]:
        """The regions that have no room for the VM, and why. Never raises: empty where nothing is known."""
        if not short(vm, self._reading(KEPT)):
            return {}
        return short(vm, self._reading(JUST_NOW))

    def _reading(self, seconds: float) -> Quotas:
        with self._lock:
            if self._clock() - self._at > seconds:
                try:
                    self._quotas = self._read()
                except CloudError as error:
                    log.warning("Compute's quotas cannot be read", extra={"code": error.code})
                    self._quotas = Quotas()
                self._at = self._clock()
            return self._quotas


def short(vm: Vm, quotas: Quotas) -> Mapping[str, str]:
    """For each region that the VM has no room in by these quotas, what is short."""
    of_project = next(_short(_of_project(vm), quotas.project), None)
    found = {
        region: of_project or next(_short(_of_region(vm, has), has), None) for region, has in quotas.regions.items()
    }
    return {region: because for region, because in found.items() if because is not None}


def _short(needs: Iterator[tuple[str, int]], has: Metrics) -> Iterator[str]:
    for metric, amount in needs:
        quota = has.get(metric)
        if quota is not None and 0 <= quota.limit < quota.usage + amount:  # below zero: without a limit
            yield f"Compute Engine's quota {metric}: {quota.usage:g} of {quota.limit:g} in use, {amount} needed"


def _of_project(vm: Vm) -> Iterator[tuple[str, int]]:
    """What it needs of the project's quotas. Which of them GPUs of spot machines count against is not documented."""
    machine = known_machine_type(vm.spec.machine_type)
    yield "CPUS_ALL_REGIONS", machine.vcpus
    if (gpu := _gpu(vm, machine)) and not vm.spec.spot:
        yield "GPUS_ALL_REGIONS", gpu[1]
    if vm.region is None:  # placed before, it has its rule
        yield "FIREWALLS", 1


def _of_region(vm: Vm, has: Metrics) -> Iterator[tuple[str, int]]:
    """What it needs of a region's quotas. A spot machine counts against the preemptible ones where the project was
    given any, else against the ordinary ones."""
    machine = known_machine_type(vm.spec.machine_type)
    own = f"{machine.series.upper()}_CPUS"
    cpus = ("CPUS", own) if machine.series in _SHARED else (own,)
    for metric in ("PREEMPTIBLE_CPUS",) if vm.spec.spot and _granted(has, "PREEMPTIBLE_CPUS") else cpus:
        yield metric, machine.vcpus
    yield "IN_USE_ADDRESSES", 1
    if gpu := _gpu(vm, machine):
        model = gpu[0].removeprefix("nvidia-").removeprefix("tesla-").upper().replace("-", "_")
        ordinary = f"NVIDIA_{model}_GPUS"
        preemptible = f"PREEMPTIBLE_{ordinary}"
        yield preemptible if vm.spec.spot and _granted(has, preemptible) else ordinary, gpu[1]


def _granted(has: Metrics, metric: str) -> bool:
    return metric in has and has[metric].limit > 0


def _gpu(vm: Vm, machine: MachineType) -> tuple[str, int] | None:
    """Type and count, built in or attached."""
    return machine.gpu or ((vm.spec.gpu.type, vm.spec.gpu.count) if vm.spec.gpu else None)

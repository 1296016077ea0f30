"""Quotas: what a project may have at once, by region or in all, and how much of it is taken."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from local.compute.errors import quota_exceeded
from local.compute.wire import Json
from local.compute.world import Instance, World

EVERYWHERE = ""  # in place of a region: a quota of the whole project

# The series that have a quota of their own among those that a region lists; what came later counts by its family.
_COUNTED_BY_SERIES = ("A2", "C2", "C2D", "C3", "M1", "M3", "N2", "N2D", "T2D")
_OF_SERIES = {f"{series}_CPUS": 5000.0 for series in _COUNTED_BY_SERIES}
_REGIONAL = {"CPUS": 5000.0, **_OF_SERIES, "PREEMPTIBLE_CPUS": 0.0, "IN_USE_ADDRESSES": 5000.0, "INSTANCES": 20000.0}
_SHARED_SERIES = {"e2", "n1", "f1", "g1"}
_CPUS_BY_FAMILY = "CPUS_PER_VM_FAMILY"  # not among the quotas that a region lists
_PER_GPU_TYPE = 64.0
_PROJECT_WIDE = {"CPUS_ALL_REGIONS": 50000.0, "GPUS_ALL_REGIONS": 512.0, "FIREWALLS": 20000.0}
_COUNTED_BY_MODEL = {"A100", "A100_80GB", "L4", "P100", "P4", "T4", "V100"}
_BY_FAMILY = "GPUS_PER_GPU_FAMILY"  # not among the quotas that a region lists
_PREEMPTIBLE = "PREEMPTIBLE_"  # none is granted unless asked for
# Held as long as the instance exists; all else only as long as it has power.
_OF_EXISTENCE = {"INSTANCES"}


def cpu_metric(series: str) -> str:
    """`e2` counts against `CPUS`, `n2` against `N2_CPUS`; what came after these, against its family's quota."""
    if series in _SHARED_SERIES:
        return "CPUS"
    return f"{series.upper()}_CPUS" if series.upper() in _COUNTED_BY_SERIES else _CPUS_BY_FAMILY


def gpu_metric(gpu: str) -> str:
    """`nvidia-tesla-t4` counts against `NVIDIA_T4_GPUS`; what came after the A100, against its family's quota."""
    model = gpu.removeprefix("nvidia-").removeprefix("tesla-").upper().replace("-", "_")
    return f"NVIDIA_{model}_GPUS" if model in _COUNTED_BY_MODEL else _BY_FAMILY


class Quotas:
    """Limits and usage. Usage is kept as a sum, so that asking costs the same however much there is."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._set: dict[tuple[str, str], float] = {}
        self._used: defaultdict[tuple[str, str, str], float] = defaultdict(float)

    def limit(self, region: str, metric: str) -> float:
        """The limit in force, the same for every project."""
        usual = _REGIONAL | _PROJECT_WIDE | {_CPUS_BY_FAMILY: 5000.0}
        other = 0.0 if metric.startswith(_PREEMPTIBLE) else _PER_GPU_TYPE
        return self._set.get((region, metric), usual.get(metric, other))

    def set(self, limits: dict[str, dict[str, float]]) -> None:
        """Limits by region and metric; the region `global` stands for the project as a whole."""
        for region, metrics in limits.items():
            for metric, limit in metrics.items():
                self._set[EVERYWHERE if region == "global" else region, metric] = float(limit)

    def hold(self, instance: Instance, needs: dict[str, float]) -> None:
        """Take what an instance needs, all or nothing. Raises quotaExceeded, naming the first metric that is short."""
        needs = {self._counted(instance, metric): amount for metric, amount in needs.items()}
        for metric, amount in needs.items():
            region = _scope(instance, metric)
            if self._used[instance.project, region, metric] + amount > self.limit(region, metric):
                raise quota_exceeded(metric, self.limit(region, metric), region)
        for metric, amount in needs.items():
            self._used[instance.project, _scope(instance, metric), metric] += amount
            instance.holds[metric] = instance.holds.get(metric, 0.0) + amount

    def power_off(self, instance: Instance) -> None:
        """Give back what only an instance with power needs."""
        self._give_back(instance, [metric for metric in instance.holds if metric not in _OF_EXISTENCE])

    def release(self, instance: Instance) -> None:
        """Give back everything."""
        self._give_back(instance, list(instance.holds))

    def hold_firewall(self, project: str) -> None:
        """Take one of the project's firewall rules, or raise quotaExceeded."""
        limit = self.limit(EVERYWHERE, "FIREWALLS")
        if self._used[project, EVERYWHERE, "FIREWALLS"] >= limit:
            raise quota_exceeded("FIREWALLS", limit, EVERYWHERE)
        self._used[project, EVERYWHERE, "FIREWALLS"] += 1

    def release_firewall(self, project: str) -> None:
        """Give one back."""
        self._used[project, EVERYWHERE, "FIREWALLS"] -= 1

    def shown(self, project: str, region: str, gpus: Iterable[str] = ()) -> list[Json]:
        """The quotas of a region as Compute lists them, or of the project as a whole."""
        counted = {gpu_metric(gpu) for gpu in gpus} - {_BY_FAMILY}
        of_gpus = [name for metric in sorted(counted) for name in (metric, _PREEMPTIBLE + metric)]
        metrics = [*_REGIONAL, *of_gpus] if region else list(_PROJECT_WIDE)
        return [
            {"metric": metric, "limit": self.limit(region, metric), "usage": self._used[project, region, metric]}
            for metric in metrics
        ]

    def clear(self) -> None:
        """Nothing taken, no limit set."""
        self._set.clear()
        self._used.clear()

    def dump(self) -> Json:
        """The limits that were set; usage is what the instances hold."""
        return {"limits": [[*key, limit] for key, limit in self._set.items()]}

    def load(self, document: Json) -> None:
        """The reverse of dump, once the world is loaded."""
        self.clear()
        self._set = {(region, metric): limit for region, metric, limit in document["limits"]}
        for instance in self._world.instances.values():
            for metric, amount in instance.holds.items():
                self._used[instance.project, _scope(instance, metric), metric] += amount
        for project, _ in self._world.firewalls:
            self._used[project, EVERYWHERE, "FIREWALLS"] += 1

    def _counted(self, instance: Instance, metric: str) -> str:
        """What the need counts against: of a spot instance, the preemptible quota once one was granted."""
        if instance.resource["scheduling"].get("provisioningModel") != "SPOT" or metric in _PROJECT_WIDE:
            return metric
        model = "CPUS" if metric.endswith("CPUS") else metric
        preemptible = _PREEMPTIBLE + model
        return preemptible if self.limit(instance.region, preemptible) > 0 else metric

    def _give_back(self, instance: Instance, metrics: list[str]) -> None:
        for metric in metrics:
            self._used[instance.project, _scope(instance, metric), metric] -= instance.holds.pop(metric)


def _scope(instance: Instance, metric: str) -> str:
    return EVERYWHERE if metric in _PROJECT_WIDE else instance.region

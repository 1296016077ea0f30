"""Machine types, the GPUs that they carry or take, the disk types of each series, and where each is offered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, lru_cache
from typing import Literal

from shared.catalog.custom import parsed
from shared.catalog.files import document
from shared.domain.spec import DiskType, Gpu, Spec

Architecture = Literal["X86_64", "ARM64"]

# What a machine with shared cores may use of one without end, in vCPUs; beyond it, it bursts. (Compute Engine
# documentation, "General-purpose machine family": E2 shared-core machine types; f1 and g1 likewise.)
_STEADY_VCPUS = {
    "e2-micro": Decimal("0.25"),
    "e2-small": Decimal("0.5"),
    "e2-medium": Decimal(1),
    "f1-micro": Decimal("0.2"),
    "g1-small": Decimal("0.5"),
}


@dataclass(frozen=True, slots=True)
class MachineType:
    """A machine type, by Compute's name. `gpu` is what is built in, as (type, count); memory in GiB; `custom`: not one
    of the predefined ones, and billed by the vCPU and the GiB."""

    name: str
    series: str
    vcpus: int
    memory_gib: Decimal
    shared_core: bool
    gpu: tuple[str, int] | None
    architecture: Architecture
    bundled_ssd_gib: int
    custom: bool = False

    @property
    def steady_vcpus(self) -> Decimal:
        """The vCPUs that it may keep busy without end: fewer than it shows where cores are shared."""
        return _STEADY_VCPUS[self.name] if self.shared_core else Decimal(self.vcpus)

    @property
    def most_disk_gib(self) -> int:
        """The largest disk that it takes (Compute Engine documentation, "Persistent Disk limits"): 3 TiB where cores
        are shared, else 64."""
        return 3072 if self.shared_core else 65536

    @property
    def reserved_vcpus(self) -> int:
        """What counts against a region's limit: the vCPUs that the guest sees, also where cores are shared."""
        return self.vcpus


@dataclass(frozen=True, slots=True)
class Accelerator:
    """A GPU type. `attach`: for each count that may be attached to an n1, the most vCPUs and GiB of the machine;
    empty for those that come only built in. `zones`: by region, where known."""

    type: str
    memory_gib: int
    attach: Mapping[int, tuple[int, int]]
    zones: Mapping[str, tuple[str, ...]]


@cache
def machine_types() -> Mapping[str, MachineType]:
    """Every predefined machine type of the catalogue, by name."""
    return {
        name: MachineType(
            name=name,
            series=facts["series"],
            vcpus=facts["vcpus"],
            memory_gib=Decimal(facts["memory_gib"]),
            shared_core=facts.get("shared_core", False),
            gpu=(facts["gpu"][0], facts["gpu"][1]) if "gpu" in facts else None,
            architecture=facts.get("architecture", "X86_64"),
            bundled_ssd_gib=facts.get("bundled_ssd_gib", 0),
        )
        for name, facts in document("machine_types")["machine_types"].items()
    }


@lru_cache(maxsize=4096)
def machine_type(name: str) -> MachineType | None:
    """The predefined or custom machine type of that name; None where Compute has none such."""
    known = machine_types().get(name)
    shape = None if known else parsed(name)
    if shape is None:
        return known
    limits, vcpus, mib = shape
    if not limits.takes(vcpus, mib):
        return None
    architecture = _kin(limits.series)[0].architecture
    return MachineType(name, limits.series, vcpus, Decimal(mib) / 1024, False, None, architecture, 0, custom=True)


def known_machine_type(name: str) -> MachineType:
    """The machine type of a name that was checked before; KeyError otherwise."""
    machine = machine_type(name)
    if machine is None:
        raise KeyError(name)
    return machine


def with_machine_type(spec: Spec, name: str) -> Spec:
    """The spec with another machine type, of the catalogue's, and the GPUs that are built into that."""
    built_in = known_machine_type(name).gpu
    gpu = Gpu(type=built_in[0], count=built_in[1]) if built_in else spec.gpu
    return spec.model_copy(update={"machine_type": name, "gpu": gpu})


@cache
def _kin(series: str) -> tuple[MachineType, ...]:
    return tuple(machine for machine in machine_types().values() if machine.series == series)


@cache
def accelerators() -> Mapping[str, Accelerator]:
    """Every GPU type, by Compute's name."""
    return {
        name: Accelerator(
            type=name,
            memory_gib=facts["memory_gib"],
            attach={int(count): (most[0], most[1]) for count, most in facts.get("attach", {}).items()},
            zones={
                region: tuple(f"{region}-{letter}" for letter in letters)
                for region, letters in facts.get("zones", {}).items()
            },
        )
        for name, facts in document("machine_types")["gpus"].items()
    }


@cache
def most_gpu_gib(gpu: str) -> int:
    """The memory of as many GPUs of the type as one machine can have; 0 for one that the catalogue does not know."""
    if gpu not in accelerators():
        return 0
    built_in = [machine.gpu[1] for machine in machine_types().values() if machine.gpu and machine.gpu[0] == gpu]
    return accelerators()[gpu].memory_gib * max((*built_in, *accelerators()[gpu].attach), default=0)


def offered(name: str, region: str) -> bool:
    """Whether the type can be had in the region at all; a type may be offered there without having a price. A custom
    one is taken to be where a predefined one of its series with as many vCPUs is, or, where it has more than any that
    the catalogue lists, where the largest of those is."""
    facts = document("machine_types")["machine_types"]
    if name in facts:
        return region in facts[name]["offered"]
    machine = machine_type(name)
    if machine is None:
        return False
    listed = max(one.vcpus for one in _kin(machine.series))
    return min(machine.vcpus, listed) <= _most_vcpus(machine.series, region)


@cache
def _most_vcpus(series: str, region: str) -> int:
    facts = document("machine_types")["machine_types"]
    return max((machine.vcpus for machine in _kin(series) if region in facts[machine.name]["offered"]), default=0)


def disk_types(series: str) -> tuple[DiskType, ...]:
    """The boot disk types that a series takes, the usual one first."""
    return tuple(document("machine_types")["disk_types"][series])


def takes_gpu(machine: MachineType, gpu: str, count: int) -> bool:
    """Whether so many GPUs of the type can be attached to the machine. Only n1 takes any, within each type's limits."""
    accelerator = accelerators().get(gpu)
    if accelerator is None or machine.series != "n1" or count not in accelerator.attach:
        return False
    vcpus, memory = accelerator.attach[count]
    return machine.vcpus <= vcpus and machine.memory_gib <= memory


def zones_with(gpu: str, region: str) -> tuple[str, ...] | None:
    """The region's zones that have the GPU, as full names; empty where it has none, None where it is not known."""
    accelerator = accelerators()[gpu]
    return accelerator.zones.get(region, ()) if accelerator.zones else None

"""Machine types, the GPUs that they carry or take, the disk types of each series, and where each is offered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Literal

from shared.catalog.files import document
from shared.domain.spec import DiskType

Architecture = Literal["X86_64", "ARM64"]


@dataclass(frozen=True, slots=True)
class MachineType:
    """A predefined machine type, by Compute's name. `gpu` is what is built in, as (type, count); memory in GiB."""

    name: str
    series: str
    vcpus: int
    memory_gib: Decimal
    shared_core: bool
    gpu: tuple[str, int] | None
    architecture: Architecture
    bundled_ssd_gib: int

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
    """Every machine type of the catalogue, by name."""
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


def offered(name: str, region: str) -> bool:
    """Whether the type can be had in the region at all; a type may be offered there without having a price."""
    facts = document("machine_types")["machine_types"].get(name)
    return facts is not None and region in facts["offered"]


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

"""What the named workloads need together, by stated rules. A number that the request states stands in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from shared.catalog.images import Image
from shared.catalog.workloads import Workload, with_requirements, workloads
from shared.domain.spec import Environment
from shared.suggestion.reading import Reading

_SYSTEM_GIB = {"linux": (Decimal("0.5"), 10), "windows": (Decimal(2), 50)}  # memory and disk
_SHARED_IN_TIME = Decimal("0.5")  # of a vCPU: what a quiet machine does not need a further one for
_TOOLS_GIB = Decimal(1)  # an editor and a build beside the program that is being developed
_DEVELOPED = frozenset({"language", "web framework"})
_HEADROOM = {"development": Decimal("1.25"), "test": Decimal("1.25"), "staging": Decimal("1.5")}
_HEADROOM_LIVE = Decimal("1.5")
_LEAST_GIB = Decimal(4)
_LEAST_LIGHT_GIB = Decimal(2)
_USERS_A_VCPU = {"game server": 25, "desktop": 4, "data science": 4, "development tool": 5}
_USERS_A_VCPU_ELSE = 250
_ANY_GPU_GIB = Decimal(12)  # "a GPU" and no more: what a middling model takes
_LEAST_VCPUS_BESIDE_A_GPU = 4  # what keeps one fed
_DATA_ROOM = Decimal("1.2")
_WEIGHTS_GIB_A_BILLION = 4  # 16 bits a parameter, once as loaded and once as saved


@dataclass(frozen=True, slots=True)
class Part:
    """What one thing contributes, before it is combined."""

    name: str
    vcpus: Decimal
    memory_gib: Decimal


@dataclass(frozen=True, slots=True)
class Need:
    """What the machine has to have. `gpu_gib`: memory of the GPU, None where none is needed. `shared`: shared cores
    will do. `lean_gib`: the memory without headroom."""

    vcpus: int
    memory_gib: Decimal
    disk_gib: int
    gpu_gib: Decimal | None
    shared: bool
    lean_gib: Decimal
    headroom: Decimal
    parts: tuple[Part, ...]


def size(reading: Reading, packages: Sequence[str], image: Image, environment: Environment) -> Need:
    """The need of the packages on the image.

    Processors are shared in time: developing and testing take the largest part and a quarter of the others, and no
    further vCPU for the last half; staging and production take all, and half again. Memory is held, so it is added, and
    a quarter goes on top, or half where people depend on it. Two vCPUs at least, so that one busy process cannot stop
    the rest; 2 GiB at least for light things on Linux, else 4.
    """
    needed = [workloads()[id] for id in with_requirements(packages, image)]
    parts = _parts(reading, needed, image, environment)
    live = environment in ("staging", "production")
    headroom = _HEADROOM.get(environment, _HEADROOM_LIVE)
    processors = sorted((part.vcpus for part in parts), reverse=True)
    others = sum(processors[1:], Decimal(0))
    together = processors[0] + (others if live else others / 4)
    vcpus = together * headroom if live else together - _SHARED_IN_TIME
    lean = sum((part.memory_gib for part in parts), Decimal(0))
    light = all(workload.light for workload in needed)
    least = _LEAST_LIGHT_GIB if light and needed and image.os_family == "linux" else _LEAST_GIB
    stated = reading.stated
    gpu = _gpu(reading, needed)
    frugal = reading.wish == "cheap" or light
    return Need(
        vcpus=stated.vcpus or max(2 if gpu is None else _LEAST_VCPUS_BESIDE_A_GPU, ceil(vcpus)),
        memory_gib=stated.memory_gib or max(least, lean * headroom),
        disk_gib=_disk(reading, needed, image, gpu is not None),
        gpu_gib=gpu,
        shared=frugal and not live and stated.vcpus is None and reading.wish != "fast",
        lean_gib=stated.memory_gib or max(least, lean),
        headroom=headroom,
        parts=parts,
    )


def _parts(reading: Reading, needed: Sequence[Workload], image: Image, environment: Environment) -> tuple[Part, ...]:
    memory, _ = _SYSTEM_GIB[image.os_family]
    parts = [Part("operating system", Decimal(0), memory)]
    parts += [Part(workload.title, workload.needs.vcpus, workload.needs.memory_gib) for workload in needed]
    if environment == "development" and any(workload.kind in _DEVELOPED for workload in needed):
        parts.append(Part("development tools", Decimal(0), _TOOLS_GIB))
    used = [workload for workload in needed if workload.needs.per_user]
    if reading.users and used:
        memory = reading.users * max(workload.needs.per_user for workload in used)
        least_served = min(_USERS_A_VCPU.get(workload.kind, _USERS_A_VCPU_ELSE) for workload in used)
        parts.append(Part(f"{reading.users} users at once", Decimal(reading.users) / least_served, memory))
    return tuple(parts)


def _disk(reading: Reading, needed: Sequence[Workload], image: Image, gpu: bool) -> int:
    """The system, the workloads and the data with a fifth to spare, in steps of 10 GiB; or as stated, if that will do
    for the image."""
    if reading.stated.disk_gib is not None:
        return max(reading.stated.disk_gib, image.min_disk_gib)
    room = _SYSTEM_GIB[image.os_family][1] + sum(workload.needs.disk_gib for workload in needed)
    room += workloads()["nvidia-driver"].needs.disk_gib if gpu else 0
    room += ceil((reading.data_gib or 0) * _DATA_ROOM)
    if reading.billions and any(workload.needs.gpu_gib for workload in needed):
        room += ceil(reading.billions * _WEIGHTS_GIB_A_BILLION)
    return min(max(ceil(room / 10) * 10, image.min_disk_gib), 65536)


def _gpu(reading: Reading, needed: Sequence[Workload]) -> Decimal | None:
    """GiB of GPU memory: as stated, else the largest of the workloads' minimum and what the model's size takes."""
    using = [workload for workload in needed if workload.needs.gpu_gib]
    if reading.gpu is False or not (reading.gpu or using):
        return None
    if reading.stated.gpu_gib is not None:
        return reading.stated.gpu_gib
    if reading.stated.gpu is not None:
        return Decimal(0)
    model = [workload.needs.gpu_per_billion * (reading.billions or 0) for workload in using]
    return max([*(workload.needs.gpu_gib for workload in using), *model], default=_ANY_GPU_GIB)

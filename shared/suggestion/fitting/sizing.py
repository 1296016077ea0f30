"""What the named workloads need together, by stated rules. A number that the request states stands in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import ceil
from typing import TypeVar

from shared.catalog.images import Image
from shared.catalog.workloads import Requirement, Workload, with_requirements, workloads
from shared.domain.spec import Environment
from shared.suggestion.fitting.gpu_need import gpu_gib, on_one_gpu
from shared.suggestion.fitting.model_memory import disk_gib, on_gpus, weights_gib
from shared.suggestion.fitting.parts import SYSTEM_GIB, Part, by_themselves, parts_of
from shared.suggestion.reading import Bound, Reading

# What no further vCPU is needed for: half of one, or a tenth of all, since they are shared in time.
_SPARED, _SPARED_OF_ALL = Decimal("0.5"), Decimal("0.1")
_HEADROOM = {"development": Decimal("1.25"), "test": Decimal("1.25"), "staging": Decimal("1.5")}
_HEADROOM_LIVE = Decimal("1.5")
_LACKING_GIB = Decimal("0.5")  # by how much the parts may exceed a maker's figure that is said to cover them
_LEAST_GIB = Decimal(4)
_LEAST_LIGHT_GIB = Decimal(2)
_SMALL_VCPUS, _SMALL_GIB = Decimal("0.25"), Decimal("0.5")  # what is light though not said to be
_LEANEST_GIB = Decimal(1)  # what is offered to whoever takes less than that
_LEAST_GIB_A_VCPU = 1  # where vCPUs are stated and memory is not: as little as a high-CPU machine type has
_LEAST_VCPUS_BESIDE_A_GPU = 4  # what keeps one fed
_DATA_ROOM = Decimal("1.2")
LARGEST_DISK_GIB = 65536

Number = TypeVar("Number", int, Decimal)


@dataclass(frozen=True, slots=True)
class Floor:
    """What a workload's maker asks for (`as_`: its minimum, or what it recommends): nothing unstated is less."""

    title: str
    as_: str
    of: Requirement


@dataclass(frozen=True, slots=True)
class Need:
    """What the machine has to have. `gpu_gib`: memory of the GPUs together, None where none is needed; `on_one_gpu`:
    all of it on one, if there is one with as much.

    `busy`: vCPUs kept busy for long, where shared cores that sustain as much will do; None where none will.
    `lean_vcpus`, `lean_gib`: without headroom, and at no more than the makers' minimum. `floors`: what they ask for.
    """

    vcpus: int
    memory_gib: Decimal
    disk_gib: int
    gpu_gib: Decimal | None
    on_one_gpu: bool
    busy: Decimal | None
    lean_vcpus: int
    lean_gib: Decimal
    headroom: Decimal
    parts: tuple[Part, ...]
    floors: tuple[Floor, ...]

    def lean(self) -> Need:
        """The same without headroom."""
        return replace(self, vcpus=min(self.lean_vcpus, self.vcpus), memory_gib=min(self.lean_gib, self.memory_gib))


def size(reading: Reading, packages: Sequence[str], image: Image, environment: Environment) -> Need:
    """The need of the packages on the image."""
    needed = [workloads()[id] for id in with_requirements(packages, image)]
    return combined(reading, needed, image, environment)


def combined(reading: Reading, needed: Sequence[Workload], image: Image, environment: Environment) -> Need:
    """The need of the workloads together, by these rules.

    Processors are shared in time: developing and testing take the largest part and a quarter of the others; staging and
    production take all, and half again; neither has a further vCPU for the last half or tenth. Memory is held, so it is
    added, and a quarter goes on top, or half where people depend on it, save on data and models, whose size is known.
    Two vCPUs at least, so that one busy process cannot stop the rest; 2 GiB at least for light things on Linux, else 4.
    No less than a maker's minimum, nor in production than what it recommends: these are of whole machines, so the
    largest counts, and where it covers all parts no headroom of ours goes on top. Beside a GPU, memory for the model's
    weights to pass through. Then what is stated stands in its place.
    """
    parts = parts_of(reading, needed, image, environment)
    live = environment in ("staging", "production")
    headroom = _HEADROOM.get(environment, _HEADROOM_LIVE)
    gpu = gpu_gib(reading, needed)
    minima, floors = _minima(needed), _floors(needed, environment)
    covered = _Makers(floors, _advice(needed), proven=not live or any(floor.as_ == "recommended" for floor in floors))
    together = _together([part.vcpus for part in parts], live)
    quiet = _whole(_together([part.vcpus for part in parts], False))
    busy = _whole(together * (headroom if live else 1))
    lean = sum((part.memory_gib for part in parts), Decimal(0))
    roomy = sum((part.memory_gib * (1 if part.counted else headroom) for part in parts), Decimal(0))
    held = covered.memory(lean - _LACKING_GIB, roomy)
    least_vcpus = 2 if gpu is None else _LEAST_VCPUS_BESIDE_A_GPU
    stated = reading.stated
    vcpus = _bounded(max(least_vcpus, covered.vcpus(ceil(together), busy)), stated.vcpus, stated.vcpus_bound)
    least = _least_gib(reading, needed, image, vcpus, gpu is not None)
    return Need(
        vcpus=vcpus,
        memory_gib=_bounded(max(least, held), stated.memory_gib, stated.memory_bound),
        disk_gib=_disk(reading, needed, image, gpu is not None, floors),
        gpu_gib=gpu,
        on_one_gpu=on_one_gpu(reading, needed),
        busy=None if live or gpu is not None else _busy(reading, together),
        lean_vcpus=_bounded(max(least_vcpus, quiet, _most_vcpus(minima)), stated.vcpus, stated.vcpus_bound),
        lean_gib=_bounded(max(_LEANEST_GIB, lean, _most_memory(minima)), stated.memory_gib, stated.memory_bound),
        headroom=headroom,
        parts=parts,
        floors=floors,
    )


@dataclass(frozen=True, slots=True)
class _Makers:
    """What the makers say of whole machines, against the sum of the parts. `proven`: the floors are for the
    environment, so that one which covers the parts stands without headroom; with it there is no more than is advised,
    where that covers them."""

    floors: tuple[Floor, ...]
    advice: tuple[Floor, ...]
    proven: bool

    def vcpus(self, parts: int, with_headroom: int) -> int:
        return self._covered(parts, with_headroom, _most_vcpus(self.floors), _most_vcpus(self.advice))

    def memory(self, parts: Decimal, with_headroom: Decimal) -> Decimal:
        return self._covered(parts, with_headroom, _most_memory(self.floors), _most_memory(self.advice))

    def _covered(self, parts: Number, with_headroom: Number, floor: Number, advised: Number) -> Number:
        if self.proven and floor >= parts:
            return floor
        return max(min(with_headroom, advised) if advised >= parts else with_headroom, floor)


def _least_gib(reading: Reading, needed: Sequence[Workload], image: Image, vcpus: int, gpu: bool) -> Decimal:
    own = by_themselves(needed, image)
    light = bool(own) and image.os_family == "linux" and all(_small(workload) for workload in own)
    least = max(_LEAST_LIGHT_GIB if light else _LEAST_GIB, weights_gib(reading, on_gpus(needed)) if gpu else Decimal(0))
    beside = reading.stated.vcpus is not None and reading.stated.vcpus_bound != "at most"
    return max(least, Decimal(vcpus * _LEAST_GIB_A_VCPU)) if beside else least


def _small(workload: Workload) -> bool:
    if workload.kind == "container":
        return False  # what runs in it is not known
    return workload.light or (workload.needs.vcpus <= _SMALL_VCPUS and workload.needs.memory_gib <= _SMALL_GIB)


def _bounded(needed: Number, stated: Number | None, bound: Bound) -> Number:
    if stated is None:
        return needed
    if bound == "exactly":
        return stated
    return max(needed, stated) if bound == "at least" else min(needed, stated)


def _together(vcpus: Sequence[Decimal], live: bool) -> Decimal:
    largest, *others = sorted(vcpus, reverse=True)
    return largest + (sum(others, Decimal(0)) if live else sum(others, Decimal(0)) / 4)


def _whole(vcpus: Decimal) -> int:
    return ceil(vcpus - max(_SPARED, vcpus * _SPARED_OF_ALL))


def _busy(reading: Reading, together: Decimal) -> Decimal | None:
    """What shared cores have to sustain. Who asked for a cheap one has their slowness in the bargain; who stated vCPUs
    or asked for a fast one has no use for them."""
    if reading.stated.vcpus or reading.wish == "fast":
        return None
    return Decimal(0) if reading.wish == "cheap" else together


def _floors(needed: Sequence[Workload], environment: Environment) -> tuple[Floor, ...]:
    """The makers' minima; in production what they recommend, and what a minimum asks for beyond that."""
    if environment != "production":
        return _minima(needed)
    advice = _advice(needed)
    advised = {floor.title: floor.of for floor in advice}
    return (*advice, *(floor for floor in _minima(needed) if not _within(floor.of, advised.get(floor.title))))


def _minima(needed: Sequence[Workload]) -> tuple[Floor, ...]:
    return tuple(Floor(each.title, "minimum", each.minimum) for each in needed if each.minimum)


def _advice(needed: Sequence[Workload]) -> tuple[Floor, ...]:
    return tuple(Floor(each.title, "recommended", each.recommended) for each in needed if each.recommended)


def _within(asked: Requirement, other: Requirement | None) -> bool:
    return other is not None and all(
        (mine or 0) <= (its or 0)
        for mine, its in (
            (asked.vcpus, other.vcpus),
            (asked.memory_gib, other.memory_gib),
            (asked.disk_gib, other.disk_gib),
        )
    )


def _most_vcpus(floors: Sequence[Floor]) -> int:
    return max((floor.of.vcpus or 0 for floor in floors), default=0)


def _most_memory(floors: Sequence[Floor]) -> Decimal:
    return max((floor.of.memory_gib or Decimal(0) for floor in floors), default=Decimal(0))


def _disk(reading: Reading, needed: Sequence[Workload], image: Image, gpu: bool, floors: Sequence[Floor]) -> int:
    """The system, the workloads and the data with a fifth to spare, in steps of 10 GiB; or as stated, if that will do
    for the image."""
    if reading.stated.disk_gib is not None:
        return min(max(reading.stated.disk_gib, image.min_disk_gib), LARGEST_DISK_GIB)
    room = Decimal(SYSTEM_GIB[image.os_family][1] + sum(workload.needs.disk_gib for workload in needed))
    room += workloads()["nvidia-driver"].needs.disk_gib if gpu else 0
    room += (reading.data_gib or 0) * _DATA_ROOM
    room += disk_gib(reading, on_gpus(needed)) if gpu or on_gpus(needed) else 0
    room = max(room, *(Decimal(floor.of.disk_gib or 0) for floor in floors)) if floors else room
    return min(max(ceil(room / 10) * 10, image.min_disk_gib), LARGEST_DISK_GIB)

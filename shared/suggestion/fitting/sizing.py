"""What the named workloads need together, by stated rules. A number that the request states stands in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import ceil
from typing import TypeVar

from shared.catalog.images import Image
from shared.catalog.machines import most_gpu_gib
from shared.catalog.workloads import Requirement, Workload, with_requirements, workloads
from shared.domain.spec import Environment
from shared.suggestion.fitting.model_memory import disk_gib, gpu_memory_gib, weights_gib
from shared.suggestion.reading import Bound, Reading

_SYSTEM_GIB = {"linux": (Decimal("0.5"), 10), "windows": (Decimal(2), 50)}  # memory and disk
_SHARED_IN_TIME = Decimal("0.5")  # of a vCPU: what a quiet machine does not need a further one for
_TOOLS_GIB = Decimal(1)  # an editor and a build beside the program that is being developed
_DEVELOPED = frozenset({"language", "web framework"})
_HEADROOM = {"development": Decimal("1.25"), "test": Decimal("1.25"), "staging": Decimal("1.5")}
_HEADROOM_LIVE = Decimal("1.5")
_LEAST_GIB = Decimal(4)
_LEAST_LIGHT_GIB = Decimal(2)
_LEANEST_GIB = Decimal(1)  # what is offered to whoever takes less than that
_LEAST_GIB_A_VCPU = 1  # where vCPUs are stated and memory is not: as little as a high-CPU machine type has
_USERS_A_VCPU = {"game server": 25, "desktop": 4, "data science": 4, "development tool": 5}
_USERS_A_VCPU_ELSE = 250
_USER_GIB_ELSE = Decimal(4) / 1024  # a session and its share of a worker
_REQUESTS_A_VCPU = {"cache": 5000}  # a second: a key takes well below a millisecond,
_REQUESTS_A_VCPU_LIGHT = 1000  # a file about one,
_REQUESTS_A_VCPU_DATABASE = 500  # a query about two,
_REQUESTS_A_VCPU_ELSE = 100  # what a program makes about ten
_ANY_GPU_GIB = Decimal(12)  # "a GPU" and no more: what a middling model takes
_LEAST_VCPUS_BESIDE_A_GPU = 4  # what keeps one fed
_DATA_ROOM = Decimal("1.2")
_WORKING_SET_GIB = Decimal(64)
LARGEST_DISK_GIB = 65536

Number = TypeVar("Number", int, Decimal)


@dataclass(frozen=True, slots=True)
class Part:
    """What one thing contributes, before it is combined. `counted`: by a size that is known, so without headroom."""

    name: str
    vcpus: Decimal
    memory_gib: Decimal
    counted: bool = False


@dataclass(frozen=True, slots=True)
class Floor:
    """What a workload's maker asks for (`as_`: its minimum, or what it recommends): nothing unstated is less."""

    title: str
    as_: str
    of: Requirement


@dataclass(frozen=True, slots=True)
class Need:
    """What the machine has to have. `gpu_gib`: memory of the GPUs together, None where none is needed.

    `busy`: vCPUs kept busy for long, where shared cores that sustain as much will do; None where none will.
    `lean_vcpus`, `lean_gib`: without headroom, and at no more than the makers' minimum. `floors`: what they ask for.
    """

    vcpus: int
    memory_gib: Decimal
    disk_gib: int
    gpu_gib: Decimal | None
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

    Processors are shared in time: developing and testing take the largest part and a quarter of the others, and no
    further vCPU for the last half; staging and production take all, and half again. Memory is held, so it is added, and
    a quarter goes on top, or half where people depend on it, save on data and models, whose size is known. Two vCPUs at
    least, so that one busy process cannot stop the rest; 2 GiB at least for light things on Linux, else 4. No less than
    a maker's minimum, nor in production than what it recommends: these are of whole machines, so the largest counts,
    and where it covers all parts no headroom of ours goes on top. Beside a GPU, memory for the model's weights to pass
    through. Then what is stated stands in its place.
    """
    parts = _parts(reading, needed, image, environment)
    live = environment in ("staging", "production")
    headroom = _HEADROOM.get(environment, _HEADROOM_LIVE)
    together = _together([part.vcpus for part in parts], live)
    lean = sum((part.memory_gib for part in parts), Decimal(0))
    gpu = _gpu(reading, needed)
    minima, floors = _floors(needed, "development"), _floors(needed, environment)
    proven = not live or any(floor.as_ == "recommended" for floor in floors)
    busy = ceil(together * headroom if live else together - _SHARED_IN_TIME)
    vcpus = _covered(ceil(together), busy, _most_vcpus(floors), proven)
    roomy = sum((part.memory_gib * (1 if part.counted else headroom) for part in parts), Decimal(0))
    held = _covered(lean - _SYSTEM_GIB[image.os_family][0], roomy, _most_memory(floors), proven)
    quiet = ceil(_together([part.vcpus for part in parts], False) - _SHARED_IN_TIME)
    least_vcpus = 2 if gpu is None else _LEAST_VCPUS_BESIDE_A_GPU
    stated = reading.stated
    vcpus = _bounded(max(least_vcpus, vcpus), stated.vcpus, stated.vcpus_bound)
    least = _least_gib(reading, needed, image, vcpus, gpu is not None)
    return Need(
        vcpus=vcpus,
        memory_gib=_bounded(max(least, held), stated.memory_gib, stated.memory_bound),
        disk_gib=_disk(reading, needed, image, gpu is not None, floors),
        gpu_gib=gpu,
        busy=None if live or gpu is not None else _busy(reading, together),
        lean_vcpus=_bounded(max(least_vcpus, quiet, _most_vcpus(minima)), stated.vcpus, stated.vcpus_bound),
        lean_gib=_bounded(max(_LEANEST_GIB, lean, _most_memory(minima)), stated.memory_gib, stated.memory_bound),
        headroom=headroom,
        parts=parts,
        floors=floors,
    )


def _covered(parts: Number, with_headroom: Number, floor: Number, proven: bool) -> Number:
    """A maker's figure as it is, where it is one for this environment and covers the parts; else the larger."""
    return floor if proven and floor >= parts else max(with_headroom, floor)


def _least_gib(reading: Reading, needed: Sequence[Workload], image: Image, vcpus: int, gpu: bool) -> Decimal:
    light = bool(needed) and image.os_family == "linux" and all(workload.light for workload in needed)
    least = max(_LEAST_LIGHT_GIB if light else _LEAST_GIB, weights_gib(reading, _using(needed)) if gpu else Decimal(0))
    beside = reading.stated.vcpus is not None and reading.stated.vcpus_bound != "at most"
    return max(least, Decimal(vcpus * _LEAST_GIB_A_VCPU)) if beside else least


def _bounded(needed: Number, stated: Number | None, bound: Bound) -> Number:
    if stated is None:
        return needed
    if bound == "exactly":
        return stated
    return max(needed, stated) if bound == "at least" else min(needed, stated)


def _together(vcpus: Sequence[Decimal], live: bool) -> Decimal:
    largest, *others = sorted(vcpus, reverse=True)
    return largest + (sum(others, Decimal(0)) if live else sum(others, Decimal(0)) / 4)


def _busy(reading: Reading, together: Decimal) -> Decimal | None:
    """What shared cores have to sustain. Who asked for a cheap one has their slowness in the bargain; who stated vCPUs
    or asked for a fast one has no use for them."""
    if reading.stated.vcpus or reading.wish == "fast":
        return None
    return Decimal(0) if reading.wish == "cheap" else together


def _parts(reading: Reading, needed: Sequence[Workload], image: Image, environment: Environment) -> tuple[Part, ...]:
    memory, _ = _SYSTEM_GIB[image.os_family]
    parts = [Part("operating system", Decimal(0), memory)]
    parts += [Part(workload.title, workload.needs.vcpus, workload.needs.memory_gib) for workload in needed]
    if environment == "development" and any(workload.kind in _DEVELOPED for workload in needed):
        parts.append(Part("development tools", Decimal(0), _TOOLS_GIB))
    parts += _users(reading, needed)
    parts += _traffic(reading, needed)
    parts += _data(reading, needed, environment)
    if reading.gpu is False and reading.billions and _using(needed):
        model = gpu_memory_gib(reading, _using(needed))
        parts.append(Part(f"a model of {reading.billions.normalize():f} billion", Decimal(0), model, counted=True))
    return tuple(parts)


def _data(reading: Reading, needed: Sequence[Workload], environment: Environment) -> list[Part]:
    """What is held of the data: all of it where the workload keeps it in memory (1 GiB or more a GiB). A store on disk
    holds a working set, 64 GiB at most, and a quarter of it while it is developed or tested with."""
    held = max((workload.needs.per_data_gib for workload in needed), default=Decimal(0))
    if not reading.data_gib or not held:
        return []
    gib = reading.data_gib * held
    if held < 1:
        gib = min(gib if environment in ("staging", "production") else gib / 4, _WORKING_SET_GIB)
    return [Part(f"{reading.data_gib.normalize():f} GiB of data", Decimal(0), gib, counted=True)]


def _users(reading: Reading, needed: Sequence[Workload]) -> list[Part]:
    """Each user at once takes what the hungriest workload has for one, or what a page's reader takes where none has."""
    if not reading.users:
        return []
    used = [workload for workload in needed if workload.needs.per_user]
    memory = reading.users * max((workload.needs.per_user for workload in used), default=_USER_GIB_ELSE)
    served = min((_USERS_A_VCPU.get(each.kind, _USERS_A_VCPU_ELSE) for each in used), default=_USERS_A_VCPU_ELSE)
    return [Part(f"{reading.users} users at once", Decimal(reading.users) / served, memory)]


def _traffic(reading: Reading, needed: Sequence[Workload]) -> list[Part]:
    """Requests a second, by what the slowest workload that answers does with one vCPU; each stays a second. Where users
    are counted too, the two are the same people: the traffic is processors' work alone."""
    rate = reading.requests_per_second
    if not rate:
        return []
    answering = [each for each in needed if each.needs.per_user or each.ports or each.serves or each.kind in _DEVELOPED]
    done = min((_answered(workload) for workload in answering), default=_REQUESTS_A_VCPU_ELSE)
    each = max((workload.needs.per_user for workload in answering), default=_USER_GIB_ELSE)
    held = Decimal(0) if reading.users else rate * each
    return [Part(f"{rate.normalize():f} requests a second", rate / done, held)]


def _answered(workload: Workload) -> int:
    if workload.kind in _REQUESTS_A_VCPU:
        return _REQUESTS_A_VCPU[workload.kind]
    if "database" in workload.kind:
        return _REQUESTS_A_VCPU_DATABASE
    return _REQUESTS_A_VCPU_LIGHT if workload.light else _REQUESTS_A_VCPU_ELSE


def _using(needed: Sequence[Workload]) -> list[Workload]:
    return [workload for workload in needed if workload.needs.gpu_gib]


def _floors(needed: Sequence[Workload], environment: Environment) -> tuple[Floor, ...]:
    found = []
    for workload in needed:
        if environment == "production" and workload.recommended:
            found.append(Floor(workload.title, "recommended", workload.recommended))
        elif workload.minimum:
            found.append(Floor(workload.title, "minimum", workload.minimum))
    return tuple(found)


def _most_vcpus(floors: Sequence[Floor]) -> int:
    return max((floor.of.vcpus or 0 for floor in floors), default=0)


def _most_memory(floors: Sequence[Floor]) -> Decimal:
    return max((floor.of.memory_gib or Decimal(0) for floor in floors), default=Decimal(0))


def _disk(reading: Reading, needed: Sequence[Workload], image: Image, gpu: bool, floors: Sequence[Floor]) -> int:
    """The system, the workloads and the data with a fifth to spare, in steps of 10 GiB; or as stated, if that will do
    for the image."""
    if reading.stated.disk_gib is not None:
        return min(max(reading.stated.disk_gib, image.min_disk_gib), LARGEST_DISK_GIB)
    room = Decimal(_SYSTEM_GIB[image.os_family][1] + sum(workload.needs.disk_gib for workload in needed))
    room += workloads()["nvidia-driver"].needs.disk_gib if gpu else 0
    room += (reading.data_gib or 0) * _DATA_ROOM
    room += disk_gib(reading, _using(needed)) if gpu or _using(needed) else 0
    room = max(room, *(Decimal(floor.of.disk_gib or 0) for floor in floors)) if floors else room
    return min(max(ceil(room / 10) * 10, image.min_disk_gib), LARGEST_DISK_GIB)


def _gpu(reading: Reading, needed: Sequence[Workload]) -> Decimal | None:
    """GiB of GPU memory: as stated, else the largest of the workloads' minimum and what the model's size takes. A GPU
    that is named stands, in as many as the model needs, if there are so many."""
    using = _using(needed)
    if reading.gpu is False or not (reading.gpu or using):
        return None
    if reading.stated.gpu_gib is not None:
        return reading.stated.gpu_gib
    model = gpu_memory_gib(reading, using)
    if reading.stated.gpu is not None:
        return min(model, Decimal(most_gpu_gib(reading.stated.gpu)))
    return max([*(workload.needs.gpu_gib for workload in using), model]) or _ANY_GPU_GIB

"""What each thing contributes to a machine's need: the system, the workloads, people, traffic, data, a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from shared.catalog.images import Image
from shared.catalog.workloads import Workload, prerequisites
from shared.domain.spec import Environment
from shared.suggestion.fitting.gpu_need import gpu_gib
from shared.suggestion.fitting.model_memory import gpu_memory_gib, on_gpus
from shared.suggestion.reading import Reading

SYSTEM_GIB = {"linux": (Decimal("0.5"), 10), "windows": (Decimal(2), 50)}  # memory and disk
_TOOLS_GIB = Decimal(1)  # an editor and a build beside the program that is being developed
_DEVELOPED = frozenset({"language", "web framework"})
# What runs as part of that which requires it: the Java of a Kafka, the FFmpeg of a Whisper, the Docker of an image.
_RUN_WITHIN = frozenset({"container", "language", "media", "tool"})
# At once. A business application's page takes a worker for its time: six users a worker, two workers a vCPU
# (https://www.odoo.com/documentation/19.0/administration/on_premise/deploy.html).
_USERS_A_VCPU = {
    "game server": 25,
    "desktop": 4,
    "data science": 4,
    "development tool": 5,
    "CI": 125,
    "business application": 12,
    "shop": 50,
    "learning platform": 50,
}
_USERS_A_VCPU_ELSE = 250
_USER_GIB_ELSE = Decimal(4) / 1024  # a session and its share of a worker
_REQUESTS_A_VCPU = {"cache": 20_000, "message broker": 5000, "IoT broker": 5000}  # a second: well below a millisecond,
_REQUESTS_A_VCPU_LIGHT = 1000  # a file about one,
_REQUESTS_A_VCPU_DATABASE = 500  # a query about two,
_REQUESTS_A_VCPU_ELSE = 100  # what a program makes about ten
_WORKING_SET_GIB = Decimal(64)


@dataclass(frozen=True, slots=True)
class Part:
    """What one thing contributes, before it is combined. `counted`: by a size that is known, so without headroom;
    `workload`: the id of the one that it is."""

    name: str
    vcpus: Decimal
    memory_gib: Decimal
    counted: bool = False
    workload: str | None = None


def parts_of(reading: Reading, needed: Sequence[Workload], image: Image, environment: Environment) -> tuple[Part, ...]:
    """What takes processors and memory: the system, the workloads that run by themselves, people, traffic and data."""
    parts = [Part("operating system", Decimal(0), SYSTEM_GIB[image.os_family][0])]
    running = by_themselves(needed, image)
    parts += [_own(reading, workload) for workload in running]
    if environment == "development" and any(workload.kind in _DEVELOPED for workload in running):
        parts.append(Part("development tools", Decimal(0), _TOOLS_GIB))
    parts += _users(reading, needed)
    parts += _traffic(reading, needed)
    parts += _data(reading, needed, environment)
    if reading.billions and gpu_gib(reading, needed) is None:
        model = gpu_memory_gib(reading, [workload for workload in needed if workload.needs.gpu_per_billion])
        parts.append(Part(f"a model of {reading.billions.normalize():f} billion", Decimal(0), model, counted=True))
    return tuple(parts)


def _own(reading: Reading, workload: Workload) -> Part:
    needs = workload.needs
    if reading.million_reads and needs.per_million_reads:
        name = f"{workload.title} on {reading.million_reads.normalize():f} million reads"
        memory = reading.million_reads * needs.per_million_reads
        return Part(name, needs.vcpus, memory, counted=True, workload=workload.id)
    return Part(workload.title, needs.vcpus, needs.memory_gib, workload=workload.id)


def by_themselves(needed: Sequence[Workload], image: Image) -> list[Workload]:
    """Those that take processors and memory of their own: not what another one of them runs as part of itself, and of
    those that work on GPUs the largest alone, since they are layers of one program or take turns."""
    inner = {id for workload in needed for id in prerequisites(workload, image)}
    own = [workload for workload in needed if workload.id not in inner or workload.kind not in _RUN_WITHIN]
    using = on_gpus(own)
    largest = max(using, key=lambda workload: (workload.needs.memory_gib, workload.needs.vcpus), default=None)
    return [workload for workload in own if workload is largest or workload not in using]


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

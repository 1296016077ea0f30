"""What exists: instances, disks, firewall rules and operations, keyed for direct access, and written down as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from local.compute.wire import Json, path_of, short

Key = tuple[str, str, str]  # project, zone (or scope), name


@dataclass
class Guest:
    """What the operating system of an instance did, as seen from outside."""

    attributes: dict[str, str] = field(default_factory=dict)  # "namespace/key" → value
    serial: dict[str, str] = field(default_factory=dict)  # port → everything written so far
    booted: bool = False
    steps: list[str] = field(default_factory=list)  # names of the start-up script's steps in this run
    failed: bool = False
    log: str = ""
    accounts_seen: list[str] = field(default_factory=list)
    passwords: dict[str, str] = field(default_factory=dict)  # in clear: for tests to compare with


@dataclass
class Instance:
    """An instance and what Compute knows beyond its resource."""

    project: str
    zone: str
    resource: Json
    power_cycle: int = 0  # bumped at each change of power: a step meant for an earlier life does nothing
    holds: dict[str, float] = field(default_factory=dict)  # quota metric → how much of it
    address: str = ""  # of the subnetwork, kept through stops
    runs: list[list[float | None]] = field(default_factory=list)  # [started, stopped] in epoch seconds
    guest: Guest = field(default_factory=Guest)

    @property
    def name(self) -> str:
        return str(self.resource["name"])

    @property
    def id(self) -> str:
        return str(self.resource["id"])

    @property
    def status(self) -> str:
        return str(self.resource["status"])

    @property
    def region(self) -> str:
        return region_of(self.zone)

    @property
    def machine_type(self) -> str:
        return short(self.resource["machineType"])

    @property
    def path(self) -> str:
        return path_of(self.resource["selfLink"])

    @property
    def key(self) -> Key:
        return self.project, self.zone, self.name

    def metadata(self, key: str) -> str:
        """The value of a metadata key, empty where it is not set."""
        items = self.resource["metadata"].get("items", [])
        return next((str(item.get("value", "")) for item in items if item["key"] == key), "")


@dataclass
class Disk:
    """A persistent disk; `set_up` is the marker that a finished start-up script leaves on it, `file_system_gib` how far
    the root file system on it reaches."""

    project: str
    zone: str
    resource: Json
    set_up: bool = False
    file_system_gib: int = 0

    @property
    def key(self) -> Key:
        return self.project, self.zone, str(self.resource["name"])


@dataclass
class Operation:
    """A long-running operation: what happens at its end (a step of the timeline), and how it will fail."""

    project: str
    scope: str  # "zones/Z", "regions/R" or "global"
    resource: Json
    due: float
    then: list[Any] | None = None
    otherwise: list[Any] | None = None
    error: Json | None = None
    forgotten: bool = False  # deleted: what it does is still done, but nobody can ask after it

    @property
    def key(self) -> Key:
        return self.project, self.scope, str(self.resource["name"])


class World:
    """Everything that exists in the emulated cloud."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Back to nothing."""
        self.instances: dict[Key, Instance] = {}
        self.by_id: dict[str, Instance] = {}
        self.disks: dict[Key, Disk] = {}
        self.firewalls: dict[tuple[str, str], Json] = {}
        self.operations: dict[Key, Operation] = {}
        self.requests: dict[str, Key] = {}  # an insert's path and requestId → the operation that it began
        self.gone: list[Json] = []  # instances that are no more, as `/_state` tells of them

    def add(self, instance: Instance) -> None:
        """Let an instance exist."""
        self.instances[instance.key] = instance
        self.by_id[instance.id] = instance

    def remove(self, instance: Instance) -> None:
        """Let it exist no longer."""
        del self.instances[instance.key]
        del self.by_id[instance.id]

    def boot_disk(self, instance: Instance) -> Disk | None:
        """The disk that the instance starts from; None if somebody took it away."""
        attached = next(disk for disk in instance.resource["disks"] if disk.get("boot"))
        return self.disks.get((instance.project, instance.zone, short(attached["source"])))

    def dump(self) -> Json:
        """All of it as JSON."""
        return {
            "instances": [{**vars(one), "guest": vars(one.guest)} for one in self.instances.values()],
            "disks": [vars(disk) for disk in self.disks.values()],
            "firewalls": [[*key, resource] for key, resource in self.firewalls.items()],
            "operations": [vars(operation) for operation in self.operations.values()],
            "requests": self.requests,
            "gone": self.gone,
        }

    def load(self, document: Json) -> None:
        """The reverse of dump."""
        self.clear()
        for one in document["instances"]:
            self.add(Instance(**{**one, "guest": Guest(**one["guest"])}))
        self.disks = {disk.key: disk for disk in (Disk(**one) for one in document["disks"])}
        self.firewalls = {(project, name): resource for project, name, resource in document["firewalls"]}
        self.operations = {one.key: one for one in (Operation(**record) for record in document["operations"])}
        self.requests = {request: (key[0], key[1], key[2]) for request, key in document["requests"].items()}
        self.gone = document["gone"]


def region_of(zone: str) -> str:
    """`us-west1-a` lies in `us-west1`."""
    return zone.rsplit("-", 1)[0]

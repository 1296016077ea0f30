"""What is asked of Compute Engine, and what it reports back, in our own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.domain.errors import CloudError
from shared.domain.spec import Gpu

LABEL_ENVIRONMENT = "vmc-environment"
LABEL_ID = "vmc-id"
LABEL_OWNER = "vmc-owner"
LABEL_END = "vmc-end"
METADATA_VM = "vmc-vm"  # what it was made as, so that it can be adopted by a registry that has lost it


def rfc3339(when: datetime) -> str:
    """UTC to the millisecond, Compute's own precision."""
    return when.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Machine:
    """Everything one instance insert needs. Resource names are relative (`ubuntu-os-cloud`), never URLs."""

    name: str
    zone: str
    machine_type: str
    image_project: str
    image_family: str
    disk_gib: int
    disk_type: str
    gpu: Gpu | None
    spot: bool
    network_tag: str
    labels: Mapping[str, str]
    metadata: Mapping[str, str]
    termination_time: datetime


@dataclass(frozen=True)
class Instance:
    """An instance as Compute reports it. `id` is Compute's 64-bit id as text; `status` is Compute's word
    (PROVISIONING, STAGING, RUNNING, STOPPING, TERMINATED, …); `termination_at` is the armed switch, read from
    resourceStatus, None when not armed; `termination_set` is what its next start will arm, from its scheduling.
    `disks` are named, the boot disk first; `made_as` is the metadata item METADATA_VM."""

    id: str
    name: str
    zone: str
    status: str
    labels: Mapping[str, str]
    label_fingerprint: str
    external_ip: str | None
    created_at: datetime
    last_started_at: datetime | None
    last_stopped_at: datetime | None
    termination_at: datetime | None
    disks: tuple[str, ...] = ()
    spot: bool = False
    made_as: str | None = None
    machine_type: str = ""
    termination_set: datetime | None = None

    @property
    def switch_at(self) -> datetime | None:
        """When it deletes itself: as armed, or, of a machine at rest, as its next start will arm it."""
        return self.termination_set if self.status == "TERMINATED" else self.termination_at


@dataclass(frozen=True)
class Disk:
    """A disk of ours, found by label."""

    id: str
    name: str
    zone: str
    labels: Mapping[str, str]
    in_use: bool
    size_gib: int = 0
    label_fingerprint: str = ""


@dataclass(frozen=True)
class FirewallRule:
    """The one rule of one VM. `source_ranges` are CIDR; the rule's id and end are in `description`, since firewall
    rules carry no labels."""

    name: str
    network_tag: str
    source_ranges: tuple[str, ...]
    ports: tuple[int, ...]
    description: str
    id: str | None = None


@dataclass(frozen=True)
class Order:
    """What one VM needs to be there: its machine and its firewall rule."""

    vm_id: str
    machine: Machine
    rule: FirewallRule


@dataclass(frozen=True)
class OperationView:
    """An operation of Compute's, or of another engine's: done or not; `error` classified by scope once it is done and
    failed. Where that is of unknown outcome it may have taken effect all the same, up to `ended_at`."""

    name: str
    done: bool
    error: CloudError | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True)
class GuestReport:
    """The guest attributes that matter: set-up keys of namespace `vmc` and the SSH host keys (type → base64)."""

    setup: Mapping[str, str] = field(default_factory=dict)
    host_keys: Mapping[str, str] = field(default_factory=dict)

"""What the use cases need from outside: the registry and Google's APIs, as Protocols.

Implementations are in shared.db and shared.google. Every cloud call has a time-out (Figures.call_timeout), is retried
only where that is safe, and raises CloudError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from shared.domain.machine import Disk, FirewallRule, GuestReport, Instance, Machine, OperationView, Order
from shared.domain.regions import RegionSetting
from shared.domain.vm import Attempt, Event, Ledger, Message, Vm

Fence = Callable[[], None]  # called before each cloud write; raises where that may not be made any more


class Engine(Protocol):
    """How a VM's machine and its firewall rule come to be, and go again. Nothing above it knows which one runs.

    What is begun is never waited for, but looked at again. What a machine is while it lives, Compute says, and changes.
    """

    @property
    def name(self) -> str:
        """Kept with the VM: the engine that makes it is the one that ends it."""

    def state_location(self, vm_id: str) -> str | None:
        """Where it keeps what it knows about the VM; None where it keeps nothing."""

    def prepare(self, order: Order, request_id: str, fence: Fence) -> None:
        """Make what has to be there before the machine is, if anything; done already is well."""

    def create(self, order: Order, attempt: Attempt, fence: Fence) -> str:
        """Begin making the machine; the operation's name. For the same attempt again: the same operation.
        AlreadyExists if the zone has a machine of that name."""

    def adopt(self, order: Order, attempt: Attempt, fence: Fence) -> str | None:
        """Begin taking up a machine that the attempt's operation has made without living to note it; the operation's
        name. None where there is nothing to note, or no more that can be done about it."""

    def outcome(self, vm_id: str, attempt: Attempt) -> OperationView | None:
        """What became of the attempt; None when nobody knows of any operation of it."""

    def destroy(self, order: Order, request_id: str, fence: Fence) -> str | None:
        """Begin destroying, from what it keeps about the VM, all that it made for it; the operation's name. None where
        it keeps nothing: then each thing is deleted by its name."""

    def destroyed(self, name: str) -> OperationView | None:
        """What became of a `destroy`; None when nobody knows of it."""

    def cancel(self, vm_id: str) -> None:
        """End whatever is still at work for the VM, where that can be done."""


class Compute(Protocol):
    """The VM project's Compute Engine. Writes take a requestId, so that the same call may be sent again."""

    def insert(self, machine: Machine, request_id: str) -> str:
        """Start making an instance; the name of the zone operation. AlreadyExists if the zone has one of that name."""

    def operation(self, zone: str, name: str) -> OperationView | None:
        """How a zone operation stands; None when Compute no longer knows it."""

    def instance(self, zone: str, name: str) -> Instance | None:
        """One instance, None if there is none."""

    def went_at(self, zone: str, name: str, instance_id: str) -> datetime | None:
        """When an instance that is gone was deleted, by whomever, or preempted; None if no operation tells."""

    def instances(self, vm_id: str | None = None) -> Sequence[Instance]:
        """All instances of our environment (and this VM), by label, in every zone; PartialList where one is missing."""

    def delete(self, zone: str, name: str, request_id: str) -> bool:
        """Start deleting an instance; False if there was none."""

    def stop(self, zone: str, name: str, request_id: str) -> str:
        """Start stopping it; the operation's name."""

    def start(self, zone: str, name: str, request_id: str) -> str:
        """Start starting it; the operation's name."""

    def set_machine_type(self, zone: str, name: str, machine_type: str, request_id: str) -> str:
        """Start giving a stopped machine another type; the operation's name."""

    def set_termination(self, zone: str, name: str, when: datetime, request_id: str) -> str:
        """Start giving a stopped machine another termination time, all else of its scheduling as it is; the
        operation's name. Its next start arms it."""

    def resize_disk(self, zone: str, name: str, gib: int, request_id: str) -> str:
        """Start growing a disk, in use or not; the operation's name. Refused if it has that size already."""

    def label(self, instance: Instance, labels: Mapping[str, str]) -> None:
        """Replace the instance's labels (fingerprint checked; re-read once when it no longer matches)."""

    def label_disk(self, disk: Disk, labels: Mapping[str, str]) -> None:
        """Replace the disk's labels, as `label` does."""

    def disks(self, vm_id: str | None = None) -> Sequence[Disk]:
        """All disks of our environment (and this VM), by label, in every zone; PartialList where one is missing."""

    def disk(self, zone: str, name: str) -> Disk | None:
        """One disk, None if there is none."""

    def delete_disk(self, zone: str, name: str) -> bool:
        """Start deleting a disk; False if there was none."""

    def open_firewall(self, rule: FirewallRule, request_id: str) -> None:
        """Start making the rule; done already if it exists."""

    def describe_firewall(self, name: str, description: str) -> None:
        """Give the rule another description."""

    def firewall(self, name: str) -> FirewallRule | None:
        """One rule, None if there is none."""

    def firewalls(self) -> Sequence[FirewallRule]:
        """All rules with our environment's name prefix."""

    def close_firewall(self, name: str, request_id: str) -> bool:
        """Start deleting the rule; False if there was none."""

    def guest_report(self, zone: str, name: str) -> GuestReport:
        """What the guest has published so far; empty before it published anything."""

    def add_windows_key(self, zone: str, name: str, key: Mapping[str, Any]) -> None:
        """Append one JSON line to the metadata item `windows-keys` (fingerprint checked, re-read when it moved)."""

    def serial_output(self, zone: str, name: str, port: int) -> str:
        """What the serial port said, from its beginning."""


class Secrets(Protocol):
    """Secret Manager, one secret a VM, labelled with our environment and the VM's id."""

    def put(self, secret_id: str, payload: bytes, labels: Mapping[str, str]) -> None:
        """Make the secret with one version; done already if it has one."""

    def read(self, secret_id: str) -> bytes | None:
        """The latest version's payload, None if there is no such secret or it was destroyed."""

    def label(self, secret_id: str, labels: Mapping[str, str]) -> None:
        """Replace the secret's labels; nothing if there is none."""

    def exists(self, secret_id: str) -> bool:
        """Whether the secret is there, with or without a version."""

    def delete(self, secret_id: str) -> bool:
        """Delete the secret and its versions; False if there was none."""

    def list(self) -> Sequence[tuple[str, Mapping[str, str]]]:
        """Ids and labels of every secret that carries our environment's label."""


class Publisher(Protocol):
    def publish(self, vm_id: str) -> None:
        """Tell provision, through Pub/Sub, to look at a VM."""


class Tasks(Protocol):
    def look(self, name: str, vm_id: str, at: datetime, *, end: datetime | None = None) -> None:
        """Have provision look at a VM at a time, by a named Cloud Tasks task; done already if the name is taken.
        `end`: the task is for that end of the lease, and does nothing if the row's end is another by then."""


class Live(Protocol):
    def write(self, owner_id: str, vm_name: str, number: int, document: Mapping[str, Any]) -> None:
        """Write a VM's live document, unless the one that is there has a higher number."""

    def forget(self, owner_id: str, vm_name: str) -> None:
        """Delete it; none there is well. What is written next may have a lower number."""


Reserve = Callable[[Vm, Sequence[RegionSetting], datetime], tuple[Vm, Event]]


Approve = Callable[[Ledger], tuple[Vm, str, Event]]


class Approvals(Protocol):
    def approve(
        self,
        user_id: str,
        spec_digest: str,
        key: str,
        decide: Approve,
        answer: Callable[[Vm], Mapping[str, Any]],
        idle_stop: str | None = None,
    ) -> Vm:
        """One transaction: the ledger is read, `decide` gives the VM and the stem of its name (or raises a Refusal),
        and the VM, its first event, its wake-up, what is wanted when it is idle (None: what the account prefers) and
        the answer to the idempotency key are written."""

    def change(
        self,
        caller_id: str,
        key: str,
        before: Vm,
        decide: Callable[[Ledger], tuple[Vm, Event]],
        answer: Callable[[Vm], Mapping[str, Any]],
        *,
        reserving: bool,
    ) -> Vm | None:
        """The same for a VM that is there: its owner's ledger is read (with `reserving` the regions are locked),
        `decide` says what becomes of it, and the compare-and-set, its wake-up and the answer to the caller's key are
        one transaction. None when somebody else moved it."""


class Idempotency(Protocol):
    """Answers already given, by account and Idempotency-Key."""

    def begin(self, user_id: str, key: str, action: str, digest: str) -> tuple[int, Mapping[str, Any]] | None:
        """None: go on, the key is now this request's. Else the answer that was given. Conflict if the key was used
        for something else, or is being used at this moment."""

    def abandon(self, user_id: str, key: str) -> None:
        """Nothing was done: the key is free again."""


class Registry(Protocol):
    """The VMs in PostgreSQL. `apply` is the one place that changes a row's state."""

    def load(self, vm_id: str) -> tuple[Vm, datetime] | None:
        """The row as it is, and the database's clock."""

    def load_by_name(self, name: str) -> tuple[Vm, datetime] | None:
        """The same, by public name."""

    def claim(self, vm_id: str, worker: str, length: timedelta) -> tuple[Vm, datetime] | None:
        """Fence the row for one worker: the row with its new version, and the database's clock. None if it is at its
        end, or another worker's claim still holds."""

    def release(self, vm_id: str, worker: str) -> None:
        """Give the claim back, if it is still this worker's."""

    def apply(
        self, before: Vm, after: Vm, event: Event | None, *, wake: bool = False, look: timedelta | None = None
    ) -> Vm | None:
        """Compare-and-set from `before` (by version) to `after`, in one transaction with the audit record and event
        (None: bookkeeping that nobody watches), the attempts, and the outbox rows: with `wake` provision is told at
        once, with `look` after that while. The row as it is now, or None when somebody else moved it: stop, and do
        not overwrite. Raises IllegalMove."""

    def reserve(self, before: Vm, choose: Reserve) -> Vm | None:
        """The same, with every region's row locked and its use counted first: `choose` (pure) sees them and says what
        becomes of the VM. Choice and reservation are one transaction."""

    def finish(self, before: Vm, after: Vm, event: Event, receipt: Mapping[str, Any]) -> Vm | None:
        """The last move, to FAILED or DELETED, together with the receipt and the record of the deleted VM."""

    def due(self, limit: int) -> Sequence[str]:
        """Ids of the VMs whose next look, end or deadline has come and that nobody holds. First those past their end
        and not on their way out yet, oldest first; then what has waited longest; in both, what failed before comes
        last: a death that hangs with every look keeps no end waiting. While a hold stands, ends and deadlines
        wait for the row's next look: it may be one that is left as it is."""

    def alive(self) -> Sequence[Vm]:
        """Every VM that is not at its end, and whose row can be read."""

    def plan_ends(self, span: timedelta) -> int:
        """Enqueue the task for every end that is that near and has none yet, named by VM and end; how many."""

    def warn(self, vm_id: str | None = None) -> int:
        """Give the warning that has come due before this VM's end, or before every VM's, in one transaction each with
        its event and its notices; how many. Once for each moment before an end: a new end arms them anew."""

    def clock(self) -> datetime:
        """The database's clock, by which every deadline and end is judged."""

    def terminal(self, vm_ids: Sequence[str]) -> Mapping[str, Vm]:
        """Those of the given ids that are at their end."""

    def unended(self, vm_ids: Sequence[str]) -> frozenset[str]:
        """Which of the given ids have a row that is not at its end, whether it can be read or not."""


class Outbox(Protocol):
    def take(self, vm_id: str | None, limit: int) -> Sequence[Message]:
        """Claim unsent rows (of one VM, or any that have waited a moment) for half a minute; oldest first."""

    def sent(self, message_ids: Sequence[int]) -> None:
        """They are out."""

    def failed(self, message_id: int, error: str) -> None:
        """Not out; another tick tries again."""

    def give_up(self, message: Message, error: str) -> None:
        """Never out: it becomes the dead letter of its VM and kind."""

    def forget_sent(self) -> int:
        """Delete what went out more than a day ago; how many."""

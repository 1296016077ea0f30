"""A VM as the rules see it: the row, its attempts, and the events and messages that its changes bring about."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from shared.domain.errors import Scope
from shared.domain.life import Outcome, Reason, Setup, State, Wanted
from shared.domain.quote import Meter, Quote, QuoteLine, Rate, Tariff, bill, metered
from shared.domain.regions import RegionSetting
from shared.domain.spec import Spec


@dataclass(frozen=True)
class Attempt:
    """One try at one place. Place, name and requestId are written before the insert is sent, and never change.
    `zones_with_room`: what Compute named as such when it refused."""

    number: int
    region: str
    zone: str
    instance_name: str
    request_id: str
    outcome: Outcome = Outcome.PLANNED
    operation: str | None = None
    sent_at: datetime | None = None
    error_scope: Scope | None = None
    error_code: str | None = None
    error_detail: str | None = None
    zones_with_room: tuple[str, ...] = ()


@dataclass(frozen=True)
class Operation:
    """A Compute operation of a machine that is up (`stop`, `start`, `resize_disk`, `set_machine_type` or
    `set_termination`): its requestId is written before it is sent, its name once Compute has answered. `given_up_at`:
    when we stopped waiting for it to succeed; what it holds stays held until Compute has said what became of it, and
    `asked` keeps why a stop was asked for, where not by a person. In DELETING, an engine's own `destroy`."""

    kind: str
    request_id: str
    name: str | None = None
    given_up_at: datetime | None = None
    asked: Reason | None = None


@dataclass(frozen=True)
class Change:
    """What was approved to be changed on a machine that is there, as far as it is still to come about.

    `rates` are those of the whole change, frozen at its approval: those of the disk hold once it has grown, all others
    once the machine type is set. `lease` and `switch_at` belong to an extension beyond the machine's own termination
    time. `restarts`: it ran when that was asked, so it is stopped for it, and started again whatever comes of it.
    `quote_before` and `approved_before` stand again if no more of it comes about; `type_before` is the machine type
    that it had.
    """

    quote_before: Quote
    approved_before: Decimal
    restarts: bool = False
    machine_type: str | None = None
    disk_gib: int | None = None
    lease: timedelta | None = None
    switch_at: datetime | None = None
    rates: tuple[Rate, ...] = ()
    type_before: str | None = None

    @property
    def stopped(self) -> bool:
        """Whether some of it is still to be done that Compute does on a stopped machine alone."""
        return self.machine_type is not None or self.switch_at is not None


@dataclass(frozen=True)
class Step:
    """One step of the set-up, as the machine reports it."""

    step: str
    state: str
    at: datetime
    detail: str = ""


@dataclass(frozen=True)
class Verdict:
    """One line of the placement trace: a place, what was decided about it, and the sentence that says why."""

    region: str
    verdict: str
    because: str
    zone: str | None = None


@dataclass(frozen=True)
class Vm:
    """A row of the registry. Times are aware UTC; `version` is the fence of every compare-and-set.

    `vcpus` is what it counts against limits and quotas: during a change of its machine type, the larger of both.
    `rates` are the prices of the region that it was placed in, frozen then or when a resize was approved: what its
    receipt is metered by, each stretch of its life by the rates of its time (`past` are the former ones). `spec` is
    what is there; what is still to come about is in `change`.
    """

    id: str
    name: str
    owner_id: str
    spec: Spec
    vcpus: int
    quote: Quote
    approved_total: Decimal
    requester_address: str
    login_user: str
    public_key: str | None
    suggestion_id: str | None
    created_at: datetime
    updated_at: datetime
    lease: timedelta
    deadline_at: datetime | None
    state: State = State.REQUESTED
    wanted: Wanted = Wanted.RUNNING
    reason: Reason | None = None
    reason_detail: str | None = None
    engine: str = "compute"
    state_location: str | None = None
    version: int = 1
    event_number: int = 0
    claimed_by: str | None = None
    claimed_until: datetime | None = None
    next_look_at: datetime | None = None
    looks: int = 0
    failures: int = 0
    setup: Setup = Setup.PENDING
    steps: tuple[Step, ...] = ()
    setup_log: str | None = None
    region: str | None = None
    zone: str | None = None
    reserved_region: str | None = None
    reserved_vcpus: int | None = None
    instance_name: str | None = None
    instance_id: str | None = None
    external_ip: str | None = None
    host_keys: Mapping[str, str] = field(default_factory=dict)
    password_key_sent_at: datetime | None = None
    encrypted_password: str | None = None
    revealed_at: datetime | None = None
    operation: Operation | None = None
    switch_at: datetime | None = None
    started_at: datetime | None = None
    expires_at: datetime | None = None
    labelled_end: datetime | None = None
    running_since: datetime | None = None
    ran_before: timedelta = timedelta(0)
    ran_late: timedelta = timedelta(0)  # how much of `ran_before` came after its end
    ended_at: datetime | None = None
    deleted_at: datetime | None = None
    rates: tuple[Rate, ...] = ()
    past: tuple[Tariff, ...] = ()
    change: Change | None = None
    placement: tuple[Verdict, ...] = ()
    attempts: tuple[Attempt, ...] = ()

    @property
    def current(self) -> Attempt | None:
        """The attempt that is being made, or the one that became the machine."""
        live = [a for a in self.attempts if a.outcome in (Outcome.PLANNED, Outcome.SENT, Outcome.UP)]
        return live[-1] if live else None

    @property
    def windows(self) -> bool:
        """Whether the machine is logged in to with a password over RDP rather than a key over SSH."""
        return self.spec.os_image.startswith("windows-")

    @property
    def due(self) -> str | None:
        """The operation that what is wanted, or approved to be changed, needs next on a machine that is there."""
        change = self.change
        if change is not None and change.disk_gib is not None:
            return "resize_disk"
        if self.state is State.RUNNING:
            return "stop" if self.wanted is Wanted.STOPPED or (change and change.stopped) else None
        if change is not None and change.machine_type is not None:
            return "set_machine_type"
        if change is not None and change.switch_at is not None:
            return "set_termination"
        return "start" if self.wanted is Wanted.RUNNING else None

    def with_attempt(self, attempt: Attempt) -> Vm:
        """The row with this attempt added, or put in the place of the one with its number."""
        others = tuple(a for a in self.attempts if a.number != attempt.number)
        return replace(self, attempts=tuple(sorted((*others, attempt), key=lambda a: a.number)))

    def powered_off(self, at: datetime) -> Vm:
        """The row with its present run, if it is in one, over at that moment."""
        if self.running_since is None:
            return self
        nothing = timedelta(0)
        ran = max(at - self.running_since, nothing)
        late = max(at - max(self.expires_at or at, self.running_since), nothing)
        return replace(self, running_since=None, ran_before=self.ran_before + ran, ran_late=self.ran_late + late)

    def unchanged(self) -> Vm:
        """The row without what is still to come of its change: approved as it is."""
        change = self.change
        if change is None:
            return self
        return replace(self, change=None, quote=change.quote_before, approved_total=change.approved_before)

    def meter(self, until: datetime) -> Meter:
        """How long it ran, and how long it existed, up to a moment. Nothing before Compute reported its first start."""
        current = ((self.running_since, None),) if self.running_since else ()
        late = self.ran_late if self.expires_at is not None and until <= self.expires_at else timedelta(0)
        return metered(self.started_at, current, until, self.ran_before - late)

    def bill(self, until: datetime) -> tuple[QuoteLine, ...]:
        """What that comes to, each stretch of it by the rates of its time."""
        return bill(self.rates, self.meter(until), self.past)


@dataclass(frozen=True)
class Actor:
    """Who does something: a user (with the address they came from), an administrator, or a part of the platform."""

    kind: str
    id: str
    address: str | None = None


@dataclass(frozen=True)
class Event:
    """What happened, for the audit log and for whoever watches the VM. `kind` is stable and for programs."""

    kind: str
    actor: Actor
    detail: str = ""


@dataclass(frozen=True)
class Message:
    """What a commit promises to send: `wake` (Pub/Sub), `look` (Cloud Tasks; name, at, end in the body) or `live`
    (Firestore; number in the body). `tries`: this one counted; `waited`: since it was promised."""

    id: int
    kind: str
    vm_id: str
    body: Mapping[str, Any]
    tries: int
    waited: timedelta


@dataclass(frozen=True)
class Ledger:
    """What an approval is judged by, read and locked in its own transaction: the account's row, so that two approvals
    of one account count each other. `month_total`: what has been approved since the month began (UTC)."""

    now: datetime
    paused: bool
    max_vms: int
    max_vcpus: int
    max_monthly: Decimal
    live_vms: int
    live_vcpus: int
    month_total: Decimal
    regions: Sequence[RegionSetting]
    quote: Quote | None


def new_id() -> str:
    """A VM's id: 60 random bits as 12 characters that resource names and labels accept, first one a letter."""
    letters = "abcdefghjkmnpqrstvwxyz"
    return secrets.choice(letters) + "".join(secrets.choice(letters + "23456789") for _ in range(11))


def changes(before: Vm, after: Vm) -> dict[str, tuple[Any, Any]]:
    """Field by field, what differs: the before and after of the audit record, and the columns of the update."""
    names = (name for name in Vm.__dataclass_fields__ if name != "attempts")
    pairs = {name: (getattr(before, name), getattr(after, name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}

"""A VM's life: its states, the moves allowed between them, the reasons, and the figures that rule it.

Few states, many reasons. Work in flight is not a state: it is the row's `operation`, its current `Attempt` and a
deadline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.errors import VmCreatorError
from shared.domain.spec import Spec


class State(StrEnum):
    REQUESTED = "REQUESTED"
    PROVISIONING = "PROVISIONING"
    RUNNING = "RUNNING"
    STOPPED = "STOPPED"
    DELETING = "DELETING"
    FAILED = "FAILED"
    DELETED = "DELETED"


TERMINAL = frozenset({State.FAILED, State.DELETED})

MOVES = frozenset(
    {
        (State.REQUESTED, State.PROVISIONING),
        (State.REQUESTED, State.DELETING),
        (State.PROVISIONING, State.RUNNING),
        (State.PROVISIONING, State.DELETING),
        (State.RUNNING, State.STOPPED),
        (State.STOPPED, State.RUNNING),
        (State.RUNNING, State.DELETING),
        (State.STOPPED, State.DELETING),
        (State.DELETING, State.FAILED),
        (State.DELETING, State.DELETED),
    }
)


class Wanted(StrEnum):
    """What the owner, or the end of the lease, wants of the machine."""

    RUNNING = "RUNNING"
    STOPPED = "STOPPED"
    GONE = "GONE"


class Reason(StrEnum):
    """Why a VM is in the state that it is in; `REASONS` says it in a sentence."""

    CANCELLED = "cancelled"
    NO_ROOM = "no_room"
    DEADLINE = "deadline"
    REFUSED = "refused"
    EXPIRED = "expired"
    USER = "user"
    ADMIN = "admin"
    VANISHED = "vanished"
    PREEMPTED = "preempted"
    SWITCH = "switch"
    POWERED_OFF = "powered_off"
    IDLE = "idle"
    START_REFUSED = "start_refused"
    STOP_FAILED = "stop_failed"
    CHANGE_REFUSED = "change_refused"


REASONS: Mapping[Reason, str] = {
    Reason.CANCELLED: "cancelled before the machine was up",
    Reason.NO_ROOM: "no region had room for it",
    Reason.DEADLINE: "the machine was not up in time",
    Reason.REFUSED: "Compute Engine refused it, and no other place would have helped",
    Reason.EXPIRED: "its time was up",
    Reason.USER: "its owner deleted it",
    Reason.ADMIN: "an administrator deleted it",
    Reason.VANISHED: "the machine is no longer there, and nobody here deleted it",
    Reason.PREEMPTED: "Compute Engine took the spot machine back",
    Reason.SWITCH: "its own termination time deleted it",
    Reason.POWERED_OFF: "it was shut down from inside",
    Reason.IDLE: "it was idle, and its owner wants it stopped then",
    Reason.START_REFUSED: "it could not be started again",
    Reason.STOP_FAILED: "it could not be stopped",
    Reason.CHANGE_REFUSED: "what was approved could not be changed",
}


class Setup(StrEnum):
    """How far the packages' installation is. FAILED leaves the machine running, with the end of its log."""

    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Outcome(StrEnum):
    """What became of one attempt to make the machine in one zone."""

    PLANNED = "planned"  # written down, nothing sent
    SENT = "sent"  # the insert may have reached Compute; `operation` is set once it answered
    UP = "up"  # this is the machine
    LOST = "lost"  # refused or failed; its place is not yet read back as empty
    EMPTY = "empty"  # refused or failed, and read back as not found


@dataclass(frozen=True)
class Figures:
    """Section 3's figures that rule a life; the configuration sets them."""

    requested_deadline: timedelta = timedelta(minutes=5)
    up_deadline: timedelta = timedelta(minutes=15)
    up_deadline_windows: timedelta = timedelta(minutes=30)
    setup_deadline: timedelta = timedelta(minutes=30)
    power_deadline: timedelta = timedelta(minutes=10)
    loud_after: timedelta = timedelta(minutes=15)
    destroy_patience: timedelta = timedelta(seconds=90)
    call_timeout: timedelta = timedelta(seconds=20)
    claim: timedelta = timedelta(seconds=90)
    run: timedelta = timedelta(seconds=60)
    settle: timedelta = timedelta(minutes=2)
    places: int = 12
    tries_at_a_place: int = 3
    longest_lease: timedelta = timedelta(days=30)
    switch_headroom: timedelta = timedelta(hours=24)
    longest_switch: timedelta = timedelta(days=120)
    quote_valid: timedelta = timedelta(minutes=15)
    duplicate_grace: timedelta = timedelta(minutes=10)
    sweep_at_most: int = 20
    sweep_share: float = 0.10


class IllegalMove(VmCreatorError):
    """The code asked for an arrow that the diagram does not have: a fault of ours, never of the person's."""

    def __init__(self, before: State, after: State) -> None:
        super().__init__("illegal_move", f"{before} → {after} is not an arrow of a VM's life")


def check_move(before: State, after: State) -> None:
    """Raise IllegalMove unless the diagram has this arrow. Staying is allowed, but nothing leaves the end."""
    if before in TERMINAL or (before != after and (before, after) not in MOVES):
        raise IllegalMove(before, after)


def switch_time(now: datetime, up_by: datetime, lease: timedelta, figures: Figures) -> datetime:
    """When the machine kills itself, come what may: the latest end possible plus headroom, at most 120 days ahead."""
    latest_end = max(up_by, now) + lease
    return min(latest_end + max(figures.switch_headroom, lease), now + figures.longest_switch)


def up_deadline(spec: Spec, figures: Figures) -> timedelta:
    """How long PROVISIONING may last until the machine is up."""
    return figures.up_deadline_windows if spec.os_image.startswith("windows-") else figures.up_deadline

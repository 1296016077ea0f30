"""Messages that were given up: those that Pub/Sub set aside, and the outbox's that nobody took."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Resolution = Literal["replayed", "dropped"]


@dataclass(frozen=True)
class SetAside:
    """One that Pub/Sub delivered too often and set aside, as its dead-letter subscription gives it. `attempts`: how
    often it was delivered, 0 where that is not told."""

    ack_id: str
    message_id: str
    data: bytes
    attempts: int


@dataclass(frozen=True)
class DeadLetter:
    """One as an administrator sees it. `kind`: what the message was (`wake`, `look`, `live`, `mail`, `hook`); `vm`: the
    VM's name."""

    id: int
    kind: str
    vm: str | None
    attempts: int
    reason: str
    at: datetime
    vm_id: str | None

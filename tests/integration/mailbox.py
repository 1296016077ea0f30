"""Where a world's messages arrive, until its clock has come to them."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from shared.google.look import look_body
from shared.services.provisioning.advancing import Advancer
from shared.services.provisioning.waking import wake


class Message(NamedTuple):
    """What waits for its time, and for others before it: a wake-up, or a task; `end`: the one that it was made for."""

    at: datetime
    number: int
    vm_id: str
    end: datetime | None = None

    def serve(self, advancer: Advancer) -> None:
        """As provision serves a task."""
        wake(advancer, look_body(self.vm_id, self.end))


@dataclass
class Mailbox:
    """Pub/Sub, Cloud Tasks and Firestore, as far as the life of a VM sees them: what was sent, and when it is due."""

    due: list[Message] = field(default_factory=list)
    live: dict[str, tuple[int, Mapping[str, Any]]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    wakes: int = 0
    counter: Iterator[int] = field(default_factory=itertools.count)
    now: Any = None

    def publish(self, vm_id: str) -> None:
        self.wakes += 1
        heapq.heappush(self.due, Message(self.now(), next(self.counter), vm_id))

    def look(self, name: str, vm_id: str, at: datetime, *, end: datetime | None = None) -> None:
        if name not in self.names:
            self.names.add(name)
            heapq.heappush(self.due, Message(at, next(self.counter), vm_id, end))

    def write(self, owner_id: str, vm_name: str, number: int, document: Mapping[str, Any]) -> None:
        if number > self.live.get(vm_name, (0, {}))[0]:
            self.live[vm_name] = (number, document)

    def forget(self, owner_id: str, vm_name: str) -> None:
        self.live.pop(vm_name, None)

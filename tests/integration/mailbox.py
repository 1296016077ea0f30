"""Where a world's messages arrive, until its clock has come to them."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass
class Mailbox:
    """Pub/Sub, Cloud Tasks and Firestore, as far as the life of a VM sees them: what was sent, and when it is due."""

    due: list[tuple[datetime, int, str]] = field(default_factory=list)
    live: dict[str, tuple[int, Mapping[str, Any]]] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    wakes: int = 0
    counter: Iterator[int] = field(default_factory=itertools.count)
    now: Any = None

    def publish(self, vm_id: str) -> None:
        self.wakes += 1
        heapq.heappush(self.due, (self.now(), next(self.counter), vm_id))

    def look(self, name: str, vm_id: str, at: datetime, *, end: datetime | None = None) -> None:
        if name not in self.names:
            self.names.add(name)
            heapq.heappush(self.due, (at, next(self.counter), vm_id))

    def write(self, owner_id: str, vm_name: str, number: int, document: Mapping[str, Any]) -> None:
        if number > self.live.get(vm_name, (0, {}))[0]:
            self.live[vm_name] = (number, document)

    def forget(self, owner_id: str, vm_name: str) -> None:
        self.live.pop(vm_name, None)

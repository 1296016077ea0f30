"""Faults on order: `POST /_faults` arms one, the emulator consults them at each call."""

from __future__ import annotations

import itertools
import random
import threading
from fnmatch import fnmatchcase
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Fault(BaseModel):
    """One armed fault. `method` and the values of `where` are shell-style patterns.

    Exactly what happens is up to the emulator, in this vocabulary:
    status/reason/message: the call is answered with this HTTP error and has no effect;
    operation_error: the call is accepted, its operation ends with this {code, message, ...};
    lose_response: the call takes effect, then the connection is cut without an answer;
    drop: the connection is cut before any effect (for a delivery: the message is silently not delivered this time);
    delay: seconds on the emulated clock that the call's effect (or its operation) takes longer;
    duplicate: a delivery is made this many extra times;
    detail: anything more that the emulator's README names.
    """

    model_config = ConfigDict(extra="forbid")

    id: int = 0
    method: str
    where: dict[str, str] = Field(default_factory=dict)
    times: int | None = 1
    probability: float = 1.0
    status: int | None = None
    reason: str = ""
    message: str = ""
    operation_error: dict[str, Any] | None = None
    lose_response: bool = False
    drop: bool = False
    delay: float = 0.0
    duplicate: int = 0
    detail: dict[str, Any] = Field(default_factory=dict)
    taken: int = 0


class Faults:
    """The armed faults of one emulator; safe to share between threads."""

    def __init__(self, seed: int = 0) -> None:
        self._armed: list[Fault] = []
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._random = random.Random(seed)

    def arm(self, fault: Fault) -> Fault:
        """Add a fault; its id is given here."""
        with self._lock:
            fault.id = next(self._ids)
            self._armed.append(fault)
            return fault

    def all(self) -> list[Fault]:
        """Every fault ever armed and not cleared, spent ones included, with how often each was taken."""
        with self._lock:
            return [fault.model_copy() for fault in self._armed]

    def clear(self) -> None:
        """Disarm everything."""
        with self._lock:
            self._armed.clear()

    def take(self, method: str, **attributes: str) -> Fault | None:
        """The first armed fault that matches this call, counted as used; None when the call should go well."""
        with self._lock:
            for fault in self._armed:
                spent = fault.times is not None and fault.taken >= fault.times
                if spent or not fnmatchcase(method, fault.method):
                    continue
                if not all(fnmatchcase(attributes.get(key, ""), pattern) for key, pattern in fault.where.items()):
                    continue
                if fault.probability < 1.0 and self._random.random() >= fault.probability:
                    continue
                fault.taken += 1
                return fault.model_copy()
        return None

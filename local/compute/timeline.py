"""What happens by itself: moments on the emulated clock and what is due then, in order, through restarts."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
import math
import threading
from collections.abc import Callable
from typing import Any

from local.clock import Clock

_log = logging.getLogger(__name__)

# A handler may return an operation error ({code, message}) to say that what was asked for did not come about.
Handler = Callable[..., dict[str, Any] | None]
Step = tuple[str, dict[str, Any]]


class Timeline:
    """A queue of named steps. Steps are data (a kind and JSON arguments), so that they can be written down."""

    def __init__(self, clock: Clock, changed: threading.Event) -> None:
        self.clock = clock
        self._changed = changed
        self._handlers: dict[str, Handler] = {}
        self._queue: list[tuple[float, int, str, dict[str, Any]]] = []
        self._sequence = itertools.count()
        self._moment: float | None = None
        self._sooner = asyncio.Event()

    def on(self, kind: str, handler: Handler) -> None:
        """Name what does a step."""
        self._handlers[kind] = handler

    def now(self) -> float:
        """Epoch seconds; while a step is done late (the clock was moved past it), the moment when it was due."""
        return self.clock.time() if self._moment is None else self._moment

    def after(self, seconds: float, kind: str, **arguments: Any) -> None:
        """Do a step so many emulated seconds from now."""
        self.at(self.now() + seconds, kind, **arguments)

    def at(self, due: float, kind: str, **arguments: Any) -> None:
        """Do a step at a moment; steps due at the same moment are done in the order in which they were asked for."""
        heapq.heappush(self._queue, (due, next(self._sequence), kind, arguments))
        if self._queue[0][0] == due:
            self._sooner.set()

    def do(self, step: Step) -> dict[str, Any] | None:
        """Do a step at once."""
        kind, arguments = step
        return self._handlers[kind](**arguments)

    def run_due(self) -> None:
        """Do all that is due, each step at its own moment. A step may ask for more; what is due of that is done too."""
        while self._queue and self._queue[0][0] <= self.clock.time():
            due, _, kind, arguments = heapq.heappop(self._queue)
            self._moment = due
            self._changed.set()
            try:
                self.do((kind, arguments))
            except Exception:
                _log.exception("step %s %s", kind, arguments)
            finally:
                self._moment = None

    async def run(self) -> None:
        """Do what is due, as long as the server runs."""
        while True:
            self.run_due()
            self._sooner.clear()
            due = self._queue[0][0] if self._queue else math.inf
            await self.clock.sleep_until(due, woken=self._sooner)

    def clear(self) -> None:
        """Forget everything."""
        self._queue.clear()

    def dump(self) -> list[Any]:
        """As JSON, in the order in which it will be done."""
        return [[due, kind, arguments] for due, _, kind, arguments in sorted(self._queue, key=lambda entry: entry[:2])]

    def load(self, document: list[Any]) -> None:
        """The reverse of dump."""
        self.clear()
        for due, kind, arguments in document:
            self.at(due, kind, **arguments)

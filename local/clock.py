"""The emulated cloud's clock: real time plus an offset that `POST /_clock` moves, in every process alike."""

from __future__ import annotations

import asyncio
import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path


class Clock:
    """Real time plus an offset in seconds, remembered in `path` so that a restart does not travel back."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.offset = float(json.loads(path.read_text())["offset"]) if path and path.exists() else 0.0
        self._moved: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def time(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self.offset

    def now(self) -> datetime:
        """The same as an aware UTC datetime."""
        return datetime.fromtimestamp(self.time(), UTC)

    def move_to(self, offset: float) -> None:
        """Set the offset and wake everyone who waits for a moment that may have come."""
        self.offset = offset
        for loop, event in list(self._moved):
            loop.call_soon_threadsafe(event.set)

    def remember(self) -> None:
        """Write the offset down, whole or not at all."""
        if self.path:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fresh = self.path.with_suffix(".new")
            fresh.write_text(json.dumps({"offset": self.offset}))
            os.replace(fresh, self.path)

    async def sleep_until(self, moment: float, woken: asyncio.Event | None = None) -> None:
        """Return once the clock reads `moment` (epoch seconds), however it got there, or once `woken` is set."""
        event = woken or asyncio.Event()
        entry = (asyncio.get_running_loop(), event)
        self._moved.add(entry)
        try:
            while (left := moment - self.time()) > 0:
                try:
                    async with asyncio.timeout(
                        min(left, 3600)
                    ):  # wait_for would swallow a cancellation just as it is woken
                        await event.wait()
                except TimeoutError:
                    continue
                if woken is not None:
                    return
                event.clear()
        finally:
            self._moved.discard(entry)

"""The loop of an emulator that makes HTTP attempts at their time: start what is due, wait for the next, repeat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from local.clock import Clock

IDLE_SECONDS = 60.0  # real time: how long `idle` waits before it says no
MOST_AT_ONCE = 128  # requests under way, whatever a queue allows: a process may have few files open
# Shorter than servers keep a connection open, so that none is used in the moment that it is closed.
LIMITS = httpx.Limits(keepalive_expiry=2.0)


class Flights:
    """Attempts in flight, one at a time per key.

    `start_due()` starts (by `start`) whatever is due, and says whether some of it has to wait; `next_due()` is the next
    moment, on the clock, when something not yet in flight will be. Both are asked again after each landing, each move
    of the clock, and each `wake()`.
    """

    def __init__(self, clock: Clock, start_due: Callable[[], bool], next_due: Callable[[], float]) -> None:
        self._tls = httpx.create_ssl_context()
        self._resting: list[httpx.AsyncClient] = []
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        self._clock = clock
        self._start_due = start_due
        self._next_due = next_due
        self._woken = asyncio.Event()
        self._settled = asyncio.Event()
        self._flights: dict[str, asyncio.Task[None]] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._flights

    def __iter__(self) -> Iterator[str]:
        return iter(self._flights)

    def start(self, key: str, attempt: Coroutine[Any, Any, None]) -> None:
        """Begin an attempt for a key that has none in flight."""
        self._settled.clear()
        self._flights[key] = flight = asyncio.create_task(attempt)
        flight.add_done_callback(lambda _: self._landed(key))

    @asynccontextmanager
    async def client(self) -> AsyncIterator[httpx.AsyncClient]:
        """A client for one attempt's requests. One each, used again by later attempts: a client that is shared looks
        through all its waiting requests whenever one of them ends, which takes minutes for a thousand."""
        async with self._places:
            client = self._resting.pop() if self._resting else self._new_client()
            try:
                yield client
            finally:
                self._resting.append(client)

    def _new_client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(trust_env=False, verify=self._tls, limits=LIMITS)

    def wake(self) -> None:
        """Look again: something was made, changed or moved."""
        self._settled.clear()
        self._woken.set()

    async def idle(self) -> bool:
        """True as soon as nothing is in flight or due; False if that takes a minute of real time."""
        self.wake()
        try:
            await asyncio.wait_for(self._settled.wait(), IDLE_SECONDS)
        except TimeoutError:
            return False
        return True

    async def run(self) -> None:
        """Until cancelled; what is in flight ends with it."""
        try:
            while True:
                self._woken.clear()
                waiting = self._start_due()
                if not self._flights and not waiting:
                    self._settled.set()
                await self._clock.sleep_until(self._next_due(), self._woken)
        finally:
            for flight in self._flights.values():
                flight.cancel()
            await asyncio.gather(*self._flights.values(), return_exceptions=True)
            for client in self._resting:
                await client.aclose()

    def _landed(self, key: str) -> None:
        del self._flights[key]
        self._woken.set()

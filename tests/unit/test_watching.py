"""Who watches, who listens for them, and what is left when they have gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.errors import CloudError, Scope
from shared.domain.vm import Vm
from shared.services.watching import Watching


class Listening:
    """A LiveSource that begins when it is let, and counts what it began and ended."""

    def __init__(self, *, fails: bool = False) -> None:
        self.let = threading.Event()
        self.fails = fails
        self.begun = self.ended = 0

    def watch(self, owner_id: str, changed: Callable[..., None], failed: Callable[..., None]) -> Callable[[], None]:
        assert self.let.wait(10)
        self.begun += 1
        if self.fails:
            raise CloudError("timed_out", "no answer", Scope.TRANSIENT)
        return self._end

    def _end(self) -> None:
        self.ended += 1


class NoVms:
    def living(self, owner_id: str) -> Sequence[Vm]:
        return []

    def by_name(self, name: str) -> Vm | None:
        return None

    def events(self, vm_id: str, after: int, limit: int) -> Sequence[Mapping[str, Any]]:
        return []


def watching(live: Listening) -> Watching:
    return Watching(live, NoVms(), timedelta(minutes=10))


async def settled(condition: Callable[[], bool]) -> None:
    """Wait for what another thread is about to do."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.001)


async def read(streams: Watching) -> None:
    async for _ in streams.owner("ann"):
        pass


def test_who_goes_while_the_listener_begins_leaves_none_behind() -> None:
    async def go() -> Listening:
        live = Listening()
        watcher = asyncio.create_task(read(watching(live)))
        await asyncio.sleep(0.01)
        watcher.cancel()
        await asyncio.gather(watcher, return_exceptions=True)
        live.let.set()
        await settled(lambda: live.ended > 0)
        return live

    live = asyncio.run(go())
    assert (live.begun, live.ended) == (1, 1)


def test_the_first_watcher_may_go_and_the_second_still_has_the_one_listener() -> None:
    async def go() -> None:
        live = Listening()
        streams = watching(live)
        first = asyncio.create_task(read(streams))
        await asyncio.sleep(0.01)
        second = asyncio.create_task(read(streams))
        await asyncio.sleep(0.01)
        first.cancel()
        live.let.set()
        await settled(lambda: live.begun > 0)
        await asyncio.sleep(0.01)
        assert (live.begun, live.ended) == (1, 0)
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
        await settled(lambda: live.ended == 1)
        assert live.begun == 1

    asyncio.run(go())


def test_a_listener_that_cannot_begin_is_tried_anew_by_the_next_watcher() -> None:
    async def go() -> Listening:
        live = Listening(fails=True)
        live.let.set()
        streams = watching(live)
        for _ in range(2):
            with pytest.raises(CloudError):
                await read(streams)
        return live

    assert asyncio.run(go()).begun == 2

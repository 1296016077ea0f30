"""Who watches, who listens for them, and what is left when they have gone."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.errors import CloudError, Scope
from shared.domain.vm import Vm
from shared.services.views import vm_view
from shared.services.watching import Watching
from tests.unit.a_vm import a_vm


class Listening:
    """A LiveSource that begins when it is let, and counts what it was asked for, began and ended."""

    def __init__(self, *, fails: bool = False) -> None:
        self.let = threading.Event()
        self.fails = fails
        self.asked = self.begun = self.ended = 0

    def watch(self, owner_id: str, changed: Callable[..., None], failed: Callable[..., None]) -> Callable[[], None]:
        self.asked += 1
        assert self.let.wait(10)
        self.changed = changed
        self.begun += 1
        if self.fails:
            raise CloudError("timed_out", "no answer", Scope.TRANSIENT)
        return self._end

    def _end(self) -> None:
        self.ended += 1


class Registry:
    """One VM's row, with as many events as its number says."""

    def __init__(self, row: Vm) -> None:
        self.row = row

    def moves_on(self) -> Mapping[str, Any]:
        """Commit an event; the live document that will be written for it."""
        self.row = replace(self.row, event_number=self.row.event_number + 1)
        return vm_view(self.row)

    def living(self, owner_id: str) -> Sequence[Vm]:
        return []

    def by_name(self, name: str) -> Vm | None:
        return self.row

    def events(self, vm_id: str, after: int, limit: int) -> Sequence[Mapping[str, Any]]:
        kept = ("action", "actor_kind", "detail", "from_state", "to_state")
        numbers = range(after + 1, self.row.event_number + 1)
        return [dict.fromkeys(kept, "") | {"vm_number": number, "at": self.row.updated_at} for number in numbers]


def watching(live: Listening) -> Watching:
    return Watching(live, Registry(a_vm()), timedelta(minutes=10))


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
        await settled(lambda: live.asked > 0)
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


def told(message: str) -> tuple[int, int]:
    """The numbers of the event and of the document that a message carries."""
    data = json.loads(message.partition("data: ")[2])
    return data["number"], data["vm"]["number"]


def test_an_event_never_comes_with_an_older_document() -> None:
    """Two events in quick succession: the first's document is heard of when the second is in the registry already."""

    async def go() -> list[tuple[int, int]]:
        live = Listening()
        live.let.set()
        registry = Registry(a_vm())
        row = registry.row
        stream = Watching(live, registry, timedelta(minutes=10)).vm(row, row.event_number)
        heard = asyncio.create_task(anext(stream))
        await settled(lambda: live.begun > 0)
        first, second = registry.moves_on(), registry.moves_on()
        live.changed(row.name, first["number"], first)
        messages = [await heard]
        live.changed(row.name, second["number"], second)
        messages.append(await asyncio.wait_for(anext(stream), 10))
        await stream.aclose()
        return [told(message) for message in messages]

    numbers = asyncio.run(go())
    assert [event for event, _ in numbers] == [numbers[0][0], numbers[0][0] + 1]
    assert all(document >= event for event, document in numbers)


def test_what_was_committed_before_a_later_watcher_came_is_told_to_it() -> None:
    """The listener is open already and tells nothing twice, so the newcomer begins with the row as it is by then."""

    async def go() -> tuple[int, int]:
        live = Listening()
        live.let.set()
        registry = Registry(a_vm())
        streams = Watching(live, registry, timedelta(minutes=10))
        row = registry.row
        first = asyncio.create_task(anext(streams.vm(row, row.event_number)))
        await settled(lambda: live.begun > 0)
        registry.moves_on()
        second = streams.vm(row, row.event_number)
        message = await asyncio.wait_for(anext(second), 10)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await second.aclose()
        return told(message)

    event, document = asyncio.run(go())
    assert document == event

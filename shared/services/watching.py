"""Live status: server-sent events from Firestore's live documents, resumable by the VM's event numbers in PostgreSQL.

One Firestore listener per user and running copy feeds all of that user's watchers. A stream ends by itself before the
platform would end it, and when the listener breaks; the client resumes from the last id that it has.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Protocol

from shared.domain.errors import CloudError
from shared.domain.life import TERMINAL
from shared.domain.vm import Vm
from shared.services.views import moment, vm_view

HEARTBEAT = 15.0  # seconds; proxies close what stays silent for longer
BATCH = 200

Document = Mapping[str, Any]
Change = tuple[str, int, Document | None]


class LiveSource(Protocol):
    def watch(
        self,
        owner_id: str,
        changed: Callable[[str, int, Document | None], None],
        failed: Callable[[CloudError], None],
    ) -> Callable[[], None]:
        """Feed every document of this owner, and every change, from a thread; what ends it. Raises CloudError."""


class VmReads(Protocol):
    def living(self, owner_id: str) -> Sequence[Vm]: ...
    def by_name(self, name: str) -> Vm | None: ...
    def events(self, vm_id: str, after: int, limit: int) -> Sequence[Mapping[str, Any]]: ...


class _Watcher:
    """One stream's own queue, and the moment (of the event loop's clock) at which it ends."""

    def __init__(self, until: float) -> None:
        self.queue: asyncio.Queue[Change | None] = asyncio.Queue()
        self.until = until

    async def changes(self) -> AsyncIterator[Change | None]:
        """Changes as they come; None when nothing came for a while. Ends with the stream's time, or its listener."""
        loop = asyncio.get_running_loop()
        while (left := self.until - loop.time()) > 0:
            try:
                async with asyncio.timeout(min(HEARTBEAT, left)):  # wait_for could swallow a watcher's going
                    change = await self.queue.get()
            except TimeoutError:
                yield None
                continue
            if change is None:
                return
            yield change


class _Feed:
    """One owner's Firestore listener, and those who watch."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.watchers: set[_Watcher] = set()
        self.opening: asyncio.Task[Callable[[], None]] | None = None
        self.broken = False

    def changed(self, name: str, number: int, document: Document | None) -> None:
        self.loop.call_soon_threadsafe(self._give, (name, number, document))

    def failed(self, _: CloudError) -> None:
        self.loop.call_soon_threadsafe(self._give, None)

    async def open(self, watch: Callable[..., Callable[[], None]], owner_id: str) -> None:
        """Return once the listener has begun. It is the feed's and not its first watcher's: who goes away meanwhile
        neither stops it for the others nor leaves it behind, a stream of the channel that nobody can end."""
        if self.opening is None:
            self.opening = asyncio.create_task(asyncio.to_thread(watch, owner_id, self.changed, self.failed))
        try:
            await asyncio.shield(self.opening)
        except CloudError:
            self.broken = True
            raise

    def close(self) -> None:
        """End the listener, as soon as it has begun."""
        if self.opening is not None:
            self.opening.add_done_callback(_end)

    def _give(self, change: Change | None) -> None:
        self.broken = self.broken or change is None
        for watcher in self.watchers:
            watcher.queue.put_nowait(change)


class Watching:
    """`length`: how long one stream lasts at the most."""

    def __init__(self, live: LiveSource, reads: VmReads, length: timedelta) -> None:
        self.live = live
        self.reads = reads
        self.length = length.total_seconds()
        self._feeds: dict[str, _Feed] = {}

    async def vm(self, vm: Vm, after: int) -> AsyncIterator[str]:
        """One VM's events with numbers above `after`, then each new one as it comes."""
        async with self._watching(vm.owner_id) as watcher:
            # Read once somebody listens: what was committed before is in the row, and what comes later is heard.
            row = await asyncio.to_thread(self.reads.by_name, vm.name)
            current: Document = vm_view(row or vm)
            last = after
            while True:
                for event in await asyncio.to_thread(self._events, vm.id, last, current["number"]):
                    last = event["vm_number"]
                    yield _message(str(last), {**told(event), "vm": current})
                async for change in watcher.changes():
                    if change is None:
                        yield ": still here\n\n"
                    elif change[0] == vm.name and change[1] > last and change[2] is not None:
                        current = change[2]
                        break
                else:
                    yield END
                    return

    def _events(self, vm_id: str, after: int, until: int) -> list[Mapping[str, Any]]:
        """The events up to a document's number. A later one that is there already waits for its own document: told
        with this one, it would be the last that is heard of the VM, and its state the one before."""
        found: list[Mapping[str, Any]] = []
        while after < until and (batch := self.reads.events(vm_id, after, BATCH)):
            found += (event for event in batch if event["vm_number"] <= until)
            after = batch[-1]["vm_number"]
        return found

    async def owner(self, owner_id: str) -> AsyncIterator[str]:
        """Each living VM's current document, then every change to any of them."""
        async with self._watching(owner_id) as watcher:
            seen: dict[str, int] = {}
            for vm in await asyncio.to_thread(self.reads.living, owner_id):
                seen[vm.name] = vm.event_number
                yield _message(f"{vm.name}:{vm.event_number}", _current(vm.event_number, "current", vm_view(vm)))
            async for change in watcher.changes():
                if change is None:
                    yield ": still here\n\n"
                    continue
                name, number, document = change
                over = name not in seen and document is not None and document["state"] in TERMINAL
                if document is not None and not over and number > seen.get(name, 0):
                    seen[name] = number
                    yield _message(f"{name}:{number}", _current(number, "changed", document))
            yield END

    @asynccontextmanager
    async def _watching(self, owner_id: str) -> AsyncIterator[_Watcher]:
        """A watcher on the owner's feed, which is opened for the first and closed after the last."""
        loop = asyncio.get_running_loop()
        feed = self._feeds.get(owner_id)
        if feed is None or feed.broken:
            feed = self._feeds[owner_id] = _Feed(loop)
        watcher = _Watcher(loop.time() + self.length)
        feed.watchers.add(watcher)
        try:
            await feed.open(self.live.watch, owner_id)
            yield watcher
        finally:
            feed.watchers.discard(watcher)
            if not feed.watchers:
                if self._feeds.get(owner_id) is feed:
                    del self._feeds[owner_id]
                feed.close()


def _end(opening: asyncio.Task[Callable[[], None]]) -> None:
    if opening.exception() is None:
        opening.result()()


END = "event: end\ndata: {}\n\n"


def told(event: Mapping[str, Any]) -> dict[str, Any]:
    """An audit row as a VM's watchers see it."""
    return {
        "number": event["vm_number"],
        "kind": event["action"],
        "at": moment(event["at"]),
        "actor": event["actor_kind"],
        "detail": event["detail"],
        "from_state": event["from_state"],
        "to_state": event["to_state"],
    }


def _current(number: int, kind: str, document: Document) -> dict[str, Any]:
    return {"number": number, "kind": kind, "at": document["updated_at"], "detail": "", "vm": document}


def _message(id: str, data: Mapping[str, Any]) -> str:
    return f"id: {id}\nevent: vm\ndata: {json.dumps(data)}\n\n"

"""One Listen stream: its targets, what each of them holds, and the messages that bring a client up to date.

Changes are gathered while the client reads, so a slow listener gets the newest state of a document rather than every
state it went through; each batch ends with the NO_CHANGE that makes it a consistent snapshot, as Firestore's does.
"""

from __future__ import annotations

import asyncio
import functools
import secrets
from collections.abc import AsyncIterator, Iterator
from typing import Any

from local.firestore.errors import invalid
from local.firestore.gate import Gate
from local.firestore.query import Query
from local.firestore.store import Store, Version, check_document_name
from local.firestore.wire import ListenResponse, timestamp

NO_CHANGE, ADD, REMOVE, CURRENT, RESET = 0, 1, 2, 3, 4

EPOCH = secrets.token_hex(4)
"""Resume tokens are of this process: commit numbers begin again with the next."""


class Holding:
    """What one target's client has been told that it holds."""

    def __init__(self, target: Any) -> None:
        self.id: int = target.target_id
        self.held: dict[str, Version] = {}
        self._names: frozenset[str] | None = None
        if target.WhichOneof("target_type") == "documents":
            self._names = frozenset(target.documents.documents)
            for name in self._names:
                check_document_name(name)
        elif target.query.HasField("structured_query"):
            self._query = Query(target.query.parent, target.query.structured_query)
        else:
            raise invalid("a target names neither documents nor a query")

    @property
    def resumable(self) -> bool:
        """Whether the changed documents alone tell what to say: not so for a window, where one pushes out another."""
        return self._names is not None or not self._query.windowed

    def start(self, store: Store) -> Iterator[bytes]:
        """The whole content."""
        if self._names is None:
            for version in self._query.run(store.collection(self._query.collection)):
                yield self._tell(version)
            return
        for name in self._names:
            version = store.get(name)
            yield self._tell(version) if version else _deleted(name, self.id, store.now())

    def follow(self, names: set[str] | frozenset[str], store: Store) -> Iterator[bytes]:
        """What to say after these documents changed."""
        if self._names is None and self._query.windowed:
            yield from self._follow_window(names, store)
            return
        for name in names:
            version = store.get(name)
            if version is not None and self._wants(version):
                if self.held.get(name) is not version:
                    yield self._tell(version)
            elif self.held.pop(name, None) or (self._names is not None and name in self._names):
                yield self._gone(name, store)

    def resume(self, names: set[str], store: Store) -> Iterator[bytes]:
        """As `follow`, for a client that may hold any of `names` from before."""
        for name in names:
            version = store.get(name)
            if version is not None and self._wants(version):
                yield self._tell(version)
            elif self._concerns(name):
                yield self._gone(name, store)
        # What did not change is not sent, yet held: a later removal must be said.
        if self._names is None:
            pool = list(store.collection(self._query.collection))
        else:
            pool = [version for name in self._names if (version := store.get(name))]
        self.held.update({version.name: version for version in pool if self._wants(version)})

    def _follow_window(self, names: set[str] | frozenset[str], store: Store) -> Iterator[bytes]:
        if not any(self._concerns(name) for name in names):
            return
        now = {version.name: version for version in self._query.run(store.collection(self._query.collection))}
        for name in [name for name in self.held if name not in now]:
            del self.held[name]
            yield self._gone(name, store)
        for name, version in now.items():
            if self.held.get(name) is not version:
                yield self._tell(version)

    def _concerns(self, name: str) -> bool:
        if self._names is not None:
            return name in self._names
        return name.rpartition("/")[0] == self._query.collection

    def _wants(self, version: Version) -> bool:
        if not self._concerns(version.name):
            return False
        return self._names is not None or self._query.matches(version.document)

    def _tell(self, version: Version) -> bytes:
        self.held[version.name] = version
        return _changed(version, self.id)

    def _gone(self, name: str, store: Store) -> bytes:
        return _removed(name, self.id, store.now()) if store.get(name) else _deleted(name, self.id, store.now())


class Stream:
    """All targets of one stream. `adopt` and `drain` give the messages to send, serialized, all of one moment."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._holdings: dict[int, Holding] = {}
        self._changed: set[str] = set()

    def touch(self, names: frozenset[str]) -> None:
        """Note that these documents changed."""
        self._changed |= names

    def adopt(self, request: Any) -> list[bytes]:
        """Answer a ListenRequest: add a target, from its resume token where that is still good, or remove one."""
        if request.WhichOneof("target_change") == "remove_target":
            self._holdings.pop(request.remove_target, None)
            return [self._target_change(REMOVE, request.remove_target)]
        target = request.add_target
        holding = Holding(target)
        messages = [*self.drain(), self._target_change(ADD, holding.id)]
        self._holdings[holding.id] = holding
        missed = self._missed(target.resume_token) if target.resume_token and holding.resumable else None
        if missed is not None:
            messages += holding.resume(missed, self._store)
        else:
            if target.resume_token:
                messages.append(self._target_change(RESET, holding.id, token=True))
            messages += holding.start(self._store)
        messages.append(self._target_change(CURRENT, holding.id, token=True))
        return [*messages, self._target_change(NO_CHANGE, token=True)]

    def drain(self) -> list[bytes]:
        """What changed since the last time, ended by the mark of a consistent snapshot; nothing if nothing did."""
        names, self._changed = self._changed, set()
        messages = [message for holding in self._holdings.values() for message in holding.follow(names, self._store)]
        return [*messages, self._target_change(NO_CHANGE, token=True)] if messages else []

    def _missed(self, token: bytes) -> set[str] | None:
        epoch, _, number = token.partition(b":")
        if epoch.decode(errors="replace") != EPOCH or not number.isdigit():
            return None
        return self._store.changed_since(int(number))

    def _target_change(self, kind: int, target: int | None = None, token: bool = False) -> bytes:
        message = ListenResponse()
        change = message.target_change
        change.target_change_type = kind
        if target is not None:
            change.target_ids.append(target)
        if token:
            change.resume_token = f"{EPOCH}:{self._store.number}".encode()
            change.read_time.CopyFrom(timestamp(self._store.now()))
        return message.SerializeToString()


async def streamed(store: Store, gate: Gate, requests: AsyncIterator[Any]) -> AsyncIterator[bytes]:
    """Answer each request as it comes, and give what changes, until the requests end. Raises Refused."""
    stream, woken, waiting = Stream(store), asyncio.Event(), asyncio.Queue[Any]()

    def touch(names: frozenset[str]) -> None:
        stream.touch(names)
        woken.set()

    async def read() -> None:
        async for request in requests:
            waiting.put_nowait(request)
            woken.set()
        waiting.put_nowait(None)
        woken.set()

    store.subscribe(touch)
    reader = asyncio.create_task(read())
    try:
        while True:
            await woken.wait()
            woken.clear()
            while not waiting.empty():
                if (request := waiting.get_nowait()) is None:
                    return
                await gate.enter("Listen", request)
                for message in stream.adopt(request):
                    yield message
            if messages := stream.drain():
                await gate.enter("Listen")
                for message in messages:
                    yield message
    finally:
        reader.cancel()
        store.unsubscribe(touch)


@functools.lru_cache(maxsize=20_000)
def _changed(version: Version, target: int) -> bytes:
    """Serialized once for all listeners: the Python client calls every target 0x5079."""
    message = ListenResponse()
    message.document_change.document.CopyFrom(version.document)
    message.document_change.target_ids.append(target)
    return message.SerializeToString()


def _deleted(name: str, target: int, when: int) -> bytes:
    message = ListenResponse()
    message.document_delete.document = name
    message.document_delete.removed_target_ids.append(target)
    message.document_delete.read_time.CopyFrom(timestamp(when))
    return message.SerializeToString()


def _removed(name: str, target: int, when: int) -> bytes:
    message = ListenResponse()
    message.document_remove.document = name
    message.document_remove.removed_target_ids.append(target)
    message.document_remove.read_time.CopyFrom(timestamp(when))
    return message.SerializeToString()

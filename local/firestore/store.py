"""The documents, each an immutable version, and the one place that changes them: `commit`."""

from __future__ import annotations

import base64
import functools
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import grpc

from local.clock import Clock
from local.firestore.errors import Refused, invalid
from local.firestore.values import parts, put, read, remove, transform
from local.firestore.wire import Document, WriteResult, micros, timestamp

LARGEST_DOCUMENT = 2**20  # bytes: Firestore's limit
REMEMBERED_CHANGES = 20_000  # a listener that resumes from further back starts anew


@dataclass(frozen=True, eq=False)
class Version:
    """A document as one commit left it; never changed afterwards. `number` is that commit's."""

    document: Any
    number: int

    @property
    def name(self) -> str:
        return str(self.document.name)


class Store:
    """All documents by full name (`projects/P/databases/D/documents/…`). It lives in one event loop."""

    def __init__(self, clock: Clock) -> None:
        self.number = 0
        self._clock = clock
        self._last = 0
        self._collections: dict[str, dict[str, Version]] = {}
        self._changes: deque[tuple[int, frozenset[str]]] = deque(maxlen=REMEMBERED_CHANGES)
        self._subscribers: list[Callable[[frozenset[str]], None]] = []

    def get(self, name: str) -> Version | None:
        return self._collections.get(collection_of(name), {}).get(name)

    def collection(self, path: str) -> Iterable[Version]:
        """The documents right below a collection's full path, in no order."""
        return self._collections.get(path, {}).values()

    def collection_ids(self, parent: str) -> list[str]:
        """The non-empty collections right below a document (or the database's `…/documents`), sorted."""
        prefix = parent + "/"
        paths = (
            path.removeprefix(prefix) for path, held in self._collections.items() if held and path.startswith(prefix)
        )
        return sorted(path for path in paths if "/" not in path)

    def phantoms(self, path: str) -> set[str]:
        """Full names of a collection's documents that do not exist, yet have documents below them."""
        start = len(path) + 1
        below = [each for each, held in self._collections.items() if held and each.startswith(path + "/")]
        return {each[: each.index("/", start)] for each in below} - self._collections.get(path, {}).keys()

    def now(self) -> int:
        """Microseconds since the epoch on the emulated clock, never less than the last commit's."""
        return max(int(self._clock.time() * 1_000_000), self._last)

    def subscribe(self, changed: Callable[[frozenset[str]], None]) -> None:
        """Call `changed` with the names of the documents that each later commit changed."""
        self._subscribers.append(changed)

    def unsubscribe(self, changed: Callable[[frozenset[str]], None]) -> None:
        self._subscribers.remove(changed)

    def changed_since(self, number: int) -> set[str] | None:
        """Names changed by the commits after `number`; None if that is further back than is remembered."""
        if number > self.number or (number < self.number and (not self._changes or self._changes[0][0] > number + 1)):
            return None
        return {name for at, names in self._changes if at > number for name in names}

    def commit(self, writes: Iterable[Any]) -> tuple[list[Any], int]:
        """Apply all writes or none; gives a WriteResult each and the commit time (µs). Raises Refused.

        A write that changes nothing keeps the document's update time, as Firestore's do.
        """
        when = max(self.now(), self._last + 1)
        staged: dict[str, Any | None] = {}
        results = [self._stage(write, when, staged) for write in writes]
        changed = frozenset(name for name, document in staged.items() if self._differs(name, document))
        self._last = when
        if changed:
            self.number += 1
            for name in changed:
                self._install(name, staged[name])
            self._changes.append((self.number, changed))
            for subscriber in list(self._subscribers):
                subscriber(changed)
        return results, when

    def _stage(self, write: Any, when: int, staged: dict[str, Any | None]) -> Any:
        name = written(write)
        check_document_name(name)
        before = staged[name] if name in staged else self._document(name)
        _check_precondition(write, name, before)
        if write.WhichOneof("operation") == "delete":
            staged[name] = None
            return WriteResult()
        after, transform_results = _apply(write, name, before, when)
        if before is not None and after.fields == before.fields:
            after = before
        staged[name] = after
        return WriteResult(update_time=after.update_time, transform_results=transform_results)

    def _document(self, name: str) -> Any | None:
        version = self.get(name)
        return version.document if version else None

    def _differs(self, name: str, document: Any | None) -> bool:
        return document is not self._document(name)

    def _install(self, name: str, document: Any | None) -> None:
        held = self._collections.setdefault(collection_of(name), {})
        if document is None:
            del held[name]
        else:
            held[name] = Version(document, self.number)

    def dump(self) -> dict[str, Any]:
        documents = [version.document for held in self._collections.values() for version in held.values()]
        return {"last": self._last, "documents": [_packed(document) for document in documents]}

    def load(self, document: dict[str, Any]) -> None:
        self._last = document["last"]
        for packed in document["documents"]:
            each = Document.FromString(base64.b64decode(packed))
            self._install(each.name, each)


def _packed(document: Any) -> str:
    return base64.b64encode(document.SerializeToString()).decode()


def collection_of(name: str) -> str:
    """The full path of the collection that a document is in."""
    return name.rpartition("/")[0]


def written(write: Any) -> str:
    """The full name of the document that a Write touches."""
    kind = write.WhichOneof("operation")
    if kind == "update":
        return str(write.update.name)
    if kind == "transform":
        return str(write.transform.document)
    return str(write.delete)


@functools.lru_cache(maxsize=10_000)
def check_document_name(name: str) -> None:
    """Refuse what is not `projects/P/databases/D/documents/COLLECTION/ID[/COLLECTION/ID…]`."""
    segments = name.split("/")
    well_formed = len(segments) >= 7 and len(segments) % 2 and segments[::2][:2] == ["projects", "databases"]
    if not well_formed or segments[4] != "documents" or not all(segments):
        raise invalid(f'"{name}" is not the name of a document.')


def _check_precondition(write: Any, name: str, before: Any | None) -> None:
    condition = write.current_document
    kind = condition.WhichOneof("condition_type")
    if kind == "exists" and condition.exists and before is None:
        raise Refused(grpc.StatusCode.NOT_FOUND, f"No document to update: {name}")
    if kind == "exists" and not condition.exists and before is not None:
        raise Refused(grpc.StatusCode.ALREADY_EXISTS, f"Document already exists: {name}")
    if kind == "update_time":
        stored, required = micros(before.update_time) if before is not None else 0, micros(condition.update_time)
        if stored != required:
            raise Refused(
                grpc.StatusCode.FAILED_PRECONDITION,
                f"the stored version ({stored}) does not match the required base version ({required})",
            )


def _apply(write: Any, name: str, before: Any | None, when: int) -> tuple[Any, list[Any]]:
    """The document after an update or a transform, and the transforms' results."""
    kind, masked = write.WhichOneof("operation"), write.HasField("update_mask")
    kept = before.fields if before is not None and (masked or kind == "transform") else {}
    after = Document(
        name=name,
        fields=write.update.fields if kind == "update" and not masked else kept,
        create_time=before.create_time if before is not None else timestamp(when),
        update_time=timestamp(when),
    )
    for path in write.update_mask.field_paths:
        names = parts(path)
        value = read(write.update, names)
        if value is None:
            remove(after, names)
        else:
            put(after, names, value)
    transforms = write.transform.field_transforms if kind == "transform" else write.update_transforms
    results = [transform(after, each, when) for each in transforms]
    if after.ByteSize() > LARGEST_DOCUMENT:
        raise invalid(f"The document {name} is larger than {LARGEST_DOCUMENT} bytes.")
    return after, results

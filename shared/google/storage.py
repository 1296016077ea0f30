"""Cloud Storage: buckets of ours, and in one with a retention lock the heads of the chain of seals, an object each.

STORAGE_EMULATOR_HOST, where it is set, is the client library's own way to another endpoint.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from shared.domain.builds import StoredObject
from shared.domain.errors import CloudError
from shared.domain.seals import Forked, Head
from shared.google.calls import Effect, attempt
from shared.google.compute_errors import CHANGED, NOT_FOUND

log = logging.getLogger(__name__)

_PAGE = 1000


class ObjectBucket:
    """Objects of one bucket, by name. `timeout` bounds each call, tries included, in seconds."""

    def __init__(self, project: str, bucket: str, timeout: float) -> None:
        self._project = project
        self._bucket_name = bucket
        self._timeout = timeout

    def put(self, name: str, content: bytes) -> StoredObject:
        """Keep an object; the one that is there already, if there is one. Sent again, it comes to the same."""
        blob = self._bucket.blob(name)

        def send(left: float) -> None:
            blob.upload_from_string(content, "application/zip", if_generation_match=0, timeout=left, retry=None)

        try:
            attempt(send, Effect.REPEATABLE, self._timeout)
        except CloudError as error:
            error.unknown_outcome = False
            there = self.find(name) if error.code == CHANGED else None
            if there is None:
                raise
            return there
        return _stored(blob)

    def find(self, name: str) -> StoredObject | None:
        """The object, None if there is none."""
        found = attempt(lambda left: self._bucket.get_blob(name, timeout=left, retry=None), Effect.READ, self._timeout)
        return _stored(found) if found is not None else None

    def read(self, name: str) -> bytes | None:
        """The object's content, None if there is none."""
        blob = self._bucket.blob(name)

        def send(left: float) -> bytes:
            content: bytes = blob.download_as_bytes(timeout=left, retry=None)
            return content

        try:
            return attempt(send, Effect.READ, self._timeout)
        except CloudError as error:
            if error.code == NOT_FOUND:
                return None
            raise

    def delete(self, name: str, generation: int) -> bool:
        """Delete that generation of the object and no other; False if it is not there any more."""
        blob = self._bucket.blob(name)

        def send(left: float) -> None:
            blob.delete(if_generation_match=generation, timeout=left, retry=None)

        try:
            attempt(send, Effect.REPEATABLE, self._timeout)
        except CloudError as error:
            if error.code in (CHANGED, NOT_FOUND):
                return False
            raise
        return True

    @cached_property
    def _bucket(self) -> Any:
        from google.cloud.storage import Client

        return Client(project=self._project).bucket(self._bucket_name)


class HeadArchive:
    """Objects `seals/NUMBER`, the number with leading zeros so that names sort as numbers do; they hold the hash."""

    def __init__(self, project: str, bucket: str, timeout: float) -> None:
        self._project = project
        self._bucket_name = bucket
        self._timeout = timeout

    def put(self, head: Head) -> None:
        """Keep a head; kept already is well."""
        blob = self._bucket.blob(_name(head.number))
        blob.metadata = {"hash": head.hash}

        def send(left: float) -> None:
            blob.upload_from_string(head.hash, "text/plain", if_generation_match=0, timeout=left, retry=None)

        try:
            attempt(send, Effect.REPEATABLE, self._timeout)
        except CloudError as error:
            if error.code != CHANGED:
                raise
            if self.heads(head.number - 1)[:1] != [head]:
                raise Forked(head.number) from error

    def heads(self, after: int) -> Sequence[Head]:
        """Heads with numbers above `after`, ascending; at most a page of them."""

        def send(left: float) -> list[Head]:
            found = self._client.list_blobs(
                self._bucket,
                prefix="seals/",
                start_offset=_name(after + 1),
                max_results=_PAGE,
                timeout=left,
                retry=None,
            )
            return [head for blob in found if (head := _head(blob)) is not None]

        return attempt(send, Effect.READ, self._timeout)

    @cached_property
    def _client(self) -> Any:
        from google.cloud.storage import Client

        return Client(project=self._project)

    @cached_property
    def _bucket(self) -> Any:
        return self._client.bucket(self._bucket_name)


def _head(blob: Any) -> Head | None:
    """None for what no head is: whoever put it there keeps no seal from being compared."""
    number, told = blob.name.rpartition("/")[2], (blob.metadata or {}).get("hash")
    if told is None or _name(int(number) if number.isdecimal() else 0) != blob.name:
        log.error("an object among the heads of seals is none", extra={"object": blob.name})
        return None
    return Head(int(number), told)


def _stored(blob: Any) -> StoredObject:
    return StoredObject(blob.name, int(blob.generation), blob.time_created)


def _name(number: int) -> str:
    return f"seals/{number:012d}"

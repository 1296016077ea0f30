"""Cloud Storage: the heads of the chain of seals, each an object of its own in a bucket with a retention lock.

STORAGE_EMULATOR_HOST, where it is set, is the client library's own way to another endpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from shared.domain.errors import CloudError
from shared.domain.seals import Forked, Head
from shared.google.calls import Effect, attempt
from shared.google.compute_errors import CHANGED

_PAGE = 1000


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
            return [Head(int(blob.name.rpartition("/")[2]), blob.metadata["hash"]) for blob in found]

        return attempt(send, Effect.READ, self._timeout)

    @cached_property
    def _client(self) -> Any:
        from google.cloud.storage import Client

        return Client(project=self._project)

    @cached_property
    def _bucket(self) -> Any:
        return self._client.bucket(self._bucket_name)


def _name(number: int) -> str:
    return f"seals/{number:012d}"

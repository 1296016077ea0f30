"""Firestore: the VMs' live documents, at `live/{owner_id}/vms/{vm_name}`, a projection of what PostgreSQL holds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from shared.domain.errors import CloudError, Scope
from shared.google.calls import Effect, attempt
from shared.google.compute_errors import ALREADY_EXISTS, CONFLICT, FAILED_PRECONDITION, NOT_FOUND
from shared.google.listener import Changed, Failed, Listener

# What a write answers when another one came first. ABORTED is a CONFLICT.
_OVERTAKEN = frozenset({ALREADY_EXISTS, CONFLICT, FAILED_PRECONDITION, NOT_FOUND})


class LiveDocuments:
    """Fields of a document: `number` (the VM's event number), `document` (a JSON map), `updated_at` (server time).

    FIRESTORE_EMULATOR_HOST, where it is set, is the client library's own way to another endpoint.
    """

    def __init__(self, project: str, database: str, timeout: float) -> None:
        self._project = project
        self._database = database
        self._timeout = timeout

    def write(self, owner_id: str, vm_name: str, number: int, document: Mapping[str, Any]) -> None:
        """Write the document unless the one that is there has this number or a higher one.

        Read, then a write that holds only for what was read, until one of the two settles it: no lock to wait for, and
        each round lost means that somebody else's write went through.
        """
        from google.cloud.firestore import SERVER_TIMESTAMP

        reference = self._client.document("live", owner_id, "vms", vm_name)
        fields = {"number": number, "document": dict(document), "updated_at": SERVER_TIMESTAMP}
        deadline = time.monotonic() + self._timeout
        while (left := deadline - time.monotonic()) > 0:
            there = attempt(lambda rest: reference.get(retry=None, timeout=rest), Effect.READ, left)
            if there.exists and there.get("number") >= number:
                return
            try:
                attempt(_write(self._client, reference, there, fields), Effect.REPEATABLE, left)
            except CloudError as error:
                if error.code in _OVERTAKEN:
                    continue
                raise
            return
        raise CloudError("contended", f"{vm_name}'s live document kept changing", Scope.TRANSIENT)

    def forget(self, owner_id: str, vm_name: str) -> None:
        """Delete the document; none there is well."""
        reference = self._client.document("live", owner_id, "vms", vm_name)
        attempt(lambda rest: reference.delete(retry=None, timeout=rest), Effect.REPEATABLE, self._timeout)

    def watch(self, owner_id: str, changed: Changed, failed: Failed) -> Callable[[], None]:
        """Call `changed(vm_name, number, document)` for every document that this owner has, then for every change,
        each VM's numbers ascending; `document` is None when it was deleted. Both callbacks come from a thread.

        Returns, once the documents that were there have been given, what ends the watch. Raises CloudError when it
        cannot begin within the time-out. If it dies later, `failed(error)` is called, once, and nothing after it.
        """
        listener = Listener(self._client, f"live/{owner_id}", "vms", changed, failed)
        listener.start(self._timeout)
        return listener.close

    @cached_property
    def _client(self) -> Any:
        from google.cloud.firestore import Client

        return Client(project=self._project, database=self._database)


def _write(client: Any, reference: Any, there: Any, fields: Mapping[str, Any]) -> Callable[[float], Any]:
    """The write that takes effect only if the document still is as it was read."""
    if not there.exists:
        return lambda rest: reference.create(fields, retry=None, timeout=rest)
    unchanged = client.write_option(last_update_time=there.update_time)
    return lambda rest: reference.update(fields, option=unchanged, retry=None, timeout=rest)

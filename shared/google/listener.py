"""One Firestore listen stream over a collection of live documents.

The client library's own `on_snapshot` is not used: when its stream breaks it reopens it without end and without pause,
and when it gives up it says so to a log only, so whoever waits for changes would wait for ever.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping
from typing import Any

from shared.domain.errors import CloudError, Scope
from shared.google.calls import as_cloud_error
from shared.google.compute_errors import TIMED_OUT

Changed = Callable[[str, int, Mapping[str, Any] | None], None]
Failed = Callable[[CloudError], None]

_TARGET = 1


class Listener:
    """A thread that reads the stream until it is closed or breaks. It never resumes by itself: its user begins again,
    with the present documents."""

    def __init__(self, client: Any, parent: str, collection: str, changed: Changed, failed: Failed) -> None:
        self._client = client
        self._parent = parent
        self._collection = collection
        self._changed = changed
        self._failed = failed
        self._numbers: dict[str, int] = {}
        self._unconfirmed: set[str] = set()
        self._requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._settled = threading.Event()
        self._closed = threading.Event()
        self._error: CloudError | None = None
        self._stream: Any = None

    def start(self, timeout: float) -> None:
        """Begin, and return once the documents that are there have been given. Raises CloudError."""
        self._requests.put(self._request())
        # The transport's own method: the client's would block here, beyond cancelling, until a first answer came.
        listen = self._client._firestore_api.transport.listen
        self._stream = listen(iter(self._requests.get, None), metadata=self._client._rpc_metadata)
        threading.Thread(target=self._run, name=f"listen {self._parent}", daemon=True).start()
        # A channel carries about 100 streams; one more is simply left waiting, so silence is a failure too.
        if not self._settled.wait(timeout):
            self.close()
            raise CloudError(TIMED_OUT, "Firestore did not begin to listen in time", Scope.TRANSIENT)
        if self._error:
            raise self._error

    def close(self) -> None:
        """End the stream; `failed` is not called. A callback that is running may still finish."""
        self._closed.set()
        self._stream.cancel()
        self._requests.put(None)

    def _request(self) -> Any:
        from google.cloud.firestore_v1.types import ListenRequest

        database = f"projects/{self._client.project}/databases/{self._client._database}"
        query = {
            "parent": f"{database}/documents/{self._parent}",
            "structured_query": {"from_": [{"collection_id": self._collection}]},
        }
        return ListenRequest(database=database, add_target={"target_id": _TARGET, "query": query})

    def _run(self) -> None:
        problem = self._read()
        if self._closed.is_set():
            return
        self.close()
        if self._settled.is_set():
            self._failed(problem)
        else:
            self._error = problem
            self._settled.set()

    def _read(self) -> CloudError:
        """Read the stream; gives what ended it. Whatever that was, nothing will come any more."""
        try:
            for response in self._stream:
                if self._closed.is_set():
                    break
                self._take(response)
        except Exception as error:
            return _problem(error)
        return _broken("Firestore ended the stream")

    def _take(self, response: Any) -> None:
        kind = response._pb.WhichOneof("response_type")
        if kind == "target_change":
            self._turn(response.target_change)
        elif kind == "document_change" and _TARGET in response.document_change.target_ids:
            self._give(response.document_change.document)
        elif kind == "document_change":
            self._tell_gone(_vm_name(response.document_change.document.name))
        elif kind in ("document_delete", "document_remove"):
            self._tell_gone(_vm_name(getattr(response, kind).document))
        elif kind == "filter" and response.filter.count != len(self._numbers):
            raise _broken("Firestore counts other documents than were given")

    def _turn(self, change: Any) -> None:
        """RESET: every document is given anew until the next CURRENT, and what is not given by then is gone."""
        from google.cloud.firestore_v1.types import TargetChange

        types = TargetChange.TargetChangeType
        if change.target_change_type == types.RESET:
            self._unconfirmed = set(self._numbers)
        elif change.target_change_type == types.CURRENT:
            for name in self._unconfirmed:
                self._tell_gone(name)
            self._unconfirmed = set()
            self._settled.set()
        elif change.target_change_type == types.REMOVE:
            raise _broken(f"Firestore removed the target: {change.cause.message}")

    def _give(self, document: Any) -> None:
        from google.cloud.firestore_v1._helpers import decode_dict

        fields: Any = decode_dict(document.fields, self._client)
        name, number = _vm_name(document.name), int(fields["number"])
        self._unconfirmed.discard(name)
        if number > self._numbers.get(name, -1):
            self._numbers[name] = number
            self._changed(name, number, fields["document"])

    def _tell_gone(self, name: str) -> None:
        if name in self._numbers:
            self._changed(name, self._numbers.pop(name), None)


def _vm_name(path: str) -> str:
    return path.rpartition("/")[2]


def _broken(detail: str) -> CloudError:
    return CloudError("listener_broken", detail, Scope.TRANSIENT)


def _problem(error: Exception) -> CloudError:
    """What ended the stream, as a CloudError."""
    from google.api_core.exceptions import from_grpc_error

    if isinstance(error, CloudError):
        return error
    answered = from_grpc_error(error)  # type: ignore[no-untyped-call]
    if answered.grpc_status_code is None:
        return _broken(f"{type(error).__name__}: {error}")
    return as_cloud_error(answered, write=False) or _broken(str(answered))

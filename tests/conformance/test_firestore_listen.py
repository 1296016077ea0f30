"""The same listeners on ours and on Google's own Firestore emulator, through Google's client."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import FieldFilter
from google.cloud.firestore_v1.types import ListenRequest

from tests.conformance.both_firestores import running
from tests.conformance.google_emulators import on_both_sides

DIFFERENCES = {
    "test_a_resumed_query_brings_only_what_changed": "Google's emulator answers each resume token with RESET and all",
}
"""Where Google's emulator is not as Firestore is and ours is."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    on_both_sides(metafunc, "client", DIFFERENCES)


@pytest.fixture(scope="module")
def client(request: pytest.FixtureRequest) -> Iterator[firestore.Client]:
    with running(request.param) as found:
        yield found


@pytest.fixture
def vms(client: firestore.Client) -> Any:
    """A collection of this test's own."""
    return client.collection(f"vms-{uuid4().hex[:8]}")


class Listener:
    """What `on_snapshot` tells, in order: (ADDED | MODIFIED | REMOVED, id), or the ids held when nothing changed."""

    def __init__(self, watched: Any) -> None:
        self._told: queue.Queue[Any] = queue.Queue()
        self._watch = watched.on_snapshot(self._on_snapshot)

    def _on_snapshot(self, held: Any, changes: Any, _: Any) -> None:
        for change in changes:
            self._told.put((change.type.name, change.document.id))
        if not changes:
            self._told.put([each.id for each in held])

    def next(self, count: int = 1) -> Any:
        told = [self._told.get(timeout=20) for _ in range(count)]
        return told[0] if count == 1 else told

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self._watch.unsubscribe()


def test_a_collection_listener_hears_of_each_change_in_order(vms: Any) -> None:
    vms.document("a").set({"n": 1})
    with Listener(vms) as listener:
        assert listener.next() == ("ADDED", "a")
        vms.document("b").set({"n": 1})
        assert listener.next() == ("ADDED", "b")
        vms.document("a").update({"n": 2})
        assert listener.next() == ("MODIFIED", "a")
        vms.document("a").delete()
        assert listener.next() == ("REMOVED", "a")


def test_a_document_listener_hears_from_absence_to_deletion(vms: Any) -> None:
    vm = vms.document("a")
    with Listener(vm) as listener:
        assert listener.next() == []
        for write, told in [(vm.set, "ADDED"), (vm.update, "MODIFIED")]:
            write({"n": told})
            assert listener.next() == (told, "a")
        vm.delete()
        assert listener.next() == ("REMOVED", "a")


def test_a_filtered_listener_hears_who_enters_and_who_leaves(vms: Any) -> None:
    with Listener(vms.where(filter=FieldFilter("owner", "==", "ann"))) as listener:
        assert listener.next() == []
        vms.document("other").set({"owner": "bob"})
        vms.document("mine").set({"owner": "ann"})
        assert listener.next() == ("ADDED", "mine")
        vms.document("mine").update({"owner": "bob"})
        assert listener.next() == ("REMOVED", "mine")


def test_a_limited_listener_hears_who_is_pushed_out(vms: Any) -> None:
    vms.document("b").set({"n": 2})
    with Listener(vms.order_by("n").limit(1)) as listener:
        assert listener.next() == ("ADDED", "b")
        vms.document("a").set({"n": 1})
        assert listener.next(2) == [("REMOVED", "b"), ("ADDED", "a")]
        vms.document("a").delete()
        assert listener.next(2) == [("REMOVED", "a"), ("ADDED", "b")]


def test_a_resumed_query_brings_only_what_changed(client: firestore.Client, vms: Any) -> None:
    for name in "abc":
        vms.document(name).set({"n": 1})
    token, found = listened(client, vms, None)
    assert sorted(found) == ["a", "b", "c"]
    vms.document("b").set({"n": 2})
    vms.document("c").delete()
    _, found = listened(client, vms, token)
    assert sorted(found) == ["b", "c gone"]


def listened(client: firestore.Client, collection: Any, token: bytes | None) -> tuple[bytes, list[str]]:
    """One Listen call up to its first snapshot: the token to resume from, and the documents that were told."""
    selector = {"from_": [{"collection_id": collection.id}]}
    target = {"query": {"parent": f"{client._database_string}/documents", "structured_query": selector}, "target_id": 1}
    asked: queue.Queue[ListenRequest] = queue.Queue()
    asked.put(
        ListenRequest(database=client._database_string, add_target=target | ({"resume_token": token} if token else {}))
    )
    call = client._firestore_api._transport.listen(iter(asked.get, None), metadata=client._rpc_metadata, timeout=20)
    found = []
    for response in call:
        kind = response._pb.WhichOneof("response_type")
        if kind == "document_change":
            found.append(response.document_change.document.name.rpartition("/")[2])
        elif kind == "document_delete":
            found.append(response.document_delete.document.rpartition("/")[2] + " gone")
        elif kind == "target_change" and not response.target_change.target_ids:
            break
    call.cancel()
    return response.target_change.resume_token, found

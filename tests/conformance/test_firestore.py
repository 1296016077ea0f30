"""The same Firestore cases against ours and against Google's own emulator, through Google's client."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from google.api_core import exceptions
from google.cloud import firestore
from google.cloud.firestore_v1.base_query import And, FieldFilter, Or

from tests.conformance.both_firestores import running
from tests.conformance.google_emulators import on_both_sides

DIFFERENCES = {
    "test_a_transaction_is_aborted_when_what_it_read_has_changed": "Google's emulator locks: the other writer waits",
}
"""Where Google's emulator is not as ours is."""


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


def test_a_document_is_set_read_updated_and_deleted(vms: Any) -> None:
    vm = vms.document("django-001")
    vm.set({"state": "RUNNING", "spec": {"machine type": "e2-micro", "disk": 10}, "zone": "b"})
    vm.update({"spec.disk": 20, "zone": firestore.DELETE_FIELD})
    assert vm.get().to_dict() == {"state": "RUNNING", "spec": {"machine type": "e2-micro", "disk": 20}}
    vm.set({"spec": {"machine type": "e2-small"}}, merge=True)
    assert vm.get().get("spec") == {"machine type": "e2-small", "disk": 20}
    vm.set({"state": "DELETED"})
    assert vm.get().to_dict() == {"state": "DELETED"}
    vm.delete()
    assert not vm.get().exists


def test_every_type_comes_back_as_it_went(client: firestore.Client, vms: Any) -> None:
    content = {
        "null": None,
        "bool": True,
        "int": -(2**63),
        "float": 0.1,
        "text": "Montréal",
        "bytes": b"\x00\xff",
        "time": datetime(2026, 1, 2, 3, 4, 5, 678901, UTC),
        "list": [1, "a", {"b": []}],
        "map": {"a.b": {"`c`": 1}},
        "place": firestore.GeoPoint(51.5, -0.1),
        "reference": client.document("vms/other"),
    }
    vms.document("all").set(content)
    assert vms.document("all").get().to_dict() == content


def test_preconditions_fail_with_their_own_codes(client: firestore.Client, vms: Any) -> None:
    vm = vms.document("one")
    with pytest.raises(exceptions.NotFound):
        vm.update({"a": 1})
    old = vm.set({"a": 1}).update_time
    with pytest.raises(exceptions.AlreadyExists):
        vm.create({"a": 2})
    vm.update({"a": 2}, option=client.write_option(last_update_time=old))
    with pytest.raises(exceptions.FailedPrecondition):
        vm.update({"a": 3}, option=client.write_option(last_update_time=old))
    with pytest.raises(exceptions.NotFound):
        vms.document("none").delete(option=client.write_option(exists=True))
    assert vm.get().to_dict() == {"a": 2}


def test_a_write_that_changes_nothing_keeps_the_update_time(vms: Any) -> None:
    first = vms.document("one").set({"a": 1}).update_time
    assert vms.document("one").set({"a": 1}).update_time == first
    assert vms.document("one").set({"a": 2}).update_time > first


def test_a_batch_is_all_or_nothing(client: firestore.Client, vms: Any) -> None:
    batch = client.batch()
    batch.set(vms.document("new"), {"a": 1})
    batch.update(vms.document("missing"), {"a": 1})
    with pytest.raises(exceptions.NotFound):
        batch.commit()
    assert not vms.document("new").get().exists


def test_a_batch_write_judges_each_write_for_itself(client: firestore.Client, vms: Any) -> None:
    name = vms.document("new")._document_path
    writes = [{"update": {"name": name}}, {"delete": f"{name}-missing", "current_document": {"exists": True}}]
    response = client._firestore_api.batch_write(
        request={"database": client._database_string, "writes": writes}, metadata=client._rpc_metadata
    )
    assert [status.code for status in response.status] == [0, 5]
    assert vms.document("new").get().exists


def test_transforms_are_computed_by_the_server(vms: Any) -> None:
    vm = vms.document("one")
    before = datetime.now(UTC)
    vm.set({"at": firestore.SERVER_TIMESTAMP, "n": 1, "names": ["a"]})
    vm.update(
        {
            "n": firestore.Increment(2),
            "names": firestore.ArrayUnion(["b", "a", "b"]),
            "most": firestore.Maximum(3),
            "fresh": firestore.Increment(1.5),
        }
    )
    read = vm.get().to_dict()
    assert abs(read.pop("at") - before) < timedelta(seconds=30)
    assert read == {"n": 3, "names": ["a", "b"], "most": 3, "fresh": 1.5}
    vm.update({"names": firestore.ArrayRemove(["a"]), "n": firestore.Increment(0.5), "most": firestore.Maximum(2)})
    assert vm.get().to_dict() | {"at": None} == {"n": 3.5, "names": ["b"], "most": 3, "fresh": 1.5, "at": None}


@firestore.transactional
def add_one(transaction: Any, counter: Any) -> None:
    transaction.update(counter, {"n": counter.get(transaction=transaction).get("n") + 1})


def test_contending_transactions_lose_no_update(client: firestore.Client, vms: Any, request: Any) -> None:
    # Google's emulator lets each contender wait for a lock that times out: eight of them take over a minute.
    threads, times = (8, 20) if "ours" in request.node.name else (2, 3)
    counter, failed = vms.document("counter"), []
    counter.set({"n": 0})

    def contend() -> None:
        try:
            for _ in range(times):
                add_one(client.transaction(max_attempts=5), counter)
        except Exception as error:
            failed.append(error)

    running = [threading.Thread(target=contend) for _ in range(threads)]
    for each in running:
        each.start()
    for each in running:
        each.join(60)
    assert failed == []
    assert counter.get().get("n") == threads * times


def test_a_transaction_is_aborted_when_what_it_read_has_changed(client: firestore.Client, vms: Any) -> None:
    vm = vms.document("one")
    vm.set({"n": 1})
    transaction = client.transaction(max_attempts=1)
    transaction._begin()
    vm.get(transaction=transaction)
    vm.set({"n": 2}, retry=None, timeout=5)
    transaction.update(vm, {"n": 3})
    with pytest.raises(exceptions.Aborted):
        transaction._commit()
    assert vm.get().get("n") == 2


def test_a_closed_transaction_is_refused(client: firestore.Client) -> None:
    transaction = client.transaction()
    transaction._begin()
    id = transaction.id
    transaction._commit()
    with pytest.raises(exceptions.InvalidArgument):
        client._firestore_api.commit(request={"database": client._database_string, "transaction": id})


MACHINES = {
    "a": {"n": 1, "state": "RUNNING", "tags": ["web", "db"], "x": 1},
    "b": {"n": 2, "state": "RUNNING", "tags": ["web"], "x": 1.0},
    "c": {"n": 3, "state": "STOPPED", "tags": [], "x": "1"},
    "d": {"n": 4, "state": "DELETED", "x": None},
    "e": {"n": "4", "state": "DELETED", "x": float("nan")},
    "f": {"state": "FAILED"},
}


@pytest.fixture(scope="module")
def machines(client: firestore.Client) -> Any:
    collection = client.collection("machines")
    for name, content in MACHINES.items():
        collection.document(name).set(content)
    return collection


WHERE = [
    (FieldFilter("state", "==", "RUNNING"), "ab"),
    (FieldFilter("n", "<", 3), "ab"),
    (FieldFilter("n", "<=", 3), "abc"),
    (FieldFilter("n", ">", 2), "cd"),
    (FieldFilter("n", ">=", "0"), "e"),
    (FieldFilter("n", "!=", 2), "acde"),
    (FieldFilter("x", "==", 1), "ab"),
    (FieldFilter("x", "==", None), "d"),
    (FieldFilter("x", "!=", 1), "ce"),
    (FieldFilter("x", "==", float("nan")), "e"),
    (FieldFilter("x", "!=", None), "abce"),
    (FieldFilter("n", "in", [1, "4", 9]), "ae"),
    (FieldFilter("n", "not-in", [1, 2]), "cde"),
    (FieldFilter("tags", "array_contains", "web"), "ab"),
    (FieldFilter("tags", "array_contains_any", ["db", "none"]), "a"),
    (And([FieldFilter("state", "==", "RUNNING"), FieldFilter("n", ">", 1)]), "b"),
    (Or([FieldFilter("n", "==", 1), FieldFilter("state", "==", "FAILED")]), "af"),
]


@pytest.mark.parametrize(("where", "expected"), WHERE, ids=[str(index) for index in range(len(WHERE))])
def test_a_filter_finds_what_it_says(machines: Any, where: Any, expected: str) -> None:
    assert sorted(found.id for found in machines.where(filter=where).stream()) == list(expected)


def test_a_query_orders_limits_and_continues(machines: Any) -> None:
    ids = lambda query: [found.id for found in query.stream()]  # noqa: E731
    assert ids(machines.order_by("n")) == ["a", "b", "c", "d", "e"]
    assert ids(machines.order_by("n", direction="DESCENDING").limit(2)) == ["e", "d"]
    assert ids(machines.order_by("x")) == ["d", "e", "a", "b", "c"]
    assert ids(machines.order_by("state").order_by("n", direction="DESCENDING")) == ["e", "d", "b", "a", "c"]
    assert ids(machines.order_by("n").offset(1).limit(2)) == ["b", "c"]
    assert ids(machines.order_by("n").start_at({"n": 2}).end_before({"n": 4})) == ["b", "c"]
    assert ids(machines.order_by("n").start_after(machines.document("b").get()).limit(1)) == ["c"]
    assert ids(machines.order_by("__name__").start_after({"__name__": machines.document("d")})) == ["e", "f"]


def test_a_query_selects_fields_and_counts(machines: Any) -> None:
    found = list(machines.where(filter=FieldFilter("n", "==", 1)).select(["state"]).stream())
    assert [each.to_dict() for each in found] == [{"state": "RUNNING"}]
    counted = machines.where(filter=FieldFilter("state", "==", "DELETED")).count().get()
    assert counted[0][0].value == 2


def test_documents_and_collections_are_listed(machines: Any, client: firestore.Client) -> None:
    assert [each.id for each in machines.list_documents(page_size=2)] == list(MACHINES)
    assert "machines" in [each.id for each in client.collections()]
    client.document("phantoms/absent/below/one").set({})
    assert [each.id for each in client.collection("phantoms").list_documents()] == ["absent"]

"""What only our Firestore can do: faults on order, state kept between runs, many listeners."""

from __future__ import annotations

import queue
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.api_core import exceptions
from google.cloud import firestore

from local.addresses import fresh
from local.firestore import wire
from local.firestore.app import make
from local.server import free_port, in_thread
from tests.conformance.both_firestores import client_of
from tests.targets import eventually

DOCUMENTS = "projects/demo/databases/(default)/documents"


class Running:
    """An emulator, its client, and its faults."""

    def __init__(self, address: str, port: int) -> None:
        self.port = port
        self._address = address
        self.client = client_of(f"127.0.0.1:{port}")

    def arm(self, **fault: Any) -> None:
        httpx.post(f"{self._address}/_faults", json=fault).raise_for_status()

    def taken(self) -> int:
        """How often the fault armed last was taken."""
        return int(httpx.get(f"{self._address}/_faults").json()[-1]["taken"])


@contextmanager
def running(folder: Path | None = None) -> Iterator[Running]:
    port = free_port()
    with in_thread(make(folder, port)) as address:
        yield Running(address, port)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Running]:
    with running() as found:
        yield found


@pytest.mark.parametrize(
    ("status", "raised"),
    [
        (403, exceptions.PermissionDenied),
        (409, exceptions.Aborted),
        (503, exceptions.ServiceUnavailable),
        (504, exceptions.DeadlineExceeded),
    ],
)
def test_a_refused_commit_has_no_effect(emulator: Running, status: int, raised: type[Exception]) -> None:
    vm = emulator.client.document(f"vms/refused-{status}")
    emulator.arm(method="Commit", where={"document": f"vms/refused-{status}"}, status=status)
    with pytest.raises(raised):
        vm.set({"n": 1}, retry=None)
    assert not vm.get().exists


def test_a_fault_is_for_the_documents_that_it_names(emulator: Running) -> None:
    emulator.arm(method="*", where={"document": "*vms/named*"}, status=403)
    batch = emulator.client.batch()
    batch.set(emulator.client.document("vms/other"), {"n": 1})
    batch.commit()
    batch.set(emulator.client.document("vms/named"), {"n": 1})
    with pytest.raises(exceptions.PermissionDenied):
        batch.commit()


def test_a_commit_whose_answer_is_lost_took_effect(emulator: Running) -> None:
    vm = emulator.client.document("vms/lost")
    emulator.arm(method="Commit", lose_response=True)
    with pytest.raises(exceptions.ServiceUnavailable):
        vm.set({"n": 1}, retry=None)
    assert vm.get().to_dict() == {"n": 1}


def test_a_commit_that_is_dropped_succeeds_when_the_client_tries_again(emulator: Running) -> None:
    counter = emulator.client.document("vms/dropped")
    counter.set({"n": 0})
    emulator.arm(method="Commit", drop=True)
    counter.update({"n": firestore.Increment(1)})
    assert emulator.taken() == 1
    assert counter.get().to_dict() == {"n": 1}


def test_a_failing_read_fails(emulator: Running) -> None:
    emulator.arm(method="BatchGetDocuments", status=403)
    with pytest.raises(exceptions.PermissionDenied):
        emulator.client.document("vms/any").get()


def test_a_listener_that_is_cut_off_misses_nothing(emulator: Running) -> None:
    told: queue.Queue[list[Any]] = queue.Queue()
    vm = emulator.client.document("vms/watched")
    watch = vm.on_snapshot(lambda held, *_: told.put([each.get("n") for each in held]))
    try:
        assert told.get(timeout=10) == []
        emulator.arm(method="Listen", status=503, times=2)
        vm.set({"n": 1})
        assert told.get(timeout=10) == [1]
        assert emulator.taken() == 2
        vm.delete()
        assert told.get(timeout=10) == []
    finally:
        watch.unsubscribe()


def test_documents_outlive_a_restart(tmp_path: Path) -> None:
    with running(tmp_path) as first:
        vm = first.client.document("vms/kept")
        written = vm.set({"n": 1, "bytes": b"\xff", "nested": {"a": [1.5]}}).update_time
        first.client.document("vms/deleted").set({})
        first.client.document("vms/deleted").delete()
    with running(tmp_path) as second:
        kept = second.client.document("vms/kept").get()
        assert kept.to_dict() == {"n": 1, "bytes": b"\xff", "nested": {"a": [1.5]}}
        assert kept.update_time == written
        assert [each.id for each in second.client.collection("vms").stream()] == ["kept"]


def test_the_process_answers_grpc_on_its_port_and_http_on_the_next(tmp_path: Path) -> None:
    port = fresh("firestore", set())
    process = subprocess.Popen([sys.executable, "-m", "local.firestore", f"--port={port}", f"--state={tmp_path}"])
    try:
        assert eventually(lambda: answers(f"http://127.0.0.1:{port + 1}/_health"))
        client_of(f"127.0.0.1:{port}").document("vms/one").set({"n": 1})
    finally:
        process.terminate()
        assert process.wait(10) is not None
    with running(tmp_path) as again:
        assert again.client.document("vms/one").get().to_dict() == {"n": 1}


def test_fifty_listeners_hear_of_a_thousand_documents(emulator: Running) -> None:
    request = wire.ListenRequest(database=DOCUMENTS.removesuffix("/documents"))
    request.add_target.target_id = 1
    request.add_target.query.parent = DOCUMENTS
    request.add_target.query.structured_query.from_.add().collection_id = "many"
    with grpc.insecure_channel(f"127.0.0.1:{emulator.port}") as channel:
        listen = channel.stream_stream("/google.firestore.v1.Firestore/Listen", wire.ListenRequest.SerializeToString)
        asked: list[queue.Queue[Any]] = [queue.Queue() for _ in range(50)]
        for each in asked:
            each.put(request)
        streams = [listen(iter(each.get, None), timeout=60) for each in asked]
        for stream in streams:
            for _ in range(3):  # ADD, CURRENT, NO_CHANGE: the empty snapshot
                next(stream)
        for start in range(0, 1000, 250):
            batch = emulator.client.batch()
            for number in range(start, start + 250):
                batch.set(emulator.client.document(f"many/{number}"), {"n": number})
            batch.commit()
        for stream in streams:
            names: set[str] = set()
            while len(names) < 1000:
                message = wire.ListenResponse.FromString(next(stream))
                if message.HasField("document_change"):
                    names.add(message.document_change.document.name)
            stream.cancel()


def answers(url: str) -> bool:
    try:
        return httpx.get(url).is_success
    except httpx.TransportError:
        return False

"""shared.google.firestore against the emulated Firestore."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpx
import pytest

from local.firestore.app import make
from local.server import free_port, in_thread
from shared.domain.errors import CloudError, Scope
from shared.google.firestore import LiveDocuments

Change = tuple[str, int, Mapping[str, Any] | None]


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the emulator's HTTP side."""
    port = free_port()
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{port}")
    with in_thread(make(None, port)) as url:
        yield url


@pytest.fixture
def live(emulator: str) -> LiveDocuments:
    return LiveDocuments("demo", "(default)", timeout=20)


class Watcher:
    """Remembers what a watch gave."""

    def __init__(self, live: LiveDocuments, owner_id: str) -> None:
        self.changes: queue.SimpleQueue[Change] = queue.SimpleQueue()
        self.failures: queue.SimpleQueue[CloudError] = queue.SimpleQueue()
        self.stop = live.watch(owner_id, lambda *change: self.changes.put(change), self.failures.put)

    def next(self) -> Change:
        return self.changes.get(timeout=10)


@pytest.fixture
def watched(live: LiveDocuments) -> Iterator[Watcher]:
    watcher = Watcher(live, "ann")
    yield watcher
    watcher.stop()


def arm(url: str, **fault: Any) -> None:
    assert httpx.post(f"{url}/_faults", json=fault).status_code == 201


def present(live: LiveDocuments, owner_id: str = "ann") -> dict[str, Change]:
    """What is there now, by VM."""
    watcher = Watcher(live, owner_id)
    watcher.stop()
    found: dict[str, Change] = {}
    with suppress(queue.Empty):
        while True:
            change = watcher.changes.get_nowait()
            found[change[0]] = change
    return found


def test_a_forgotten_document_may_begin_again_with_a_lower_number(live: LiveDocuments) -> None:
    live.write("ann", "django-001", 7, {"state": "STOPPED"})
    live.forget("ann", "django-001")
    live.forget("ann", "django-001")
    live.write("ann", "django-001", 2, {"state": "RUNNING"})
    assert present(live)["django-001"] == ("django-001", 2, {"state": "RUNNING"})


def test_a_watch_begins_with_what_is_there_and_follows_each_change(live: LiveDocuments) -> None:
    live.write("ann", "django-001", 1, {"state": "REQUESTED"})
    watcher = Watcher(live, "ann")
    assert watcher.next() == ("django-001", 1, {"state": "REQUESTED"})
    live.write("ann", "django-001", 2, {"state": "RUNNING", "steps": [{"step": "redis", "at": None}]})
    live.write("ann", "redis-002", 1, {"state": "REQUESTED"})
    assert watcher.next() == ("django-001", 2, {"state": "RUNNING", "steps": [{"step": "redis", "at": None}]})
    assert watcher.next() == ("redis-002", 1, {"state": "REQUESTED"})
    watcher.stop()


def test_a_lower_or_equal_number_never_overwrites(live: LiveDocuments) -> None:
    live.write("ann", "django-001", 7, {"state": "RUNNING"})
    live.write("ann", "django-001", 6, {"state": "PROVISIONING"})
    live.write("ann", "django-001", 7, {"state": "STOPPED"})
    assert present(live) == {"django-001": ("django-001", 7, {"state": "RUNNING"})}


def test_a_document_is_replaced_whole(live: LiveDocuments) -> None:
    live.write("ann", "django-001", 1, {"state": "REQUESTED", "external.ip": "198.51.100.7"})
    live.write("ann", "django-001", 2, {"state": "RUNNING"})
    assert present(live)["django-001"] == ("django-001", 2, {"state": "RUNNING"})


def test_the_highest_number_wins_among_many_writers(live: LiveDocuments, watched: Watcher) -> None:
    numbers = [(number * 7) % 24 + 1 for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: live.write("ann", "django-001", number, {"n": number}), numbers))
    assert present(live)["django-001"] == ("django-001", 24, {"n": 24})
    seen = [watched.next()]
    while seen[-1][1] < 24:
        seen.append(watched.next())
    given = [number for _, number, _ in seen]
    assert given == sorted(set(given))


@pytest.mark.parametrize("number", [1, 2])
def test_a_lost_answer_to_a_write_is_mended(emulator: str, live: LiveDocuments, number: int) -> None:
    for earlier in range(1, number):
        live.write("ann", "django-001", earlier, {"n": earlier})
    arm(emulator, method="Commit", lose_response=True)
    live.write("ann", "django-001", number, {"n": number})
    assert present(live)["django-001"] == ("django-001", number, {"n": number})


def test_a_fault_that_stays_is_raised(emulator: str, live: LiveDocuments) -> None:
    arm(emulator, method="Commit", status=503, times=None)
    with pytest.raises(CloudError) as failed:
        live.write("ann", "django-001", 1, {})
    assert (failed.value.scope, failed.value.unknown_outcome) == (Scope.TRANSIENT, True)


def test_another_owners_changes_are_not_seen(live: LiveDocuments, watched: Watcher) -> None:
    live.write("bob", "redis-002", 1, {})
    live.write("ann", "django-001", 1, {})
    assert watched.next()[0] == "django-001"
    assert watched.changes.empty()


def test_a_deleted_document_is_told_once(live: LiveDocuments, watched: Watcher) -> None:
    live.write("ann", "django-001", 3, {})
    assert watched.next() == ("django-001", 3, {})
    live._client.document("live", "ann", "vms", "django-001").delete()
    assert watched.next() == ("django-001", 3, None)


def test_a_document_that_was_put_back_is_not_given(live: LiveDocuments, watched: Watcher) -> None:
    live.write("ann", "django-001", 3, {})
    live._client.document("live", "ann", "vms", "django-001").set({"number": 2, "document": {}})
    live.write("ann", "django-001", 4, {})
    assert [watched.next()[1], watched.next()[1]] == [3, 4]


def test_a_watch_that_dies_says_so_once_and_gives_nothing_more(
    emulator: str, live: LiveDocuments, watched: Watcher
) -> None:
    arm(emulator, method="Listen", status=503, message="moved")
    live.write("ann", "django-001", 1, {})
    assert watched.failures.get(timeout=10).scope is Scope.TRANSIENT
    live.write("ann", "django-001", 2, {})
    assert present(live)["django-001"][1] == 2
    assert watched.changes.empty()
    assert watched.failures.empty()


def test_a_watch_dies_with_its_server(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", f"127.0.0.1:{port}")
    with in_thread(make(None, port)):
        watcher = Watcher(LiveDocuments("demo", "(default)", timeout=20), "ann")
    assert watcher.failures.get(timeout=10).scope is Scope.TRANSIENT


def test_a_callback_that_fails_ends_the_watch(live: LiveDocuments) -> None:
    failed: queue.SimpleQueue[CloudError] = queue.SimpleQueue()

    def refuse(*_: object) -> None:
        raise ValueError("no")

    live.watch("ann", refuse, failed.put)
    live.write("ann", "django-001", 1, {})
    assert "ValueError: no" in failed.get(timeout=10).detail


def test_a_watch_that_is_stopped_is_silent_and_leaves_no_thread(live: LiveDocuments) -> None:
    watcher = Watcher(live, "ann")
    (thread,) = [thread for thread in threading.enumerate() if thread.name == "listen live/ann"]
    watcher.stop()
    watcher.stop()
    live.write("ann", "django-001", 1, {})
    thread.join(10)
    assert not thread.is_alive()
    assert watcher.changes.empty()
    assert watcher.failures.empty()


def test_a_watch_that_cannot_begin_is_an_error(emulator: str, live: LiveDocuments) -> None:
    arm(emulator, method="Listen", status=403)
    with pytest.raises(CloudError) as refused:
        Watcher(live, "ann")
    assert refused.value.scope is Scope.PROJECT


def test_a_watch_that_hears_nothing_is_an_error(emulator: str) -> None:
    arm(emulator, method="Listen", delay=3600)
    with pytest.raises(CloudError) as silent:
        Watcher(LiveDocuments("demo", "(default)", timeout=0.3), "ann")
    assert (silent.value.code, silent.value.scope) == ("timed_out", Scope.TRANSIENT)

"""shared.google.tasks against the emulated Cloud Tasks."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from local.server import in_thread
from local.tasks.api import CloudTasks
from shared.domain.errors import CloudError, Scope
from shared.google.tasks import TaskQueue
from tests.integration.google_account import google_account

__all__ = ["google_account"]

QUEUE = "projects/demo/locations/us-west1/queues/looks"
TARGET = "http://127.0.0.1:9/provision"
CALLER = "tasks@demo.iam.gserviceaccount.com"
LATER = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)


@pytest.fixture
def emulator() -> Iterator[str]:
    with in_thread(CloudTasks(queues={QUEUE: {}}).app()) as url:
        yield url


@pytest.fixture
def tasks(emulator: str) -> TaskQueue:
    return TaskQueue("demo", "us-west1", "looks", TARGET, CALLER, emulator, timeout=20)


def queued(url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{url}/_tasks").json()
    return found


def arm(url: str, **fault: Any) -> None:
    assert httpx.post(f"{url}/_faults", json=fault).status_code == 201


def test_a_task_is_a_cloud_event_to_provision_with_a_token(emulator: str, tasks: TaskQueue) -> None:
    tasks.look("look-k2345-1", "k2345", LATER, end=LATER)
    (task,) = queued(emulator)
    assert task["name"] == f"{QUEUE}/tasks/look-k2345-1"
    assert datetime.fromisoformat(task["scheduleTime"]) == LATER
    request = task["httpRequest"]
    assert (request["httpMethod"], request["url"]) == ("POST", TARGET)
    assert request["oidcToken"] == {"serviceAccountEmail": CALLER, "audience": TARGET}
    headers = {name.lower(): value for name, value in request["headers"].items()}
    assert headers["content-type"] == "application/json"
    assert {name: value for name, value in headers.items() if name.startswith("ce-")} == {
        "ce-id": "look-k2345-1",
        "ce-source": f"//cloudtasks.googleapis.com/{QUEUE}",
        "ce-specversion": "1.0",
        "ce-type": "vmcreator.look.v1",
    }
    end = LATER.isoformat().replace("+00:00", "Z")
    assert json.loads(base64.b64decode(request["body"])) == {"vm_id": "k2345", "end": end}


def test_a_task_without_an_end_says_so(emulator: str, tasks: TaskQueue) -> None:
    tasks.look("look-1", "k2345", LATER)
    assert json.loads(base64.b64decode(queued(emulator)[0]["httpRequest"]["body"])) == {"vm_id": "k2345", "end": None}


def test_a_name_that_is_taken_is_done_already(emulator: str, tasks: TaskQueue) -> None:
    tasks.look("look-1", "k2345", LATER)
    tasks.look("look-1", "k2345", LATER + timedelta(hours=1))
    (task,) = queued(emulator)
    assert datetime.fromisoformat(task["scheduleTime"]) == LATER


def test_a_lost_answer_makes_one_task(emulator: str, tasks: TaskQueue) -> None:
    arm(emulator, method="tasks.create", lose_response=True)
    tasks.look("look-1", "k2345", LATER)
    assert len(queued(emulator)) == 1


def test_another_conflict_is_not_taken_for_done(emulator: str, tasks: TaskQueue) -> None:
    arm(emulator, method="tasks.create", status=409, reason="ABORTED", message="try again")
    with pytest.raises(CloudError) as refused:
        tasks.look("look-1", "k2345", LATER)
    assert refused.value.scope is Scope.TRANSIENT


def test_too_far_ahead_is_refused(tasks: TaskQueue) -> None:
    with pytest.raises(CloudError) as refused:
        tasks.look("look-1", "k2345", LATER + timedelta(days=31))
    assert refused.value.scope is Scope.REQUEST


def test_a_queue_that_cannot_be_reached_is_transient(emulator: str, tasks: TaskQueue) -> None:
    arm(emulator, method="tasks.create", drop=True, times=None)
    with pytest.raises(CloudError) as lost:
        tasks.look("look-1", "k2345", LATER)
    assert (lost.value.code, lost.value.scope) == ("connection_lost", Scope.TRANSIENT)
    assert queued(emulator) == []

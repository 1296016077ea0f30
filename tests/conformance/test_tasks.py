"""The emulated Cloud Tasks, by Google's own client over REST: queues, tasks, names, limits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests.exceptions
from google.api_core import exceptions
from google.cloud import tasks_v2
from google.protobuf import duration_pb2

from tests.conformance.cloud_tasks import LOCATION, QUEUE, Service, running
from tests.targets import Target, serving


@pytest.fixture
def service() -> Iterator[Service]:
    with running() as service:
        yield service


@pytest.fixture
def target() -> Iterator[Target]:
    with serving() as target:
        yield target


def test_a_queue_is_made_got_listed_and_not_made_twice(service: Service) -> None:
    made = service.client.create_queue(parent=LOCATION, queue=tasks_v2.Queue(name=f"{LOCATION}/queues/second"))
    assert made.state == tasks_v2.Queue.State.RUNNING
    assert service.client.get_queue(name=made.name).retry_config.max_attempts == 100
    assert {queue.name for queue in service.client.list_queues(parent=LOCATION)} == {QUEUE, made.name}
    with pytest.raises(exceptions.Conflict):
        service.client.create_queue(parent=LOCATION, queue=made)
    with pytest.raises(exceptions.NotFound):
        service.client.get_queue(name=f"{LOCATION}/queues/absent")
    with pytest.raises(exceptions.NotFound):
        service.create("http://127.0.0.1/", parent=f"{LOCATION}/queues/absent")


def test_a_task_more_than_720_hours_ahead_is_refused_with_googles_words(service: Service, target: Target) -> None:
    now = datetime.now(UTC)
    service.create(target.url, schedule_time=now + timedelta(hours=719))
    with pytest.raises(exceptions.BadRequest, match=r"too far in the future\. Schedule time must be no more than 720h"):
        service.create(target.url, schedule_time=now + timedelta(hours=721))


@pytest.mark.parametrize("ended_by", ["execution", "deletion"])
def test_a_name_is_taken_while_its_task_lives_and_for_an_hour_after_its_end(
    service: Service, target: Target, ended_by: str
) -> None:
    later = {"schedule_time": datetime.now(UTC) + timedelta(minutes=5)}
    task = service.create(target.url, name="vm-7", **later)
    with pytest.raises(exceptions.Conflict):
        service.create(target.url, name="vm-7", **later)
    if ended_by == "deletion":
        service.client.delete_task(name=task.name)
    else:
        service.move_to(301)
        service.idle()
        assert len(target.received) == 1
    with pytest.raises(exceptions.Conflict, match="existed too recently"):
        service.create(target.url, name="vm-7")
    service.move_to(3600 + 302)
    assert service.create(target.url, name="vm-7").name == task.name


def test_the_full_view_shows_the_body_and_lists_are_paged(service: Service, target: Target) -> None:
    at = datetime.now(UTC) + timedelta(days=1)
    for number in range(5):
        service.create(target.url, name=f"n{number}", schedule_time=at, request={"body": b"secret"})
    pages = list(service.client.list_tasks(request={"parent": QUEUE, "page_size": 2, "response_view": "FULL"}).pages)
    assert [len(page.tasks) for page in pages] == [2, 2, 1]
    assert {task.http_request.body for page in pages for task in page.tasks} == {b"secret"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "no/slash"},
        {"name": "blank space"},
        {"target": "ftp://elsewhere/"},
        {"target": ""},
        {"dispatch_deadline": duration_pb2.Duration(seconds=5)},
        {"dispatch_deadline": duration_pb2.Duration(seconds=1801)},
    ],
)
def test_what_cloud_tasks_refuses_is_refused(service: Service, wrong: dict[str, Any]) -> None:
    with pytest.raises(exceptions.BadRequest):
        service.create(**{"target": "http://127.0.0.1/", **wrong})


def test_tasks_names_and_queues_survive_a_restart(tmp_path: Path, target: Target) -> None:
    second = f"{LOCATION}/queues/second"
    with running(tmp_path) as service:
        service.create(target.url, name="gone")
        service.idle()
        service.create(target.url, name="kept", schedule_time=datetime.now(UTC) + timedelta(hours=1))
        service.client.create_queue(parent=LOCATION, queue=tasks_v2.Queue(name=second))
    with running(tmp_path) as again:
        assert {queue.name for queue in again.client.list_queues(parent=LOCATION)} == {QUEUE, second}
        with pytest.raises(exceptions.Conflict):
            again.create(target.url, name="gone")
        again.move_to(3601)
        again.idle()
    assert [request.headers["x-cloudtasks-taskname"] for request in target.received] == ["gone", "kept"]


def test_the_rate_that_a_queue_is_started_with_counts_not_the_one_that_was_kept(tmp_path: Path) -> None:
    for rate in (6.25, 100.0):
        with running(tmp_path, maxDispatchesPerSecond=rate) as service:
            limits = service.client.get_queue(name=QUEUE).rate_limits
            assert (limits.max_dispatches_per_second, limits.max_concurrent_dispatches) == (rate, 1000)


def test_a_create_whose_answer_is_lost_has_happened(service: Service, target: Target) -> None:
    service.arm(method="tasks.create", lose_response=True)
    at = datetime.now(UTC) + timedelta(hours=1)
    with pytest.raises(requests.exceptions.ConnectionError):
        service.create(target.url, name="once", schedule_time=at)
    with pytest.raises(exceptions.Conflict):
        service.create(target.url, name="once", schedule_time=at)


def test_a_create_that_is_dropped_or_refused_has_not_happened(service: Service, target: Target) -> None:
    service.arm(method="tasks.create", drop=True)
    with pytest.raises(requests.exceptions.ConnectionError):
        service.create(target.url, name="never")
    service.arm(method="tasks.create", status=503, reason="UNAVAILABLE", message="try again")
    with pytest.raises(exceptions.ServiceUnavailable, match="try again"):
        service.create(target.url, name="never")
    assert service.waiting() == []

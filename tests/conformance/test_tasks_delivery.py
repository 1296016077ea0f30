"""The emulated Cloud Tasks: how a task reaches its target, and what happens when it does not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import tasks_v2

from local.tasks.queue import RETRY, backoff, given_up
from tests.conformance.cloud_tasks import BACKOFF, LOCATION, QUEUE, Service, running
from tests.targets import Target, eventually, serving


@pytest.fixture
def service() -> Iterator[Service]:
    with running() as service:
        yield service


@pytest.fixture
def target() -> Iterator[Target]:
    with serving() as target:
        yield target


def test_a_task_reaches_its_target_as_google_sends_it(service: Service, target: Target) -> None:
    request = {
        "body": b'{"vm": 1}',
        "headers": {"Content-Type": "application/json", "ce-id": "7"},
        "oidc_token": {"service_account_email": "tasks@demo.iam.gserviceaccount.com", "audience": "https://provision"},
    }
    task = service.create(target.url, name="one", request=request)
    assert task.name == f"{QUEUE}/tasks/one"
    assert task.http_request.body == b""  # the basic view
    service.idle()
    [received] = target.received
    assert (received.method, received.path, received.body) == ("POST", "/work", b'{"vm": 1}')
    headers = received.headers
    assert headers["user-agent"] == "Google-Cloud-Tasks"
    assert headers["content-type"] == "application/json"
    assert headers["ce-id"] == "7"
    assert headers["x-cloudtasks-queuename"] == "later"
    assert headers["x-cloudtasks-taskname"] == "one"
    assert headers["x-cloudtasks-taskretrycount"] == headers["x-cloudtasks-taskexecutioncount"] == "0"
    assert abs(float(headers["x-cloudtasks-tasketa"]) - time.time()) < 60
    said = received.claims()
    assert (said["email"], said["aud"]) == ("tasks@demo.iam.gserviceaccount.com", "https://provision")
    with pytest.raises(exceptions.NotFound):
        service.client.get_task(name=task.name)


def test_method_and_default_audience_are_the_requests_own(service: Service, target: Target) -> None:
    request = {"http_method": "PUT", "oidc_token": {"service_account_email": "a@demo.iam.gserviceaccount.com"}}
    service.create(target.url, request=request)
    service.idle()
    [received] = target.received
    assert received.method == "PUT"
    assert received.claims()["aud"] == target.url


def test_a_scheduled_task_waits_for_its_moment_on_the_emulated_clock(service: Service, target: Target) -> None:
    at = datetime.now(UTC) + timedelta(hours=2)
    task = service.create(target.url, schedule_time=at)
    service.idle()
    assert target.received == []
    assert service.client.get_task(name=task.name).schedule_time == at
    service.move_to(2 * 3600 - 60)
    service.idle()
    assert target.received == []
    service.move_to(2 * 3600 + 1)
    service.idle()
    assert len(target.received) == 1


def test_failures_are_retried_with_growing_waits_until_one_succeeds(service: Service, target: Target) -> None:
    target.answers = [(500, {}), (404, {}), (200, {})]
    service.create(target.url)
    service.idle()
    for passed in (BACKOFF, 3 * BACKOFF):
        assert len(service.waiting()) == 1
        service.move_to(passed + 1)
        service.idle()
    assert service.waiting() == []
    seen = [
        (
            headers["x-cloudtasks-taskretrycount"],
            headers["x-cloudtasks-taskexecutioncount"],
            headers.get("x-cloudtasks-taskpreviousresponse"),
        )
        for headers in (request.headers for request in target.received)
    ]
    assert seen == [("0", "0", None), ("1", "0", "500"), ("2", "1", "404")]


def test_retry_after_puts_the_next_attempt_off(service: Service, target: Target) -> None:
    target.answers = [(503, {"Retry-After": "120"})]
    task = service.create(target.url)
    service.idle()
    service.move_to(110)
    service.idle()
    assert len(target.received) == 1
    shown = service.client.get_task(name=task.name)
    assert (shown.dispatch_count, shown.response_count, shown.last_attempt.response_status.code) == (1, 1, 14)
    service.move_to(125)
    service.idle()
    assert len(target.received) == 2


def test_a_task_is_given_up_after_the_queues_attempts(service: Service, target: Target) -> None:
    queue = tasks_v2.Queue(name=f"{LOCATION}/queues/twice", retry_config={"max_attempts": 2})
    service.client.create_queue(parent=LOCATION, queue=queue)
    target.answers = [(500, {})] * 3
    service.create(target.url, parent=queue.name)
    service.idle()
    service.move_to(10)
    service.idle()
    service.move_to(8000)
    service.idle()
    assert len(target.received) == 2
    assert service.waiting() == []


def test_backoff_doubles_then_grows_evenly_up_to_its_maximum() -> None:
    # The example of Google's reference for max_doublings.
    config = {"minBackoff": "10s", "maxBackoff": "300s", "maxDoublings": 3}
    assert [backoff(config, n) for n in range(1, 9)] == [10, 20, 40, 80, 160, 240, 300, 300]
    assert backoff(RETRY, 1) == 0.1
    assert backoff(RETRY, 99) == 3600
    assert given_up({**RETRY, "maxAttempts": -1}, 10**6, 1e9) is False
    both = {**RETRY, "maxAttempts": 2, "maxRetryDuration": "60s"}
    assert [given_up(both, 2, 59), given_up(both, 1, 61), given_up(both, 2, 61)] == [False, False, True]


def test_no_more_than_the_queues_limit_are_in_flight_at_once(service: Service, target: Target) -> None:
    queue = tasks_v2.Queue(name=f"{LOCATION}/queues/narrow", rate_limits={"max_concurrent_dispatches": 2})
    service.client.create_queue(parent=LOCATION, queue=queue)
    target.gate.clear()
    for _ in range(5):
        service.create(target.url, parent=queue.name)
    assert eventually(lambda: len(target.received) == 2)
    assert len(list(service.emulator.dispatcher.flights)) == 2
    target.gate.set()
    service.idle()
    assert len(target.received) == 5


def test_a_queue_sends_its_burst_at_once_and_then_no_more_than_its_rate(service: Service, target: Target) -> None:
    limits = {"max_dispatches_per_second": 0.5}
    queue = tasks_v2.Queue(name=f"{LOCATION}/queues/slow", rate_limits=limits)
    made = service.client.create_queue(parent=LOCATION, queue=queue)
    assert (made.rate_limits.max_dispatches_per_second, made.rate_limits.max_burst_size) == (0.5, 10)
    for _ in range(14):
        service.create(target.url, parent=queue.name)
    assert eventually(lambda: len(target.received) == 10)
    service.move_to(2.1)
    assert eventually(lambda: len(target.received) == 11)
    service.move_to(60)
    service.idle()
    assert len(target.received) == 14


def test_a_paused_queue_holds_its_tasks_but_run_sends_one(service: Service, target: Target) -> None:
    service.client.pause_queue(name=QUEUE)
    held, forced = service.create(target.url, name="held"), service.create(target.url, name="forced")
    service.idle()
    assert target.received == []
    service.client.run_task(name=forced.name)
    service.idle()
    assert [request.headers["x-cloudtasks-taskname"] for request in target.received] == ["forced"]
    assert [task.name for task in service.client.list_tasks(parent=QUEUE)] == [held.name]
    service.client.resume_queue(name=QUEUE)
    service.idle()
    assert len(target.received) == 2


@pytest.mark.parametrize(
    ("fault", "at_once", "in_all"),
    [
        ({"drop": True}, 0, 1),
        ({"status": 500}, 0, 1),
        ({"lose_response": True}, 1, 2),
        ({"duplicate": 2}, 3, 3),
        ({"delay": 30.0}, 0, 1),
    ],
)
def test_deliveries_can_be_lost_repeated_and_delayed(
    service: Service, target: Target, fault: dict[str, Any], at_once: int, in_all: int
) -> None:
    service.arm(method="dispatch", where={"queue": "later"}, **fault)
    service.create(target.url)
    if "delay" in fault:
        assert eventually(lambda: service.emulator.emulator.faults.all()[0].taken == 1)
    else:
        service.idle()
    assert len(target.received) == at_once
    service.move_to(BACKOFF + 1)
    service.idle()
    assert len(target.received) == in_all
    assert service.waiting() == []


def test_a_target_that_nobody_serves_is_tried_again(service: Service) -> None:
    task = service.create("http://127.0.0.1:9/")
    service.idle()
    shown = service.client.get_task(name=task.name)
    assert (shown.dispatch_count, shown.response_count) == (1, 0)
    service.move_to(BACKOFF + 1)
    service.idle()
    assert service.client.get_task(name=task.name).dispatch_count == 2

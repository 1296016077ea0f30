"""shared.google.pubsub against the emulated Pub/Sub."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.pubsub.app import make
from local.server import in_thread
from shared.domain.errors import CloudError, Scope
from shared.google.pubsub import TopicPublisher
from tests.integration.google_account import google_account

__all__ = ["google_account"]

TOPIC = "projects/demo/topics/looks"
SUBSCRIPTION = "projects/demo/subscriptions/provision"


@pytest.fixture
def emulator() -> Iterator[str]:
    with in_thread(make(None)) as url:
        assert httpx.put(f"{url}/v1/{TOPIC}", json={}).status_code == 200
        assert httpx.put(f"{url}/v1/{SUBSCRIPTION}", json={"topic": TOPIC}).status_code == 200
        yield url


@pytest.fixture
def publisher(emulator: str) -> TopicPublisher:
    return TopicPublisher("demo", "looks", emulator, timeout=20)


def pulled(url: str) -> list[Any]:
    asked = {"maxMessages": 100, "returnImmediately": True}
    found = httpx.post(f"{url}/v1/{SUBSCRIPTION}:pull", json=asked).json().get("receivedMessages", [])
    return [json.loads(base64.b64decode(each["message"]["data"])) for each in found]


def arm(url: str, **fault: Any) -> None:
    assert httpx.post(f"{url}/_faults", json=fault).status_code == 201


def test_a_message_is_out_when_publish_returns(emulator: str, publisher: TopicPublisher) -> None:
    publisher.publish("k2345")
    assert pulled(emulator) == [{"vm_id": "k2345", "end": None}]


def test_a_moments_fault_is_outlived(emulator: str, publisher: TopicPublisher) -> None:
    arm(emulator, method="publish", status=503, reason="UNAVAILABLE", times=2)
    publisher.publish("k2345")
    assert pulled(emulator) == [{"vm_id": "k2345", "end": None}]


def test_a_lost_answer_may_publish_twice(emulator: str, publisher: TopicPublisher) -> None:
    arm(emulator, method="publish", lose_response=True)
    publisher.publish("k2345")
    assert pulled(emulator) == [{"vm_id": "k2345", "end": None}] * 2


def test_a_fault_that_stays_is_transient_and_bounded(emulator: str, publisher: TopicPublisher) -> None:
    arm(emulator, method="publish", status=503, reason="UNAVAILABLE", times=None)
    with pytest.raises(CloudError) as failed:
        publisher.publish("k2345")
    assert failed.value.scope is Scope.TRANSIENT
    (fault,) = httpx.get(f"{emulator}/_faults").json()
    assert fault["taken"] == 3


def test_a_rate_limit_is_not_pressed(emulator: str, publisher: TopicPublisher) -> None:
    arm(emulator, method="publish", status=429, reason="RESOURCE_EXHAUSTED", times=None)
    with pytest.raises(CloudError) as failed:
        publisher.publish("k2345")
    assert failed.value.scope is Scope.RATE
    (fault,) = httpx.get(f"{emulator}/_faults").json()
    assert fault["taken"] == 1


def test_a_topic_that_is_missing_is_not_found(emulator: str) -> None:
    with pytest.raises(CloudError) as failed:
        TopicPublisher("demo", "nowhere", emulator, timeout=20).publish("k2345")
    assert failed.value.code == "not_found"

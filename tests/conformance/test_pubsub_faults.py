"""What only our Pub/Sub can do: faults on order, a clock that moves, state kept between runs, a look inside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.pubsub.app import make
from local.server import in_thread
from tests.targets import Target, eventually, serving

TOPIC = "/v1/projects/demo/topics/work"
SUBSCRIPTION = "/v1/projects/demo/subscriptions/provision"
NAME = SUBSCRIPTION.removeprefix("/v1/")


@pytest.fixture
def target() -> Iterator[Target]:
    with serving() as found:
        yield found


def names(target: Target) -> list[str]:
    """The `vm` of each push, in the order of arrival."""
    return [json.loads(received.body)["message"]["attributes"]["vm"] for received in target.received]


@pytest.fixture
def pubsub(target: Target) -> Iterator[httpx.Client]:
    with in_thread(make(None, outstanding=3)) as address, httpx.Client(base_url=address) as client:
        prepare(client, target.url)
        yield client


def prepare(client: httpx.Client, url: str) -> None:
    client.put(TOPIC, json={}).raise_for_status()
    asked = {"topic": TOPIC.removeprefix("/v1/"), "pushConfig": {"pushEndpoint": url}}
    client.put(SUBSCRIPTION, json=asked).raise_for_status()


def publish(client: httpx.Client, *names: str) -> httpx.Response:
    messages = [{"attributes": {"vm": name}} for name in names]
    return client.post(f"{TOPIC}:publish", json={"messages": messages})


def arm(client: httpx.Client, **fault: Any) -> None:
    client.post("/_faults", json=fault).raise_for_status()


def advance_to(client: httpx.Client, offset: float) -> None:
    client.post("/_clock", json={"offset": offset}).raise_for_status()


def idle(client: httpx.Client) -> None:
    client.post("/_idle").raise_for_status()


def state(client: httpx.Client) -> dict[str, Any]:
    return dict(client.get("/_messages").json()[NAME])


def test_a_dropped_push_is_made_again_after_the_back_off(pubsub: httpx.Client, target: Target) -> None:
    arm(pubsub, method="push", where={"subscription": "provision", "attributes.vm": "one"}, drop=True)
    publish(pubsub, "one", "two")
    idle(pubsub)
    assert names(target) == ["two"]
    advance_to(pubsub, 11)
    idle(pubsub)
    assert names(target) == ["two", "one"]


def test_a_duplicated_push_arrives_more_than_once(pubsub: httpx.Client, target: Target) -> None:
    arm(pubsub, method="push", duplicate=2)
    publish(pubsub, "one")
    idle(pubsub)
    assert names(target) == ["one"] * 3
    assert state(pubsub)["acked"] == 1


def test_a_delayed_push_is_overtaken(pubsub: httpx.Client, target: Target) -> None:
    arm(pubsub, method="push", where={"attributes.vm": "one"}, delay=30, times=None)
    publish(pubsub, "one", "two")
    idle(pubsub)
    advance_to(pubsub, 31)
    idle(pubsub)
    assert names(target) == ["two", "one"]


def test_a_push_whose_answer_is_lost_is_made_again(pubsub: httpx.Client, target: Target) -> None:
    arm(pubsub, method="push", lose_response=True)
    publish(pubsub, "one")
    idle(pubsub)
    advance_to(pubsub, 11)
    idle(pubsub)
    assert names(target) == ["one", "one"]


def test_a_push_that_outlasts_its_ack_deadline_is_made_again(pubsub: httpx.Client, target: Target) -> None:
    target.gate.clear()
    publish(pubsub, "one")
    assert eventually(lambda: len(target.received) == 1)
    advance_to(pubsub, 10)
    assert eventually(lambda: not state(pubsub)["outstanding"][0]["inFlight"])
    target.gate.set()
    advance_to(pubsub, 25)
    idle(pubsub)
    assert names(target) == ["one", "one"]
    assert state(pubsub) == {"outstanding": [], "acked": 1, "deadLettered": 0}


def test_no_more_pushes_are_outstanding_than_allowed(pubsub: httpx.Client, target: Target) -> None:
    target.gate.clear()
    publish(pubsub, *(str(number) for number in range(10)))
    assert eventually(lambda: len(target.received) == 3)
    busy = pubsub.post("/_idle", json={"timeout": 0.05})
    assert (busy.status_code, busy.json()) == (504, {"idle": False, "busy": {NAME: 10}})
    assert [each["inFlight"] for each in state(pubsub)["outstanding"]] == [True] * 3 + [False] * 7
    target.gate.set()
    idle(pubsub)
    assert state(pubsub)["acked"] == 10


def test_a_publish_whose_answer_is_lost_took_effect(pubsub: httpx.Client, target: Target) -> None:
    arm(pubsub, method="publish", where={"topic": "work"}, lose_response=True)
    with pytest.raises(httpx.RemoteProtocolError):
        publish(pubsub, "one")
    idle(pubsub)
    assert names(target) == ["one"]


def test_a_publish_that_is_refused_has_no_effect(pubsub: httpx.Client, target: Target) -> None:
    arm(pubsub, method="publish", status=503, reason="UNAVAILABLE", message="try later")
    refused = publish(pubsub, "one")
    expected = {"code": 503, "message": "try later", "status": "UNAVAILABLE"}
    assert (refused.status_code, refused.json()) == (503, {"error": expected})
    publish(pubsub, "two")
    idle(pubsub)
    assert names(target) == ["two"]


def test_what_is_not_implemented_is_refused(pubsub: httpx.Client) -> None:
    asked = {"topic": TOPIC.removeprefix("/v1/"), "enableMessageOrdering": True}
    assert pubsub.put(f"{SUBSCRIPTION}2", json=asked).status_code == 501
    ordered = {"messages": [{"attributes": {"vm": "one"}, "orderingKey": "key"}]}
    assert pubsub.post(f"{TOPIC}:publish", json=ordered).status_code == 501


def test_unacknowledged_messages_outlive_a_restart(tmp_path: Path, target: Target) -> None:
    with in_thread(make(tmp_path)) as address, httpx.Client(base_url=address) as client:
        prepare(client, target.url)
        arm(client, method="push", status=500)
        before = publish(client, "one").json()["messageIds"]
        idle(client)
    with in_thread(make(tmp_path)) as address, httpx.Client(base_url=address) as client:
        advance_to(client, 11)
        idle(client)
        assert names(target) == ["one"]
        assert json.loads(target.received[0].body)["message"]["messageId"] == before[0]
        assert publish(client, "two").json()["messageIds"] != before
        idle(client)
        assert state(client) == {"outstanding": [], "acked": 2, "deadLettered": 0}

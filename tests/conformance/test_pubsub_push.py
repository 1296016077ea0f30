"""The same pushes from ours and from Google's own Pub/Sub emulator: the body, redelivery, dead letters."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.conformance.both_pubsubs import PubSub, running
from tests.conformance.google_emulators import on_both_sides
from tests.targets import Target, serving

DIFFERENCES = {
    "test_a_push_with_a_dead_letter_policy_counts_its_attempts": "Google's emulator leaves deliveryAttempt out",
    "test_retries_wait_for_the_back_off": "Google's emulator retries after a second",
    "test_a_push_carries_an_identity_token_when_asked_to": "Google's emulator sends no token",
}
"""Where Google's emulator is not as Pub/Sub is and ours is."""

REFUSED: tuple[int, dict[str, str]] = (500, {})


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    on_both_sides(metafunc, "pubsub", DIFFERENCES)


@pytest.fixture(scope="module")
def pubsub(request: pytest.FixtureRequest) -> Iterator[PubSub]:
    with running(request.param) as found:
        yield found


@pytest.fixture
def topic(pubsub: PubSub) -> str:
    return pubsub.topic()


@pytest.fixture
def target() -> Iterator[Target]:
    with serving() as found:
        yield found


def bodies(target: Target) -> list[dict[str, Any]]:
    return [json.loads(received.body) for received in target.received]


def test_a_message_is_pushed_in_the_standard_wrapping(pubsub: PubSub, topic: str, target: Target) -> None:
    subscription = pubsub.subscribe(topic, target.url)
    message_id = pubsub.publish(topic, b"\x00hello", vm="django-001")
    [body] = pubsub.eventually(lambda: bodies(target), step=0)
    published = body["message"].pop("publishTime")
    assert datetime.fromisoformat(published).tzinfo
    assert body == {
        "subscription": subscription,
        "message": {
            "data": base64.b64encode(b"\x00hello").decode(),
            "attributes": {"vm": "django-001"},
            "messageId": message_id,
            "message_id": message_id,
            "publish_time": published,
        },
    }
    assert target.received[0].method == "POST"
    assert target.received[0].headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_a_refused_push_is_made_again(pubsub: PubSub, topic: str, target: Target, status: int) -> None:
    pubsub.subscribe(topic, target.url)
    target.answers = [(status, {})]
    pubsub.publish(topic)
    first, again = pubsub.eventually(lambda: len(target.received) >= 2 and bodies(target))
    assert first == again


@pytest.mark.parametrize("status", [200, 201, 204])
def test_an_accepted_push_is_not_made_again(pubsub: PubSub, topic: str, target: Target, status: int) -> None:
    pubsub.subscribe(topic, target.url)
    target.answers = [(status, {})]
    for _ in range(2):
        pubsub.publish(topic)
    pubsub.eventually(lambda: len(target.received) == 2, step=0)
    for _ in range(15):
        pubsub.advance(700)
    assert len({body["message"]["messageId"] for body in bodies(target)}) == len(target.received) == 2


def test_a_message_refused_five_times_goes_to_the_dead_letter_topic(pubsub: PubSub, topic: str, target: Target) -> None:
    dead = pubsub.topic()
    undertaker = pubsub.subscribe(dead)
    policy = {"dead_letter_topic": dead, "max_delivery_attempts": 5}
    subscription = pubsub.subscribe(topic, target.url, dead_letter_policy=policy)
    target.answers = [REFUSED] * 5
    pubsub.publish(topic, b"poison", vm="django-001")
    [letter] = pubsub.eventually(lambda: pubsub.pull(undertaker))
    assert letter.message.data == b"poison"
    attributes = dict(letter.message.attributes)
    assert attributes.pop("CloudPubSubDeadLetterSourceTopicPublishTime")
    assert attributes == {
        "vm": "django-001",
        "CloudPubSubDeadLetterSourceDeliveryCount": "5",
        "CloudPubSubDeadLetterSourceSubscription": subscription.rpartition("/")[2],
        "CloudPubSubDeadLetterSourceSubscriptionProject": "demo",
    }
    pubsub.advance(3600)
    assert len(target.received) == 5


def test_a_push_with_a_dead_letter_policy_counts_its_attempts(pubsub: PubSub, topic: str, target: Target) -> None:
    policy = {"dead_letter_topic": topic, "max_delivery_attempts": 5}
    pubsub.subscribe(topic, target.url, dead_letter_policy=policy)
    target.answers = [REFUSED]
    pubsub.publish(topic)
    pubsub.eventually(lambda: len(target.received) >= 2)
    assert [body.get("deliveryAttempt") for body in bodies(target)] == [1, 2]


def test_retries_wait_for_the_back_off(pubsub: PubSub, topic: str, target: Target) -> None:
    pubsub.subscribe(topic, target.url)
    target.answers = [REFUSED] * 3
    pubsub.publish(topic)
    pubsub.eventually(lambda: target.received, step=0)
    pubsub.pass_by(8)  # 10 s, doubled each time
    assert len(target.received) == 1
    for seconds, pushes in [(3, 2), (18, 2), (3, 3), (38, 3), (3, 4)]:
        pubsub.advance(seconds)
        assert len(target.received) == pushes


def test_a_push_carries_an_identity_token_when_asked_to(pubsub: PubSub, topic: str, target: Target) -> None:
    oidc = {"service_account_email": "pusher@demo.iam.gserviceaccount.com", "audience": "provision"}
    pubsub.subscribe(topic, push_config={"push_endpoint": target.url, "oidc_token": oidc})
    pubsub.publish(topic)
    [received] = pubsub.eventually(lambda: target.received, step=0)
    assert "authorization" in received.headers
    assert received.claims()["email"] == oidc["service_account_email"]
    assert received.claims()["aud"] == "provision"


def test_a_subscription_that_moves_from_push_to_pull_keeps_its_messages(
    pubsub: PubSub, topic: str, target: Target
) -> None:
    target.answers = [REFUSED] * 100
    subscription = pubsub.subscribe(topic, target.url)
    message_id = pubsub.publish(topic)
    pubsub.eventually(lambda: target.received, step=0)
    pubsub.subscriber.modify_push_config(subscription=subscription, push_config={})
    [received] = pubsub.eventually(lambda: pubsub.pull(subscription))
    assert received.message.message_id == message_id

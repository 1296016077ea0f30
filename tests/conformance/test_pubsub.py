"""The same Pub/Sub cases against ours and against Google's own emulator: topics, subscriptions, pull."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from google.api_core import exceptions

from tests.conformance.both_pubsubs import PROJECT, PubSub, running
from tests.conformance.google_emulators import on_both_sides

DIFFERENCES = {
    "test_an_ack_deadline_below_ten_seconds_is_refused": "Google's emulator accepts it",
}
"""Where Google's emulator is not as Pub/Sub is and ours is."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    on_both_sides(metafunc, "pubsub", DIFFERENCES)


@pytest.fixture(scope="module")
def pubsub(request: pytest.FixtureRequest) -> Iterator[PubSub]:
    with running(request.param) as found:
        yield found


@pytest.fixture
def topic(pubsub: PubSub) -> str:
    return pubsub.topic()


def test_a_pulled_message_comes_back_unless_acknowledged(pubsub: PubSub, topic: str) -> None:
    subscription = pubsub.subscribe(topic)
    message_id = pubsub.publish(topic, b"\x00hello", vm="django-001")
    [first] = pubsub.eventually(lambda: pubsub.pull(subscription), step=0)
    assert (first.message.message_id, first.message.data) == (message_id, b"\x00hello")
    assert dict(first.message.attributes) == {"vm": "django-001"}
    assert pubsub.pull(subscription) == []
    pubsub.subscriber.modify_ack_deadline(subscription=subscription, ack_ids=[first.ack_id], ack_deadline_seconds=0)
    [again] = pubsub.eventually(lambda: pubsub.pull(subscription))
    assert again.message.message_id == message_id
    pubsub.subscriber.acknowledge(subscription=subscription, ack_ids=[again.ack_id])
    pubsub.advance(3600)
    assert pubsub.pull(subscription) == []


def test_every_subscription_of_a_topic_gets_its_own_copy(pubsub: PubSub, topic: str) -> None:
    subscriptions = [pubsub.subscribe(topic) for _ in range(2)]
    message_id = pubsub.publish(topic)
    late = pubsub.subscribe(topic)
    for subscription in subscriptions:
        [received] = pubsub.eventually(lambda name=subscription: pubsub.pull(name), step=0)
        assert received.message.message_id == message_id
    assert pubsub.pull(late) == []
    assert sorted(pubsub.publisher.list_topic_subscriptions(topic=topic)) == sorted([*subscriptions, late])


def test_a_topic_that_does_not_exist_is_not_found(pubsub: PubSub, topic: str) -> None:
    missing = f"{PROJECT}/topics/missing"
    for call in [
        lambda: pubsub.publish(missing),
        lambda: pubsub.publisher.get_topic(topic=missing),
        lambda: pubsub.publisher.delete_topic(topic=missing),
        lambda: pubsub.subscribe(missing),
        lambda: pubsub.subscribe(topic, dead_letter_policy={"dead_letter_topic": missing}),
    ]:
        with pytest.raises(exceptions.NotFound):
            call()


def test_a_subscription_that_does_not_exist_is_not_found(pubsub: PubSub) -> None:
    missing = f"{PROJECT}/subscriptions/missing"
    for call in [
        lambda: pubsub.subscriber.get_subscription(subscription=missing),
        lambda: pubsub.subscriber.delete_subscription(subscription=missing),
        lambda: pubsub.subscriber.acknowledge(subscription=missing, ack_ids=[f"{missing}:1"]),
        lambda: pubsub.pull(missing),
    ]:
        with pytest.raises(exceptions.NotFound):
            call()


def test_what_exists_is_not_created_again(pubsub: PubSub, topic: str) -> None:
    with pytest.raises(exceptions.Conflict):
        pubsub.publisher.create_topic(name=topic)
    name = pubsub.subscribe(topic)
    with pytest.raises(exceptions.Conflict):
        pubsub.subscriber.create_subscription(name=name, topic=topic)


@pytest.mark.parametrize(
    "asked",
    [
        lambda topic: {"dead_letter_policy": {"dead_letter_topic": topic, "max_delivery_attempts": 3}},
        lambda _: {"retry_policy": {"minimum_backoff": "700s"}},
        lambda _: {"name": f"{PROJECT}/subscriptions/x"},
    ],
    ids=["too few attempts", "too long a back-off", "too short a name"],
)
def test_a_subscription_that_is_not_allowed_is_refused(pubsub: PubSub, topic: str, asked: Any) -> None:
    with pytest.raises(exceptions.BadRequest):
        pubsub.subscribe(topic, **asked(topic))


def test_an_ack_deadline_below_ten_seconds_is_refused(pubsub: PubSub, topic: str) -> None:
    with pytest.raises(exceptions.BadRequest):
        pubsub.subscribe(topic, ack_deadline_seconds=5)


@pytest.mark.parametrize("messages", [[], [{}]], ids=["none", "an empty one"])
def test_a_publish_of_nothing_is_refused(pubsub: PubSub, topic: str, messages: list[Any]) -> None:
    with pytest.raises(exceptions.BadRequest):
        pubsub.publisher.api.publish(topic=topic, messages=messages)


def test_a_subscription_says_what_it_was_given_and_the_defaults(pubsub: PubSub, topic: str) -> None:
    retry = {"minimum_backoff": "20s", "maximum_backoff": "100s"}
    dead = {"dead_letter_topic": topic, "max_delivery_attempts": 7}
    name = pubsub.subscribe(topic, "http://127.0.0.1:9/push", retry_policy=retry, dead_letter_policy=dead)
    read = pubsub.subscriber.get_subscription(subscription=name)
    assert read.push_config.push_endpoint == "http://127.0.0.1:9/push"
    assert (read.retry_policy.minimum_backoff.seconds, read.retry_policy.maximum_backoff.seconds) == (20, 100)
    assert (read.dead_letter_policy.dead_letter_topic, read.dead_letter_policy.max_delivery_attempts) == (topic, 7)
    assert (read.ack_deadline_seconds, read.message_retention_duration.days) == (10, 7)


def test_a_deleted_topic_leaves_its_subscriptions(pubsub: PubSub, topic: str) -> None:
    subscription = pubsub.subscribe(topic)
    pubsub.publisher.delete_topic(topic=topic)
    assert pubsub.subscriber.get_subscription(subscription=subscription).topic == "_deleted-topic_"
    assert subscription in [each.name for each in pubsub.subscriber.list_subscriptions(project=PROJECT)]
    assert topic not in [each.name for each in pubsub.publisher.list_topics(project=PROJECT)]

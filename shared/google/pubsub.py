"""Pub/Sub: telling provision to look at a VM, and taking in what was set aside because it did not."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from shared.domain.dead_letters import SetAside
from shared.google.calls import Effect, call, options
from shared.google.look import look_body


class TopicPublisher:
    """Publishes to one topic (its id). A message is out when `publish` returns: no batch, no thread behind it."""

    def __init__(self, project: str, topic: str, endpoint: str | None, timeout: float) -> None:
        self._topic = f"projects/{project}/topics/{topic}"
        self._endpoint = endpoint
        self._timeout = timeout

    def publish(self, vm_id: str) -> None:
        """Send it, again if need be: delivery is at least once anyway."""
        request = {"topic": self._topic, "messages": [{"data": look_body(vm_id)}]}
        call(self._client.publish, request, Effect.REPEATABLE, self._timeout)

    @cached_property
    def _client(self) -> Any:
        # The generated client: the hand-written one batches in threads, which a function frozen after its answer loses.
        from google.pubsub_v1.services.publisher import PublisherClient

        # REST, here and in Tasks and Secret Manager: one call a request gains nothing from gRPC, and it takes a plain
        # http endpoint.
        return PublisherClient(transport="rest", client_options=options(self._endpoint))


class DeadLetterSubscription:
    """The pull subscription (its id) of the topic that takes the dead letters of the wake-ups."""

    def __init__(self, project: str, subscription: str, endpoint: str | None, timeout: float) -> None:
        self._subscription = f"projects/{project}/subscriptions/{subscription}"
        self._endpoint = endpoint
        self._timeout = timeout

    def pull(self, most: int) -> Sequence[SetAside]:
        """Those that are there now; each comes again unless acknowledged within the subscription's deadline."""
        # Without the wait that Pub/Sub advises: once a minute, a sweep does not stand still for what is seldom there.
        request = {"subscription": self._subscription, "max_messages": most, "return_immediately": True}
        answer = call(self._client.pull, request, Effect.REPEATABLE, self._timeout)
        return [_set_aside(received) for received in answer.received_messages]

    def acknowledge(self, ack_ids: Sequence[str]) -> None:
        """They need not come again."""
        request = {"subscription": self._subscription, "ack_ids": list(ack_ids)}
        call(self._client.acknowledge, request, Effect.REPEATABLE, self._timeout)

    @cached_property
    def _client(self) -> Any:
        from google.pubsub_v1.services.subscriber import SubscriberClient

        return SubscriberClient(transport="rest", client_options=options(self._endpoint))


def _set_aside(received: Any) -> SetAside:
    """The attribute with the count of deliveries is Pub/Sub's own (docs, "Dead-letter topics")."""
    message = received.message
    count = message.attributes.get("CloudPubSubDeadLetterSourceDeliveryCount", "")
    return SetAside(received.ack_id, message.message_id, message.data, int(count) if count.isdecimal() else 0)

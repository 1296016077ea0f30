"""Topics, subscriptions, and the messages that each subscription still holds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from local.clock import Clock
from local.pubsub.resources import (
    DELETED_TOPIC,
    PubsubMessage,
    Subscription,
    Topic,
    backoff_bounds,
    check_id,
    check_messages,
    checked_subscription,
    parsed,
    plain,
)
from local.rest import already_exists, invalid, not_found


@dataclass
class Held:
    """A message that a subscription has not had acknowledged. `due`: epoch seconds from which it may be delivered."""

    message: Any
    due: float
    attempts: int = 0
    in_flight: bool = False
    delayed: bool = False


@dataclass
class Queue:
    """A subscription and what it holds, by message id."""

    resource: Any
    held: dict[str, Held] = field(default_factory=dict)
    acked: int = 0
    dead_lettered: int = 0

    @property
    def pushes(self) -> bool:
        return bool(self.resource.push_config.push_endpoint)

    @property
    def most_attempts(self) -> int | None:
        """After how many failed deliveries a message goes to the dead-letter topic."""
        policy = self.resource.dead_letter_policy
        return policy.max_delivery_attempts if self.resource.HasField("dead_letter_policy") else None


class Broker:
    """The whole state; it lives in one event loop. Names are full (`projects/P/topics/T`)."""

    def __init__(self, clock: Clock, changed: Callable[[], None]) -> None:
        self.topics: dict[str, Any] = {}
        self.queues: dict[str, Queue] = {}
        self._clock = clock
        self._changed = changed
        self._bells: set[asyncio.Event] = set()
        self._last_id = 0

    def create_topic(self, topic: Any) -> Any:
        check_id("topics", topic.name)
        if topic.name in self.topics:
            raise already_exists(f"Resource already exists in the project (resource={short(topic.name)}).")
        self.topics[topic.name] = topic
        self.ring()
        return topic

    def topic(self, name: str) -> Any:
        if name not in self.topics:
            raise not_found(f"Resource not found (resource={short(name)}).")
        return self.topics[name]

    def delete_topic(self, name: str) -> None:
        """Its subscriptions stay, with what they hold, and say that their topic is gone."""
        del self.topics[self.topic(name).name]
        for queue in self.queues.values():
            if queue.resource.topic == name:
                queue.resource.topic = DELETED_TOPIC
        self.ring()

    def subscriptions_of(self, topic: str) -> list[str]:
        self.topic(topic)
        return sorted(name for name, queue in self.queues.items() if queue.resource.topic == topic)

    def create_subscription(self, subscription: Any) -> Any:
        checked = checked_subscription(subscription)
        if checked.name in self.queues:
            raise already_exists(f"Resource already exists in the project (resource={short(checked.name)}).")
        self.topic(checked.topic)
        if checked.HasField("dead_letter_policy"):
            self.topic(checked.dead_letter_policy.dead_letter_topic)
        self.queues[checked.name] = Queue(checked)
        self.ring()
        return checked

    def queue(self, name: str) -> Queue:
        if name not in self.queues:
            raise not_found(f"Resource not found (resource={short(name)}).")
        return self.queues[name]

    def delete_subscription(self, name: str) -> None:
        self.queue(name).held.clear()
        del self.queues[name]
        self.ring()

    def publish(self, topic: str, messages: Iterable[Any]) -> list[str]:
        """Hand the messages to every subscription of the topic; gives their ids."""
        self.topic(topic)
        check_messages(messages)
        now, ids = self._clock.time(), []
        for message in messages:
            self._last_id += 1
            copy = PubsubMessage(data=message.data, attributes=message.attributes, message_id=str(self._last_id))
            copy.publish_time.FromMilliseconds(int(now * 1000))
            ids.append(copy.message_id)
            for queue in self.queues.values():
                if queue.resource.topic == topic:
                    queue.held[copy.message_id] = Held(copy, now)
        self.ring()
        return ids

    def lease(self, name: str, most: int) -> list[tuple[str, Held]]:
        """Up to `most` due messages, each with its ack id, kept from others for the ack deadline."""
        queue, now = self.queue(name), self._clock.time()
        self.bury(queue)
        leased = [held for held in queue.held.values() if held.due <= now and not held.in_flight][:most]
        for held in leased:
            held.attempts += 1
            held.due = now + queue.resource.ack_deadline_seconds
        self.ring()
        return [(f"{name}:{held.message.message_id}", held) for held in leased]

    def next_due(self, name: str) -> float:
        """When the subscription may next have something to lease, in epoch seconds."""
        now = self._clock.time()
        return min((held.due for held in self.queue(name).held.values() if held.due > now), default=float("inf"))

    def acknowledge(self, name: str, ack_ids: Iterable[str]) -> None:
        """Let go of these messages; one that is gone already is no error, an ack id of another form is."""
        queue = self.queue(name)
        for message_id in self._message_ids(name, ack_ids):
            if queue.held.pop(message_id, None):
                queue.acked += 1
        self.ring()

    def modify_ack_deadline(self, name: str, ack_ids: Iterable[str], seconds: int) -> None:
        """Keep these messages for so long from now; 0 gives them back."""
        if not 0 <= seconds <= 600:
            raise invalid("Invalid ack deadline: it must be between 0 and 600 seconds")
        queue = self.queue(name)
        for message_id in self._message_ids(name, ack_ids):
            if held := queue.held.get(message_id):
                held.due = self._clock.time() + seconds
                if not seconds:
                    self.fail(queue, held)
        self.ring()

    def fail(self, queue: Queue, held: Held) -> None:
        """A delivery was refused: later again, or off to the dead-letter topic."""
        waits = queue.pushes or queue.resource.HasField("retry_policy")
        low, high = backoff_bounds(queue.resource) if waits else (0.0, 0.0)
        held.due = self._clock.time() + min(high, low * 2.0 ** min(held.attempts - 1, 32))
        if queue.most_attempts is not None and held.attempts >= queue.most_attempts:
            self._dead_letter(queue, held)
        self.ring()

    def bury(self, queue: Queue) -> None:
        """Send on what has had its attempts and came back because nobody answered in time."""
        if queue.most_attempts is not None:
            now = self._clock.time()
            for held in list(queue.held.values()):
                if held.attempts >= queue.most_attempts and held.due <= now and not held.in_flight:
                    self._dead_letter(queue, held)

    def _dead_letter(self, queue: Queue, held: Held) -> None:
        """To the dead-letter topic, with where it came from; while that topic does not exist, the message stays."""
        target = queue.resource.dead_letter_policy.dead_letter_topic
        if target not in self.topics:
            return
        source = queue.resource.name.split("/")
        copy = PubsubMessage(data=held.message.data, attributes=held.message.attributes)
        copy.attributes["CloudPubSubDeadLetterSourceDeliveryCount"] = str(held.attempts)
        copy.attributes["CloudPubSubDeadLetterSourceSubscription"] = source[3]
        copy.attributes["CloudPubSubDeadLetterSourceSubscriptionProject"] = source[1]
        copy.attributes["CloudPubSubDeadLetterSourceTopicPublishTime"] = held.message.publish_time.ToJsonString()
        del queue.held[held.message.message_id]
        queue.dead_lettered += 1
        self.publish(target, [copy])

    def _message_ids(self, name: str, ack_ids: Iterable[str]) -> list[str]:
        prefix, asked = f"{name}:", list(ack_ids)
        if not asked:
            raise invalid("No ack ids specified")
        if unknown := next((each for each in asked if not each.startswith(prefix)), None):
            raise invalid(f"Invalid ack id (ack_id={unknown})")
        return [each.removeprefix(prefix) for each in asked]

    def ring(self) -> None:
        """Something changed: wake who waits, and have the state written."""
        self._changed()
        for bell in self._bells:
            bell.set()

    async def wait(self, until: float, bell: asyncio.Event) -> None:
        """Return when something changed, or at `until` (epoch seconds). Clear `bell` before you look for work."""
        self._bells.add(bell)
        try:
            await self._clock.sleep_until(until, bell)
        finally:
            self._bells.discard(bell)

    def dump(self) -> dict[str, Any]:
        return {
            "last_id": self._last_id,
            "topics": [plain(topic) for topic in self.topics.values()],
            "queues": [_queue_document(queue) for queue in self.queues.values()],
        }

    def load(self, document: dict[str, Any]) -> None:
        self._last_id = document["last_id"]
        topics = [parsed(each, Topic) for each in document["topics"]]
        self.topics = {topic.name: topic for topic in topics}
        for each in document["queues"]:
            held = {
                kept["message"]["messageId"]: Held(
                    parsed(kept["message"], PubsubMessage), kept["due"], kept["attempts"]
                )
                for kept in each["held"]
            }
            resource = parsed(each["subscription"], Subscription)
            self.queues[resource.name] = Queue(resource, held, each["acked"], each["deadLettered"])


def _queue_document(queue: Queue) -> dict[str, Any]:
    held = [
        {"message": plain(each.message), "due": each.due, "attempts": each.attempts} for each in queue.held.values()
    ]
    return {
        "subscription": plain(queue.resource),
        "held": held,
        "acked": queue.acked,
        "deadLettered": queue.dead_lettered,
    }


def short(name: str) -> str:
    """The last part of a full name."""
    return name.rpartition("/")[2]

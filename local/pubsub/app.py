"""The JSON API: https://cloud.google.com/pubsub/docs/reference/rest"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.pubsub.broker import Broker, Queue
from local.pubsub.push import Pusher
from local.pubsub.resources import (
    AcknowledgeRequest,
    ModifyAckDeadlineRequest,
    ModifyPushConfigRequest,
    PublishRequest,
    PublishResponse,
    PullRequest,
    PullResponse,
    Subscription,
    Topic,
    check_push_config,
    parsed,
    plain,
)
from local.rest import invalid, paged, route
from local.server import Emulator

PULL_WAIT = 5.0  # seconds on the emulated clock that a pull waits for a first message
IDLE_WITHIN = 10.0  # real seconds that /_idle waits by default
PAGE = 1000
OUTSTANDING = 32  # most pushes at a time for one subscription

TOPICS = "/v1/projects/{project}/topics"
TOPIC = TOPICS + "/{topic}"
SUBSCRIPTIONS = "/v1/projects/{project}/subscriptions"
SUBSCRIPTION = SUBSCRIPTIONS + "/{subscription}"


def make(folder: Path | None, outstanding: int = OUTSTANDING) -> Starlette:
    """The emulator as an ASGI app. `outstanding`: most pushes at a time for one subscription."""
    emulator = Emulator("pubsub", folder)
    broker = Broker(emulator.clock, emulator.changed.set)
    pusher = Pusher(emulator, broker, outstanding)
    api = Api(emulator, broker, pusher)
    methods = [
        ("POST", TOPIC + ":publish", "publish", api.publish),
        ("PUT", TOPIC, "createTopic", api.create_topic),
        ("GET", TOPIC, "getTopic", api.get_topic),
        ("DELETE", TOPIC, "deleteTopic", api.delete_topic),
        ("GET", TOPIC + "/subscriptions", "listTopicSubscriptions", api.list_topic_subscriptions),
        ("GET", TOPICS, "listTopics", api.list_topics),
        ("POST", SUBSCRIPTION + ":pull", "pull", api.pull),
        ("POST", SUBSCRIPTION + ":acknowledge", "acknowledge", api.acknowledge),
        ("POST", SUBSCRIPTION + ":modifyAckDeadline", "modifyAckDeadline", api.modify_ack_deadline),
        ("POST", SUBSCRIPTION + ":modifyPushConfig", "modifyPushConfig", api.modify_push_config),
        ("PUT", SUBSCRIPTION, "createSubscription", api.create_subscription),
        ("GET", SUBSCRIPTION, "getSubscription", api.get_subscription),
        ("DELETE", SUBSCRIPTION, "deleteSubscription", api.delete_subscription),
        ("GET", SUBSCRIPTIONS, "listSubscriptions", api.list_subscriptions),
    ]
    routes = [route(emulator, verb, path, method, answer) for verb, path, method, answer in methods]
    observers = [
        Route("/_messages", api.messages, methods=["GET"]),
        Route("/_idle", api.idle, methods=["POST"]),
    ]
    return emulator.app([*observers, *routes], keeper=broker, background=pusher.run)


class Api:
    """Each method translates a request for the broker and its answer back."""

    def __init__(self, emulator: Emulator, broker: Broker, pusher: Pusher) -> None:
        self._clock = emulator.clock
        self._broker = broker
        self._pusher = pusher

    async def create_topic(self, request: Request) -> dict[str, Any]:
        return plain(self._broker.create_topic(await _body(request, Topic, name=_topic(request))))

    async def get_topic(self, request: Request) -> dict[str, Any]:
        return plain(self._broker.topic(_topic(request)))

    async def delete_topic(self, request: Request) -> dict[str, Any]:
        self._broker.delete_topic(_topic(request))
        return {}

    async def list_topics(self, request: Request) -> dict[str, Any]:
        found = _within(request, self._broker.topics)
        return paged(request, "topics", [plain(self._broker.topics[name]) for name in found], PAGE)

    async def list_topic_subscriptions(self, request: Request) -> dict[str, Any]:
        return {"subscriptions": self._broker.subscriptions_of(_topic(request))}

    async def publish(self, request: Request) -> dict[str, Any]:
        asked = await _body(request, PublishRequest, topic=_topic(request))
        return plain(PublishResponse(message_ids=self._broker.publish(asked.topic, asked.messages)))

    async def create_subscription(self, request: Request) -> dict[str, Any]:
        asked = await _body(request, Subscription, name=_subscription(request))
        return plain(self._broker.create_subscription(asked))

    async def get_subscription(self, request: Request) -> dict[str, Any]:
        return plain(self._broker.queue(_subscription(request)).resource)

    async def delete_subscription(self, request: Request) -> dict[str, Any]:
        self._broker.delete_subscription(_subscription(request))
        return {}

    async def list_subscriptions(self, request: Request) -> dict[str, Any]:
        found = _within(request, self._broker.queues)
        resources = [plain(self._broker.queues[name].resource) for name in found]
        return paged(request, "subscriptions", resources, PAGE)

    async def modify_push_config(self, request: Request) -> dict[str, Any]:
        asked = await _body(request, ModifyPushConfigRequest, subscription=_subscription(request))
        check_push_config(asked.push_config)
        self._broker.queue(asked.subscription).resource.push_config.CopyFrom(asked.push_config)
        self._broker.ring()
        return {}

    async def pull(self, request: Request) -> dict[str, Any]:
        """Leased messages; where there are none, wait a while for the first unless asked not to."""
        asked = await _body(request, PullRequest, subscription=_subscription(request))
        if asked.max_messages <= 0:
            raise invalid("No max_messages specified")
        patience = self._clock.time() + (0 if asked.return_immediately else PULL_WAIT)
        bell = asyncio.Event()
        while not (leased := self._broker.lease(asked.subscription, asked.max_messages)):
            if self._clock.time() >= patience:
                break
            bell.clear()
            await self._broker.wait(min(patience, self._broker.next_due(asked.subscription)), bell)
        attempts = self._broker.queue(asked.subscription).most_attempts is not None
        response = PullResponse()
        for ack_id, held in leased:
            attempt = held.attempts if attempts else 0
            response.received_messages.add(ack_id=ack_id, message=held.message, delivery_attempt=attempt)
        return plain(response)

    async def acknowledge(self, request: Request) -> dict[str, Any]:
        asked = await _body(request, AcknowledgeRequest, subscription=_subscription(request))
        self._broker.acknowledge(asked.subscription, asked.ack_ids)
        return {}

    async def modify_ack_deadline(self, request: Request) -> dict[str, Any]:
        asked = await _body(request, ModifyAckDeadlineRequest, subscription=_subscription(request))
        self._broker.modify_ack_deadline(asked.subscription, asked.ack_ids, asked.ack_deadline_seconds)
        return {}

    async def messages(self, _: Request) -> Response:
        """For tests and for people: what every subscription holds and has let go of."""
        return JSONResponse({name: _seen(queue) for name, queue in self._broker.queues.items()})

    async def idle(self, request: Request) -> Response:
        """For tests: 200 once nothing is in flight or due, or after `timeout` real seconds 504 with what still is."""
        asked = json.loads(await request.body() or b"{}")
        try:
            await asyncio.wait_for(self._pusher.settled(), asked.get("timeout", IDLE_WITHIN))
        except TimeoutError:
            return JSONResponse({"idle": False, "busy": self._pusher.busy()}, status_code=504)
        return JSONResponse({"idle": True})


def _seen(queue: Queue) -> dict[str, Any]:
    outstanding = [
        plain(held.message) | {"attempts": held.attempts, "due": held.due, "inFlight": held.in_flight}
        for held in queue.held.values()
    ]
    return {"outstanding": outstanding, "acked": queue.acked, "deadLettered": queue.dead_lettered}


def _topic(request: Request) -> str:
    return "projects/{project}/topics/{topic}".format(**request.path_params)


def _subscription(request: Request) -> str:
    return "projects/{project}/subscriptions/{subscription}".format(**request.path_params)


def _within(request: Request, names: Any) -> list[str]:
    """The full names in the project that the path names, sorted."""
    prefix = f"projects/{request.path_params['project']}/"
    return sorted(name for name in names if name.startswith(prefix))


async def _body(request: Request, kind: Any, **from_path: str) -> Any:
    """The request's JSON as a message, completed by what the path says."""
    return parsed(json.loads(await request.body() or b"{}") | from_path, kind)

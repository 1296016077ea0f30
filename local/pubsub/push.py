"""Push delivery: every due message of every push subscription, a bounded number of each at a time."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import httpx

from local.credentials import unsigned_identity_token
from local.faults import Fault
from local.pubsub.broker import Broker, Held, Queue, short
from local.pubsub.resources import plain
from local.server import Emulator


class Pusher:
    """`run()` is the emulator's background. `outstanding`: most deliveries at a time for one subscription."""

    def __init__(self, emulator: Emulator, broker: Broker, outstanding: int) -> None:
        self._clock = emulator.clock
        self._faults = emulator.faults
        self._broker = broker
        self._outstanding = outstanding
        self._flights: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until cancelled; deliveries in flight end with it, and are made again after the next start."""
        # Idle for a shorter time than servers keep a connection open, so that none is used as it is being closed.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=1.0)
        async with httpx.AsyncClient(trust_env=False, timeout=None, limits=limits) as client:
            self._client = client
            bell = asyncio.Event()
            try:
                while True:
                    bell.clear()
                    now, queues = self._clock.time(), list(self._broker.queues.values())
                    for queue in queues:
                        self._broker.bury(queue)
                    for queue in queues:
                        self._start_due(queue, now)
                    await self._broker.wait(_next_due(queues, now), bell)
            finally:
                for flight in self._flights:
                    flight.cancel()
                await asyncio.gather(*self._flights, return_exceptions=True)

    def busy(self) -> dict[str, int]:
        """Push subscriptions with messages in flight or due now, and how many."""
        now = self._clock.time()
        found = {
            name: sum(held.in_flight or held.due <= now for held in queue.held.values())
            for name, queue in self._broker.queues.items()
            if queue.pushes
        }
        return {name: count for name, count in found.items() if count}

    async def settled(self) -> None:
        """Return when nothing is in flight or due."""
        bell = asyncio.Event()
        while self.busy():
            bell.clear()
            await self._broker.wait(float("inf"), bell)

    def _start_due(self, queue: Queue, now: float) -> None:
        if not queue.pushes:
            return
        free = self._outstanding - sum(held.in_flight for held in queue.held.values())
        for held in queue.held.values():
            if free <= 0:
                return
            if held.due <= now and not held.in_flight:
                free -= self._start(queue, held)

    def _start(self, queue: Queue, held: Held) -> bool:
        """Begin a delivery, unless a fault puts it off."""
        fault = None if held.delayed else self._fault(queue, held)
        if fault and fault.delay:
            held.due, held.delayed = self._clock.time() + fault.delay, True
            return False
        held.in_flight, held.delayed = True, False
        held.attempts += 1
        flight = asyncio.create_task(self._fly(queue, held, fault))
        self._flights.add(flight)
        flight.add_done_callback(self._flights.discard)
        return True

    def _fault(self, queue: Queue, held: Held) -> Fault | None:
        attributes = {f"attributes.{name}": value for name, value in held.message.attributes.items()} | {
            "subscription": short(queue.resource.name),
            "topic": short(queue.resource.topic),
            "attempt": str(held.attempts + 1),
        }
        return self._faults.take("push", **attributes)

    async def _fly(self, queue: Queue, held: Held, fault: Fault | None) -> None:
        """One delivery and its consequences."""
        acked = await self._delivered(queue, held, fault)
        held.in_flight = False
        if held.message.message_id not in queue.held:
            self._broker.ring()  # acknowledged another way meanwhile
        elif acked:
            del queue.held[held.message.message_id]
            queue.acked += 1
            self._broker.ring()
        else:
            self._broker.fail(queue, held)

    async def _delivered(self, queue: Queue, held: Held, fault: Fault | None) -> bool:
        if fault and (fault.drop or fault.status):
            return not fault.drop and 200 <= (fault.status or 0) < 300
        times = 1 + (fault.duplicate if fault else 0)
        answers = await asyncio.gather(*(self._post(queue, held) for _ in range(times)))
        return any(answers) and not (fault and fault.lose_response)

    async def _post(self, queue: Queue, held: Held) -> bool:
        """Whether the endpoint answered 2xx before the ack deadline."""
        config = queue.resource.push_config
        headers = {"content-type": "application/json", "user-agent": "CloudPubSub-Google"}
        if config.HasField("oidc_token"):
            audience = config.oidc_token.audience or config.push_endpoint
            token = unsigned_identity_token(config.oidc_token.service_account_email, audience, self._clock.time())
            headers["authorization"] = f"Bearer {token}"
        deadline = self._clock.time() + queue.resource.ack_deadline_seconds
        request = asyncio.create_task(self._client.post(config.push_endpoint, json=_body(queue, held), headers=headers))
        timer = asyncio.create_task(self._clock.sleep_until(deadline))
        try:
            await asyncio.wait({request, timer}, return_when=asyncio.FIRST_COMPLETED)
            return request.done() and request.exception() is None and request.result().is_success
        finally:
            request.cancel()
            timer.cancel()
            await asyncio.gather(request, timer, return_exceptions=True)


def _next_due(queues: list[Queue], now: float) -> float:
    """The next moment at which something falls due that did not at `now`. What was due then and found no room is
    started by the delivery that makes room, which rings."""
    return min((held.due for queue in queues for held in queue.held.values() if held.due > now), default=float("inf"))


def _body(queue: Queue, held: Held) -> dict[str, Any]:
    """The wrapped message, its id and time under both spellings: https://cloud.google.com/pubsub/docs/push"""
    wrapped = plain(held.message)
    message = {
        "data": base64.b64encode(held.message.data).decode(),
        "attributes": dict(held.message.attributes),
        "messageId": wrapped["messageId"],
        "message_id": wrapped["messageId"],
        "publishTime": wrapped["publishTime"],
        "publish_time": wrapped["publishTime"],
    }
    body: dict[str, Any] = {
        "message": {name: value for name, value in message.items() if value},
        "subscription": queue.resource.name,
    }
    if queue.most_attempts is not None:
        body["deliveryAttempt"] = held.attempts
    return body

"""Google's Pub/Sub clients, over REST, against our emulator or against Google's, for the tests beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

from local.pubsub.app import make
from local.server import in_thread
from tests.conformance.google_emulators import NotInstalled, google_pubsub

PROJECT = "projects/demo"


class PubSub:
    """Both clients of one emulator, and how to get to a later moment there."""

    def __init__(self, address: str, ours: bool) -> None:
        settings: dict[str, Any] = {
            "credentials": AnonymousCredentials(),
            "transport": "rest",
            "client_options": {"api_endpoint": address},
        }
        self.publisher = PublisherClient(**settings)
        self.subscriber = SubscriberClient(**settings)
        self._address = address
        self._ours = ours
        self._offset = 0.0

    def topic(self) -> str:
        """A new one's name."""
        return str(self.publisher.create_topic(name=f"{PROJECT}/topics/topic-{uuid4().hex[:8]}").name)

    def subscribe(self, topic: str, url: str = "", **more: Any) -> str:
        """A new subscription's name; with a `url` it pushes there."""
        request = {"name": f"{PROJECT}/subscriptions/sub-{uuid4().hex[:8]}", "topic": topic, **more}
        if url:
            request["push_config"] = {"push_endpoint": url}
        return str(self.subscriber.create_subscription(request=request).name)

    def publish(self, topic: str, data: bytes = b"hello", **attributes: str) -> str:
        """The message's id. (The client library's own `publish` batches in the background; this is one call.)"""
        messages = [{"data": data, "attributes": attributes}]
        return str(self.publisher.api.publish(topic=topic, messages=messages).message_ids[0])

    def pull(self, subscription: str) -> list[Any]:
        """What is there now."""
        request = {"subscription": subscription, "max_messages": 10, "return_immediately": True}
        return list(self.subscriber.pull(request=request).received_messages)

    def advance(self, seconds: float) -> None:
        """Ours: what is due now is done, then it is that much later, and what is due then is done. Google's: a moment
        of real time."""
        if not self._ours:
            time.sleep(0.1)
            return
        self._settle()  # else a push that is on its way now is past its ack deadline before it arrives
        self._offset += seconds
        httpx.post(f"{self._address}/_clock", json={"offset": self._offset}).raise_for_status()
        self._settle()

    def _settle(self) -> None:
        httpx.post(f"{self._address}/_idle").raise_for_status()

    def pass_by(self, seconds: float) -> None:
        """That much time in which nothing is to happen. Google's: two real seconds in which it could."""
        for _ in range(1 if self._ours else 20):
            self.advance(seconds)

    def eventually(self, condition: Callable[[], Any], step: float = 700.0) -> Any:
        """The condition's first true answer, with `advance(step)` between looks; 700 s pass any back-off."""
        deadline = time.monotonic() + 40
        while not (answer := condition()):
            assert time.monotonic() < deadline, "it did not come about"
            self.advance(step)
        return answer


@contextmanager
def running(side: str) -> Iterator[PubSub]:
    """The emulator of one side, "ours" or "google"; skips where Google's is not installed."""
    try:
        if side == "ours":
            with in_thread(make(None)) as address:
                yield PubSub(address, ours=True)
        else:
            with google_pubsub() as address:
                yield PubSub(f"http://{address}", ours=False)
    except NotInstalled as missing:
        pytest.skip(str(missing))

"""Pub/Sub: telling provision to look at a VM."""

from __future__ import annotations

from functools import cached_property
from typing import Any

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

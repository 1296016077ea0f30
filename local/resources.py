"""What the platform finds in the cloud that Terraform makes for it there: a topic and its subscriptions, buckets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx


def subscribe(pubsub: str, project: str, topic: str, endpoint: str) -> None:
    """The topic that wakes provision at `endpoint`, its push subscription, its dead letters. `pubsub`: its address."""
    topics, subscriptions = (f"{pubsub}/v1/projects/{project}/{kind}" for kind in ("topics", "subscriptions"))
    for name in (topic, f"{topic}-dead"):
        httpx.put(f"{topics}/{name}", json={})
    push = {"pushEndpoint": endpoint}
    made = httpx.put(
        f"{subscriptions}/{topic}",
        json={
            "topic": f"projects/{project}/topics/{topic}",
            "pushConfig": push,
            "ackDeadlineSeconds": 120,
            "deadLetterPolicy": {
                "deadLetterTopic": f"projects/{project}/topics/{topic}-dead",
                "maxDeliveryAttempts": 20,
            },
        },
    )
    if made.status_code == httpx.codes.CONFLICT:
        made = httpx.post(f"{subscriptions}/{topic}:modifyPushConfig", json={"pushConfig": push})
    made.raise_for_status()
    dead = {"topic": f"projects/{project}/topics/{topic}-dead", "ackDeadlineSeconds": 60}
    httpx.put(f"{subscriptions}/{topic}-dead", json=dead)


def make_bucket(storage: str, bucket: Mapping[str, Any]) -> None:
    """A bucket, unless it is there. `storage`: Cloud Storage's address."""
    made = httpx.post(f"{storage}/storage/v1/b", json=bucket)
    if made.status_code != httpx.codes.CONFLICT:
        made.raise_for_status()

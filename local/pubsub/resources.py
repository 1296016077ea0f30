"""Topics, subscriptions and messages as Google's own protobuf messages: their JSON, their names, what is allowed."""

from __future__ import annotations

import re
from typing import Any

from google.protobuf import json_format
from google.pubsub_v1.types import pubsub

from local.rest import ApiError, invalid

Topic = pubsub.Topic.pb()
Subscription = pubsub.Subscription.pb()
PubsubMessage = pubsub.PubsubMessage.pb()
PublishRequest = pubsub.PublishRequest.pb()
PublishResponse = pubsub.PublishResponse.pb()
PullRequest = pubsub.PullRequest.pb()
PullResponse = pubsub.PullResponse.pb()
AcknowledgeRequest = pubsub.AcknowledgeRequest.pb()
ModifyAckDeadlineRequest = pubsub.ModifyAckDeadlineRequest.pb()
ModifyPushConfigRequest = pubsub.ModifyPushConfigRequest.pb()

# https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names
ID = re.compile(r"(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}")
DELETED_TOPIC = "_deleted-topic_"
WEEK = 7 * 24 * 3600  # seconds: what a subscription says of its retention by default
LONGEST_BACKOFF = 600  # seconds
MOST_MESSAGES = 1000  # in one publish
NOT_HERE = (
    "bigquery_config",
    "cloud_storage_config",
    "bigtable_config",
    "enable_message_ordering",
    "enable_exactly_once_delivery",
    "filter",
    "message_transforms",
    "retain_acked_messages",
)


def parsed(document: Any, kind: Any) -> Any:
    """JSON as a message of this kind; 400 for unknown fields and wrong types, as Google answers."""
    try:
        return json_format.ParseDict(document, kind())
    except json_format.ParseError as error:
        raise invalid(f"Invalid JSON payload received. {error}") from error


def plain(message: Any) -> dict[str, Any]:
    """The reverse."""
    return dict(json_format.MessageToDict(message))


def check_id(collection: str, name: str) -> None:
    if not ID.fullmatch(name.rpartition("/")[2]):
        raise invalid(f"Invalid [{collection}] name: (name={name})")


def checked_subscription(subscription: Any) -> Any:
    """The subscription with Google's defaults filled in. Raises ApiError for what is not allowed or not emulated."""
    check_id("subscriptions", subscription.name)
    for field in NOT_HERE:
        if _is_set(subscription, field):
            raise ApiError(501, "UNIMPLEMENTED", f"the local Pub/Sub does not implement {field}")
    check_push_config(subscription.push_config)
    subscription.push_config.SetInParent()
    subscription.ack_deadline_seconds = subscription.ack_deadline_seconds or 10
    if not 10 <= subscription.ack_deadline_seconds <= 600:
        raise invalid("Invalid ack deadline: it must be between 10 and 600 seconds")
    if not subscription.HasField("message_retention_duration"):
        subscription.message_retention_duration.seconds = WEEK
    _check_policies(subscription)
    return subscription


def check_push_config(config: Any) -> None:
    if config.HasField("no_wrapper"):
        raise ApiError(501, "UNIMPLEMENTED", "the local Pub/Sub does not implement no_wrapper")
    if config.push_endpoint and not re.match(r"https?://[^/]", config.push_endpoint):
        raise invalid(f"Invalid push endpoint given (endpoint={config.push_endpoint})")


def _check_policies(subscription: Any) -> None:
    if subscription.HasField("dead_letter_policy"):
        policy = subscription.dead_letter_policy
        policy.max_delivery_attempts = policy.max_delivery_attempts or 5
        if not 5 <= policy.max_delivery_attempts <= 100:
            raise ApiError(400, "OUT_OF_RANGE", "max_delivery_attempts must be between 5 and 100")
    if subscription.HasField("retry_policy"):
        low, high = backoff_bounds(subscription)
        if not 0 <= low <= high <= LONGEST_BACKOFF:
            raise invalid(f"Invalid retry policy: 0 s <= minimum <= maximum <= {LONGEST_BACKOFF} s")


def backoff_bounds(subscription: Any) -> tuple[float, float]:
    """Shortest and longest wait in seconds before a message is delivered again: 10 and 600 where nothing is said."""
    policy = subscription.retry_policy
    low = policy.minimum_backoff.ToTimedelta().total_seconds() if policy.HasField("minimum_backoff") else 10.0
    high = policy.maximum_backoff.ToTimedelta().total_seconds() if policy.HasField("maximum_backoff") else 600.0
    return low, high


def check_messages(messages: Any) -> None:
    """Raise ApiError unless these can be published together."""
    if not messages:
        raise invalid("No messages to publish")
    if len(messages) > MOST_MESSAGES:
        raise invalid(f"The request contains more than {MOST_MESSAGES} messages")
    if any(not message.data and not message.attributes for message in messages):
        raise invalid("Some messages are empty")
    if any(message.ordering_key for message in messages):
        raise ApiError(501, "UNIMPLEMENTED", "the local Pub/Sub does not implement ordering keys")


def _is_set(message: Any, field: str) -> bool:
    return any(descriptor.name == field for descriptor, _ in message.ListFields())

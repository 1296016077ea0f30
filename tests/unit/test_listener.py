"""What a Firestore listen stream says, and what a watcher hears of it; without a stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from google.cloud.firestore_v1.types import ListenResponse

from shared.domain.errors import CloudError, Scope
from shared.google.listener import Listener

DOCUMENTS = "projects/demo/databases/(default)/documents/live/ann/vms"


class Heard:
    """A listener that reads these messages, and what it gave."""

    def __init__(self) -> None:
        self.changes: list[tuple[str, int, Mapping[str, Any] | None]] = []
        self.listener = Listener(None, "live/ann", "vms", lambda *change: self.changes.append(change), lambda _: None)

    def after(self, *messages: dict[str, Any]) -> list[tuple[str, int, Mapping[str, Any] | None]]:
        """What the messages brought."""
        self.changes.clear()
        for message in messages:
            self.listener._take(ListenResponse(message))
        return list(self.changes)


def document(name: str, number: int) -> dict[str, Any]:
    fields = {"number": {"integer_value": number}, "document": {"map_value": {"fields": {}}}}
    return {"document_change": {"document": {"name": f"{DOCUMENTS}/{name}", "fields": fields}, "target_ids": [1]}}


def target(kind: str, **more: Any) -> dict[str, Any]:
    return {"target_change": {"target_change_type": kind, "target_ids": [1], **more}}


CURRENT, RESET = target("CURRENT"), target("RESET")


@pytest.fixture
def heard() -> Heard:
    heard = Heard()
    heard.after(target("ADD"), document("django-001", 1), document("redis-002", 4), CURRENT)
    return heard


def test_a_target_given_anew_brings_only_what_is_new(heard: Heard) -> None:
    again = heard.after(RESET, document("django-001", 2), document("redis-002", 4), CURRENT)
    assert again == [("django-001", 2, {})]


def test_what_a_target_given_anew_leaves_out_is_gone(heard: Heard) -> None:
    assert heard.after(RESET, document("django-001", 1), CURRENT) == [("redis-002", 4, None)]
    assert heard.after(CURRENT) == []


@pytest.mark.parametrize(
    "message",
    [
        {"document_delete": {"document": f"{DOCUMENTS}/redis-002"}},
        {"document_remove": {"document": f"{DOCUMENTS}/redis-002"}},
        {"document_change": {"document": {"name": f"{DOCUMENTS}/redis-002"}, "removed_target_ids": [1]}},
    ],
)
def test_each_way_of_saying_gone_is_heard_once(heard: Heard, message: dict[str, Any]) -> None:
    assert heard.after(message, message) == [("redis-002", 4, None)]


def test_a_count_that_differs_breaks_the_watch(heard: Heard) -> None:
    assert heard.after({"filter": {"target_id": 1, "count": 2}}) == []
    with pytest.raises(CloudError) as broken:
        heard.after({"filter": {"target_id": 1, "count": 3}})
    assert broken.value.scope is Scope.TRANSIENT


def test_a_target_that_is_removed_breaks_the_watch(heard: Heard) -> None:
    with pytest.raises(CloudError, match="quota"):
        heard.after(target("REMOVE", cause={"code": 8, "message": "quota"}))

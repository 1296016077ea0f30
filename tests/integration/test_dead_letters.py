"""Messages that were given up, Pub/Sub's and the outbox's: kept once however often they come, decided about once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select

from local.pubsub.app import make
from local.server import in_thread
from shared.db.dead_letters import PostgresDeadLetters
from shared.db.models import Audit, OutboxRow, table
from shared.db.notices import PostgresNotices
from shared.domain.errors import CloudError, Conflict, Invalid, NotFound, Scope
from shared.domain.life import State
from shared.domain.paging import Page
from shared.domain.vm import Actor
from shared.google.pubsub import DeadLetterSubscription, TopicPublisher
from shared.services.dead_letters import DeadLetters
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.instead import DOWN, Instead
from tests.integration.world import World

ROOT = Actor("admin", "root", "198.51.100.1")
WAKE, DEAD = "projects/demo/topics/wake", "projects/demo/topics/wake-dead"


class PubSub:
    """A topic whose subscriber refuses all, and the subscription where that ends up."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url)
        self.offset = 0.0
        for topic in (WAKE, DEAD):
            self.http.put(f"/v1/{topic}", json={}).raise_for_status()
        policy = {"deadLetterTopic": DEAD, "maxDeliveryAttempts": 5}
        wake: dict[str, Any] = {"topic": WAKE, "deadLetterPolicy": policy}
        wake["pushConfig"] = {"pushEndpoint": "http://127.0.0.1:9"}
        self.http.put("/v1/projects/demo/subscriptions/wake", json=wake).raise_for_status()
        self.http.put("/v1/projects/demo/subscriptions/wake-dead", json={"topic": DEAD}).raise_for_status()
        self.fault(method="push", status=500, times=None, where={"subscription": "wake"})
        self.publisher = TopicPublisher("demo", "wake", url, 20)
        self.subscription = DeadLetterSubscription("demo", "wake-dead", url, 20)

    def fault(self, **told: Any) -> None:
        self.http.post("/_faults", json=told).raise_for_status()

    def pass_by(self, seconds: float) -> None:
        self.offset += seconds
        self.http.post("/_clock", json={"offset": self.offset}).raise_for_status()
        self.http.post("/_idle").raise_for_status()

    def set_aside(self, vm_id: str) -> None:
        """A wake-up that was delivered too often."""
        self.publisher.publish(vm_id)
        for _ in range(6):
            self.pass_by(601)


@pytest.fixture
def pubsub() -> Iterator[PubSub]:
    with in_thread(make(None)) as url:
        made = PubSub(url)
        yield made
        made.http.close()


@pytest.fixture
def letters(here: World, pubsub: PubSub) -> DeadLetters:
    return DeadLetters(PostgresDeadLetters(here.engine), pubsub.subscription, here.relay)


def collect(letters: DeadLetters) -> int:
    return letters.collect(time.monotonic() + 10)


def listed(letters: DeadLetters) -> list[dict[str, Any]]:
    return list(letters.listed(Page()).items)


def actions(here: World) -> list[tuple[str, str, str]]:
    audit = table(Audit)
    columns = (audit.c.action, audit.c.actor_id, audit.c.detail)
    query = select(*columns).where(audit.c.action.like("dead_letter.%")).order_by(audit.c.id)
    with here.engine.begin() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_what_provision_never_took_is_seen_with_its_vm_and_replayed(
    here: World, pubsub: PubSub, letters: DeadLetters
) -> None:
    vm_id = here.approve()
    here.mail.due.clear()
    pubsub.set_aside(vm_id)
    assert collect(letters) == 1
    (letter,) = listed(letters)
    assert (letter["kind"], letter["vm"], letter["attempts"]) == ("wake", "django-001", 5)
    assert "5 deliveries" in letter["reason"]
    letters.replay(ROOT, int(letter["id"]))
    here.deliver()
    assert here.vm(vm_id).state is State.RUNNING
    assert listed(letters) == []
    assert actions(here) == [("dead_letter.replayed", "root", "wake for django-001")]


def test_one_that_comes_again_is_kept_once(here: World, pubsub: PubSub, letters: DeadLetters) -> None:
    pubsub.set_aside(here.approve())
    pubsub.fault(method="acknowledge", status=403, reason="PERMISSION_DENIED")
    with pytest.raises(CloudError):
        collect(letters)
    pubsub.pass_by(601)
    assert collect(letters) == 1
    assert len(listed(letters)) == 1
    pubsub.pass_by(601)
    assert collect(letters) == 0


def test_replaying_twice_sends_once_and_what_was_dropped_stays_so(
    here: World, pubsub: PubSub, letters: DeadLetters
) -> None:
    for _ in range(2):
        pubsub.set_aside(here.approve())
    collect(letters)
    first, second = (int(letter["id"]) for letter in listed(letters))
    wakes = here.mail.wakes
    letters.replay(ROOT, first)
    letters.replay(ROOT, first)
    assert here.mail.wakes == wakes + 1
    letters.drop(ROOT, second)
    letters.drop(ROOT, second)
    with pytest.raises(Conflict):
        letters.replay(ROOT, second)
    with pytest.raises(Conflict):
        letters.drop(ROOT, first)
    assert [action for action, _, _ in actions(here)] == ["dead_letter.replayed", "dead_letter.dropped"]


@pytest.mark.parametrize("data", [b"\x00\xff", b"{}", b"5", b'{"vm_id": "a\\u0000"}', b'{"vm_id": null}'])
def test_what_nobody_can_read_is_kept_for_who_looks_and_can_only_be_dropped(
    here: World, pubsub: PubSub, letters: DeadLetters, data: bytes
) -> None:
    client: Any = pubsub.publisher._client
    client.publish(request={"topic": DEAD, "messages": [{"data": data}]})
    assert collect(letters) == 1
    (letter,) = listed(letters)
    assert not letter["replayable"]
    with pytest.raises(Conflict):
        letters.replay(ROOT, int(letter["id"]))
    letters.drop(ROOT, int(letter["id"]))
    assert listed(letters) == []


def test_a_notice_that_was_given_up_is_among_them_and_goes_back_as_it_was(here: World, letters: DeadLetters) -> None:
    vm_id = here.approve()
    body = {"id": "1", "notice": "failed", "owner_id": "owner"}
    with here.engine.begin() as connection:
        connection.execute(insert(OutboxRow).values(kind="mail", vm_id=vm_id, body=body))
    notices = PostgresNotices(here.engine)
    message = notices.take(["mail", "hook"])
    assert message is not None
    notices.give_up(message, "550 no such mailbox")
    assert notices.take(["mail", "hook"]) is None
    (letter,) = listed(letters)
    assert (letter["kind"], letter["reason"], letter["attempts"]) == ("mail", "550 no such mailbox", 1)
    letters.replay(ROOT, int(letter["id"]))
    again = notices.take(["mail", "hook"])
    assert again is not None
    assert (again.body, again.tries) == (body, 1)


def test_they_come_in_pages(here: World, letters: DeadLetters) -> None:
    store = PostgresDeadLetters(here.engine)
    for number in range(5):
        store.keep(str(number), None, {}, 5, "x")
    first = letters.listed(Page(3))
    second = letters.listed(Page(3, first.next))
    assert [each["id"] for each in (*first.items, *second.items)] == ["5", "4", "3", "2", "1"]
    with pytest.raises(Invalid):
        letters.listed(Page(3, "x"))


def test_a_made_up_one_is_not_found(letters: DeadLetters) -> None:
    for decide in (letters.replay, letters.drop):
        with pytest.raises(NotFound):
            decide(ROOT, 99)


def test_without_a_subscription_nothing_is_collected(here: World) -> None:
    assert DeadLetters(PostgresDeadLetters(here.engine), None, here.relay).collect(time.monotonic() + 5) == 0


REFUSED = CloudError("not_found", "Queue does not exist.", Scope.REQUEST)
CHANNELS = {"wake": ("publisher", "publish"), "look": ("tasks", "look"), "live": ("live", "write")}


def failing(here: World, kind: str, error: Exception) -> None:
    """From now on what carries messages of that kind fails so."""

    def fails(*_: Any, **__: Any) -> None:
        raise error

    part, method = CHANNELS[kind]
    setattr(here.relay, part, Instead(here.mail, **{method: fails}))


def flushes(here: World, times: int, minutes: float) -> None:
    for _ in range(times):
        here.move(minutes * 60)
        here.relay.flush()


@pytest.mark.parametrize("kind", list(CHANNELS))
def test_a_message_that_google_refuses_for_an_hour_is_a_dead_letter_and_can_be_replayed(
    here: World, letters: DeadLetters, kind: str
) -> None:
    here.fault(method="instances.insert", delay=3)  # so that there is something to look at again
    failing(here, kind, REFUSED)
    vm_id = here.approve()
    here.advancer.advance(vm_id)
    flushes(here, 11, 5)
    assert listed(letters) == []
    flushes(here, 2, 5)
    (letter,) = listed(letters)  # the latest of its kind and VM, however many there were
    assert (letter["kind"], letter["vm"], letter["replayable"]) == (kind, "django-001", True)
    assert "Queue does not exist" in letter["reason"]
    assert here.relay.flush() == 0
    here.relay.publisher = here.relay.tasks = here.relay.live = here.mail
    here.mail.due.clear()
    here.mail.live.clear()
    letters.replay(ROOT, int(letter["id"]))
    assert listed(letters) == []
    assert bool(here.mail.live) if kind == "live" else [due[2] for due in here.mail.due] == [vm_id]


@pytest.mark.parametrize("error", [DOWN, CloudError("rate_limited", "too often", Scope.RATE)])
def test_a_message_waits_out_an_outage_of_hours(here: World, letters: DeadLetters, error: CloudError) -> None:
    failing(here, "wake", error)
    vm_id = here.approve()
    flushes(here, 12, 115)
    assert listed(letters) == []
    flushes(here, 1, 61)
    assert [letter["kind"] for letter in listed(letters)] == ["wake"]
    here.sweep()
    assert here.vm(vm_id).state is not State.REQUESTED  # the sweep has looked, unasked


def test_what_nobody_tried_to_send_for_days_is_tried_often_enough(here: World, letters: DeadLetters) -> None:
    failing(here, "wake", DOWN)
    here.approve()
    flushes(here, 1, 3 * 24 * 60)
    flushes(here, 7, 1)
    assert listed(letters) == []
    flushes(here, 1, 1)
    assert len(listed(letters)) == 1


def test_a_message_that_is_given_up_again_is_open_again(here: World, letters: DeadLetters) -> None:
    failing(here, "wake", REFUSED)
    here.approve()
    flushes(here, 13, 5)
    (first,) = listed(letters)
    letters.replay(ROOT, int(first["id"]))
    assert listed(letters) == []
    flushes(here, 13, 5)
    assert [letter["id"] for letter in listed(letters)] == [first["id"]]

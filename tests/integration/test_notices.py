"""Notices on their way: to a real SMTP server and a real HTTPS endpoint, at least once, and dead after enough tries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update

from local.mail.app import make
from local.server import free_port, in_thread
from shared.db.models import DeadLetter, OutboxRow, User, table
from shared.db.notices import PostgresNotices
from shared.db.webhooks import PostgresWebhooks
from shared.delivery.mail import SmtpServer
from shared.domain.errors import Conflict, Invalid
from shared.domain.vm import Actor
from shared.services.notifying import TRIES, Notifying
from shared.services.webhooks import Webhooks
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.hook_receiver import Receiver, receiver
from tests.integration.test_warnings import HOUR, move_to, running
from tests.integration.world import OWNER, WHO, World

KEY = "a key of thirty-two characters, or more"
ME = Actor("user", OWNER, "203.0.113.7")


class Post:
    """A mail server of the test's own, and what it took."""

    def __init__(self, url: str, port: int) -> None:
        self.http = httpx.Client(base_url=url)
        self.server = SmtpServer("127.0.0.1", port, "", "", "VM <vm@example.com>", "none", 5)

    def messages(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.http.get("/_messages").json()
        return found

    def fault(self, method: str, **told: Any) -> None:
        self.http.post("/_faults", json={"method": method, **told}).raise_for_status()


@pytest.fixture
def post() -> Iterator[Post]:
    port = free_port()
    with in_thread(make(None, port)) as url:
        made = Post(url, port)
        yield made
        made.http.close()


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[Receiver]:
    with receiver(tmp_path) as made:
        yield made


@pytest.fixture
def send(here: World, post: Post, endpoint: Receiver) -> Callable[[], int]:
    """One run of the sender, as the sweep makes it."""
    notices = PostgresNotices(here.engine)
    notifying = Notifying(notices, here.registry.clock, post.server, endpoint.poster(), KEY, "https://vm.example.com/")
    return lambda: notifying.send(time.monotonic() + 10)


@pytest.fixture
def hooks(here: World) -> Webhooks:
    return Webhooks(PostgresWebhooks(here.engine), KEY, mail=True, outbox="")


def waiting(here: World) -> int:
    outbox = table(OutboxRow)
    query = select(outbox.c.id).where(outbox.c.sent_at.is_(None), outbox.c.kind.in_(("mail", "hook")))
    with here.engine.begin() as connection:
        return len(connection.execute(query).all())


def dead(here: World) -> list[Any]:
    with here.engine.begin() as connection:
        return list(connection.execute(select(table(DeadLetter))))


def prefer(here: World, **preferences: Any) -> None:
    with here.engine.begin() as connection:
        connection.execute(update(table(User)).values(preferences=preferences))


def warned(here: World) -> str:
    vm_id = running(here, "2h")
    move_to(here, vm_id, HOUR - 1)
    assert here.registry.warn() == 1
    return vm_id


def test_a_warning_comes_by_mail_with_a_way_to_extend(here: World, post: Post, send: Callable[[], int]) -> None:
    warned(here)
    send()
    assert send() == 0
    (message,) = post.messages()
    assert message["recipients"] == ["owner@example.com"]
    assert message["subject"] == "django-001 ends in 1h"
    assert "https://vm.example.com/vms/django-001?extend" in message["text"]
    assert message["headers"]["Message-ID"].endswith("@vm.example.com>")
    assert waiting(here) == 0


def test_times_are_in_the_persons_own_zone(here: World, post: Post, send: Callable[[], int]) -> None:
    prefer(here, timezone="Asia/Tokyo")
    warned(here)
    send()
    assert "(Asia/Tokyo)" in post.messages()[0]["text"]


def test_an_end_is_told_with_its_receipts_sum(here: World, post: Post, send: Callable[[], int]) -> None:
    vm_id = running(here, "30m")
    here.to_end(vm_id)
    send()
    (message,) = post.messages()
    assert message["subject"] == "django-001 is gone: its time was up"
    assert here.receipt(vm_id)["metered"]["total"] in message["text"]


def test_a_kind_that_is_not_wanted_does_not_come_by_mail(here: World, post: Post, send: Callable[[], int]) -> None:
    prefer(here, mail_about=["expired"])
    vm_id = warned(here)
    send()
    assert post.messages() == []
    here.to_end(vm_id)
    send()
    assert len(post.messages()) == 1


def test_an_end_that_has_moved_is_not_warned_of(here: World, post: Post, send: Callable[[], int]) -> None:
    vm_id = warned(here)
    here.owning.extend(WHO, here.vm(vm_id).name, timedelta(hours=2), Decimal(1000), "more")
    send()
    assert post.messages() == []
    assert waiting(here) == 0


def test_a_server_that_is_busy_gets_it_later_with_the_same_id(here: World, post: Post, send: Callable[[], int]) -> None:
    post.fault("data", lose_response=True)
    warned(here)
    send()
    send()
    assert len(post.messages()) == 1, "before its time"
    here.move(61)
    send()
    first, second = post.messages()
    assert first["headers"]["Message-ID"] == second["headers"]["Message-ID"]
    assert waiting(here) == 0


def test_a_recipient_who_is_refused_for_good_makes_a_dead_letter(
    here: World, post: Post, send: Callable[[], int]
) -> None:
    post.fault("rcpt", status=550, message="no such mailbox")
    warned(here)
    send()
    (letter,) = dead(here)
    assert (letter.kind, letter.attempts) == ("mail", 1)
    assert "550 no such mailbox" in letter.reason
    assert waiting(here) == 0


def test_tries_are_bounded(here: World, post: Post, send: Callable[[], int]) -> None:
    post.fault("mail", status=451, times=None)
    vm_id = running(here, "30m")
    here.to_end(vm_id)
    for _ in range(TRIES + 5):
        send()
        here.move(3601)
    (letter,) = dead(here)
    assert letter.attempts == TRIES
    assert "451" in letter.reason


def test_a_webhook_is_signed_so_that_its_owner_can_tell(
    here: World, hooks: Webhooks, endpoint: Receiver, send: Callable[[], int]
) -> None:
    secret = hooks.set(ME, endpoint.url)["secret"]
    warned(here)
    send()
    ((_, headers, body),) = endpoint.got
    told = json.loads(body)
    assert (told["type"], told["data"]["vm"]) == ("vm.ends_soon", "django-001")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert abs(int(headers["webhook-timestamp"]) - here.now().timestamp()) < 60


def test_a_webhook_that_fails_is_called_again_with_the_same_id(
    here: World, hooks: Webhooks, endpoint: Receiver, send: Callable[[], int]
) -> None:
    hooks.set(ME, endpoint.url)
    endpoint.status = 503
    warned(here)
    send()
    endpoint.status = 200
    here.move(61)
    send()
    assert len({headers["webhook-id"] for _, headers, _ in endpoint.got}) == 1 < len(endpoint.got)
    assert waiting(here) == 0


def test_a_slow_webhook_holds_up_nobody_elses(
    here: World, hooks: Webhooks, post: Post, endpoint: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    hooks.set(ME, endpoint.url)
    waited = 0.0
    real = time.monotonic

    class Hanging:
        calls = 0

        def post(self, *_: Any) -> None:
            nonlocal waited
            waited += 10
            self.calls += 1
            raise TimeoutError("no answer")

    hanging = Hanging()
    monkeypatch.setattr(time, "monotonic", lambda: real() + waited)
    for _ in range(5):
        here.to_end(running(here, "30m"))
    notices = PostgresNotices(here.engine)
    sender = Notifying(notices, here.registry.clock, post.server, hanging, KEY, "https://vm.example.com")
    sender.send(time.monotonic() + 30)
    assert hanging.calls == 1
    assert len(post.messages()) == 5


def test_without_a_server_and_a_key_what_was_promised_is_let_go_of(here: World, endpoint: Receiver) -> None:
    warned(here)
    notices = PostgresNotices(here.engine)
    nothing = Notifying(notices, here.registry.clock, None, endpoint.poster(), "", "https://vm.example.com")
    assert nothing.send(time.monotonic() + 5) == 2
    assert waiting(here) == 0


def test_a_new_webhook_has_a_new_secret_which_is_kept_nowhere(here: World, hooks: Webhooks) -> None:
    first = hooks.set(ME, "https://hooks.example.com/a")["secret"]
    second = hooks.set(ME, "https://hooks.example.com/b")["secret"]
    assert first != second
    assert hooks.ways(OWNER)["webhook"]["url"] == "https://hooks.example.com/b"
    assert second not in json.dumps(hooks.ways(OWNER))
    hooks.delete(ME)
    hooks.delete(ME)
    assert hooks.ways(OWNER)["webhook"] is None


@pytest.mark.parametrize(
    "url",
    ["http://hooks.example.com", "https://x", "https://u:p@hooks.example.com", "https://hooks.example.com:x", "", "/a"],
)
def test_what_is_no_webhooks_address_is_refused(hooks: Webhooks, url: str) -> None:
    with pytest.raises(Invalid):
        hooks.set(ME, url)


def test_where_there_are_no_webhooks_none_is_taken(here: World) -> None:
    with pytest.raises(Conflict):
        Webhooks(PostgresWebhooks(here.engine), "", mail=False, outbox="").set(ME, "https://hooks.example.com")


def test_two_senders_send_each_notice_once(here: World, post: Post, send: Callable[[], int]) -> None:
    for _ in range(4):
        running(here, "2h")
    here.move(HOUR + 60)
    assert here.registry.warn() == 4
    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(lambda _: send(), range(3))) == 8
    assert len(post.messages()) == 4

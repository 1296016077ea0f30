"""Sends notices, mail and webhooks: at least once, with an id that tells copies apart, and dead after enough tries.

Run by the sweep alone: no person's request waits for a mail server, and no other function needs its password.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from shared.domain.life import State
from shared.domain.notices import CHANNELS, Message, Recipient, Undelivered
from shared.services import notice_texts
from shared.services.webhooks import signed

log = logging.getLogger(__name__)

TRIES = 10  # over about four hours: 1, 2, 4, … minutes apart, an hour at the most
A_WHILE = timedelta(minutes=1)
_MAIL = ("mail", "")  # one server for everybody; a webhook's receiver is its owner's
LONGEST_PAUSE = timedelta(hours=1)
SLOW = 2.0  # seconds: who fails this slowly is left alone for the rest of a run, so that nobody waits for them in turn


class Notices(Protocol):
    """The outbox's notices, in PostgreSQL."""

    def take(self, channels: Collection[str]) -> Message | None:
        """Claim one that is due by one of these; None when there is none."""

    def sent(self, message_id: int) -> None:
        """It is out, or not wanted any more."""

    def again(self, message_id: int, error: str, after: timedelta) -> None:
        """Not out; to be tried again after that while."""

    def put_off(self, message_id: int, after: timedelta) -> None:
        """Not tried, and so not counted as a try; due again after that while."""

    def give_up(self, message: Message, error: str) -> None:
        """Never out: it becomes a dead letter."""

    def recipient(self, user_id: str) -> Recipient:
        """Whom that account's notices are for, as it is now."""

    def end_of(self, vm_id: str) -> datetime | None:
        """The VM's end as it is now; None once it is on its way out."""

    def idle_stop_of(self, vm_id: str) -> datetime | None:
        """When the VM is to be stopped for being idle, as it stands; None once it is not."""

    def idle_state_of(self, vm_id: str) -> State | None:
        """The state of a VM that was to be stopped for being idle, or was; None once nothing is left of that."""


class MailServer(Protocol):
    def send(self, to: str, subject: str, text: str, message_id: str) -> None:
        """Hand one message in. Raises Undelivered."""


class Poster(Protocol):
    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """One POST to the public internet, answered 2xx. Raises Undelivered."""


class Notifying:
    """`mail` is None, and `hook_key` empty, where there are to be none: what is promised then is let go of."""

    def __init__(
        self,
        notices: Notices,
        clock: Callable[[], datetime],
        mail: MailServer | None,
        poster: Poster,
        hook_key: str,
        public_url: str,
    ) -> None:
        self.notices = notices
        self.clock = clock
        self.mail = mail
        self.poster = poster
        self.hook_key = hook_key
        self.public_url = public_url.rstrip("/")

    def send(self, until: float) -> int:
        """Send what is due until that moment of the monotonic clock; how many went out, or were not wanted."""
        done = 0
        slow: set[tuple[str, str]] = set()
        while time.monotonic() < until and (message := self.notices.take(_open(slow))) is not None:
            done += self._sent(message, slow)
        return done

    def _sent(self, message: Message, slow: set[tuple[str, str]]) -> bool:
        channel = _MAIL if message.channel == "mail" else (message.channel, message.body["owner_id"])
        if channel in slow or self._still_to_come(message):
            self.notices.put_off(message.id, A_WHILE)
            return False
        began = time.monotonic()
        try:
            self._deliver(message)
        except Exception as error:
            undelivered = error if isinstance(error, Undelivered) else None
            why = undelivered.detail if undelivered else repr(error)
            log.warning(
                "a notice was not sent", exc_info=error, extra={"channel": message.channel, "vm": message.vm_id}
            )
            one_recipient = undelivered is not None and undelivered.one_recipient
            if time.monotonic() - began > SLOW and not one_recipient:
                slow.add(channel)
            if message.tries >= TRIES or (undelivered is not None and undelivered.final):
                self.notices.give_up(message, why)
            else:
                self.notices.again(message.id, why, min(timedelta(minutes=2 ** (message.tries - 1)), LONGEST_PAUSE))
            return False
        self.notices.sent(message.id)
        return True

    def _still_to_come(self, message: Message) -> bool:
        """Whether it tells of a stop that is still under way."""
        stopped = message.body["notice"] == "idle_stopped"
        return stopped and self.notices.idle_state_of(message.vm_id) is State.RUNNING

    def _deliver(self, message: Message) -> None:
        """Send it, unless nobody wants it or it is no longer true: an end or a stop that has moved is not warned of,
        nor is a stop told that did not come about."""
        body = message.body
        if body["notice"] == "idle_stopped" and self.notices.idle_state_of(message.vm_id) is not State.STOPPED:
            return
        if body["notice"] == "ends_soon" and self.notices.end_of(message.vm_id) != _moment(body["expires_at"]):
            return
        if body["notice"] == "idle" and self.notices.idle_stop_of(message.vm_id) != _moment(body["stops_at"]):
            return
        recipient = self.notices.recipient(body["owner_id"])
        if message.channel == "mail":
            self._mail(message, recipient)
        elif recipient.webhook is not None and self.hook_key:
            content = json.dumps(notice_texts.document(body, self.public_url)).encode()
            headers = signed(self.hook_key, recipient.webhook.id, body["id"], self.clock(), content)
            self.poster.post(recipient.webhook.url, headers, content)

    def _mail(self, message: Message, recipient: Recipient) -> None:
        wanted = recipient.mail_about is None or message.body["notice"] in recipient.mail_about
        if self.mail is None or not wanted:
            return
        subject, text = notice_texts.mail(message.body, self.clock(), recipient.timezone, self.public_url)
        host = self.public_url.partition("://")[2].partition(":")[0].partition("/")[0]
        self.mail.send(recipient.email, subject, text, f"<{message.body['id']}@{host}>")


def _open(slow: Collection[tuple[str, str]]) -> list[str]:
    """The channels that are not left alone as a whole."""
    return [each for each in CHANNELS if each != "mail" or _MAIL not in slow]


def _moment(written: str) -> datetime:
    return datetime.fromisoformat(written)

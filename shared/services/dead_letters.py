"""Use case: messages that were given up: collected by the sweep, replayed or dropped by an administrator."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Protocol

from shared.domain.dead_letters import DeadLetter, SetAside
from shared.domain.paging import Listing, Page
from shared.domain.vm import Actor
from shared.services.provisioning.waking import read
from shared.services.relay import Relay
from shared.services.views import moment

BATCH = 100


class Subscription(Protocol):
    """The pull subscription of the topic that takes Pub/Sub's dead letters."""

    def pull(self, most: int) -> Sequence[SetAside]:
        """Those that are there now; each comes again unless acknowledged in time."""

    def acknowledge(self, ack_ids: Sequence[str]) -> None:
        """They need not come again."""


class Store(Protocol):
    """Dead letters in PostgreSQL. Each decision is one transaction with its audit record."""

    def keep(self, message_id: str, vm_id: str | None, body: dict[str, Any], attempts: int, reason: str) -> None:
        """Keep a wake-up that Pub/Sub set aside; kept already is well."""

    def page(self, page: Page) -> Listing[DeadLetter]:
        """Those that nobody has decided about, the newest first."""

    def replay(self, actor: Actor, letter_id: int) -> DeadLetter:
        """Back into the outbox; done already is well. NotFound `no_such_dead_letter`; Conflict `dropped`, or
        `unreadable` where it names no VM."""

    def drop(self, actor: Actor, letter_id: int) -> DeadLetter:
        """Nothing more comes of it; done already is well. NotFound `no_such_dead_letter`; Conflict `replayed`."""


class DeadLetters:
    """`subscription` is None where Pub/Sub's dead letters are not collected."""

    def __init__(self, store: Store, subscription: Subscription | None, relay: Relay) -> None:
        self.store = store
        self.subscription = subscription
        self.relay = relay

    def collect(self, until: float) -> int:
        """Keep what Pub/Sub has set aside, until that moment of the monotonic clock; how many. Each is acknowledged
        once it is kept, so that a crash in between brings it again and keeps it once."""
        kept = 0
        while self.subscription is not None and time.monotonic() < until:
            found = self.subscription.pull(BATCH)
            if not found:
                break
            for message in found:
                self._keep(message)
            self.subscription.acknowledge([message.ack_id for message in found])
            kept += len(found)
        return kept

    def listed(self, page: Page) -> Listing[dict[str, Any]]:
        """Those that nobody has decided about."""
        found = self.store.page(page)
        return Listing([_view(letter) for letter in found.items], found.next)

    def replay(self, actor: Actor, letter_id: int) -> dict[str, Any]:
        """Send it again."""
        letter = self.store.replay(actor, letter_id)
        if letter.vm_id is not None:
            self.relay.flush(letter.vm_id)
        return _view(letter)

    def drop(self, actor: Actor, letter_id: int) -> dict[str, Any]:
        """Let go of it."""
        return _view(self.store.drop(actor, letter_id))

    def _keep(self, message: SetAside) -> None:
        """What nobody could ever read is kept too, as text, for whoever looks."""
        try:
            vm_id: str | None = _readable(read(message.data)[0])
        except (ValueError, KeyError, TypeError):
            vm_id = None
        told = {"data": message.data.decode(errors="replace").replace("\x00", "")[:2000]}
        reason = f"provision did not take it in {message.attempts or 'too many'} deliveries"
        self.store.keep(message.message_id, vm_id, told, message.attempts, reason)


def _readable(vm_id: str) -> str:
    """The id, if a VM may have it."""
    if not (vm_id.isascii() and vm_id.isalnum()):
        raise ValueError("no VM has such an id")
    return vm_id


def _view(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": str(letter.id),
        "kind": letter.kind,
        "vm": letter.vm,
        "attempts": letter.attempts,
        "reason": letter.reason,
        "at": moment(letter.at),
        "replayable": letter.vm_id is not None,
    }

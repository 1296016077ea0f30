"""Sends what commits have promised: wake-ups by Pub/Sub, looks by Cloud Tasks, live documents to Firestore.

Run right after a commit for the VM it changed, and for everything by the reaper's tick: at least once, in any order.
What fails waits, so an outage of hours is ridden out; after a day it becomes a dead letter, for an administrator to
replay or drop. What Google refuses otherwise than for the moment (a permission, a queue that is not there) is one
after an hour. No VM waits for a message that is lost so: the sweep looks at every row whose look is due.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from shared.domain.errors import CloudError, Scope
from shared.domain.vm import Message
from shared.services.ports import Live, Outbox, Publisher, Registry, Tasks
from shared.services.views import vm_view

log = logging.getLogger(__name__)


SLOW = 2.0  # seconds: a channel that fails this slowly is left alone for a while, so that nobody waits for it in turn
LEFT_ALONE = 30.0
REFUSED_FOR, FAILED_FOR = timedelta(hours=1), timedelta(days=1)  # since it was promised, until it is given up,
TRIES = 10  # and tried so often: where nobody was at home for a day, its first failure is not its last


class Relay:
    def __init__(self, registry: Registry, outbox: Outbox, publisher: Publisher, tasks: Tasks, live: Live) -> None:
        self.registry = registry
        self.outbox = outbox
        self.publisher = publisher
        self.tasks = tasks
        self.live = live
        self._left_alone_until: dict[str, float] = {}

    def flush(self, vm_id: str | None = None, limit: int = 200) -> int:
        """Send what is waiting (of one VM, or all); how many went out. What fails stays for a later tick, and holds
        up no other."""
        taken = self.outbox.take(vm_id, limit)
        newest: dict[str, int] = {}
        for message in taken:
            if message.kind == "live":
                newest[message.vm_id] = max(newest.get(message.vm_id, 0), message.body["number"])
        sent = []
        for message in taken:
            superseded = (
                message.kind == "live" and message.body["number"] < newest[message.vm_id] and not _anew(message)
            )
            if superseded or self._sent(message):
                sent.append(message.id)
        if sent:
            self.outbox.sent(sent)
        return len(sent)

    def _sent(self, message: Message) -> bool:
        began = time.monotonic()
        if began < self._left_alone_until.get(message.kind, 0.0):
            return False
        try:
            self._send(message)
        except Exception as error:
            self._failed(message, error)
            if time.monotonic() - began > SLOW:
                self._left_alone_until[message.kind] = time.monotonic() + LEFT_ALONE
            return False
        return True

    def _failed(self, message: Message, error: Exception) -> None:
        """Leave it for a later tick, unless it has failed for too long."""
        told = {"kind": message.kind, "vm": message.vm_id}
        refused = isinstance(error, CloudError) and error.scope not in (Scope.TRANSIENT, Scope.RATE)
        if message.tries >= TRIES and message.waited >= (REFUSED_FOR if refused else FAILED_FOR):
            log.error("a message is given up", exc_info=error, extra=told)
            self.outbox.give_up(message, str(error))
        else:
            log.warning("not sent", exc_info=error, extra=told)
            self.outbox.failed(message.id, str(error))

    def _send(self, message: Message) -> None:
        if message.kind == "wake":
            self.publisher.publish(message.vm_id)
        elif message.kind == "look":
            end = message.body["end"]
            at = datetime.fromisoformat(message.body["at"])
            self.tasks.look(message.body["name"], message.vm_id, at, end=datetime.fromisoformat(end) if end else None)
        elif (loaded := self.registry.load(message.vm_id)) is not None:
            vm, _ = loaded
            if _anew(message):
                self.live.forget(vm.owner_id, vm.name)
                # An event since may have found the old number, and have written nothing.
                vm, _ = self.registry.load(message.vm_id) or loaded
            self.live.write(vm.owner_id, vm.name, vm.event_number, vm_view(vm))


def _anew(message: Message) -> bool:
    """Whether the document that is there may be of a registry that knew more, and so have a number too high."""
    return bool(message.body.get("anew"))

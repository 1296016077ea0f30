"""Sends what commits have promised: wake-ups by Pub/Sub, looks by Cloud Tasks, live documents to Firestore.

Run right after a commit for the VM it changed, and for everything by the reaper's tick: at least once, in any order.
"""

from __future__ import annotations

import logging
from datetime import datetime

from shared.domain.errors import CloudError
from shared.domain.vm import Message
from shared.services.ports import Live, Outbox, Publisher, Registry, Tasks
from shared.services.views import vm_view

log = logging.getLogger(__name__)


class Relay:
    def __init__(self, registry: Registry, outbox: Outbox, publisher: Publisher, tasks: Tasks, live: Live) -> None:
        self.registry = registry
        self.outbox = outbox
        self.publisher = publisher
        self.tasks = tasks
        self.live = live

    def flush(self, vm_id: str | None = None, limit: int = 200) -> int:
        """Send what is waiting (of one VM, or all); how many went out. What fails stays for the next tick."""
        sent = []
        documents: dict[str, int] = {}
        taken = self.outbox.take(vm_id, limit)
        for message in taken:
            if message.kind == "live":
                documents[message.vm_id] = max(documents.get(message.vm_id, 0), message.body["number"])
        for message in taken:
            superseded = message.kind == "live" and message.body["number"] < documents[message.vm_id]
            try:
                if not superseded:
                    self._send(message)
                sent.append(message.id)
            except CloudError as error:
                log.warning("not sent", extra={"kind": message.kind, "vm": message.vm_id, "code": error.code})
                self.outbox.failed(message.id, str(error))
        if sent:
            self.outbox.sent(sent)
        return len(sent)

    def _send(self, message: Message) -> None:
        if message.kind == "wake":
            self.publisher.publish(message.vm_id)
        elif message.kind == "look":
            end = message.body["end"]
            at = datetime.fromisoformat(message.body["at"])
            self.tasks.look(message.body["name"], message.vm_id, at, end=datetime.fromisoformat(end) if end else None)
        elif (loaded := self.registry.load(message.vm_id)) is not None:
            vm, _ = loaded
            self.live.write(vm.owner_id, vm.name, vm.event_number, vm_view(vm))

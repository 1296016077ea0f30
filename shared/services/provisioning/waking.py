"""What a wake-up says: which VM to look at, whether it comes from Pub/Sub (wrapped) or from Cloud Tasks (bare)."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.services.provisioning.advancing import Advancer

log = logging.getLogger(__name__)


def wake(advancer: Advancer, data: Any) -> None:
    """Advance the VM that the event names. A message that nobody could ever read is logged and done with: sent again
    it would be as unreadable."""
    try:
        vm_id, end = read(data)
    except (ValueError, KeyError, TypeError):
        log.exception("an unreadable wake-up", extra={"data": str(data)[:500]})
        return
    if end is None:
        advancer.advance(vm_id)
    else:
        advancer.end(vm_id, end)


def read(data: Any) -> tuple[str, datetime | None]:
    """The VM's id in a Pub/Sub message's data or a task's body, and the end that the task is for."""
    told = data if isinstance(data, Mapping) else json.loads(data)
    if "message" in told:
        told = json.loads(base64.b64decode(told["message"]["data"]))
    if not isinstance(told["vm_id"], str):
        raise TypeError("vm_id is not a string")
    return told["vm_id"], datetime.fromisoformat(told["end"]) if told.get("end") else None

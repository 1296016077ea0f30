"""The one message that wakes provision: look at this VM. Pub/Sub and Cloud Tasks carry the same body."""

from __future__ import annotations

import json
from datetime import UTC, datetime

EVENT_TYPE = "vmcreator.look.v1"


def look_body(vm_id: str, end: datetime | None = None) -> bytes:
    """`{"vm_id": …, "end": RFC 3339 or null}`; `end` makes it void once the VM's end is another."""
    until = end.astimezone(UTC).isoformat().replace("+00:00", "Z") if end else None
    return json.dumps({"vm_id": vm_id, "end": until}).encode()

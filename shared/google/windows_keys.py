"""The metadata item `windows-keys`: one JSON line a key, which the guest agent's account manager answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

METADATA_KEY = "windows-keys"


def with_key(lines: str, key: Mapping[str, Any]) -> str:
    """The lines with this key as the last and without the expired ones, which the agent ignores. A key that is there
    already stays as it is: its line, sent twice, would be answered twice."""
    kept = [line for line in lines.splitlines() if line.strip() and not _expired(line, datetime.now(UTC))]
    fresh = json.dumps(dict(key))
    return "\n".join(kept if fresh in kept else [*kept, fresh])


def _expired(line: str, now: datetime) -> bool:
    """What cannot be read was not written here, and is not thrown away here."""
    try:
        return datetime.fromisoformat(json.loads(line)["expireOn"]) < now
    except (ValueError, KeyError, TypeError):
        return False

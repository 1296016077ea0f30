"""The metadata item through which a Windows machine is asked for a password."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.google.windows_keys import with_key


def key(name: str, minutes: int) -> dict[str, Any]:
    """A key that expires so many minutes from now."""
    expires = datetime.now(UTC) + timedelta(minutes=minutes)
    return {"userName": name, "modulus": "bQ==", "exponent": "AQAB", "expireOn": expires.isoformat()}


def names(lines: str) -> list[str]:
    return [json.loads(line)["userName"] for line in lines.splitlines()]


def test_a_key_is_one_more_line() -> None:
    assert names(with_key(with_key("", key("ann", 5)), key("bob", 5))) == ["ann", "bob"]


def test_expired_keys_are_left_out() -> None:
    assert names(with_key(json.dumps(key("old", -1)), key("ann", 5))) == ["ann"]


def test_a_key_sent_twice_stands_once() -> None:
    fresh = key("ann", 5)
    assert with_key(with_key("", fresh), fresh) == with_key("", fresh)


def test_lines_of_others_stay_as_they_are() -> None:
    strange = 'not json\n{"userName": "eve"}'
    assert with_key(strange, key("ann", 5)).startswith(strange + "\n")

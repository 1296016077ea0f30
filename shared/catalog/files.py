"""The catalogue's dated data files, read once each, when first asked for."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).with_name("data")


@cache
def document(name: str) -> dict[str, Any]:
    """The file `data/NAME.json`; its `as_of` and `sources` say when and where its figures are from."""
    found: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


@cache
def documents(folder: str) -> tuple[dict[str, Any], ...]:
    """All files of `data/FOLDER/`, by name, each like a `document`."""
    return tuple(document(f"{folder}/{path.stem}") for path in sorted((_FOLDER / folder).glob("*.json")))


def priced_on() -> date:
    """The day of the price list."""
    return date.fromisoformat(document("prices")["as_of"])


@cache
def digest() -> str:
    """The catalogue's version: SHA-256 over the names and contents of its files, in hexadecimal."""
    whole = sha256()
    for path in sorted(_FOLDER.rglob("*.json")):
        whole.update(path.relative_to(_FOLDER).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()

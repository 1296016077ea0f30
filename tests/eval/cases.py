"""The labelled requests: one JSON document a line in cases/, one file a kind, and the sources that labels name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "cases"
HELD_OUT = 4  # one case in so many is kept from whoever tunes the engine


@dataclass(frozen=True, slots=True)
class Case:
    """A request and what an expert demands of its answer.

    `texts` are the request and its refinements, in order; `now` is when they are written. `constraints` are in the
    form that tests/eval/constraints.py checks; `sources` names for each of them an entry of cases/sources.json.
    """

    id: str
    kind: str
    language: str
    texts: tuple[str, ...]
    now: datetime | None
    timezone: str | None
    constraints: Mapping[str, Any]
    sources: Mapping[str, str]
    held_out: bool


def drawn(id: str) -> bool:
    """Whether a case of that id is held out: one in four, by a hash that nobody chose."""
    return int(sha256(id.encode()).hexdigest(), 16) % HELD_OUT == 0


def read(path: Path) -> tuple[Case, ...]:
    """The cases of one file."""
    return tuple(_case(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line)


@cache
def cases() -> Sequence[Case]:
    """Every case of the repository's set, kind by kind."""
    return tuple(case for path in sorted(FOLDER.glob("*.jsonl")) for case in read(path))


@cache
def sources() -> Mapping[str, Mapping[str, str]]:
    """What a source `says`, and where (`at`), by its name in the cases."""
    found: dict[str, dict[str, str]] = json.loads((FOLDER / "sources.json").read_text(encoding="utf-8"))
    return found


def _case(line: Mapping[str, Any]) -> Case:
    request, now = line["request"], line.get("now")
    return Case(
        id=line["id"],
        kind=line["kind"],
        language=line["language"],
        texts=(request,) if isinstance(request, str) else tuple(request),
        now=datetime.fromisoformat(now).astimezone(UTC) if now else None,
        timezone=line.get("timezone"),
        constraints=line["constraints"],
        sources=line["source"],
        held_out=line["held_out"],
    )

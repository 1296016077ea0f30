"""What is asked of Cloud Build and Cloud Storage, and what they report back, in our own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

UNFINISHED = frozenset({"STATUS_UNKNOWN", "PENDING", "QUEUED", "WORKING"})


@dataclass(frozen=True)
class StoredObject:
    """An object as Cloud Storage has it. Its generation names these very bytes: what is written later has another."""

    name: str
    generation: int
    created_at: datetime


@dataclass(frozen=True)
class BuildOrder:
    """One step to be run on a stored source (a zip): `arguments` to its shell, with these variables, for so long."""

    source: StoredObject
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    tags: tuple[str, ...]
    timeout: timedelta


@dataclass(frozen=True)
class Build:
    """A build as Cloud Build reports it. `status` is its word; `exit_code` its step's, None where the step never ended;
    `output` what the step left for us."""

    id: str
    status: str
    tags: frozenset[str]
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    exit_code: int | None = None
    output: bytes = field(default=b"", repr=False)

    @property
    def final(self) -> bool:
        return self.status not in UNFINISHED

    def at_work(self, moment: datetime) -> bool:
        """Whether it ran at that moment, for one that has ended."""
        return self.started_at is not None and self.started_at <= moment <= (self.finished_at or moment)

"""What is held back until an administrator has seen it: after a restored backup, or where too much would go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.seals import Head


@dataclass(frozen=True, slots=True)
class Hold:
    """`archive`: the bucket's head when it was raised; `own`: the database's, None where it had no seal at all.
    `listed`: what was found then, as JSON; None until the cloud could be read. Where the archive has come no further,
    nothing is lost: more was to be destroyed than goes unseen."""

    id: int
    raised_at: datetime
    archive: Head
    own: Head | None
    listed: Sequence[Mapping[str, Any]] | None

    @property
    def restored(self) -> bool:
        """Whether a backup was restored, so that the database may know less than the cloud shows."""
        return self.archive.number > (self.own.number if self.own else 0)


OrphanFacts = tuple[str, str | None, str, str | None]  # kind, zone, name, and its end as JSON tells it


@dataclass(frozen=True, slots=True)
class Seen:
    """`orphans`: what administrators have last gone on with; `awaited`: a hold stands, so nothing else is destroyed."""

    orphans: frozenset[OrphanFacts] = frozenset()
    awaited: bool = False

"""A database that was restored from a backup, and what is held back until an administrator has seen the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.seals import Head


@dataclass(frozen=True, slots=True)
class Hold:
    """`archive`: the bucket's head when it was raised; `own`: the database's, None where it had no seal at all.
    `listed`: what was found then, as JSON; None until the cloud could be read."""

    id: int
    raised_at: datetime
    archive: Head
    own: Head | None
    listed: Sequence[Mapping[str, Any]] | None

"""Whether this database is known to be the newest."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from shared.domain.holds import Seen


class Doubts(Protocol):
    """One that was restored from a backup knows less than the cloud shows, and must not act on that."""

    def doubt(self) -> str | None:
        """Why it may not be, in words; None while it is known to be."""

    def restored_at(self) -> datetime | None:
        """When it was found to be a restored one; None once an administrator has gone on."""

    def seen(self) -> Seen:
        """What administrators have seen of what no row explains."""


class Certain:
    """A database that nobody doubts: there is no archive to compare it with."""

    def doubt(self) -> str | None:
        """No reason."""
        return None

    def restored_at(self) -> datetime | None:
        """It is not."""
        return None

    def seen(self) -> Seen:
        """Nothing was ever held back."""
        return Seen()

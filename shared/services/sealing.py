"""Use case: receipts and audit records are sealed, the chain's head is put out of reach, and both are verified.

A database that has not come as far as the archive was restored from a backup. It seals nothing until an administrator
has seen what it may have lost; then its chain goes on with a fork after the archive's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from shared.domain.seals import Fork, Forked, Head, Sealed, broken, forked

MOST_SEALED = 2000  # by one tick; a backlog is done in several
STRETCH = 500
MOST_TOLD = 100  # problems in one answer: a chain that is broken early is broken everywhere after


class Seals(Protocol):
    def seal(self, limit: int) -> int:
        """Seal the oldest unsealed receipts and audit records (`limit` of each); how many."""

    def head(self) -> Head | None:
        """The newest seal; None while there is none."""

    def stretch(self, after: int, limit: int) -> Sequence[Sealed]:
        """The seals that follow a number, each with what it seals as it is now."""

    def unsealed(self) -> int:
        """How many receipts and audit records have no seal."""


class Archive(Protocol):
    """Where heads are put and nobody can change or delete them: a bucket with a retention lock."""

    def put(self, head: Head) -> None:
        """Keep a head; kept already is well. Raises Forked where another hash is kept under its number."""

    def heads(self, after: int) -> Sequence[Head]:
        """Heads with numbers above `after`, ascending; a page of them."""


@dataclass(frozen=True, slots=True)
class Verification:
    """`seals` were looked at; `heads` of the archive were compared with them; `unsealed` wait for the next tick;
    `restores` say what restored backups have lost: known, and no problem."""

    seals: int
    heads: int
    unsealed: int
    problems: tuple[str, ...]
    restores: tuple[str, ...] = ()

    def view(self) -> dict[str, Any]:
        return {
            "whole": not self.problems,
            "seals": self.seals,
            "heads": self.heads,
            "unsealed": self.unsealed,
            "problems": list(self.problems),
            "restores": list(self.restores),
        }


class Sealing:
    """`archive` is None where no bucket is configured: the chain then holds against everybody but the database's
    owner."""

    def __init__(self, seals: Seals, archive: Archive | None) -> None:
        self.seals = seals
        self.archive = archive

    def tick(self) -> int:
        """Seal what is new, and put the head where it stays. A head that a crash left behind is put by the next tick:
        each looks at whether the newest is there. Raises Forked, and seals nothing, where the archive is ahead; nothing
        is sealed either while that cannot be known."""
        if ahead := self._ahead():
            raise Forked(ahead[-1].number)
        sealed = self.seals.seal(MOST_SEALED)
        head = self.seals.head()
        if head is not None and self.archive is not None:
            self.archive.put(head)
        return sealed

    def behind(self) -> bool:
        """Whether the archive has come further than the database. Raises CloudError while that cannot be known."""
        return bool(self._ahead())

    def lost_from(self) -> tuple[Head | None, Head] | None:
        """The database's head and the archive's, where that has come further."""
        newest, page = None, self._ahead()
        while self.archive is not None and page:
            newest = page[-1]
            page = self.archive.heads(newest.number)
        return (self.seals.head(), newest) if newest else None

    def _ahead(self) -> Sequence[Head]:
        """Heads of the archive beyond the database's own. That is read again after them: another tick may have sealed
        and put one meanwhile."""
        if self.archive is None:
            return ()
        own = self.seals.head()
        beyond = self.archive.heads(own.number if own else 0)
        if beyond:
            own = self.seals.head()
        return [head for head in beyond if own is None or head.number > own.number]

    def verify(self) -> Verification:
        """Walk the whole chain, and hold every head of the archive against it."""
        problems: list[str] = []
        forks: list[Fork] = []
        former: Head | None = None
        seals = heads = 0
        kept = self._kept()
        while stretch := self.seals.stretch(former.number if former else 0, STRETCH):
            problems += islice(broken(former, stretch), MOST_TOLD)
            for each in stretch:
                archived = kept.pop(each.seal.number, None)
                heads += archived is not None
                if archived not in (None, each.seal.hash):
                    problems.append(f"seal {each.seal.number} has another hash in the archive")
            forks += filter(None, map(forked, stretch))
            seals += len(stretch)
            former = Head(stretch[-1].seal.number, stretch[-1].seal.hash)
        problems += self._unexplained(kept, forks)
        told = tuple(fork.told() for fork in forks)
        return Verification(seals, heads, self.seals.unsealed(), tuple(problems[:MOST_TOLD]), told)

    def _unexplained(self, kept: dict[int, str], forks: Sequence[Fork]) -> list[str]:
        """What the archive has and the chain has not, save what a fork names as lost; and forks that name a head which
        the archive does not have."""
        problems = [
            f"seal {fork.number} goes on after a head that the archive does not have"
            for fork in forks
            if self.archive is not None and kept.get(fork.archive.number) != fork.archive.hash
        ]
        lost = [range(fork.own + 1, fork.archive.number + 1) for fork in forks]
        unknown = [number for number in sorted(kept) if not any(number in each for each in lost)]
        return problems + [f"seal {number} is in the archive and not in the database" for number in unknown]

    def _kept(self) -> dict[int, str]:
        kept: dict[int, str] = {}
        while self.archive is not None and (page := self.archive.heads(max(kept, default=0))):
            kept.update((head.number, head.hash) for head in page)
        return kept

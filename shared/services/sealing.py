"""Use case: receipts and audit records are sealed, the chain's head is put out of reach, and both are verified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

from shared.domain.seals import Head, Sealed, broken

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
    """`seals` were looked at; `heads` of the archive were compared with them; `unsealed` wait for the next tick."""

    seals: int
    heads: int
    unsealed: int
    problems: tuple[str, ...]

    def view(self) -> dict[str, Any]:
        return {
            "whole": not self.problems,
            "seals": self.seals,
            "heads": self.heads,
            "unsealed": self.unsealed,
            "problems": list(self.problems),
        }


class Sealing:
    """`archive` is None where no bucket is configured: the chain then holds against everybody but the database's
    owner."""

    def __init__(self, seals: Seals, archive: Archive | None) -> None:
        self.seals = seals
        self.archive = archive

    def tick(self) -> int:
        """Seal what is new, and put the head where it stays. A head that a crash left behind is put by the next tick:
        each looks at whether the newest is there."""
        sealed = self.seals.seal(MOST_SEALED)
        head = self.seals.head()
        if head is not None and self.archive is not None:
            self.archive.put(head)
        return sealed

    def verify(self) -> Verification:
        """Walk the whole chain, and hold every head of the archive against it."""
        problems: list[str] = []
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
            seals += len(stretch)
            former = Head(stretch[-1].seal.number, stretch[-1].seal.hash)
        problems += [f"seal {number} is in the archive and not in the database" for number in sorted(kept)]
        return Verification(seals, heads, self.seals.unsealed(), tuple(problems[:MOST_TOLD]))

    def _kept(self) -> dict[int, str]:
        kept: dict[int, str] = {}
        while self.archive is not None and (page := self.archive.heads(max(kept, default=0))):
            kept.update((head.number, head.hash) for head in page)
        return kept

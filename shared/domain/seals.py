"""A chain of seals over receipts and audit records: changing one of them, or leaving one out, breaks every later one.

A seal is a row of its own, so what it seals is never written to again. Its hash is over its number, what it seals, that
thing's digest, and the hash before it; the newest of them, the chain's head, is put where nobody can change it.

A database that was restored from a backup has lost the seals after it, whose heads are kept. Its chain goes on with a
fork: a seal over both heads, numbered after them, so that no number is ever given twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from shared.domain.errors import VmCreatorError

Kind = Literal["audit", "receipt", "fork"]

NOTHING_BEFORE = "0" * 64


@dataclass(frozen=True, slots=True)
class Seal:
    """`number` counts from 1. `subject` is the audit record's number, the receipt's VM id, or the number of the
    archive's head that a fork goes on after; `digest`, `before` and `hash` are SHA-256 in hexadecimal."""

    number: int
    kind: Kind
    subject: str
    digest: str
    before: str
    hash: str


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal of the chain, as it is kept outside the database."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """A seal beside what it seals, as both are in the database now (None: it is not there any more)."""

    seal: Seal
    document: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Fork:
    """A seal that goes on after a restored backup: those after `own`, up to the archive's head, are lost."""

    number: int
    own: int
    archive: Head

    def told(self) -> str:
        """For people: what was lost, and what can still be known of it."""
        return (
            f"seals {self.own + 1} to {self.archive.number} were lost when a backup was restored; seal {self.number} "
            "goes on after them. Of what they sealed, the archive keeps the hashes of its heads alone."
        )


class Forked(VmCreatorError):
    """The archive has another chain: the database was restored from a backup, or somebody wrote seals of their own."""

    def __init__(self, number: int) -> None:
        super().__init__("forked", f"the archive's seal {number} is not the database's")


def digest(document: Mapping[str, Any]) -> str:
    """Of a JSON document: the same whatever the order of its keys."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(canonical.encode()).hexdigest()


def seal(number: int, kind: Kind, subject: str, document: Mapping[str, Any], before: str) -> Seal:
    """The seal of that number over the document."""
    own = digest(document)
    return Seal(number, kind, subject, own, before, _hash(number, kind, subject, own, before))


def chain(head: Head | None, documents: Iterable[tuple[Kind, str, Mapping[str, Any]]]) -> Iterator[Seal]:
    """A seal for each (kind, subject, document), from the head on."""
    number, before = (head.number, head.hash) if head else (0, NOTHING_BEFORE)
    for kind, subject, document in documents:
        number += 1
        made = seal(number, kind, subject, document, before)
        before = made.hash
        yield made


def fork(own: Head | None, archive: Head) -> tuple[Seal, Mapping[str, Any]]:
    """The seal with which a chain that ends in `own` goes on after the archive's, and the document that it seals."""
    number, before = (own.number, own.hash) if own else (0, NOTHING_BEFORE)
    document = {"own": number, "archive": archive.number, "archive_hash": archive.hash}
    return seal(max(number, archive.number) + 1, "fork", str(archive.number), document, before), document


def forked(each: Sealed) -> Fork | None:
    """What a fork says; None for every other seal."""
    if each.seal.kind != "fork" or each.document is None:
        return None
    told = each.document
    return Fork(each.seal.number, told["own"], Head(told["archive"], told["archive_hash"]))


def broken(former: Head | None, sealed: Iterable[Sealed]) -> Iterator[str]:
    """What is wrong with a stretch of the chain that follows `former`: a sentence each, none if it is whole."""
    number, before = (former.number, former.hash) if former else (0, NOTHING_BEFORE)
    for each in sealed:
        found = each.seal
        what = f"seal {found.number} ({found.kind} {found.subject})"
        gap = forked(each)
        follows = max(number, gap.archive.number) if gap and gap.own == number else number
        if found.number != follows + 1:
            yield f"{what} follows seal {number}: those between are missing"
        if found.before != before:
            yield f"{what} does not continue the chain"
        if found.hash != _hash(found.number, found.kind, found.subject, found.digest, found.before):
            yield f"{what} was changed"
        if each.document is None:
            yield f"{what} seals what is not there any more"
        elif digest(each.document) != found.digest:
            yield f"{what} seals what was changed afterwards"
        number, before = found.number, found.hash


def _hash(number: int, kind: str, subject: str, digest: str, before: str) -> str:
    return sha256("\n".join((str(number), kind, subject, digest, before)).encode()).hexdigest()

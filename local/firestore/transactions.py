"""Transactions: optimistic, and one after the other where that fails.

A transaction remembers what it read; its commit is ABORTED if any of that changed since. A client tries again at most
five times, so plain optimism fails somebody as soon as a handful contend for one document. After such an abort the
document is therefore read in turns for a while: a transaction that reads it waits for the one before to end, and one
that read it earlier and now wants to write it is ABORTED and joins the line. Nothing waits in a commit.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

import grpc

from local.clock import Clock
from local.firestore.errors import Refused, invalid
from local.firestore.query import Query
from local.firestore.store import Store

TURN = 2.0  # seconds that a transaction may keep others waiting before they pass it
CONTENDED = 10.0  # seconds after an abort in which a document is read in turns
MOST_OPEN = 10_000  # the oldest are forgotten first: a client that died never rolls back


@dataclass(eq=False)
class Transaction:
    """What one transaction read: the commit number of each document (None: absent) and each query's answer."""

    id: bytes
    read_only: bool
    documents: dict[str, int | None] = field(default_factory=dict)
    queries: list[tuple[Query, list[tuple[str, int]]]] = field(default_factory=list)


class Transactions:
    """The open transactions of one store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._open: dict[bytes, Transaction] = {}
        self._line = Line(clock)

    def begin(self, read_only: bool) -> Transaction:
        transaction = Transaction(secrets.token_bytes(12), read_only)
        self._open[transaction.id] = transaction
        if len(self._open) > MOST_OPEN:
            self.close(next(iter(self._open.values())))
        return transaction

    def find(self, id: bytes) -> Transaction:
        try:
            return self._open[id]
        except KeyError:
            raise invalid("Transaction is invalid or closed.") from None

    def close(self, transaction: Transaction) -> None:
        self._open.pop(transaction.id, None)
        self._line.leave(transaction)

    def forget(self, id: bytes) -> None:
        """Roll back; an unknown transaction is rolled back already."""
        if transaction := self._open.get(id):
            self.close(transaction)

    async def note(self, transaction: Transaction, names: Iterable[str]) -> None:
        """Remember these documents as read now, in this transaction's turn where they are contended."""
        for name in sorted(names):
            if not transaction.read_only and self._line.contended(name):
                await self._line.enter(name, transaction)
        for name in names:
            transaction.documents.setdefault(name, self._number(name))

    def note_query(self, transaction: Transaction, query: Query) -> None:
        """Remember what a query finds now, so that a document which joins or leaves it is noticed too."""
        transaction.queries.append((query, self._answer(query)))

    def check(self, transaction: Transaction, writes: Iterable[str]) -> None:
        """Raise ABORTED if what the transaction read has changed, or if another has its turn with what it writes."""
        if transaction.read_only:
            return
        changed = [name for name, number in transaction.documents.items() if self._number(name) != number]
        self._line.form(changed)
        if changed or any(self._answer(query) != answer for query, answer in transaction.queries):
            raise Refused(grpc.StatusCode.ABORTED, "What this transaction read has changed. Please try again.")
        if any(self._line.held_by_another(name, transaction) for name in writes):
            raise Refused(grpc.StatusCode.ABORTED, "Too much contention on these documents. Please try again.")

    def _number(self, name: str) -> int | None:
        version = self._store.get(name)
        return version.number if version else None

    def _answer(self, query: Query) -> list[tuple[str, int]]:
        return [(version.name, version.number) for version in query.run(self._store.collection(query.collection))]


class Line:
    """Whose turn it is with a contended document. A turn ends with its transaction, or after TURN."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._contended: dict[str, float] = {}
        self._holders: dict[str, tuple[Transaction, float]] = {}
        self._waiting: dict[str, list[asyncio.Event]] = {}

    def form(self, names: Iterable[str]) -> None:
        """From now on, and for a while, these documents are read in turns."""
        self._contended.update(dict.fromkeys(names, self._clock.time() + CONTENDED))

    def contended(self, name: str) -> bool:
        if self._contended.get(name, 0.0) > self._clock.time():
            return True
        self._contended.pop(name, None)
        return False

    def held_by_another(self, name: str, transaction: Transaction) -> bool:
        holder, until = self._holders.get(name, (transaction, 0.0))
        return holder is not transaction and until > self._clock.time()

    async def enter(self, name: str, transaction: Transaction) -> None:
        """Return when it is this transaction's turn with the document."""
        while self.held_by_another(name, transaction):
            woken = asyncio.Event()
            self._waiting.setdefault(name, []).append(woken)
            await self._clock.sleep_until(self._holders[name][1], woken)
        self._holders[name] = (transaction, self._clock.time() + TURN)

    def leave(self, transaction: Transaction) -> None:
        for name in [name for name, (holder, _) in self._holders.items() if holder is transaction]:
            del self._holders[name]
            for woken in self._waiting.pop(name, ()):
                woken.set()

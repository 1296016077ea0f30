"""Answers kept by Idempotency-Key, so that a write sent twice is done once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.db.models import IdempotencyKey, table
from shared.domain.errors import Conflict

KEYS = table(IdempotencyKey)
NOW = func.platform_now()
RUNNING = timedelta(seconds=60)  # no request lives longer, so an older one without an answer has died
KEPT = timedelta(days=1)


class PostgresIdempotency:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def begin(self, user_id: str, key: str, action: str, digest: str) -> tuple[int, Mapping[str, Any]] | None:
        """None: the key is this request's, go on. Else the answer that was given to it.

        Conflict `idempotency_key_reused` if it was used for something else (`digest` says what for), `in_progress` if
        the first request is still running. One that has died without an answer is taken over.
        """
        mine = upsert(KEYS).values(user_id=user_id, key=key, action=action, request_digest=digest)
        with self.engine.begin() as connection:
            if connection.execute(mine.on_conflict_do_nothing()).rowcount:
                return None
            found = connection.execute(
                select(KEYS, (KEYS.c.created_at > NOW - RUNNING).label("young"))
                .where(_of(user_id, key))
                .with_for_update()
            ).first()
            if found is not None and (found.action, found.request_digest) != (action, digest):
                told = "This Idempotency-Key was used for another request: take a new one."
                raise Conflict("idempotency_key_reused", told)
            if found is not None and found.status is not None:
                return found.status, found.document or {}
            if found is None or found.young:  # none: it was abandoned a moment ago
                raise _in_progress()
            connection.execute(update(KEYS).where(_of(user_id, key)).values(created_at=NOW))
            return None

    def abandon(self, user_id: str, key: str) -> None:
        """Nothing was done: the key is free again. An answer that is kept stays."""
        with self.engine.begin() as connection:
            connection.execute(delete(KEYS).where(_of(user_id, key), KEYS.c.status.is_(None)))

    def forget_old(self) -> int:
        """Delete the keys of more than a day ago; how many."""
        with self.engine.begin() as connection:
            return connection.execute(delete(KEYS).where(KEYS.c.created_at < NOW - KEPT)).rowcount


def answer(connection: Connection, user_id: str, key: str, status: int, document: Mapping[str, Any]) -> None:
    """Keep the answer inside the transaction of what it tells of. Conflict if the key is no longer this request's
    (it ran too long, and another took over): what was done is then to be rolled back."""
    unanswered = update(KEYS).where(_of(user_id, key), KEYS.c.status.is_(None))
    kept = connection.execute(unanswered.values(status=status, document=dict(document)))
    if not kept.rowcount:
        raise _in_progress()


def _of(user_id: str, key: str) -> ColumnElement[bool]:
    return and_(KEYS.c.user_id == user_id, KEYS.c.key == key)


def _in_progress() -> Conflict:
    return Conflict("in_progress", "The same request is being served: try again in a moment.", retry_after=1)

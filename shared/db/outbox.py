"""Messages that a commit has promised: claimed, sent, ticked off. What a crash leaves, the next tick sends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, Engine, Update, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.db.models import DeadLetter, OutboxRow, table
from shared.domain.notices import CHANNELS
from shared.domain.vm import Message

OUTBOX, DEAD = table(OutboxRow), table(DeadLetter)
CLAIM = timedelta(seconds=30)
KEPT = timedelta(days=1)
MESSAGE = (OUTBOX.c.id, OUTBOX.c.kind, OUTBOX.c.vm_id, OUTBOX.c.body, OUTBOX.c.tries)


def claim(limit: int, lasting: timedelta, *which: ColumnElement[bool]) -> Update:
    """Claim so many unsent rows, the least often tried first, then the oldest, each counted as a try. Two takers never
    get the same.

    They are chosen in a part of their own, which PostgreSQL runs once. In a subquery it may run once for each row of
    the outbox, if it plans a nested loop, and each time choose others: then more are claimed than `limit`.
    """
    free = OUTBOX.c.claimed_until.is_(None) | (OUTBOX.c.claimed_until <= func.platform_now())
    due = select(OUTBOX.c.id).where(OUTBOX.c.sent_at.is_(None), free, *which)
    due = due.order_by(OUTBOX.c.tries, OUTBOX.c.id).limit(limit)
    chosen = due.with_for_update(skip_locked=True).cte("chosen")
    claimed = update(OUTBOX).where(OUTBOX.c.id == chosen.c.id)
    return claimed.values(claimed_until=func.platform_now() + lasting, tries=OUTBOX.c.tries + 1)


class PostgresOutbox:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def take(self, vm_id: str | None, limit: int) -> Sequence[Message]:
        """Claim unsent rows for half a minute: of one VM, or of any. Notices are not among them: they leave by ways of
        their own, and slower."""
        own = [] if vm_id is None else [OUTBOX.c.vm_id == vm_id]
        claimed = claim(limit, CLAIM, OUTBOX.c.kind.not_in(CHANNELS), *own)
        with self.engine.begin() as connection:
            found = connection.execute(claimed.returning(*MESSAGE, func.platform_now() - OUTBOX.c.created_at))
            return sorted((Message(*row) for row in found), key=lambda message: message.id)

    def sent(self, message_ids: Sequence[int]) -> None:
        """They are out."""
        with self.engine.begin() as connection:
            connection.execute(
                update(OUTBOX).where(OUTBOX.c.id.in_(message_ids)).values(sent_at=func.platform_now(), last_error=None)
            )

    def failed(self, message_id: int, error: str) -> None:
        """Not out; a later tick tries again, once the claim has lapsed."""
        with self.engine.begin() as connection:
            connection.execute(update(OUTBOX).where(OUTBOX.c.id == message_id).values(last_error=error[:500]))

    def give_up(self, message: Message, error: str) -> None:
        """Never out: it becomes the dead letter of its VM and kind. There is one of each: a channel that fails for days
        fails for every look, and the latest is worth as much as all of them."""
        told = {"body": dict(message.body), "attempts": message.tries, "reason": error[:500]}
        dead = upsert(DEAD).values(
            source=f"outbox/{message.kind}/{message.vm_id}", kind=message.kind, vm_id=message.vm_id, **told
        )
        anew = told | {"at": func.platform_now(), "resolved_at": None, "resolution": None}
        with self.engine.begin() as connection:
            connection.execute(dead.on_conflict_do_update(index_elements=["source"], set_=anew))
            connection.execute(delete(OUTBOX).where(OUTBOX.c.id == message.id))

    def forget_sent(self) -> int:
        """Delete what went out more than a day ago; how many."""
        with self.engine.begin() as connection:
            old = delete(OUTBOX).where(OUTBOX.c.sent_at < func.platform_now() - KEPT)
            return connection.execute(old).rowcount

"""The sweep's reports, and the forgetting of what nobody can use any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select

from shared.db import use
from shared.db.auditing import Trail
from shared.db.idempotency import PostgresIdempotency
from shared.db.limits import PostgresLimiter
from shared.db.model_use import PostgresAllowances, PostgresAnswers
from shared.db.models import Audit, DeadLetter, Reconciliation, Session, table
from shared.domain.vm import Actor

AUDIT, REPORTS, SESSIONS, LETTERS = table(Audit), table(Reconciliation), table(Session), table(DeadLetter)
REAPER = Actor("platform", "reaper")
REPORTS_KEPT = timedelta(days=30)


class PostgresUpkeep:
    def __init__(self, engine: Engine, trace: Callable[[], str | None] = lambda: None) -> None:
        self.engine = engine
        self.trail = Trail(trace)

    def keep(self, report: dict[str, Any]) -> None:
        """A reconciliation's report."""
        with self.engine.begin() as connection:
            connection.execute(insert(REPORTS).values(document=report))

    def orphan(self, action: str, detail: str, outcome: str, actor: Actor = REAPER) -> None:
        """An audit record of its own: no VM's row tells of an orphan's end. Not again by the reaper, minute after
        minute, what it has written last of one that would not go."""
        with self.engine.begin() as connection:
            if actor is REAPER and _told(connection, action, detail, outcome):
                return
            self.trail.record(connection, actor, action, detail, outcome=outcome)

    def latest(self) -> Mapping[str, Any] | None:
        """The newest report; None while every reconciliation found everything explained."""
        with self.engine.begin() as connection:
            newest = select(REPORTS.c.document).order_by(REPORTS.c.id.desc()).limit(1)
            found: Mapping[str, Any] | None = connection.execute(newest).scalar_one_or_none()
            return found

    def forget(self) -> None:
        """Ended sessions, old reports and decided dead letters, rate windows and idempotency keys, what the model used
        and answered long ago, how much machines were used that are gone."""
        now = func.platform_now()
        with self.engine.begin() as connection:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.expires_at < now))
            connection.execute(delete(REPORTS).where(REPORTS.c.at < now - REPORTS_KEPT))
            connection.execute(delete(LETTERS).where(LETTERS.c.resolved_at < now - REPORTS_KEPT))
            use.forget_gone(connection)
        PostgresLimiter(self.engine).forget_old()
        PostgresIdempotency(self.engine).forget_old()
        PostgresAllowances(self.engine).forget_old()
        PostgresAnswers(self.engine).forget_old()


def _told(connection: Connection, action: str, detail: str, outcome: str) -> bool:
    """Whether the reaper's newest record of this orphan says so already: that it is being destroyed, until it is
    destroyed; what came of that, until it changes."""
    ours = AUDIT.c.actor_id == REAPER.id, AUDIT.c.action.like("orphan.destroy%"), AUDIT.c.detail == detail
    newest = select(AUDIT.c.action, AUDIT.c.outcome).where(*ours).order_by(AUDIT.c.id.desc()).limit(1)
    last = connection.execute(newest).first()
    if last is None:
        return False
    going = (last.action, last.outcome) != ("orphan.destroyed", "done")
    return going if action == "orphan.destroying" else tuple(last) == (action, outcome)

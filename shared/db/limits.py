"""How often something was done, counted in PostgreSQL so that every copy of every function counts together."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.db.models import RateWindow, table
from shared.domain.errors import TooMany
from shared.domain.limits import wait

WINDOWS = table(RateWindow)
NOW = func.platform_now()
EPOCH = func.to_timestamp(0)
KEPT = timedelta(days=2)


class PostgresLimiter:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def hit(self, key: str, limit: int, window: timedelta) -> None:
        """Count one more, or raise TooMany: more than `limit` in any `window`. What is refused is not counted."""
        begins = func.date_bin(window, NOW, EPOCH)
        counted = upsert(WINDOWS).values(key=key, window_start=begins, count=1)
        counted = counted.on_conflict_do_update(
            index_elements=["key", "window_start"], set_={"count": WINDOWS.c.count + 1}
        )
        elapsed = NOW - WINDOWS.c.window_start
        with self.engine.begin() as connection:
            row = connection.execute(counted.returning(WINDOWS.c.count, WINDOWS.c.window_start, elapsed)).one()
            current, began, since = row[0] - 1, row[1], row[2]
            last = select(WINDOWS.c.count).where(WINDOWS.c.key == key, WINDOWS.c.window_start == began - window)
            previous = connection.execute(last).scalar_one_or_none() or 0
            seconds = wait(previous, current, since, window, limit)
            if seconds:  # raised inside, so that the count is rolled back
                raise TooMany("too_many", f"Too often: try again in {_spoken(seconds)}.", retry_after=seconds)

    def forgive(self, key: str) -> None:
        """Forget what was counted: it turned out to be honest."""
        with self.engine.begin() as connection:
            connection.execute(delete(WINDOWS).where(WINDOWS.c.key == key))

    def forget_old(self) -> int:
        """Delete the windows that no limit looks at any more; how many."""
        with self.engine.begin() as connection:
            return connection.execute(delete(WINDOWS).where(WINDOWS.c.window_start < NOW - KEPT)).rowcount


def _spoken(seconds: int) -> str:
    if seconds < 100:
        return f"{seconds} s"
    return f"{-(-seconds // 60)} min"

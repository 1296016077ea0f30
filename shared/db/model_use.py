"""The model's use by account and day, and its accepted answers, shared by all copies of all functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, Numeric, and_, cast, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.db.model_models import ModelAnswer, ModelUse
from shared.db.models import table
from shared.domain.model_use import Use

USE, ANSWERS = table(ModelUse), table(ModelAnswer)
NOW = func.platform_now()
TODAY = func.date(func.timezone("UTC", NOW))
USE_KEPT = timedelta(days=90)
ANSWERS_KEPT = timedelta(days=30)
MOST_ANSWERS = 10_000  # about 1 kB each


class PostgresAllowances:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def reserve(self, user_id: str, use: Use, most: Use) -> date | None:
        """Count it for the account today, unless that were more than `most` of anything; the day it was counted on, in
        UTC, or None. One statement, so that two at once cannot both take the last of it."""
        more: dict[str, int | Decimal] = {"tokens": use.tokens, "usd": use.usd, "seconds": use.seconds}
        caps: dict[str, int | Decimal] = {"tokens": most.tokens, "usd": most.usd, "seconds": most.seconds}
        if any(more[name] > caps[name] for name in more):
            return None
        counted = upsert(USE).values(user_id=user_id, day=TODAY, **more)
        counted = counted.on_conflict_do_update(
            index_elements=["user_id", "day"],
            set_={name: USE.c[name] + counted.excluded[name] for name in more},
            where=and_(*(USE.c[name] + counted.excluded[name] <= caps[name] for name in more)),
        )
        with self.engine.begin() as connection:
            day: date | None = connection.execute(counted.returning(USE.c.day)).scalar_one_or_none()
        return day

    def settle(self, user_id: str, day: date, reserved: Use, used: Use) -> None:
        """Put what was used in the place of what was reserved on that day."""
        more = used - reserved
        differences = {
            "tokens": more.tokens,
            "usd": cast(more.usd, Numeric(18, 8)),
            "seconds": cast(more.seconds, Numeric(12, 3)),
        }
        settled = update(USE).where(USE.c.user_id == user_id, USE.c.day == day)
        with self.engine.begin() as connection:
            connection.execute(settled.values({name: USE.c[name] + by for name, by in differences.items()}))

    def forget_old(self) -> int:
        """Delete what nobody asks for any more; how many days of accounts."""
        with self.engine.begin() as connection:
            return connection.execute(delete(USE).where(USE.c.day < func.date(NOW - USE_KEPT))).rowcount


class PostgresAnswers:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def get(self, key: str) -> Mapping[str, Any] | None:
        """The answer kept under the key, if it is not too old."""
        query = select(ANSWERS.c.document).where(ANSWERS.c.key == key, ANSWERS.c.created_at > NOW - ANSWERS_KEPT)
        with self.engine.begin() as connection:
            document: Mapping[str, Any] | None = connection.execute(query).scalar_one_or_none()
        return document

    def keep(self, key: str, model: str, answer: Mapping[str, Any]) -> None:
        """Keep it, in the place of an older one."""
        row = upsert(ANSWERS).values(key=key, model=model, document=dict(answer))
        fresh = {"document": row.excluded.document, "created_at": NOW}
        with self.engine.begin() as connection:
            connection.execute(row.on_conflict_do_update(index_elements=["key"], set_=fresh))

    def forget_old(self) -> int:
        """Delete what is older than ANSWERS_KEPT, and the oldest of more than MOST_ANSWERS; how many."""
        kept = select(ANSWERS.c.created_at).order_by(ANSWERS.c.created_at.desc()).offset(MOST_ANSWERS).limit(1)
        old = (ANSWERS.c.created_at < NOW - ANSWERS_KEPT) | (ANSWERS.c.created_at <= kept.scalar_subquery())
        with self.engine.begin() as connection:
            return connection.execute(delete(ANSWERS).where(old)).rowcount

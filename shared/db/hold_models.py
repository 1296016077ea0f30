"""The tables of what is held back, and of when the seals were last compared with the bucket."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.models import NOW, Base

STANDING = text("lifted_at IS NULL")
RESTORED = text("lifted_at IS NULL AND archive_number > own_number")  # standing, and for a restored backup


class HoldRow(Base):
    """See shared.domain.holds.Hold. One stands at a time; `own_number` is 0 where the database had no seal."""

    __tablename__ = "holds"
    __table_args__ = (Index("one_hold", text("(lifted_at IS NULL)"), unique=True, postgresql_where=STANDING),)
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    raised_at: Mapped[datetime] = mapped_column(server_default=NOW)
    archive_number: Mapped[int] = mapped_column(BigInteger)
    archive_hash: Mapped[str]
    own_number: Mapped[int] = mapped_column(BigInteger)
    own_hash: Mapped[str | None]
    listed: Mapped[list[Any] | None]
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[str | None]


class Comparison(Base):
    """One row: when the newest seal was last found not to be behind the bucket; no time where there is no bucket."""

    __tablename__ = "seals_compared"
    __table_args__ = (CheckConstraint("id = 1", name="one_comparison"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime | None]

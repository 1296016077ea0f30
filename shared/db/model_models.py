"""What accounts have used of the model, and its answers that are kept."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.models import NOW, Base


class ModelUse(Base):
    """What an account has used of the model on one day of UTC, calls under way counted by their estimate."""

    __tablename__ = "model_use"
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True, index=True)
    tokens: Mapped[int] = mapped_column(BigInteger)
    usd: Mapped[Decimal] = mapped_column(Numeric(18, 8))
    seconds: Mapped[Decimal] = mapped_column(Numeric(12, 3))


class ModelAnswer(Base):
    """A model's accepted answer, by the digest of all that it depends on; the request itself is not kept here."""

    __tablename__ = "model_answers"
    key: Mapped[str] = mapped_column(primary_key=True)
    model: Mapped[str]
    document: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW, index=True)

"""The tables of fine-tuning: jobs, and how models answered the examples that they are judged by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Double, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.models import NOW, Base

UNFINISHED = text("finished_at IS NULL")


class TuningJobRow(Base):
    """A fine-tuning job; its columns are the fields of `shared.domain.learning.TuningJob`. One at a time."""

    __tablename__ = "tuning_jobs"
    __table_args__ = (Index("one_tuning_job", text("(finished_at IS NULL)"), unique=True, postgresql_where=UNFINISHED),)
    id: Mapped[str] = mapped_column(primary_key=True)
    base_model: Mapped[str]
    suffix: Mapped[str | None]
    epochs: Mapped[int | None]
    examples: Mapped[int]
    file_digest: Mapped[str]
    state: Mapped[str]
    created_by: Mapped[str] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    cancelling: Mapped[bool] = mapped_column(server_default="false")
    file_id: Mapped[str | None]
    remote_id: Mapped[str | None]
    tuned_model: Mapped[str | None]
    trained_tokens: Mapped[int | None]
    estimated_finish: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None]
    problem: Mapped[str | None]
    seen_at: Mapped[datetime | None]
    events: Mapped[list[Any]] = mapped_column(server_default="[]")
    claimed_until: Mapped[datetime | None]


class ModelScore(Base):
    """How a model answered one example, by the example's digest; `agrees` is null while it is being asked."""

    __tablename__ = "model_scores"
    model: Mapped[str] = mapped_column(primary_key=True)
    example: Mapped[str] = mapped_column(primary_key=True)
    agrees: Mapped[dict[str, Any] | None]
    calls: Mapped[int] = mapped_column(server_default="0")
    fell_back: Mapped[bool] = mapped_column(server_default="false")
    seconds: Mapped[float] = mapped_column(Double(), server_default="0")
    tokens: Mapped[int] = mapped_column(server_default="0")
    claimed_until: Mapped[datetime]
    scored_at: Mapped[datetime | None] = mapped_column(index=True)

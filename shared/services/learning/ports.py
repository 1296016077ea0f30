"""What fine-tuning needs of PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from shared.domain.learning import Approved, Score, Switched, TuningJob
from shared.domain.paging import Listing, Page
from shared.domain.vm import Actor


class LearningStore(Protocol):
    """Each write is one transaction, those that a person asks for with their audit record."""

    def approved(self, before: tuple[datetime, str] | None, limit: int) -> Sequence[Approved]:
        """Approvals of what had been suggested, newest first, older than the cursor."""

    def create_job(self, actor: Actor, job: TuningJob, key: str, answer: Mapping[str, Any]) -> None:
        """The job, and the answer to the idempotency key. Conflict `job_in_progress` while another has not ended."""

    def job(self, job_id: str) -> TuningJob:
        """NotFound `no_such_job`."""

    def jobs(self, page: Page) -> Listing[TuningJob]:
        """The newest first."""

    def tuned(self) -> Sequence[TuningJob]:
        """Every job that gave a model, the newest first."""

    def claim_job(self, job_id: str, claim: timedelta, fresh: timedelta) -> TuningJob | None:
        """The job, this worker's alone for that long; None if it has ended, another has it, or it was seen less than
        `fresh` ago."""

    def save_job(self, job: TuningJob, *, done: bool) -> TuningJob | None:
        """The job as it is known now; None if the claim with which it was read no longer holds. `done`: this look is
        over."""

    def cancel_job(self, actor: Actor, job_id: str) -> None:
        """It is to be cancelled. Conflict `job_ended`, NotFound `no_such_job`."""

    def begin_score(self, model: str, example: str, claim: timedelta) -> bool:
        """Written down before the model is asked; False if it has answered, or is being asked by another."""

    def abandon_score(self, model: str, example: str) -> None:
        """It was not asked after all."""

    def finish_score(self, score: Score) -> None:
        """What came of it."""

    def scores(self, model: str, examples: Collection[str]) -> Sequence[Score]:
        """A model's scores on these examples, as far as there are any."""

    def tokens_since(self, length: timedelta) -> int:
        """Tokens that evaluations have used in that length of time until now."""

    def chosen(self) -> str | None:
        """The model that an administrator has switched to; None: the configured one."""

    def choose(self, actor: Actor, model: str | None, judged: Mapping[str, Any]) -> None:
        """Switch; nothing if it is chosen already."""

    def switches(self, limit: int) -> Sequence[Switched]:
        """The latest switches, newest first."""

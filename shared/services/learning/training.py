"""Use case: a fine-tuning job. Its row is written before anything is sent, and after each answer; whoever looks at it
takes it as far as it will go, so a crash between two calls makes no second job and loses none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from shared import auth
from shared.domain.errors import Conflict, Refusal
from shared.domain.learning import ENDED, RemoteJob, TuningJob
from shared.domain.paging import Listing, Page
from shared.domain.vm import Actor
from shared.services.learning.exporting import Exporting
from shared.services.learning.ports import LearningStore
from shared.services.ports import Idempotency
from shared.services.requesting import Answer, digest
from shared.services.views import moment
from shared.suggestion.model.tuning import Tuning, TuningFailed

FEWEST = 10  # OpenAI trains on no fewer examples
CLAIM = timedelta(minutes=2)  # longer than the five calls of one look may take
FRESH = timedelta(seconds=10)  # a job seen so lately is shown as it was seen


class Training:
    """`tuning` is None where no model is configured; `environment` is in the names of our files."""

    def __init__(
        self,
        store: LearningStore,
        idempotency: Idempotency,
        exporting: Exporting,
        tuning: Tuning | None,
        clock: Callable[[], datetime],
        environment: str,
        base_model: str,
    ) -> None:
        self.store = store
        self.idempotency = idempotency
        self.exporting = exporting
        self.tuning = tuning
        self.clock = clock
        self.environment = environment
        self.base_model = base_model

    def start(self, actor: Actor, key: str, base_model: str | None, suffix: str | None, epochs: int | None) -> Answer:
        """202 with the job. Conflict `no_model`, `too_few_examples` or `job_in_progress`. The same key answers the same
        again."""
        self._provider()
        base = base_model or self.base_model
        if given := self.idempotency.begin(actor.id, key, "fine-tune", digest(base, suffix, epochs)):
            return Answer(*given)
        try:
            lines = list(self.exporting.lines("train"))
            if len(lines) < FEWEST:
                told = f"At least {FEWEST} examples to train on are needed; so far: {len(lines)}."
                raise Conflict("too_few_examples", told, examples=len(lines), needed=FEWEST)
            job = TuningJob(
                id=auth.new_id(),
                base_model=base,
                suffix=suffix,
                epochs=epochs,
                examples=len(lines),
                file_digest=_digest(lines),
                state="preparing",
                created_by=actor.id,
                created_at=self.clock(),
            )
            self.store.create_job(actor, job, key, job_view(job))
        except Refusal:
            self.idempotency.abandon(actor.id, key)
            raise
        self._look(job.id)
        return Answer(202, job_view(job))

    def jobs(self, page: Page) -> Listing[dict[str, Any]]:
        """All jobs, newest first; the one in progress as it is now."""
        found = self.store.jobs(page)
        return Listing([job_view(job if job.finished_at else self._look(job.id)) for job in found.items], found.next)

    def job(self, job_id: str) -> dict[str, Any]:
        """One job with its log, as it is now. NotFound `no_such_job`."""
        job = self.store.job(job_id)
        return job_view(job if job.finished_at else self._look(job_id))

    def cancel(self, actor: Actor, job_id: str) -> dict[str, Any]:
        """Stop it, as soon as the provider can be told. Conflict `job_ended`."""
        self._provider()
        self.store.cancel_job(actor, job_id)
        return job_view(self._look(job_id))

    def _provider(self) -> Tuning:
        if self.tuning is None:
            raise Conflict("no_model", "No model is configured: set OPENAI_API_KEY to tune one.")
        return self.tuning

    def _look(self, job_id: str) -> TuningJob:
        """Take it as far as it will go."""
        job = self.store.claim_job(job_id, CLAIM, FRESH) if self.tuning else None
        if job is None:
            return self.store.job(job_id)
        try:
            if job.remote_id is None:
                job = self._begun(job)
            if job.finished_at is None:
                job = self._followed(job)
        except TuningFailed as failure:
            job = replace(job, problem=str(failure))
        except _Refused as refusal:
            job = self._failed(refusal.job, str(refusal))
        except _Unsettled as unsettled:  # the claim stays: until it lapses, what was done may not be listed yet
            self.store.save_job(replace(unsettled.job, problem=str(unsettled)), done=False)
            return self.store.job(job_id)
        except _TakenOver:
            return self.store.job(job_id)
        return self.store.save_job(job, done=True) or self.store.job(job_id)

    def _begun(self, job: TuningJob) -> TuningJob:
        """At the provider's: found there by its mark, or made; or not made after all, where it is to be cancelled."""
        provider = self._provider()
        found = provider.marked(job.id)
        if found is None and job.cancelling:
            return replace(job, state="cancelled", finished_at=self.clock(), problem=None)
        if found is None:
            job = self._filed(job)
            with _writing(job):
                found = provider.create(job.file_id or "", job.base_model, job.id, job.suffix, job.epochs)
        return self._saved(self._seen(job, found))

    def _filed(self, job: TuningJob) -> TuningJob:
        """With its training file: the one of its name, or a new one of what there is to train on now."""
        if job.file_id is not None:
            return job
        provider = self._provider()
        file_id = provider.file(self._name(job))
        if file_id is None:
            lines = list(self.exporting.lines("train"))
            job = self._saved(replace(job, file_digest=_digest(lines), examples=len(lines)))
            with _writing(job):
                file_id = provider.upload(self._name(job), "".join(lines).encode())
        return self._saved(replace(job, file_id=file_id))

    def _followed(self, job: TuningJob) -> TuningJob:
        """As the provider tells of it now; cancelled there if it is to be."""
        provider, id = self._provider(), job.remote_id or ""
        try:
            remote = provider.job(id)
            if job.cancelling and remote.status not in ENDED:
                remote = provider.cancel(id)
            events = provider.events(id)
        except TuningFailed as failure:
            if not failure.missing:
                raise
            return self._failed(job, "The provider no longer has the job.")
        return replace(self._seen(job, remote), events=tuple(events))

    def _saved(self, job: TuningJob) -> TuningJob:
        saved = self.store.save_job(job, done=False)
        if saved is None:
            raise _TakenOver
        return saved

    def _seen(self, job: TuningJob, remote: RemoteJob) -> TuningJob:
        finish = remote.estimated_finish
        return replace(
            job,
            remote_id=remote.id,
            state=remote.status,
            tuned_model=remote.tuned_model,
            trained_tokens=remote.trained_tokens,
            estimated_finish=datetime.fromtimestamp(finish, UTC) if finish else None,
            finished_at=self.clock() if remote.status in ENDED else None,
            error=remote.error,
            problem=None,
        )

    def _failed(self, job: TuningJob, because: str) -> TuningJob:
        return replace(job, state="failed", error=because, problem=None, finished_at=self.clock())

    def _name(self, job: TuningJob) -> str:
        return f"vmc-{self.environment}-{job.file_digest}.jsonl"


class _TakenOver(Exception):
    """The claim has lapsed, and another worker has the job."""


class _Written(Exception):
    """A write that was not answered as it should be."""

    def __init__(self, job: TuningJob, reason: str) -> None:
        super().__init__(reason)
        self.job = job


class _Refused(_Written):
    """It was not done, and would not be done if it were asked again."""


class _Unsettled(_Written):
    """Nobody knows whether it was done."""


@contextmanager
def _writing(job: TuningJob) -> Iterator[None]:
    try:
        yield
    except TuningFailed as failure:
        raise (_Unsettled if failure.passing else _Refused)(job, str(failure)) from failure


def job_view(job: TuningJob) -> dict[str, Any]:
    """As the API shows it."""
    return {
        "id": job.id,
        "base_model": job.base_model,
        "suffix": job.suffix,
        "epochs": job.epochs,
        "examples": job.examples,
        "state": "cancelling" if job.cancelling and job.finished_at is None else job.state,
        "tuned_model": job.tuned_model,
        "trained_tokens": job.trained_tokens,
        "created_at": moment(job.created_at),
        "estimated_finish": moment(job.estimated_finish),
        "finished_at": moment(job.finished_at),
        "error": job.error,
        "problem": job.problem,
        "events": [{"at": moment(event.at), "level": event.level, "message": event.message} for event in job.events],
    }


def _digest(lines: Sequence[str]) -> str:
    return sha256("".join(lines).encode()).hexdigest()[:32]

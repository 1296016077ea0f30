"""What fine-tuning reads and writes: approvals, jobs, scores, and the model that is chosen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, RowMapping, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.db import idempotency
from shared.db.auditing import Trail
from shared.db.learning_models import ModelScore, TuningJobRow
from shared.db.models import Audit, PlatformSettings, Suggestion, User, table
from shared.db.vm_models import VmRow
from shared.domain.errors import Conflict, NotFound
from shared.domain.learning import Approved, JobEvent, Score, Switched, TuningJob
from shared.domain.paging import Listing, Page, cut
from shared.domain.spec import Spec
from shared.domain.vm import Actor

JOBS, SCORES, SETTINGS = table(TuningJobRow), table(ModelScore), table(PlatformSettings)
VMS, SUGGESTIONS, USERS, AUDIT = table(VmRow), table(Suggestion), table(User), table(Audit)
NOW = func.platform_now()
SWITCHED = "model.switched"
_EVENTS = TypeAdapter(tuple[JobEvent, ...])


class PostgresLearning:
    """`trace` gives the id of the request being served, for the audit records."""

    def __init__(self, engine: Engine, trace: Callable[[], str | None] = lambda: None) -> None:
        self.engine = engine
        self.trail = Trail(trace)

    def approved(self, before: tuple[datetime, str] | None, limit: int) -> list[Approved]:
        """Approvals of what had been suggested, newest first, older than the cursor."""
        extended = (
            select(AUDIT.c.id).where(AUDIT.c.vm_id == VMS.c.id, AUDIT.c.action == "extended").correlate(VMS).exists()
        )
        query = (
            select(
                *(VMS.c[name] for name in ("id", "spec", "state", "setup", "reason", "created_at")),
                *(VMS.c[name] for name in ("started_at", "expires_at", "ended_at")),
                SUGGESTIONS.c.request,
                SUGGESTIONS.c.created_at.label("asked_at"),
                SUGGESTIONS.c.document["spec"].label("suggested"),
                SUGGESTIONS.c.document["analysis"]["intent"].astext.label("intent"),
                SUGGESTIONS.c.document["explanation"].astext.label("explanation"),
                func.coalesce(USERS.c.preferences["learn_from_requests"].as_boolean(), False).label("consent"),
                extended.label("extended"),
            )
            .join(SUGGESTIONS, (SUGGESTIONS.c.id == VMS.c.suggestion_id) & (SUGGESTIONS.c.user_id == VMS.c.owner_id))
            .join(USERS, USERS.c.id == VMS.c.owner_id)
            .where(SUGGESTIONS.c.document["spec"].astext.is_not(None))
            .order_by(VMS.c.created_at.desc(), VMS.c.id.desc())
            .limit(limit)
        )
        if before is not None:
            at, vm_id = before
            query = query.where((VMS.c.created_at < at) | ((VMS.c.created_at == at) & (VMS.c.id < vm_id)))
        with self.engine.begin() as connection:
            return [_approved(row) for row in connection.execute(query).mappings()]

    def create_job(self, actor: Actor, job: TuningJob, key: str, answer: Mapping[str, Any]) -> None:
        """The job's row, its audit record and the answer to the key, in one transaction. Conflict `job_in_progress`
        while another has not ended."""
        made = upsert(JOBS).values(_columns(job) | {"created_at": job.created_at}).on_conflict_do_nothing()
        with self.engine.begin() as connection:
            if not connection.execute(made).rowcount:
                told = "A fine-tuning job is in progress: wait for its end, or cancel it."
                raise Conflict("job_in_progress", told)
            after = {"id": job.id, "base_model": job.base_model, "examples": job.examples}
            self.trail.record(connection, actor, "fine_tuning.started", job.base_model, after=after)
            idempotency.answer(connection, actor.id, key, 202, answer)

    def job(self, job_id: str) -> TuningJob:
        """NotFound `no_such_job`."""
        with self.engine.begin() as connection:
            return self._job(connection, job_id)

    def jobs(self, page: Page) -> Listing[TuningJob]:
        """The newest first."""
        query = select(JOBS).order_by(JOBS.c.created_at.desc(), JOBS.c.id.desc()).limit(page.size + 1)
        if page.after is not None:
            last = select(JOBS.c.created_at, JOBS.c.id).where(JOBS.c.id == page.after).subquery()
            query = query.where(
                (JOBS.c.created_at < last.c.created_at)
                | ((JOBS.c.created_at == last.c.created_at) & (JOBS.c.id < last.c.id))
            )
        with self.engine.begin() as connection:
            found = [_job(row) for row in connection.execute(query).mappings()]
        return cut(found, page, lambda job: job.id)

    def claim_job(self, job_id: str, claim: timedelta, fresh: timedelta) -> TuningJob | None:
        """The job, this worker's alone for that long; None if it has ended, another has it, or it was seen less than
        `fresh` ago."""
        seen = JOBS.c.seen_at.is_(None) | (JOBS.c.seen_at <= NOW - fresh)
        free = JOBS.c.claimed_until.is_(None) | (JOBS.c.claimed_until <= NOW)
        taken = update(JOBS).where(JOBS.c.id == job_id, JOBS.c.finished_at.is_(None), seen, free)
        with self.engine.begin() as connection:
            row = connection.execute(taken.values(claimed_until=NOW + claim).returning(JOBS)).mappings().first()
            return _job(row) if row else None

    def save_job(self, job: TuningJob, *, done: bool) -> TuningJob | None:
        """The job as it is known now, if the claim with which it was read still holds; None if it does not. `done`:
        this look is over, and the claim given back."""
        values = _columns(job)
        if done:
            values |= {"seen_at": NOW, "claimed_until": None}
        mine = (JOBS.c.id == job.id) & (JOBS.c.claimed_until == job.claimed_until)
        with self.engine.begin() as connection:
            row = connection.execute(update(JOBS).where(mine).values(values).returning(JOBS)).mappings().first()
            return _job(row) if row else None

    def cancel_job(self, actor: Actor, job_id: str) -> None:
        """It is to be cancelled; done already if it was to be. Conflict `job_ended`, NotFound `no_such_job`."""
        with self.engine.begin() as connection:
            job = self._job(connection, job_id, lock=True)
            if job.finished_at is not None:
                raise Conflict("job_ended", f"The job has ended already: {job.state}.")
            if not job.cancelling:
                connection.execute(update(JOBS).where(JOBS.c.id == job_id).values(cancelling=True, seen_at=None))
                self.trail.record(connection, actor, "fine_tuning.cancelled", job.base_model, after={"id": job_id})

    def tuned(self) -> list[TuningJob]:
        """Every job that gave a model, the newest first."""
        query = select(JOBS).where(JOBS.c.state == "succeeded", JOBS.c.tuned_model.is_not(None))
        with self.engine.begin() as connection:
            found = connection.execute(query.order_by(JOBS.c.finished_at.desc(), JOBS.c.id)).mappings()
            return [_job(row) for row in found]

    def begin_score(self, model: str, example: str, claim: timedelta) -> bool:
        """Written down before the model is asked; False if it has answered, or is being asked by another."""
        mine = upsert(SCORES).values(model=model, example=example, claimed_until=NOW + claim)
        mine = mine.on_conflict_do_update(
            index_elements=["model", "example"],
            set_={"claimed_until": mine.excluded.claimed_until},
            where=SCORES.c.agrees.is_(None) & (SCORES.c.claimed_until <= NOW),
        )
        with self.engine.begin() as connection:
            return bool(connection.execute(mine).rowcount)

    def abandon_score(self, model: str, example: str) -> None:
        """It was not asked after all."""
        this = (SCORES.c.model == model) & (SCORES.c.example == example) & SCORES.c.agrees.is_(None)
        with self.engine.begin() as connection:
            connection.execute(update(SCORES).where(this).values(claimed_until=NOW))

    def finish_score(self, score: Score) -> None:
        """What came of it."""
        this = (SCORES.c.model == score.model) & (SCORES.c.example == score.example)
        with self.engine.begin() as connection:
            connection.execute(update(SCORES).where(this).values(asdict(score) | {"scored_at": NOW}))

    def scores(self, model: str, examples: Collection[str]) -> list[Score]:
        """A model's scores on these examples, as far as there are any."""
        query = select(*(SCORES.c[each.name] for each in fields(Score)))
        query = query.where(SCORES.c.model == model, SCORES.c.example.in_(examples), SCORES.c.agrees.is_not(None))
        with self.engine.begin() as connection:
            return [Score(**row) for row in connection.execute(query).mappings()]

    def tokens_since(self, length: timedelta) -> int:
        """Tokens that evaluations have used in that length of time until now."""
        query = select(func.coalesce(func.sum(SCORES.c.tokens), 0)).where(SCORES.c.scored_at > NOW - length)
        with self.engine.begin() as connection:
            return int(connection.execute(query).scalar_one())

    def chosen(self) -> str | None:
        """The model that an administrator has switched to; None: the configured one."""
        with self.engine.begin() as connection:
            found: str | None = connection.execute(select(SETTINGS.c.model)).scalar_one_or_none()
            return found

    def choose(self, actor: Actor, model: str | None, judged: Mapping[str, Any]) -> None:
        """Switch, with its audit record; nothing if it is chosen already."""
        with self.engine.begin() as connection:
            connection.execute(upsert(SETTINGS).values(id=1).on_conflict_do_nothing())
            was = connection.execute(select(SETTINGS.c.model).with_for_update()).scalar_one()
            if was != model:
                connection.execute(update(SETTINGS).values(model=model))
                old, new = {"model": was}, {"model": model, **judged}
                self.trail.record(connection, actor, SWITCHED, model or "", before=old, after=new)

    def switches(self, limit: int) -> list[Switched]:
        """The latest switches, newest first, from the audit log."""
        query = (
            select(AUDIT.c.at, func.coalesce(USERS.c.email, AUDIT.c.actor_id), AUDIT.c.before, AUDIT.c.after)
            .outerjoin(USERS, USERS.c.id == AUDIT.c.actor_id)
            .where(AUDIT.c.action == SWITCHED)
            .order_by(AUDIT.c.id.desc())
            .limit(limit)
        )
        with self.engine.begin() as connection:
            return [_switched(*row) for row in connection.execute(query)]

    def _job(self, connection: Connection, job_id: str, *, lock: bool = False) -> TuningJob:
        query = select(JOBS).where(JOBS.c.id == job_id)
        row = connection.execute(query.with_for_update() if lock else query).mappings().first()
        if row is None:
            raise NotFound("no_such_job", "There is no such fine-tuning job.")
        return _job(row)


def _approved(row: RowMapping) -> Approved:
    same = set(Approved.__dataclass_fields__) - {"suggested", "approved", "cursor"}
    return Approved(
        suggested=Spec.model_validate(row["suggested"]),
        approved=Spec.model_validate(row["spec"]),
        cursor=(row["created_at"], row["id"]),
        **{name: row[name] for name in same},
    )


def _columns(job: TuningJob) -> dict[str, Any]:
    """All but what others write meanwhile."""
    own = {each.name: getattr(job, each.name) for each in fields(TuningJob)}
    for name in ("cancelling", "seen_at", "claimed_until", "created_at"):
        del own[name]
    return own | {"events": _EVENTS.dump_python(job.events, mode="json")}


def _job(row: RowMapping) -> TuningJob:
    return TuningJob(**{**row, "events": _EVENTS.validate_python(row["events"])})


def _switched(at: datetime, actor: str, before: dict[str, Any], after: dict[str, Any]) -> Switched:
    return Switched(at, actor, before["model"], after.pop("model"), after)

"""What is learned from: what was approved and what came of it, the fine-tuning jobs, and how well a model answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from shared.domain.spec import Spec

Split = Literal["train", "held_back"]
JobState = Literal["preparing", "validating_files", "queued", "running", "succeeded", "failed", "cancelled"]
ENDED: frozenset[JobState] = frozenset({"succeeded", "failed", "cancelled"})


@dataclass(frozen=True, slots=True)
class Approved:
    """A request, what was suggested, what was approved in its place, and what the registry knows of what came of it.

    `explanation`: what the model said of it, if it was asked. `consent`: its writer lets it be learned from. `state`,
    `setup` and `reason` are the VM's own (see `shared.domain.life`); `extended`: its lease was made longer. `cursor`:
    where the next older one begins.
    """

    request: str
    asked_at: datetime
    intent: str
    explanation: str | None
    suggested: Spec
    approved: Spec
    consent: bool
    state: str
    setup: str
    reason: str | None
    started_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None
    extended: bool
    cursor: tuple[datetime, str]


@dataclass(frozen=True, slots=True)
class JobEvent:
    """One line of a job's own log."""

    at: datetime
    level: str
    message: str


@dataclass(frozen=True, slots=True)
class RemoteJob:
    """A fine-tuning job as its provider tells of it; moments in seconds since the epoch."""

    id: str
    status: JobState
    tuned_model: str | None = None
    trained_tokens: int | None = None
    estimated_finish: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class TuningJob:
    """A fine-tuning job of ours. Its row is written before anything is sent: `preparing` until the provider has the
    file (`file_id`, named by `file_digest`) and the job (`remote_id`). `cancelling`: an administrator wants it stopped.
    `problem` is why the last try did not get further, `error` why it failed for good, `events` the job's own log,
    newest first. `claimed_until` is what a worker holds it by."""

    id: str
    base_model: str
    suffix: str | None
    epochs: int | None
    examples: int
    file_digest: str
    state: JobState
    created_by: str
    created_at: datetime
    cancelling: bool = False
    file_id: str | None = None
    remote_id: str | None = None
    tuned_model: str | None = None
    trained_tokens: int | None = None
    estimated_finish: datetime | None = None
    finished_at: datetime | None = None
    error: str | None = None
    problem: str | None = None
    seen_at: datetime | None = None
    events: tuple[JobEvent, ...] = ()
    claimed_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """How one model answered one example. `agrees`: by field of the answer, whether it is what was approved;
    `calls` above one means that it had to be repaired, `fell_back` that the rules answered in its place.
    `seconds` and `tokens` are those of all its calls."""

    model: str
    example: str
    agrees: Mapping[str, bool] = field(default_factory=dict)
    calls: int = 1
    fell_back: bool = False
    seconds: float = 0.0
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Switched:
    """One change of the model that answers: by whom, from which to which (None: the configured one), and in `judged`
    the scores of both and the reason, if it was done without."""

    at: datetime
    actor: str
    before: str | None
    after: str | None
    judged: Mapping[str, Any]

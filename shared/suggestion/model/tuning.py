"""OpenAI's files and fine-tuning jobs, thin: nothing here retries a write or decides anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from shared.domain.learning import JobEvent, RemoteJob

MARK = "vmc_job"  # the metadata key by which a job of ours is found again
LOOKED_AT = 500  # files that are looked through for one of ours, newest first
EVENTS = 30
_PASSING = frozenset({408, 409, 429})


class TuningFailed(Exception):
    """The provider did not do it; the reason is a sentence that may be shown. `passing`: the same may work later, and,
    if it was a write, may have been done. `missing`: there is no such thing."""

    def __init__(self, reason: str, *, passing: bool, missing: bool = False) -> None:
        super().__init__(reason)
        self.passing = passing
        self.missing = missing


class Tuning(Protocol):
    """A provider of fine-tuning. Every method has a time-out and raises TuningFailed."""

    def file(self, name: str) -> str | None:
        """The id of the training file of that name, None if there is none."""

    def upload(self, name: str, lines: bytes) -> str:
        """A training file (JSONL); its id."""

    def marked(self, mark: str) -> RemoteJob | None:
        """The job that carries this mark, None if there is none."""

    def create(self, file_id: str, base_model: str, mark: str, suffix: str | None, epochs: int | None) -> RemoteJob:
        """A new job with this mark. Look for it first: each call makes one."""

    def job(self, id: str) -> RemoteJob:
        """One job, as it is."""

    def events(self, id: str) -> Sequence[JobEvent]:
        """Its latest events, newest first."""

    def cancel(self, id: str) -> RemoteJob:
        """Stop it; as it is then."""


@dataclass(frozen=True, slots=True)
class OpenAITuning:
    """Any server that speaks OpenAI's files and fine-tuning; `timeout` in seconds, for one call."""

    api_key: str
    base_url: str | None = None
    timeout: float = 20.0

    def file(self, name: str) -> str | None:
        with self._client(retries=2) as client:
            for number, each in enumerate(client.files.list(purpose="fine-tune", order="desc")):
                if each.filename == name:
                    return str(each.id)
                if number == LOOKED_AT:
                    return None
            return None

    def upload(self, name: str, lines: bytes) -> str:
        with self._client() as client:
            return str(client.files.create(file=(name, lines, "application/jsonl"), purpose="fine-tune").id)

    def marked(self, mark: str) -> RemoteJob | None:
        with self._client(retries=2) as client:
            found = client.fine_tuning.jobs.list(metadata={MARK: mark}, limit=1).data
            return _job(found[0]) if found else None

    def create(self, file_id: str, base_model: str, mark: str, suffix: str | None, epochs: int | None) -> RemoteJob:
        chosen: dict[str, Any] = {"suffix": suffix} if suffix else {}
        hyperparameters: dict[str, Any] = {"n_epochs": epochs} if epochs else {}
        with self._client() as client:
            made = client.fine_tuning.jobs.create(
                model=base_model,
                training_file=file_id,
                metadata={MARK: mark},
                method={"type": "supervised", "supervised": {"hyperparameters": hyperparameters}},
                **chosen,
            )
            return _job(made)

    def job(self, id: str) -> RemoteJob:
        with self._client(retries=2) as client:
            return _job(client.fine_tuning.jobs.retrieve(id))

    def events(self, id: str) -> Sequence[JobEvent]:
        with self._client(retries=2) as client:
            found = client.fine_tuning.jobs.list_events(id, limit=EVENTS).data
            return [JobEvent(datetime.fromtimestamp(each.created_at, UTC), each.level, each.message) for each in found]

    def cancel(self, id: str) -> RemoteJob:
        with self._client() as client:
            return _job(client.fine_tuning.jobs.cancel(id))

    @contextmanager
    def _client(self, retries: int = 0) -> Iterator[Any]:
        """OpenAI's client, and its errors as ours."""
        import openai  # half a second that only an administrator who asks for it pays for

        client = openai.OpenAI(
            api_key=self.api_key, base_url=self.base_url or None, timeout=self.timeout, max_retries=retries
        )
        try:
            yield client
        except openai.APIStatusError as error:
            passing = error.status_code in _PASSING or error.status_code >= 500
            told = error.body.get("message") if isinstance(error.body, dict) else None
            reason = f"The model's provider answered {error.status_code}: {told or error.message}"
            raise TuningFailed(reason, passing=passing, missing=error.status_code == 404) from error
        except openai.APITimeoutError as error:
            raise TuningFailed(
                f"The model's provider did not answer within {self.timeout:g} s.", passing=True
            ) from error
        except openai.OpenAIError as error:
            reason = f"The model's provider was not understood ({type(error).__name__})."
            raise TuningFailed(reason, passing=True) from error
        finally:
            client.close()


def _job(job: Any) -> RemoteJob:
    return RemoteJob(
        id=job.id,
        status=job.status,
        tuned_model=job.fine_tuned_model,
        trained_tokens=job.trained_tokens,
        estimated_finish=job.estimated_finish,
        error=job.error.message if job.error else None,
    )

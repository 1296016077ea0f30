"""OpenAI's fine-tuning jobs. How far a job has come follows from the emulated clock alone.

Faults: `fine_tuning.jobs.create` with `operation_error` {code, message} makes a job that fails once its file is
validated; with `delay` one that runs so many seconds longer.
"""

from __future__ import annotations

import itertools
import json
from typing import Any

from starlette.requests import Request

from local.openai.calls import Refused
from local.openai.files import Files, page
from local.openai.learned import Learned
from local.server import Emulator

FEWEST = 10  # examples that OpenAI trains on
VALIDATED, STARTED = 4, 8  # seconds after its creation
A_STEP = 2  # seconds of training for each epoch, and for each ten examples of it
EPOCHS = 3  # where none are asked for
_ROLES = {"system", "user", "assistant"}


class Jobs:
    """Jobs by id, as they were created; `cancelled_at` and `failure` are what else became of them."""

    def __init__(self, emulator: Emulator, files: Files) -> None:
        self.emulator = emulator
        self.files = files
        self.created: dict[str, dict[str, Any]] = {}
        self.deleted: set[str] = set()

    async def create(self, request: Request) -> dict[str, Any]:
        body = await request.json()
        file = body.get("training_file")
        if file not in self.files.contents:
            raise Refused(400, "invalid_file", f"Invalid file ID: {file}", "training_file")
        model = str(body.get("model") or "")
        if not model or (model.startswith("ft:") and not self.offers(model)):
            raise Refused(404, "model_not_found", f"The model {model!r} does not exist.", "model")
        if len(body.get("suffix") or "") > 64:
            raise Refused(400, "string_above_max_length", "Invalid 'suffix': string too long.", "suffix")
        asked = body.get("method", {}).get("supervised", {}).get("hyperparameters", {}).get("n_epochs", "auto")
        fault = request.state.fault
        id = next(each for number in itertools.count(1) if (each := f"ftjob-local{number}") not in self.created)
        content = self.files.contents[file]
        self.created[id] = {
            "id": id,
            "at": self.emulator.clock.time(),
            "model": model,
            "training_file": file,
            "content": content,
            "suffix": body.get("suffix") or "",
            "metadata": body.get("metadata") or {},
            "epochs": EPOCHS if asked == "auto" else int(asked),
            "longer": fault.delay if fault else 0,
            "failure": (fault.operation_error if fault else None) or _invalid(content),
            "cancelled_at": None,
        }
        return self._shown(self.created[id])

    async def list(self, request: Request) -> dict[str, Any]:
        wanted = {
            name.removeprefix("metadata[").removesuffix("]"): value
            for name, value in request.query_params.items()
            if name.startswith("metadata[")
        }
        found = [each for each in self.created.values() if wanted.items() <= each["metadata"].items()]
        return page(request, [self._shown(each) for each in reversed(found)])

    async def retrieve(self, request: Request) -> dict[str, Any]:
        return self._shown(self._found(request))

    async def cancel(self, request: Request) -> dict[str, Any]:
        job = self._found(request)
        if self._status(job) in ("succeeded", "failed", "cancelled"):
            raise Refused(400, "invalid_job_state", f"Job has already completed: {job['id']}")
        job["cancelled_at"] = self.emulator.clock.time()
        return self._shown(job)

    async def events(self, request: Request) -> dict[str, Any]:
        job = self._found(request)
        told = [
            {
                "id": f"ftevent-{job['id']}-{number}",
                "object": "fine_tuning.job.event",
                "created_at": int(at),
                "level": level,
                "message": message,
                "data": {},
                "type": "message",
            }
            for number, (at, level, message) in enumerate(self._story(job))
            if at <= self.emulator.clock.time()
        ]
        return page(request, told[::-1])

    async def delete_model(self, request: Request) -> dict[str, Any]:
        model = request.path_params["model"]
        if not self.offers(model):
            raise Refused(404, "model_not_found", f"The model {model!r} does not exist.", "model")
        self.deleted.add(model)
        return {"id": model, "object": "model", "deleted": True}

    def offers(self, model: str) -> bool:
        """Whether a tuned model of that name is there."""
        return model in self.models()

    def models(self) -> list[str]:
        """The tuned models that are there."""
        done = [_name(job) for job in self.created.values() if self._status(job) == "succeeded"]
        return [name for name in done if name not in self.deleted]

    def learned(self, model: str) -> Learned:
        """What a tuned model has learned."""
        return Learned(next(job["content"] for job in self.created.values() if _name(job) == model))

    def dump(self) -> dict[str, Any]:
        return {
            "files": self.files.documents,
            "contents": self.files.contents,
            "jobs": self.created,
            "deleted": sorted(self.deleted),
        }

    def load(self, document: dict[str, Any]) -> None:
        self.files.documents, self.files.contents = document["files"], document["contents"]
        self.created, self.deleted = document["jobs"], set(document["deleted"])

    def _found(self, request: Request) -> dict[str, Any]:
        id = request.path_params["job_id"]
        if id not in self.created:
            raise Refused(404, "fine_tune_not_found", f"Could not find fine tune: {id}", "fine_tuning_job_id")
        return self.created[id]

    def _finish(self, job: dict[str, Any]) -> float:
        steps = job["epochs"] * (1 + job["content"].count("\n") // 10)
        return float(job["at"] + STARTED + job["longer"] + A_STEP * steps)

    def _status(self, job: dict[str, Any]) -> str:
        if job["cancelled_at"] is not None:
            return "cancelled"
        now, lived = self.emulator.clock.time(), self.emulator.clock.time() - job["at"]
        if lived < VALIDATED:
            return "validating_files"
        if job["failure"]:
            return "failed"
        if lived < STARTED:
            return "queued"
        return "running" if now < self._finish(job) else "succeeded"

    def _story(self, job: dict[str, Any]) -> list[tuple[float, str, str]]:
        """What happens to it, and when, as far as nobody cancels it."""
        at, file = job["at"], job["training_file"]
        told = [
            (at, "info", f"Created fine-tuning job: {job['id']}"),
            (at, "info", f"Validating training file: {file}"),
        ]
        if job["failure"]:
            told.append((at + VALIDATED, "error", str(job["failure"].get("message", "The job failed."))))
        else:
            told += [
                (at + VALIDATED, "info", "Files validated, moving job to queued state"),
                (at + STARTED, "info", "Fine-tuning job started"),
                (self._finish(job), "info", f"New fine-tuned model created: {_name(job)}"),
                (self._finish(job), "info", "The job has successfully completed"),
            ]
        if job["cancelled_at"] is None:
            return told
        return [*(each for each in told if each[0] <= job["cancelled_at"]), (job["cancelled_at"], "info", "Cancelled")]

    def _shown(self, job: dict[str, Any]) -> dict[str, Any]:
        status = self._status(job)
        ended = {"succeeded": self._finish(job), "failed": job["at"] + VALIDATED, "cancelled": job["cancelled_at"]}
        failure = {"code": "job_failed", "message": "", "param": None, **(job["failure"] or {})}
        tuned = status == "succeeded"
        return {
            "id": job["id"],
            "object": "fine_tuning.job",
            "created_at": int(job["at"]),
            "finished_at": int(ended[status]) if status in ended else None,
            "model": job["model"],
            "fine_tuned_model": _name(job) if tuned else None,
            "organization_id": "org-local",
            "result_files": [],
            "seed": 0,
            "status": status,
            "error": failure if status == "failed" else None,
            "trained_tokens": len(job["content"]) // 4 * job["epochs"] if tuned else None,
            "training_file": job["training_file"],
            "validation_file": None,
            "hyperparameters": {"n_epochs": job["epochs"], "batch_size": 1, "learning_rate_multiplier": 1.0},
            "estimated_finish": int(self._finish(job)) if status == "running" else None,
            "metadata": job["metadata"],
            "method": {"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": job["epochs"]}}},
        }


def _name(job: dict[str, Any]) -> str:
    return f"ft:{job['model']}:local:{job['suffix']}:{job['id'].removeprefix('ftjob-')}"


def _invalid(content: str) -> dict[str, Any] | None:
    """What OpenAI's validation finds wrong with a training file."""
    lines = [line for line in content.splitlines() if line.strip()]
    for number, line in enumerate(lines, 1):
        try:
            messages = json.loads(line)["messages"]
            fine = {each["role"] for each in messages} <= _ROLES and messages[-1]["role"] == "assistant"
        except (ValueError, KeyError, TypeError, IndexError):
            fine = False
        if not fine:
            told = f"The job failed due to an invalid training file. Line {number} has no proper messages."
            return {"code": "invalid_training_file", "message": told, "param": "training_file"}
    if len(lines) < FEWEST:
        told = f"Training file has {len(lines)} example(s), but must have at least {FEWEST} examples"
        return {"code": "invalid_n_examples", "message": told, "param": "training_file"}
    return None

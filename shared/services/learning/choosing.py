"""Use case: which model answers requests: the configured one, or one that was tuned. A switch counts in every running
copy within half a minute (`shared.suggestion.model.chosen`)."""

from __future__ import annotations

from typing import Any

from shared.domain.errors import Conflict, Invalid, NotFound
from shared.domain.vm import Actor
from shared.services.learning.evaluating import Evaluating
from shared.services.learning.ports import LearningStore
from shared.services.views import moment

HISTORY = 20  # switches that are shown


class Choosing:
    """`configured` is the model of the configuration, None without a key."""

    def __init__(self, store: LearningStore, evaluating: Evaluating, configured: str | None) -> None:
        self.store = store
        self.evaluating = evaluating
        self.configured = configured

    def models(self) -> dict[str, Any]:
        """The model that answers now, the configured one, those that can be switched to, and the switches so far."""
        examples = self.evaluating.exporting.held_back()
        standing = self.evaluating.standing
        return {
            "current": self.store.chosen() or self.configured,
            "configured": self.configured,
            "held_back": len(examples),
            "candidates": [
                {
                    "model": name,
                    "job": job.id if job else None,
                    "finished_at": moment(job.finished_at) if job else None,
                    "score": standing(name, examples),
                }
                for name, job in self._candidates().items()
            ],
            "history": [
                {
                    "at": moment(each.at),
                    "actor": each.actor,
                    "from": each.before or self.configured,
                    "to": each.after or self.configured,
                    **each.judged,
                }
                for each in self.store.switches(HISTORY)
            ],
        }

    def switch(self, actor: Actor, model: str, force: bool, reason: str | None) -> dict[str, Any]:
        """From now on this model answers. Back to the configured one is always allowed. To another only once it and the
        current one were judged on all that is held back (Conflict `not_evaluated`), or by `force` with a reason."""
        if self.configured is None:
            raise Conflict("no_model", "No model is configured: set OPENAI_API_KEY first.")
        if model not in self._candidates():
            raise NotFound("no_such_model", f"There is no model {model} to switch to: its job must have succeeded.")
        if force and not (reason or "").strip():
            raise Invalid("reason_required", "Say why it is switched without an evaluation.")
        judged: dict[str, Any] = {"forced": (reason or "").strip() if force else None}
        if model != self.configured:
            report = self.evaluating.report(model)
            judged |= {"candidate": report["candidate"], "current": report["current"]}
            whole = report["candidate"]["complete"] and report["current"]["complete"]
            if not (whole or force):
                told = (
                    f"{model} and the current model are not yet judged on all {report['held_back']} held-back examples."
                )
                raise Conflict("not_evaluated", f"{told} Evaluate it first, or force the switch with a reason.")
        self.store.choose(actor, None if model == self.configured else model, judged)
        return self.models()

    def _candidates(self) -> dict[str, Any]:
        """Name → the job that it came of; none for the configured one."""
        tuned = {job.tuned_model: job for job in self.store.tuned() if job.tuned_model}
        return ({self.configured: None} if self.configured else {}) | tuned

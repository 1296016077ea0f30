"""Use case: judge a model on the examples that are held back, beside the one that answers now. A few examples a call,
each answer written down, so that any call goes on where the last one ended and no example is paid for twice."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from shared.domain.errors import Conflict, NotFound
from shared.domain.learning import Score
from shared.services.learning.exporting import Exporting
from shared.services.learning.ports import LearningStore
from shared.suggestion.model.examples import Example
from shared.suggestion.model.openai_chat import ModelUnavailable
from shared.suggestion.model.schema import ModelReading

A_CALL = 8  # examples that one call asks about at most
LONG_ENOUGH = 15.0  # seconds after which a call asks no further one
CLAIM = timedelta(minutes=2)  # longer than one example may take
DAY = timedelta(days=1)

Try = Callable[[str, Example], Score]  # a model, by its name, asked about an example; raises ModelUnavailable


class Evaluating:
    """`attempt` asks a model; `most_tokens` is what evaluations may use in any 24 hours; `current` names the model that
    answers now. `attempt` is None where no model is configured."""

    def __init__(
        self,
        store: LearningStore,
        exporting: Exporting,
        attempt: Try | None,
        current: Callable[[], str],
        most_tokens: int,
    ) -> None:
        self.store = store
        self.exporting = exporting
        self.attempt = attempt
        self.current = current
        self.most_tokens = most_tokens

    def go_on(self, model: str) -> dict[str, Any]:
        """Ask the model, and the current one, about the next examples; how both stand then. Conflict `no_model`,
        `nothing_held_back` or `evaluation_budget`; NotFound `no_such_model` where the provider has none of the name."""
        if self.attempt is None:
            raise Conflict("no_model", "No model is configured: set OPENAI_API_KEY to judge one.")
        held_back = self.exporting.held_back()
        if not held_back:
            raise Conflict("nothing_held_back", "No example is held back to judge by yet: more approvals are needed.")
        problem = self._ask(self.attempt, (model, self.current()), held_back)
        return {**self.report(model, held_back), "problem": problem}

    def report(self, model: str, held_back: Sequence[Example] | None = None) -> dict[str, Any]:
        """How the model and the current one stand on the examples that are held back now."""
        examples = self.exporting.held_back() if held_back is None else held_back
        return {
            "held_back": len(examples),
            "candidate": self.standing(model, examples),
            "current": self.standing(self.current(), examples),
        }

    def standing(self, model: str, examples: Sequence[Example]) -> dict[str, Any]:
        """What a model has reached: shares from 0 to 1, seconds and tokens for an example in the mean. `complete`:
        every example was asked."""
        scores = self.store.scores(model, [each.digest for each in examples])
        whole = [all(score.agrees.values()) for score in scores]
        fields = [name for name in ModelReading.model_fields if any(name in score.agrees for score in scores)]
        return {
            "model": model,
            "scored": len(scores),
            "complete": bool(examples) and len(scores) == len(examples),
            "all_right": _mean(whole),
            "fields": {name: _mean([score.agrees.get(name, False) for score in scores]) for name in fields},
            "repaired": _mean([score.calls > 1 for score in scores]),
            "fell_back": _mean([score.fell_back for score in scores]),
            "seconds": _mean([score.seconds for score in scores]),
            "tokens": _mean([score.tokens for score in scores]),
        }

    def _ask(self, attempt: Try, models: Sequence[str], held_back: Sequence[Example]) -> str | None:
        """The next few answers; why it went no further, if it was the provider's doing."""
        until, left = time.monotonic() + LONG_ENOUGH, A_CALL
        spent = self.store.tokens_since(DAY)
        digests = [each.digest for each in held_back]
        answered = {model: {score.example for score in self.store.scores(model, digests)} for model in models}
        for example in held_back:
            for model in answered:
                if example.digest in answered[model]:
                    continue
                if spent >= self.most_tokens:
                    told = f"Evaluations have used {spent} tokens in 24 hours, and {self.most_tokens} are allowed."
                    raise Conflict("evaluation_budget", f"{told} Go on tomorrow.")
                if not left or time.monotonic() > until:
                    return None
                if not self.store.begin_score(model, example.digest, CLAIM):
                    continue
                try:
                    score = attempt(model, example)
                except ModelUnavailable as failure:
                    self.store.abandon_score(model, example.digest)
                    if failure.missing:
                        raise NotFound("no_such_model", f"The provider has no model {model}.") from failure
                    return str(failure)
                self.store.finish_score(score)
                spent, left = spent + score.tokens, left - 1
        return None


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None

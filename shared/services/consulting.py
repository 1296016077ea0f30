"""Use case: the model consulted, within what an account may use of it in a day, and never twice for the same."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Protocol

from pydantic import ValidationError

from shared.domain.model_use import NOTHING, Use
from shared.domain.suggestion import Engine
from shared.services.model_rates import Rates
from shared.suggestion.model.checks import merged, wrong
from shared.suggestion.model.context import Message, cache_key
from shared.suggestion.model.dialogue import Explanation, consult
from shared.suggestion.model.openai_chat import ANSWER_TOKENS, Answer, Model, ModelFailed, Usage
from shared.suggestion.model.schema import ModelReading, shown
from shared.suggestion.reading import Reading

log = logging.getLogger(__name__)


class Allowances(Protocol):
    """What each account has used on each day, shared by all copies of all functions."""

    def reserve(self, user_id: str, use: Use, most: Use) -> date | None:
        """Count it for today, in UTC; None, and nothing counted, where the sum would exceed `most` in anything."""

    def settle(self, user_id: str, day: date, reserved: Use, used: Use) -> None:
        """Put what was used in the place of what was reserved on that day."""


class Answers(Protocol):
    """Accepted answers, by the digest of all that they depend on. They belong to nobody."""

    def get(self, key: str) -> Mapping[str, Any] | None: ...

    def keep(self, key: str, model: str, answer: Mapping[str, Any]) -> None: ...


@dataclass(frozen=True, slots=True)
class Consulted:
    """The reading after the model was or was not asked, who made it (`model`: which one), and why so."""

    reading: Reading
    engine: Engine
    because: str
    explanation: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class Consulting:
    """`rates`: what a model costs, by its name; `most`: what an account may use in a day; `within`: seconds for one
    request, a repair included."""

    model: Model
    allowances: Allowances
    answers: Answers
    rates: Callable[[str], Rates]
    most: Use
    within: float = 20.0
    clock: Callable[[], float] = time.monotonic

    def read(
        self, user_id: str, request: str, reading: Reading, stream: bool
    ) -> Generator[Explanation, None, Consulted]:
        """The reading, completed by the model; by the rules alone where it fails or may not be asked. With `stream`
        its explanation comes while it is written. No database connection is held meanwhile."""
        asked = self.model.name
        key = cache_key(request, reading, asked)
        answer = self._kept(key, request, reading)
        metered = _Metered(self, user_id)
        try:
            if answer is not None:
                because = "The model completed what the rules read; it was asked the same before."
                yield Explanation(1, shown(answer.explanation))
            else:
                because = "The model completed what the rules read."
                answer = yield from consult(request, reading, metered, self.within, stream, self.clock)
                if metered.stand_in is None:
                    self.answers.keep(key, asked, answer.model_dump(mode="json"))
                else:
                    because = f"The model {asked} is gone, and {metered.stand_in} completed what the rules read."
        except ModelFailed as failure:
            return self._logged(metered, Consulted(reading, "rules", f"{failure} The rules answered instead."))
        completed = merged(request, answer, reading)
        explanation = shown(answer.explanation) or None
        return self._logged(metered, Consulted(completed, "model", because, explanation, metered.stand_in or asked))

    def _kept(self, key: str, request: str, reading: Reading) -> ModelReading | None:
        """An answer given before, if it still passes."""
        document = self.answers.get(key)
        try:
            answer = ModelReading.model_validate(document) if document else None
        except ValidationError:
            return None
        return answer if answer and not wrong(request, answer, reading) else None

    def _logged(self, metered: _Metered, consulted: Consulted) -> Consulted:
        """One line a request; the person's words and the model's are not in it."""
        told = {
            "engine": consulted.engine,
            "because": consulted.because if metered.calls or consulted.engine == "rules" else "cached",
            "model": self.model.name,
            "calls": metered.calls,
            "tokens": metered.used.tokens,
            "usd": str(metered.used.usd),
            "seconds": str(metered.used.seconds),
        }
        log.info("the model was consulted", extra=told)
        return consulted


@dataclass(slots=True)
class _Metered:
    """The model, counted against an account's allowance: an estimate before each call, what was used after it."""

    by: Consulting
    user_id: str
    calls: int = 0
    stand_in: str | None = None
    used: Use = NOTHING

    @property
    def name(self) -> str:
        return self.by.model.name

    def ask(self, messages: Sequence[Message], within: float, stream: bool) -> Generator[str, None, Answer]:
        """As Model.ask. Where nobody can tell what was used, the estimate stays counted."""
        expected = Usage(_tokens(messages), ANSWER_TOKENS)
        reserved = self._cost(expected, within)
        day = self.by.allowances.reserve(self.user_id, reserved, self.by.most)
        if day is None:
            raise ModelFailed("Today's allowance for the model is used up; there is a new one at midnight UTC.")
        began, usage = self.by.clock(), None
        try:
            answer = yield from self.by.model.ask(messages, within, stream)
            usage, self.stand_in = answer.usage, answer.stand_in or self.stand_in
            return answer
        except ModelFailed as failure:
            usage = failure.usage
            raise
        finally:
            used = self._cost(usage or expected, self.by.clock() - began)
            self.by.allowances.settle(self.user_id, day, reserved, used)
            self.calls += 1
            self.used += used

    def _cost(self, usage: Usage, seconds: float) -> Use:
        usd = self.by.rates(self.name).cost(usage.tokens_in, usage.tokens_out)
        return Use(usage.tokens_in + usage.tokens_out, usd, Decimal(f"{seconds:.3f}"))


@cache
def _schema() -> int:
    """The length of the schema, which travels with every question."""
    return len(json.dumps(ModelReading.model_json_schema()))


def _tokens(messages: Sequence[Message]) -> int:
    """How many tokens the question takes at most: three bytes of UTF-8 a token, where English has about four."""
    return -(-(sum(len(message["content"].encode()) for message in messages) + _schema()) // 3)

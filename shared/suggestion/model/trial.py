"""One model on one example: what it answers, judged by what was approved."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from shared.domain.learning import Score
from shared.suggestion.model.context import Message
from shared.suggestion.model.dialogue import consult
from shared.suggestion.model.examples import Example, agreement
from shared.suggestion.model.openai_chat import Answer, Model, ModelFailed, ModelUnavailable, Usage
from shared.suggestion.model.schema import as_answer


@dataclass
class Counted:
    """A model whose calls, and the tokens of their answers, are counted."""

    model: Model
    calls: int = 0
    tokens: int = 0

    @property
    def name(self) -> str:
        return self.model.name

    def ask(self, messages: Sequence[Message], within: float, stream: bool) -> Generator[str, None, Answer]:
        """As Model.ask."""
        self.calls += 1
        try:
            answer = yield from self.model.ask(messages, within, stream)
        except ModelFailed as failure:
            self._count(failure.usage)
            raise
        self._count(answer.usage)
        return answer

    def _count(self, usage: Usage | None) -> None:
        self.tokens += usage.tokens_in + usage.tokens_out if usage else 0


def tried(model: Model, example: Example, within: float) -> Score:
    """Asked exactly as a request would be, for `within` seconds: checked, repaired once, else the rules answer, and
    their answer is judged. Raises ModelUnavailable."""
    counted, began = Counted(model), time.monotonic()
    asking = consult(example.text, example.reading, counted, within, stream=False)
    answer, fell_back = as_answer(example.reading), False
    try:
        while True:
            next(asking)
    except StopIteration as end:
        answer = end.value
    except ModelUnavailable:
        raise
    except ModelFailed:
        fell_back = True
    return Score(
        model=model.name,
        example=example.digest,
        agrees=agreement(answer, example.answer),
        calls=counted.calls,
        fell_back=fell_back,
        seconds=time.monotonic() - began,
        tokens=counted.tokens,
    )

"""One model on one example: what it answers, judged by what was approved."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.learning import Score
from shared.suggestion.examples import Example, agreement, as_answer
from shared.suggestion.model import Message, Model, ModelFailed, ModelReading, ModelUnavailable, read


@dataclass
class Heard:
    """A model whose last answer and number of answers are kept."""

    model: Model
    answer: ModelReading | None = None
    calls: int = 0

    def complete(self, messages: Sequence[Message]) -> ModelReading:
        self.calls += 1
        self.answer = self.model.complete(messages)
        return self.answer


def tried(name: str, model: Model, example: Example) -> Score:
    """Asked exactly as a request would be: checked, repaired once, else the rules answer, and their answer is judged.
    `tokens` is left to whoever made the model. Raises ModelUnavailable."""
    heard, fell_back, began = Heard(model), False, time.monotonic()
    try:
        read(example.text, example.reading, heard)
    except ModelUnavailable:
        raise
    except ModelFailed:
        fell_back = True
    answer = as_answer(example.reading) if fell_back or heard.answer is None else heard.answer
    return Score(
        model=name,
        example=example.digest,
        agrees=agreement(answer, example.answer),
        calls=heard.calls,
        fell_back=fell_back,
        seconds=time.monotonic() - began,
    )

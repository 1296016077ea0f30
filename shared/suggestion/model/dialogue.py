"""One request put to the model: asked, checked, repaired once. Its words are data: they add to what the rules read,
never contradict it, and never carry prices, machines or orders."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import from_json

from shared.suggestion.model.checks import wrong
from shared.suggestion.model.context import question
from shared.suggestion.model.openai_chat import Answer, Model, ModelFailed
from shared.suggestion.model.schema import LONGEST_EXPLANATION, ModelReading, shown
from shared.suggestion.reading import Reading

_TOLD = 10  # complaints at most that are told to the model, and to the person where it stays wrong


@dataclass(frozen=True, slots=True)
class Explanation:
    """More of what the model says in explanation, as it writes it; a later `attempt` takes the place of an earlier."""

    attempt: int
    delta: str


def consult(
    request: str,
    reading: Reading,
    model: Model,
    within: float,
    stream: bool,
    clock: Callable[[], float] = time.monotonic,
) -> Generator[Explanation, None, ModelReading]:
    """An answer that may be used: checked against the catalogue and against what the request states. A wrong one is
    sent back once with what is wrong. `within`: seconds for all of it. Raises ModelFailed."""
    until = clock() + within
    chat = question(request, reading)
    amiss: list[str] = []
    for attempt in (1, 2):
        left = until - clock()
        if left <= 0:
            break
        answer = yield from _heard(attempt, model.ask(chat, left, stream))
        found, amiss = _judged(request, answer, reading)
        if found is not None and not amiss:
            return found
        told = f"Not accepted: {' '.join(amiss)} Answer once more."
        chat += [{"role": "assistant", "content": answer.content}, {"role": "user", "content": told}]
    raise ModelFailed(f"The model's answer was not accepted: {' '.join(amiss)}")


def _judged(request: str, answer: Answer, reading: Reading) -> tuple[ModelReading | None, list[str]]:
    try:
        found = ModelReading.model_validate_json(answer.content)
    except ValidationError as error:
        first, *_ = error.errors(include_url=False, include_input=False, include_context=False)
        where = ".".join(str(part) for part in first["loc"])[:80]
        return None, [
            f"The answer could not be read in the schema: {f'{where}: ' if where else ''}{first['msg'][:200]}."
        ]
    return found, wrong(request, found, reading)[:_TOLD]


def _heard(attempt: int, answer: Generator[str, None, Answer]) -> Generator[Explanation, None, Answer]:
    """The explanation's text as far as it is written, each piece once."""
    said = ""
    try:
        while True:
            written = next(answer)
            now = _explained(written) if len(said) < LONGEST_EXPLANATION else said
            if len(now) > len(said) and now.startswith(said):
                yield Explanation(attempt, now[len(said) :])
                said = now
    except StopIteration as end:
        answered: Answer = end.value
        return answered
    finally:
        answer.close()


def _explained(content: str) -> str:
    """The explanation in an answer that may still be unfinished."""
    try:
        begun = from_json(content, allow_partial="trailing-strings")
    except ValueError:
        return ""
    text = begun.get("explanation") if isinstance(begun, dict) else None
    return shown(text) if isinstance(text, str) else ""

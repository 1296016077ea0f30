"""Puts every case to the real use case, in this process, and keeps what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from shared.domain.errors import VmCreatorError
from shared.domain.suggestion import Suggestion
from shared.suggestion.model.openai_chat import Model
from tests.asking import suggesting
from tests.eval.cases import Case
from tests.eval.constraints import Verdict, verdicts
from tests.eval.machines import price_ratio, sized

WARM_UP = 5


@dataclass(frozen=True, slots=True)
class Result:
    """A case's answer, judged. `ratio`: its total over the cheapest possible, for cases that size the machine.
    `seconds`: one a text. `error`: what was raised in place of an answer."""

    case: Case
    suggestion: Suggestion | None
    verdicts: tuple[Verdict, ...]
    ratio: Decimal | None
    seconds: tuple[float, ...]
    error: str | None = None

    @property
    def met(self) -> bool:
        return all(verdict.met for verdict in self.verdicts)

    @property
    def saving(self) -> Decimal | None:
        """Per cent less than the usual choice; None where the quote tells none."""
        quote = self.suggestion.quote if self.suggestion else None
        return quote.saving.percent if quote and quote.saving else None


def run(cases: Sequence[Case], model: Model | None = None) -> tuple[Result, ...]:
    """Every case's result, in order. The first few are asked twice, so that all is read from disk once."""
    for case in cases[:WARM_UP]:
        result_of(case, model)
    return tuple(result_of(case, model) for case in cases)


def result_of(case: Case, model: Model | None = None) -> Result:
    """One case, its refinements one after the other; judged by the last answer."""
    seconds: list[float] = []
    try:
        suggestion = _asked(case, model, seconds)
    except VmCreatorError as error:
        raised = f"{error.code}: {error.detail}"
        missed = (Verdict(name, expected, raised, False) for name, expected in case.constraints.items())
        return Result(case, None, tuple(missed), None, tuple(seconds), raised)
    return judged(case, suggestion, tuple(seconds))


def judged(case: Case, suggestion: Suggestion, seconds: tuple[float, ...] = ()) -> Result:
    """A suggestion against the case. Only a machine that is right has a price worth comparing."""
    found = tuple(verdicts(case.constraints, suggestion))
    comparable = sized(case.constraints) and all(verdict.met for verdict in found)
    ratio = price_ratio(case.constraints, suggestion) if comparable else None
    return Result(case, suggestion, found, ratio, seconds)


def _asked(case: Case, model: Model | None, seconds: list[float]) -> Suggestion:
    use_case = suggesting(model=model)
    if case.now is not None:
        moment = case.now
        use_case = replace(use_case, clock=lambda: moment)
    answer: Suggestion | None = None
    for text in case.texts:
        started = time.perf_counter()
        answer = use_case.suggest("ana", text, refines=answer.id if answer else None, timezone=case.timezone)
        seconds.append(time.perf_counter() - started)
    assert answer is not None, f"{case.id} has no text"
    return answer


def share(results: Iterable[Result]) -> float:
    """Which part of the cases has every constraint met; 1 of none."""
    all_met = [result.met for result in results]
    return sum(all_met) / len(all_met) if all_met else 1.0

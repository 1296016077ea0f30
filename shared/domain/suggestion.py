"""What is answered to words: an analysis, a specification with its reasons, a price, and other ways to do it."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from shared.domain.quote import Quote
from shared.domain.spec import Environment, Model, Spec

Outcome = Literal["suggested", "clarify", "refused"]
Engine = Literal["model", "rules"]


class Keyword(Model):
    """Words of the request that count, as written, with where they stand in it (characters, end exclusive)."""

    text: str
    kind: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Analysis(Model):
    """What the request was read to say. `intent` is a few words: what the machine is for."""

    keywords: tuple[Keyword, ...]
    intent: str
    environment: Environment


class Reason(Model):
    """Why a field of the specification is as it is: the rule or need, and the words or the rule's source.

    The field `engine` says why the rules answered and not the model, or the other way round.
    """

    field: str
    because: str
    evidence: str


class Question(Model):
    """Something whose answer would change the machine, with ready answers to choose from."""

    question: str
    answers: tuple[str, ...]


class FieldChange(Model):
    """What a refinement changed in one field of the specification, both values written as text."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)

    field: str
    before: str = Field(alias="from")
    to: str


class Alternative(Model):
    """Another specification that would do, what it costs, and what is given up or gained for it."""

    label: str
    spec: Spec
    quote: Quote
    trade_off: str


class Suggestion(Model):
    """The answer. A refusal has neither spec nor quote; a clarification has both, as the best guess so far.

    `explanation` is the model's, where it answered: plain text to be shown as such, on which nothing is decided.
    """

    id: str
    outcome: Outcome
    engine: Engine
    request: str
    analysis: Analysis
    explanation: str | None = None
    spec: Spec | None
    reasons: tuple[Reason, ...] = ()
    assumptions: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    changes: tuple[FieldChange, ...] = ()
    quote: Quote | None
    alternatives: tuple[Alternative, ...] = ()

"""Fine-tuning, an administrator's alone."""

from __future__ import annotations

from functools import cache

from shared import bootstrap, log
from shared.bootstrap import rows
from shared.bootstrap.model import openai_model
from shared.db.learning import PostgresLearning
from shared.domain.learning import Score
from shared.services.learning.choosing import Choosing
from shared.services.learning.evaluating import Evaluating
from shared.services.learning.exporting import Exporting
from shared.services.learning.training import Training
from shared.suggestion.model.examples import Example
from shared.suggestion.model.trial import tried
from shared.suggestion.model.tuning import OpenAITuning


@cache
def exporting() -> Exporting:
    return Exporting(_store())


@cache
def training() -> Training:
    chosen = bootstrap.settings()
    timeout = chosen.call_timeout.total_seconds()
    tuning = OpenAITuning(chosen.openai_api_key, chosen.openai_base_url or None, timeout)
    return Training(
        _store(),
        rows.idempotency(),
        exporting(),
        tuning if chosen.openai_api_key else None,
        rows.registry().clock,
        chosen.environment,
        chosen.openai_tuning_model,
    )


@cache
def evaluating() -> Evaluating:
    chosen = bootstrap.settings()
    attempt = _tried if chosen.openai_api_key else None
    return Evaluating(_store(), exporting(), attempt, _current, chosen.evaluation_limit)


@cache
def choosing() -> Choosing:
    chosen = bootstrap.settings()
    return Choosing(_store(), evaluating(), chosen.openai_model if chosen.openai_api_key else None)


@cache
def _store() -> PostgresLearning:
    return PostgresLearning(bootstrap.engine(), log.trace_id.get)


def _current() -> str:
    return _store().chosen() or bootstrap.settings().openai_model


def _tried(model: str, example: Example) -> Score:
    chosen = bootstrap.settings()
    return tried(openai_model(chosen, model), example, chosen.openai_timeout.total_seconds())

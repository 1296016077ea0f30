"""The model's path."""

from __future__ import annotations

from functools import partial

from sqlalchemy import Engine

from shared.config import Settings
from shared.db.learning import PostgresLearning
from shared.db.model_use import PostgresAllowances, PostgresAnswers
from shared.services.consulting import Consulting
from shared.services.model_rates import rates
from shared.suggestion.model.chosen import ChosenModel
from shared.suggestion.model.openai_chat import OpenAIModel


def openai_model(chosen: Settings, name: str) -> OpenAIModel:
    """The model of that name, at the configured provider's."""
    return OpenAIModel(chosen.openai_api_key, name, chosen.openai_base_url or None)


def consulting(chosen: Settings, engine: Engine) -> Consulting | None:
    """The configured model, or the one switched to in its place, within the caps; None without a key."""
    if not chosen.openai_api_key:
        return None
    return Consulting(
        ChosenModel(chosen.openai_model, PostgresLearning(engine).chosen, partial(openai_model, chosen)),
        PostgresAllowances(engine),
        PostgresAnswers(engine),
        partial(rates, input=chosen.model_input_usd, output=chosen.model_output_usd),
        chosen.model_daily,
        chosen.openai_timeout.total_seconds(),
    )

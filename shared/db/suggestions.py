"""Suggestions and quotes, each kept whole and each its owner's alone."""

from __future__ import annotations

from sqlalchemy import Engine, insert, select

from shared.db.models import Quote as QuoteRow
from shared.db.models import Suggestion as SuggestionRow
from shared.db.models import table
from shared.domain.quote import Quote
from shared.domain.spec import Spec
from shared.domain.suggestion import Suggestion

SUGGESTIONS, QUOTES = table(SuggestionRow), table(QuoteRow)


class PostgresSuggestions:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def keep(self, user_id: str, suggestion: Suggestion) -> None:
        """What was asked and what was answered."""
        row = {
            "id": suggestion.id,
            "user_id": user_id,
            "request": suggestion.request,
            "outcome": suggestion.outcome,
            "engine": suggestion.engine,
            "document": suggestion.model_dump(mode="json"),
        }
        with self.engine.begin() as connection:
            connection.execute(insert(SUGGESTIONS).values(row))

    def get(self, user_id: str, suggestion_id: str) -> Suggestion | None:
        """The suggestion, if it is there and this account's."""
        query = select(SUGGESTIONS.c.document)
        query = query.where(SUGGESTIONS.c.id == suggestion_id, SUGGESTIONS.c.user_id == user_id)
        with self.engine.begin() as connection:
            document = connection.execute(query).scalar_one_or_none()
        return Suggestion.model_validate(document) if document else None


class PostgresQuotes:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def keep(self, user_id: str, spec: Spec, quote: Quote, vm_id: str | None = None) -> None:
        """A price given to an account for exactly this spec; `vm_id`: for that VM's whole life."""
        row = {
            "id": quote.id,
            "user_id": user_id,
            "spec_digest": spec.digest(),
            "vm_id": vm_id,
            "document": quote.model_dump(mode="json"),
            "valid_until": quote.valid_until,
        }
        with self.engine.begin() as connection:
            connection.execute(insert(QUOTES).values(row))

"""The suggestion engine on the default regions, with stores in memory."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from shared.catalog.regions import DEFAULT_REGIONS
from shared.domain.model_use import NOTHING, Use
from shared.domain.quote import Quote
from shared.domain.regions import RegionSetting
from shared.domain.spec import Spec
from shared.domain.suggestion import Suggestion
from shared.services.consulting import Consulting
from shared.services.model_rates import Rates
from shared.services.suggesting import Suggesting
from shared.suggestion.analyse import analyse
from shared.suggestion.model.openai_chat import Model
from shared.suggestion.reading import Reading

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def settings(**changes: dict[str, int | bool]) -> tuple[RegionSetting, ...]:
    """The regions as they are set up at first; `us_west1={"used_vcpus": 8}` changes one of them."""
    return tuple(
        RegionSetting(
            **{
                "id": region.id,
                "priority": region.priority,
                "fallback": region.fallback,
                "vcpu_limit": region.vcpu_limit,
                **changes.get(region.id.replace("-", "_"), {}),
            }
        )
        for region in DEFAULT_REGIONS
    )


@dataclass
class Suggestions:
    """A SuggestionStore in memory."""

    kept: dict[tuple[str, str], Suggestion] = field(default_factory=dict)

    def keep(self, user_id: str, suggestion: Suggestion) -> None:
        self.kept[user_id, suggestion.id] = suggestion

    def get(self, user_id: str, suggestion_id: str) -> Suggestion | None:
        return self.kept.get((user_id, suggestion_id))


@dataclass
class Quotes:
    """A QuoteStore in memory."""

    kept: list[tuple[str, Spec, Quote]] = field(default_factory=list)

    def keep(self, user_id: str, spec: Spec, quote: Quote) -> None:
        self.kept.append((user_id, spec, quote))


@dataclass
class Allowances:
    """Allowances in memory, on one day that does not end."""

    used: dict[str, Use] = field(default_factory=dict)

    def reserve(self, user_id: str, use: Use, most: Use) -> date | None:
        after = self.used.get(user_id, NOTHING) + use
        if after.tokens > most.tokens or after.usd > most.usd or after.seconds > most.seconds:
            return None
        self.used[user_id] = after
        return NOW.date()

    def settle(self, user_id: str, day: date, reserved: Use, used: Use) -> None:
        self.used[user_id] += used - reserved


@dataclass
class Answers:
    """A model's accepted answers in memory."""

    kept: dict[str, Any] = field(default_factory=dict)

    def get(self, key: str) -> Any:
        return self.kept.get(key)

    def keep(self, key: str, model: str, answer: Any) -> None:
        self.kept[key] = answer


PLENTY = Use(10**9, Decimal(10**6), Decimal(10**6))


def consulting(model: Model, within: float = 20.0, most: Use = PLENTY) -> Consulting:
    """The model with everything in memory, a million tokens for a dollar in and four out."""
    return Consulting(model, Allowances(), Answers(), lambda model: Rates(Decimal(1), Decimal(4)), most, within)


def suggesting(
    regions: Sequence[RegionSetting] | None = None, model: Model | None = None, consulted: Consulting | None = None
) -> Suggesting:
    """The use case with everything in memory; ids count from 1, the clock stands at NOW."""
    ids = itertools.count(1)
    return Suggesting(
        suggestions=Suggestions(),
        quotes=Quotes(),
        settings=lambda: regions if regions is not None else settings(),
        clock=lambda: NOW,
        consulting=consulted or (consulting(model) if model else None),
        new_id=lambda: f"id-{next(ids)}",
    )


def ask(request: str, **options: object) -> Suggestion:
    """One suggestion by the rules."""
    return suggesting().suggest("ana", request, **options)


def read(request: str) -> Reading:
    """What the rules read in a request that is written at NOW."""
    return analyse(request, NOW)

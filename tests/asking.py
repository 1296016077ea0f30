"""The suggestion engine on the default regions, with stores in memory."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from shared.catalog.regions import DEFAULT_REGIONS
from shared.domain.quote import Quote
from shared.domain.regions import RegionSetting
from shared.domain.spec import Spec
from shared.domain.suggestion import Suggestion
from shared.services.suggesting import Suggesting
from shared.suggestion.analyse import analyse
from shared.suggestion.model import Model
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


def suggesting(regions: Sequence[RegionSetting] | None = None, model: Model | None = None) -> Suggesting:
    """The use case with everything in memory; ids count from 1, the clock stands at NOW."""
    ids = itertools.count(1)
    return Suggesting(
        suggestions=Suggestions(),
        quotes=Quotes(),
        settings=lambda: regions if regions is not None else settings(),
        clock=lambda: NOW,
        model=model,
        new_id=lambda: f"id-{next(ids)}",
    )


def ask(request: str, **options: object) -> Suggestion:
    """One suggestion by the rules."""
    return suggesting().suggest("ana", request, **options)


def read(request: str) -> Reading:
    """What the rules read in a request that is written at NOW."""
    return analyse(request, NOW)

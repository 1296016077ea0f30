"""Use case: words → an explained, priced suggestion; and a new price for an edited specification."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol, TypedDict, Unpack
from zoneinfo import ZoneInfo

from shared.catalog.check import LONGEST_LEASE, validate
from shared.catalog.places import coordinates
from shared.domain.errors import Invalid, NotFound
from shared.domain.quote import Quote
from shared.domain.regions import Policy, RegionSetting
from shared.domain.spec import Spec, keepable
from shared.domain.suggestion import (
    Alternative,
    Analysis,
    Engine,
    FieldChange,
    Question,
    Reason,
    Suggestion,
)
from shared.services.consulting import Consulted, Consulting
from shared.services.quoting import Market, QuoteFigures, hourly, quote
from shared.suggestion.analyse import LONGEST_REQUEST, REFINED, analyse
from shared.suggestion.decide import DEFAULT_ENVIRONMENT, Decision, decide
from shared.suggestion.explain import reasons
from shared.suggestion.fitting.alternatives import others
from shared.suggestion.fitting.machine import Price
from shared.suggestion.model.dialogue import Explanation
from shared.suggestion.reading import Reading
from shared.suggestion.refining import Former, settle, why_not
from shared.suggestion.text.sentences import say


class SuggestionStore(Protocol):
    """Suggestions, each its owner's alone."""

    def keep(self, user_id: str, suggestion: Suggestion) -> None: ...

    def get(self, user_id: str, suggestion_id: str) -> Suggestion | None: ...


class QuoteStore(Protocol):
    """Every quote that an account was given, by the spec's digest: what an approval is checked against."""

    def keep(self, user_id: str, spec: Spec, quote: Quote) -> None: ...


class Options(TypedDict, total=False):
    """`refines` is the id of a suggestion that the request changes; `timezone` tells the policy `nearest` where to
    measure from when no place is named; `use_model`: whether the text may go to the model (True)."""

    refines: str | None
    timezone: str | None
    policy: Policy
    use_model: bool


Steps = Generator[Analysis | Explanation | Suggestion, None, None]


@dataclass(frozen=True, slots=True)
class Suggesting:
    """The parts of the use case. `settings` gives the regions as they are now; `consulting` is None without a model."""

    suggestions: SuggestionStore
    quotes: QuoteStore
    settings: Callable[[], Sequence[RegionSetting]]
    clock: Callable[[], datetime]
    consulting: Consulting | None = None
    figures: QuoteFigures = field(default_factory=QuoteFigures)
    longest_lease: timedelta = LONGEST_LEASE
    new_id: Callable[[], str] = lambda: uuid.uuid4().hex

    def suggest(self, user_id: str, request: str, **options: Unpack[Options]) -> Suggestion:
        """The answer to the request, at once."""
        *_, answer = self.steps(user_id, request, **options)
        assert isinstance(answer, Suggestion)
        return answer

    def steps(self, user_id: str, request: str, *, stream: bool = False, **options: Unpack[Options]) -> Steps:
        """The answer as it comes to be: what rules read, then (with `stream`) the model's explanation while it is
        written, last the suggestion, kept with its quotes. Closing it stops the model."""
        if not keepable(request):
            raise Invalid("text_invalid", "The text has a character that cannot be kept: take it out.")
        former = self._former(user_id, options.get("refines"))
        whole = f"{former.request}{REFINED}{request.strip()}" if former else request.strip()
        if not whole or len(whole) > 2 * LONGEST_REQUEST:
            raise Invalid("request_length", f"Say in 1 to {LONGEST_REQUEST} characters what the machine is for.")
        timezone = options.get("timezone")
        reading = analyse(whole, self._here(timezone))
        yield _analysis(reading)
        use = options.get("use_model", True) and reading.refusal is None
        consulted = yield from self._consulted(user_id, whole, reading, use, stream)
        market = self._market(options.get("policy", "priority"), consulted.reading.place, timezone)
        suggestion = self._answer(user_id, whole, consulted, market, former)
        if former:
            suggestion = _told(former, suggestion, reading.language)
        self.suggestions.keep(user_id, suggestion)
        yield suggestion

    def requote(self, user_id: str, spec: Spec, *, policy: Policy = "priority", timezone: str | None = None) -> Quote:
        """The price of an edited specification, kept for its approval. Raises Invalid with all that is wrong."""
        now = self.clock()
        validate(spec, now.date(), self.longest_lease)
        return self._quoted(user_id, spec, self._market(policy, None, timezone))

    def _here(self, timezone: str | None) -> datetime:
        """This moment where the request was written; in UTC where that is not known."""
        try:
            return self.clock().astimezone(ZoneInfo(timezone or "UTC"))
        except (KeyError, ValueError, OSError):
            return self.clock().astimezone(UTC)

    def _former(self, user_id: str, id: str | None) -> Suggestion | None:
        if id is None:
            return None
        former = self.suggestions.get(user_id, id)
        if former is None:
            raise NotFound("suggestion_not_found", f"There is no suggestion {id} to refine.")
        return former

    def _market(self, policy: Policy, place: tuple[float, float] | None, timezone: str | None) -> Market:
        return Market(self.settings(), policy, place or (coordinates(timezone) if timezone else None))

    def _consulted(
        self, user_id: str, request: str, reading: Reading, use: bool, stream: bool
    ) -> Generator[Explanation, None, Consulted]:
        if self.consulting is None:
            return Consulted(reading, "rules", "No model is configured.")
        if not use:
            return Consulted(reading, "rules", "The model was not asked.")
        return (yield from self.consulting.read(user_id, request, reading, stream))

    def _quoted(self, user_id: str, spec: Spec, market: Market) -> Quote:
        given = quote(spec, market, self.clock(), self.figures, self.new_id)
        self.quotes.keep(user_id, spec, given)
        return given

    def _answer(
        self, user_id: str, request: str, consulted: Consulted, market: Market, former: Suggestion | None
    ) -> Suggestion:
        reading, engine = consulted.reading, consulted.engine
        by = Reason(field="engine", because=consulted.because, evidence=consulted.model or engine)
        price = partial(hourly, market=market)
        decided = partial(decide, price=price, today=self.clock().date(), longest=self.longest_lease)
        refined = _refined(former, price)
        decision = None if reading.refusal else settle(reading, refined, decided)
        if not isinstance(decision, Decision):
            because = decision.because if decision else reading.refusal or ""
            return self._refused(
                request, reading, engine, (Reason(field="request", because=because, evidence="the request"), by)
            )
        spec = decision.choice.spec
        return Suggestion(
            id=self.new_id(),
            outcome="clarify" if decision.questions else "suggested",
            engine=engine,
            request=request,
            analysis=_analysis(reading),
            explanation=consulted.explanation,
            spec=spec,
            reasons=(*reasons(decision), *why_not(reading, decision, refined), by),
            assumptions=decision.assumptions,
            questions=tuple(Question(question=asked, answers=answers) for asked, answers in decision.questions),
            quote=self._quoted(user_id, spec, market),
            alternatives=tuple(
                Alternative(
                    label=other.label,
                    spec=other.spec,
                    quote=self._quoted(user_id, other.spec, market),
                    trade_off=other.trade_off,
                )
                for other in others(decision, price)
            ),
        )

    def _refused(self, request: str, reading: Reading, engine: Engine, why: tuple[Reason, ...]) -> Suggestion:
        return Suggestion(
            id=self.new_id(),
            outcome="refused",
            engine=engine,
            request=request,
            analysis=_analysis(reading),
            spec=None,
            reasons=why,
            quote=None,
        )


def _analysis(reading: Reading) -> Analysis:
    return Analysis(
        keywords=reading.keywords, intent=reading.intent, environment=reading.environment or DEFAULT_ENVIRONMENT
    )


def _refined(former: Suggestion | None, price: Price) -> Former | None:
    """The machine that is refined, None where there was none: the first request, or one after a refusal."""
    if former is None or former.spec is None:
        return None
    priced = price(former.spec)
    return Former(former.spec, priced.hourly if priced else None)


def _told(former: Suggestion, now: Suggestion, language: str) -> Suggestion:
    """The refined suggestion with what changed; where nothing did, that is said."""
    changes = _changes(former, now)
    told = changes or set(now.assumptions) - set(former.assumptions)
    assumptions = now.assumptions if told else (*now.assumptions, say("no_change", language))
    return now.model_copy(update={"changes": changes, "assumptions": assumptions})


def _changes(former: Suggestion, now: Suggestion) -> tuple[FieldChange, ...]:
    """Field by field of the spec, and the total."""
    before, after = _flat(former), _flat(now)
    return tuple(
        FieldChange(field=name, before=before.get(name, "none"), to=after.get(name, "none"))
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    )


def _flat(suggestion: Suggestion) -> dict[str, str]:
    fields = suggestion.spec.model_dump(mode="json") if suggestion.spec else {}
    flat = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
    if suggestion.quote:
        flat["total"] = suggestion.quote.model_dump(mode="json")["total"]
    return flat

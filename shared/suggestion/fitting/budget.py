"""What a budget leaves for an hour, and whether a machine keeps within it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from shared.domain.spec import SHORTEST, Spec, format_duration
from shared.suggestion.reading import Budget

_HOURS = {"hour": Decimal(1), "day": Decimal(24), "month": Decimal(730)}  # a month as Google bills it


def an_hour(budget: Budget, spec: Spec) -> Decimal:
    """US dollars that an hour of the spec may cost. One for a day or a month is of a machine that runs all of it."""
    return budget.usd / (_hours(spec.lease) if budget.per == "total" else _HOURS[budget.per])


def over(budget: Budget, spec: Spec, hourly: Decimal) -> str | None:
    """A sentence where the spec costs more than the budget, with what it would cost; None where it keeps within it."""
    if hourly <= an_hour(budget, spec):
        return None
    costs = hourly * (_hours(spec.lease) if budget.per == "total" else _HOURS[budget.per])
    span = f"for {spec.duration}" if budget.per == "total" else f"{'an' if budget.per == 'hour' else 'a'} {budget.per}"
    return (
        f"The budget of ${budget.usd:.2f} {span} is not enough: the cheapest machine that meets the need "
        f"costs ${costs:.2f}."
    )


def affordable(budget: Budget, spec: Spec, hourly: Decimal) -> Spec | None:
    """The spec for as long as the budget lasts, in whole hours or, below one, ten minutes; None where the budget is
    for an hour, a day or a month, lasts anyway or does not last for the shortest lease."""
    if budget.per != "total" or hourly <= an_hour(budget, spec):
        return None
    minutes = int(budget.usd / hourly * 60)
    step = 60 if minutes >= 60 else 10
    length = timedelta(minutes=minutes // step * step)
    return spec.model_copy(update={"duration": format_duration(length)}) if length >= SHORTEST else None


def _hours(length: timedelta) -> Decimal:
    return Decimal(int(length.total_seconds())) / 3600

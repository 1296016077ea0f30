"""What a month will have cost at its end: what is spent, what is committed, and what is likely to come on top."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from shared.domain.costs import DAY, NOTHING, Month, Use, dates, midnight
from shared.domain.life import State
from shared.domain.money import rounded

HISTORY = 28  # whole days: four of each weekday, so the mean needs no correction for weekdays
FEWEST = 7  # days of history below which new spend is not guessed
SPREAD = Decimal("1.28")  # standard deviations either side that hold four sums in five, were they normal

WAITING = frozenset({State.REQUESTED, State.PROVISIONING})
HOLDING = frozenset({State.RUNNING, State.STOPPED})


class Plan(Protocol):
    """What tells a cost up to a moment that is still to come."""

    def cost(self, until: datetime) -> Decimal: ...


@dataclass(frozen=True, slots=True)
class Start:
    """A machine that is still to start: its quote, spread evenly over its lease."""

    at: datetime
    lease: timedelta
    quoted: Decimal

    def cost(self, until: datetime) -> Decimal:
        part = min(max(until - self.at, timedelta(0)), self.lease)
        return rounded(self.quoted * Decimal(part / self.lease))


@dataclass(frozen=True, slots=True)
class Forecast:
    """`total` = `spent` + `committed` + `new`, with `low` <= `total` <= `high`, US dollars.

    `history_days`: how many whole days `new` is read from, at most HISTORY; `daily`: their mean, and None, with `new`
    zero, where they are fewer than FEWEST.
    """

    spent: Decimal
    committed: Decimal
    new: Decimal
    low: Decimal
    high: Decimal
    history_days: int
    daily: Decimal | None

    @property
    def total(self) -> Decimal:
        return self.spent + self.committed + self.new

    @property
    def method(self) -> str:
        """How it was made, in sentences for people."""
        kept = "Spent so far, and what living machines will cost by their frozen rates up to their ends or the month's"
        if self.daily is None:
            few = f"{self.history_days} of the {FEWEST} whole days of history that it takes are there"
            return f"{kept}. New machines are not guessed: {few}."
        return (
            f"{kept}. Each remaining day is expected to cost the mean of the last {self.history_days} whole days, "
            "or what is committed for it where that is more. The range holds four months in five if days vary as "
            "they did, each by itself; its low end keeps all that is committed, so that a machine deleted early can "
            "end below it."
        )


def forecast(uses: Sequence[Use], month: Month, now: datetime, since: datetime | None) -> Forecast:
    """For the month that `now` is in. `uses` reach back HISTORY days; `since`: when the first machine ever started."""
    spent = sum((use.cost(now) - use.cost(month.begin) for use in uses), NOTHING)
    plans = [plan for use in uses if (plan := planned(use, now)) is not None]
    history = daily_costs(uses, now, since)
    mean = sum(history, NOTHING) / len(history) if len(history) >= FEWEST else None
    committed = new = NOTHING
    for begin, end in remaining(month, now):
        held = sum((plan.cost(end) - plan.cost(begin) for plan in plans), NOTHING)
        committed += held
        if mean is not None:
            new += max(rounded(mean * Decimal((end - begin) / DAY)) - held, NOTHING)
    margin = _margin(history, Decimal((month.end - now) / DAY)) if mean is not None else NOTHING
    return Forecast(
        spent=spent,
        committed=committed,
        new=new,
        low=spent + committed + max(new - margin, NOTHING),
        high=spent + committed + new + margin,
        history_days=len(history),
        daily=rounded(mean) if mean is not None else None,
    )


def remaining(month: Month, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The rest of today, and every day after it, up to the month's end."""
    for day in dates(now, month.end):
        yield max(now, midnight(day)), midnight(day) + DAY


def daily_costs(uses: Iterable[Use], now: datetime, since: datetime | None) -> list[Decimal]:
    """What each of the last whole days cost, from the one after the first machine's start on, at most HISTORY. A day
    without any spend is a day of zero."""
    if since is None:
        return []
    today = midnight(next(dates(now, now + DAY)))
    first = max(today - HISTORY * DAY, midnight(next(dates(since, since + DAY))) + DAY)
    days = dict.fromkeys(dates(first, today), NOTHING)
    for use in uses:
        for day, amount in use.days(first, today):
            days[day] += amount
    return list(days.values())


def planned(use: Use, now: datetime) -> Plan | None:
    """The use as it goes on if nobody does anything: up to its approved end by its rates, stopped if it is stopped; one
    that has not started, as if it did now, at its quote. None where nothing more is to come."""
    if use.state in WAITING and use.started_at is None:
        return Start(now, use.lease, use.quoted)
    if use.state not in HOLDING or use.expires_at is None or use.expires_at <= now:
        return None
    return replace(use, ended_at=use.expires_at)


def _margin(history: Sequence[Decimal], days: Decimal) -> Decimal:
    """How far the sum of so many more days may lie from that many times the mean: the prediction interval of a sum of
    independent days, the uncertainty of the mean itself included."""
    count = len(history)
    mean = sum(history, NOTHING) / count
    variance = sum(((each - mean) ** 2 for each in history), NOTHING) / (count - 1)
    return rounded(SPREAD * (variance * (days + days * days / count)).sqrt())

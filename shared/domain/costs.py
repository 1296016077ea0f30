"""What has been spent: each VM's use metered as its receipt meters it, cut by UTC day and month, and added up.

A VM's cost up to a moment is its bill up to that moment, rounded as every bill is (to a hundredth of a cent). What a
day cost is the difference of two such bills, so days add up to months, and months to the receipt, exactly.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from shared.domain.life import State
from shared.domain.quote import Meter, Rate, Stretch, Tariff, billed, metered

DAY = timedelta(days=1)
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Month:
    """A calendar month in UTC, by its first day."""

    first: date

    @classmethod
    def of(cls, moment: datetime) -> Month:
        return cls(moment.astimezone(UTC).date().replace(day=1))

    @property
    def begin(self) -> datetime:
        return midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first moment of the next month."""
        return midnight((self.first + timedelta(days=31)).replace(day=1))

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"


@dataclass(frozen=True, slots=True)
class Use:
    """A VM as its bill sees it. Times are aware UTC.

    `ran`: when it ran, the last without an end while it runs; `ended_at`: None while it costs; `settled`: its receipt's
    total, metered and late, once it has one. `quoted` (zero once it has started) and `lease` tell what it is to cost.
    `past`: what it was charged by before it was resized; `machine_type` and `rates` are of now.
    """

    vm: str
    owner: str
    machine_type: str
    region: str | None
    state: State
    rates: tuple[Rate, ...]
    started_at: datetime | None
    expires_at: datetime | None
    ended_at: datetime | None
    ran: tuple[Stretch, ...]
    settled: Decimal | None
    quoted: Decimal
    lease: timedelta
    past: tuple[Tariff, ...] = ()

    def meter(self, until: datetime) -> Meter:
        """How long it ran and existed up to a moment, or up to its end where that came before."""
        return metered(self.started_at, self.ran, min(until, self.ended_at) if self.ended_at else until)

    def cost(self, until: datetime) -> Decimal:
        """What it has cost up to a moment: never less than at an earlier one; from its end on, its receipt's total."""
        if self.started_at is None or until <= self.started_at:
            return NOTHING
        if self.settled is not None and self.ended_at is not None and until >= self.ended_at:
            return self.settled
        amount = billed(self.rates, self.meter(until), self.past)
        return amount if self.settled is None else min(amount, self.settled)

    def days(self, begin: datetime, until: datetime) -> Iterator[tuple[date, Decimal]]:
        """Each UTC day from `begin` (a midnight) on that it cost something on, with what. The sum is
        cost(until) - cost(begin)."""
        if self.started_at is None or until <= self.started_at:
            return
        day = max(begin, midnight(self.started_at.astimezone(UTC).date()))
        last = min(until, self.ended_at) if self.ended_at else until
        before = self.cost(day)
        while day < last:
            after = self.cost(min(day + DAY, until))
            if after != before:
                yield day.date(), after - before
            day, before = day + DAY, after


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose costs are looked at, and when; `since`: when the first machine started. `approved` counts against
    `max_monthly` this month; without an e-mail and a quota it is everybody."""

    now: datetime
    since: datetime | None
    email: str | None = None
    max_monthly: Decimal | None = None
    approved: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class Spending:
    """What a month has cost so far, cut in four ways that each add up to `total`. `days` has every day up to now."""

    total: Decimal
    days: Mapping[date, Decimal]
    regions: Mapping[str, Decimal]
    users: Mapping[str, Decimal]
    vms: Sequence[tuple[Use, Decimal]]


def spending(uses: Iterable[Use], month: Month, now: datetime) -> Spending:
    """What the month has cost up to `now`, or up to its end where that has passed."""
    until = min(now, month.end)
    days = dict.fromkeys(dates(month.begin, until), NOTHING)
    regions: dict[str, Decimal] = defaultdict(Decimal)
    users: dict[str, Decimal] = defaultdict(Decimal)
    vms = []
    for use in uses:
        spent = NOTHING
        for day, amount in use.days(month.begin, until):
            days[day] += amount
            spent += amount
        if spent:
            regions[use.region or ""] += spent
            users[use.owner] += spent
            vms.append((use, spent))
    return Spending(sum(days.values(), NOTHING), days, regions, users, vms)


def dates(begin: datetime, until: datetime) -> Iterator[date]:
    """Every UTC day that has a moment in [begin, until)."""
    day = midnight(begin.astimezone(UTC).date())
    while day < until:
        yield day.date()
        day += DAY


def midnight(day: date) -> datetime:
    """The moment in UTC at which a day begins."""
    return datetime.combine(day, time(), UTC)

"""A quote: what a lease costs, line by line, where it would go now, and in every region that may hold it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Literal

from shared.domain.money import Money, rounded
from shared.domain.spec import Model

HOUR = Decimal(3600)


class Rate(Model):
    """What one hour of one thing costs in one region. Running: billed only while the machine runs (a disk is billed
    until it is deleted). `unit_price` is per `unit` and hour; quantity × unit_price is one hour's price."""

    item: str
    quantity: Decimal
    unit: str
    unit_price: Money
    running: bool = True

    @property
    def hourly(self) -> Decimal:
        return self.quantity * self.unit_price


class QuoteLine(Model):
    """A rate over the whole lease: `quantity` counts unit-hours (`vCPU-hour`, `GiB-hour`, `machine-hour`)."""

    item: str
    quantity: Decimal
    unit: str
    unit_price: Money
    total: Money


class RegionQuote(Model):
    """One region's total (null where it cannot be priced), whether it may hold the VM, and why or why not."""

    region: str
    total: Money | None
    eligible: bool
    because: str


class WorstCase(Model):
    """If the platform were gone and only the machine's own termination time killed it: when, and for how much."""

    until: datetime
    total: Money


class Saving(Model):
    """Against the usual choice, named in `against` with the region: how much less, and in per cent of it."""

    against: str
    total: Money
    percent: Decimal


class Quote(Model):
    """A price that can be approved until `valid_until`. `id` names it in the registry.

    Of a change to a VM that is there: `restarts`, whether it is stopped and started for it, and `consequences`, what
    else to know beforehand, in sentences.
    """

    id: str
    currency: Literal["USD"] = "USD"
    region: str
    hourly: Money
    total: Money
    lines: tuple[QuoteLine, ...]
    regions: tuple[RegionQuote, ...]
    max_total: Money
    worst_case: WorstCase
    fits_now: bool
    saving: Saving | None
    not_included: tuple[str, ...] = ("network egress",)
    priced_at: datetime
    valid_until: datetime
    restarts: bool = False
    consequences: tuple[str, ...] = ()

    @property
    def rank(self) -> Mapping[str, Decimal]:
        """Each region's place in the order in which they are tried."""
        return {quoted.region: Decimal(position) for position, quoted in enumerate(self.regions)}


class Meter(Model):
    """Two lengths of time that are billed apart: while running, and while there was anything (the disk)."""

    running: timedelta
    existing: timedelta

    def within(self, other: Meter) -> Meter:
        """No more of either than the other has."""
        return Meter(running=min(self.running, other.running), existing=min(self.existing, other.existing))

    def since(self, other: Meter) -> Meter:
        """What was added since the other was read."""
        nothing = timedelta(0)
        running, existing = self.running - other.running, self.existing - other.existing
        return Meter(running=max(running, nothing), existing=max(existing, nothing))


class Tariff(Model):
    """Rates that hold no longer, and what the meter said when they were replaced, counted from the very beginning."""

    rates: tuple[Rate, ...]
    meter: Meter


Stretch = tuple[datetime, datetime | None]  # when a machine ran: from, and to (None: it still does)


def metered(
    started_at: datetime | None, ran: Sequence[Stretch], until: datetime, before: timedelta = timedelta(0)
) -> Meter:
    """How long a VM ran, `before` included, and how long it existed, up to a moment. Nothing before its first start;
    and it never ran for longer than it existed, though `before` may have gone on after that moment."""
    if started_at is None:
        return Meter(running=timedelta(0), existing=timedelta(0))
    nothing = timedelta(0)
    running = sum((max(min(end or until, until) - begin, nothing) for begin, end in ran), start=before)
    existing = max(until - started_at, nothing)
    return Meter(running=min(running, existing), existing=existing)


def bill(
    rates: Sequence[Rate], meter: Meter, past: Sequence[Tariff] = (), rounding: str | None = None
) -> tuple[QuoteLine, ...]:
    """Each rate over its length of time. Used for the quote (the whole lease) and for the receipt (what was used),
    so that the two can only differ in time. Billing is per second (compute pricing page).

    `past`: what other rates were charged by before, each for its own stretch of the meter; what costs the same by the
    unit is one line. Lines are then rounded down, so that however a life is cut, its parts never come to more than the
    whole that was approved. `rounding` says otherwise.
    """
    rounding = rounding or (ROUND_DOWN if past else ROUND_HALF_UP)
    used: dict[tuple[str, str, Decimal], Decimal] = defaultdict(Decimal)
    for each, stretch in _stretches(rates, meter, past):
        for rate in each:
            used[rate.item, rate.unit, rate.unit_price] += rate.quantity * _seconds(rate, stretch)
    return tuple(
        QuoteLine(
            item=item,
            quantity=rounded(unit_seconds / HOUR),
            unit=f"{unit}-hour",
            unit_price=unit_price,
            total=rounded(unit_price * unit_seconds / HOUR, rounding),
        )
        for (item, unit, unit_price), unit_seconds in used.items()
        if unit_seconds or not past
    )


def billed(rates: Sequence[Rate], meter: Meter, past: Sequence[Tariff] = ()) -> Decimal:
    """The total of the bill, without its lines: for sums over many bills."""
    if past:
        return total(bill(rates, meter, past))
    return sum(
        (rounded(rate.unit_price * (rate.quantity * _seconds(rate, meter)) / HOUR) for rate in rates), Decimal(0)
    )


def _stretches(rates: Sequence[Rate], meter: Meter, past: Sequence[Tariff]) -> Iterator[tuple[Sequence[Rate], Meter]]:
    """Which rates held for which part of the meter, one after the other."""
    before = Meter(running=timedelta(0), existing=timedelta(0))
    for tariff in past:
        until = tariff.meter.within(meter)
        yield tariff.rates, until.since(before)
        before = until
    yield rates, meter.since(before)


def _seconds(rate: Rate, meter: Meter) -> int:
    span = meter.running if rate.running else meter.existing
    return int(span.total_seconds())


def total(lines: Sequence[QuoteLine]) -> Decimal:
    """The sum of the lines, as rounded."""
    return sum((line.total for line in lines), Decimal(0))

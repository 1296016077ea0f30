"""A quote: what a lease costs, line by line, where it would go now, and in every region that may hold it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
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
    """A price that can be approved until `valid_until`. `id` names it in the registry."""

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


class Meter(Model):
    """Two lengths of time that are billed apart: while running, and while there was anything (the disk)."""

    running: timedelta
    existing: timedelta


Stretch = tuple[datetime, datetime | None]  # when a machine ran: from, and to (None: it still does)


def metered(
    started_at: datetime | None, ran: Sequence[Stretch], until: datetime, before: timedelta = timedelta(0)
) -> Meter:
    """How long a VM ran, `before` included, and how long it existed, up to a moment. Nothing before its first start."""
    if started_at is None:
        return Meter(running=timedelta(0), existing=timedelta(0))
    nothing = timedelta(0)
    running = sum((max(min(end or until, until) - begin, nothing) for begin, end in ran), start=before)
    return Meter(running=running, existing=max(until - started_at, nothing))


def bill(rates: Sequence[Rate], meter: Meter) -> tuple[QuoteLine, ...]:
    """Each rate over its length of time. Used for the quote (the whole lease) and for the receipt (what was used),
    so that the two can only differ in time. Billing is per second (compute pricing page)."""
    return tuple(
        QuoteLine(
            item=rate.item,
            quantity=rounded(rate.quantity * _hours(rate, meter)),
            unit=f"{rate.unit}-hour",
            unit_price=rate.unit_price,
            total=_charge(rate, meter),
        )
        for rate in rates
    )


def billed(rates: Sequence[Rate], meter: Meter) -> Decimal:
    """The total of the bill, without its lines: for sums over many bills."""
    return sum((_charge(rate, meter) for rate in rates), Decimal(0))


def _charge(rate: Rate, meter: Meter) -> Decimal:
    return rounded(rate.hourly * _hours(rate, meter))


def _hours(rate: Rate, meter: Meter) -> Decimal:
    span = meter.running if rate.running else meter.existing
    return Decimal(int(span.total_seconds())) / HOUR


def total(lines: Sequence[QuoteLine]) -> Decimal:
    """The sum of the lines, as rounded."""
    return sum((line.total for line in lines), Decimal(0))

"""What has been spent: days add up to months and to the receipt to the last hundredth of a cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.costs import DAY, Month, Use, midnight, spending
from shared.domain.life import State
from shared.domain.quote import bill, total
from tests.unit.a_use import HOUR, MOMENTS, RATES, SPANS, a_use, uses
from tests.unit.a_vm import SPEC, a_vm


@given(uses(), MOMENTS)
def test_days_and_months_add_up_to_what_the_machine_has_cost(use: Use, now: datetime) -> None:
    assert use.started_at is not None
    days = list(use.days(midnight(use.started_at.date()), now))
    assert sum(amount for _, amount in days) == use.cost(now)
    assert all(amount > 0 for _, amount in days)

    month, months = Month.of(use.started_at), Decimal(0)
    while month.begin <= now:
        spent = spending([use], month, now)
        assert sum(spent.days.values()) == spent.total == sum(amount for _, amount in spent.vms)
        assert sum(spent.regions.values()) == sum(spent.users.values()) == spent.total
        months += spent.total
        month = Month.of(month.end)
    assert months == use.cost(now)


@given(uses(), MOMENTS, MOMENTS)
def test_a_cost_is_never_negative_and_never_falls(use: Use, one: datetime, other: datetime) -> None:
    earlier, later = sorted((one, other))
    assert 0 <= use.cost(earlier) <= use.cost(later)


@given(MOMENTS, st.lists(st.tuples(SPANS, SPANS), max_size=3), SPANS, st.booleans())
def test_a_use_is_metered_as_the_receipt_meters_its_vm(
    started: datetime, stops: list[tuple[timedelta, timedelta]], last: timedelta, running: bool
) -> None:
    at, before, ran = started, timedelta(0), []
    for run, pause in stops:
        ran.append((at, at + run))
        before += run
        at += run + pause
    ended = at + last
    if running:
        ran.append((at, None))
    vm = a_vm(SPEC, rates=RATES, started_at=started, running_since=at if running else None, ran_before=before)
    use = a_use(started, ended, ran=tuple(ran))
    assert use.meter(ended + DAY) == vm.meter(ended)
    assert use.cost(ended) == total(bill(vm.rates, vm.meter(ended)))


def test_while_it_is_stopped_only_the_disk_costs() -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    use = a_use(noon, noon + 3 * DAY, ran=((noon, noon + HOUR), (noon + 2 * DAY, None)))
    days = dict(use.days(midnight(noon.date()), noon + 9 * DAY))
    disk = sum(rate.hourly for rate in RATES if not rate.running) * 24
    assert days[date(2026, 3, 2)] == pytest.approx(disk, abs=Decimal("0.0002"))
    assert days[date(2026, 3, 1)] > days[date(2026, 3, 2)] < days[date(2026, 3, 3)]


def test_a_receipts_total_is_what_counts_whatever_the_meter_says() -> None:
    start = datetime(2026, 1, 31, 23, tzinfo=UTC)
    use = a_use(start, start + 2 * HOUR, settled=Decimal("0.5"))
    later = start + 9 * DAY
    january, february = (spending([use], Month(date(2026, month, 1)), later).total for month in (1, 2))
    assert 0 < january < february < Decimal("0.5")
    assert january + february == Decimal("0.5")


@pytest.mark.parametrize(
    ("first", "days"), [((2026, 2), 28), ((2028, 2), 29), ((2026, 12), 31), ((2026, 11), 30)], ids=str
)
def test_a_month_ends_where_the_next_begins(first: tuple[int, int], days: int) -> None:
    month = Month(date(*first, 1))
    assert month.end - month.begin == days * DAY
    assert Month.of(month.end - timedelta(microseconds=1)) == month
    assert len(spending([], month, month.end + DAY).days) == days


def test_a_machine_that_is_not_up_has_cost_nothing() -> None:
    use = replace(a_use(midnight(date(2026, 3, 1))), started_at=None, ran=(), state=State.PROVISIONING)
    spent = spending([use], Month(date(2026, 3, 1)), datetime(2026, 3, 2, tzinfo=UTC))
    assert spent.total == 0
    assert not spent.vms

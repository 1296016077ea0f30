"""What the month will have cost: never less than what is spent, committed to the cent, and no guess without history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.costs import DAY, Month, Use, midnight
from shared.domain.forecast import FEWEST, HISTORY, forecast
from shared.domain.life import State
from tests.unit.a_use import HOUR, MOMENTS, RATES, a_use, uses

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NOVEMBER = Month(date(2026, 11, 1))


def living(started: datetime = NOW - HOUR, left: timedelta = DAY, **changes: object) -> Use:
    return a_use(started, expires_at=NOW + left, **changes)


def a_day(day: datetime) -> Use:
    """Two hours, on one day."""
    return a_use(day, day + 2 * HOUR)


@given(st.lists(uses(), max_size=4), MOMENTS, st.lists(st.sampled_from(list(State)), min_size=4, max_size=4))
def test_a_forecast_is_never_less_than_what_is_spent_and_its_parts_add_up(
    found: list[Use], now: datetime, states: list[State]
) -> None:
    found = [use if use.ended_at else replace(use, state=state) for use, state in zip(found, states, strict=False)]
    since = min((use.started_at for use in found if use.started_at), default=None)
    ahead = forecast(found, Month.of(now), now, since if since and since <= now else None)
    assert ahead.total == ahead.spent + ahead.committed + ahead.new
    assert 0 <= ahead.spent <= ahead.low <= ahead.total <= ahead.high
    assert ahead.committed >= 0
    assert ahead.history_days <= HISTORY


def test_what_is_committed_is_what_living_machines_will_cost_to_their_ends() -> None:
    use = living()
    ahead = forecast([use], NOVEMBER, NOW, use.started_at)
    assert ahead.spent + ahead.committed == a_use(NOW - HOUR, NOW + DAY).cost(NOW + DAY)


def test_nothing_beyond_the_months_end_is_committed_in_it() -> None:
    long, short = living(left=30 * DAY), living(left=NOVEMBER.end - NOW)
    assert forecast([long], NOVEMBER, NOW, NOW).committed == forecast([short], NOVEMBER, NOW, NOW).committed


def test_a_stopped_machine_commits_its_disk_alone_and_a_dying_one_nothing() -> None:
    stopped = living(state=State.STOPPED, ran=((NOW - HOUR, NOW - HOUR / 2),))
    disk = sum(rate.hourly for rate in RATES if not rate.running) * 24
    assert forecast([stopped], NOVEMBER, NOW, NOW).committed == pytest.approx(disk, abs=Decimal("0.0002"))
    assert forecast([living(state=State.DELETING)], NOVEMBER, NOW, NOW).committed == 0


def test_a_machine_that_is_still_to_start_commits_its_quote() -> None:
    use = replace(living(), state=State.REQUESTED, started_at=None, expires_at=None, ran=(), quoted=Decimal("1.5"))
    assert forecast([use], NOVEMBER, NOW, None).committed == Decimal("1.5")
    month = replace(use, lease=21 * DAY)  # half of it is in December
    assert forecast([month], NOVEMBER, NOW, None).committed == Decimal("0.75")


def test_new_machines_are_not_guessed_from_less_than_a_week() -> None:
    found = [a_day(NOW - days * DAY) for days in range(1, FEWEST)]
    ahead = forecast(found, NOVEMBER, NOW, NOW - FEWEST * DAY)
    assert ahead.history_days == FEWEST - 1
    assert (ahead.daily, ahead.new) == (None, 0)
    assert ahead.low == ahead.total == ahead.high == ahead.spent
    assert f"{FEWEST - 1} of the {FEWEST} whole days" in ahead.method


def test_steady_days_go_on_as_they_were() -> None:
    found = [a_day(NOW - days * DAY) for days in range(1, 40)]
    one = found[0].cost(NOW)
    ahead = forecast(found, NOVEMBER, NOW, NOW - 40 * DAY)
    assert (ahead.history_days, ahead.daily) == (HISTORY, one)
    assert ahead.new == pytest.approx(one * Decimal("10.5"), abs=Decimal("0.0005"))
    assert ahead.low == ahead.total == ahead.high


def test_what_is_committed_for_a_day_is_not_expected_on_top_of_its_mean() -> None:
    """One machine that has run for weeks and goes on is the mean: it is not counted twice."""
    use = living(NOW - 28 * DAY, left=20 * DAY)
    ahead = forecast([use], NOVEMBER, NOW, use.started_at)
    assert ahead.daily is not None
    assert ahead.new < ahead.daily * Decimal("0.01")


def test_days_that_vary_more_give_a_wider_range() -> None:
    steady = [a_day(NOW - days * DAY) for days in range(1, 29)]
    wild = [a_use(NOW - days * DAY, NOW - days * DAY + 8 * HOUR) for days in range(1, 29, 4)]
    one, other = (forecast(found, NOVEMBER, NOW, NOW - 60 * DAY) for found in (steady, wild))
    assert other.high - other.low > one.high - one.low


def test_at_the_months_last_second_all_is_spent() -> None:
    now = NOVEMBER.end - timedelta(seconds=1)
    ahead = forecast([a_day(midnight(date(2026, 11, day))) for day in range(1, 30)], NOVEMBER, now, NOVEMBER.begin)
    assert ahead.total - ahead.spent < Decimal("0.001")

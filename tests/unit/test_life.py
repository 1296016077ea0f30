"""The rules of a VM's life: the arrows of the diagram, the switch, the meter, durations, the spec's digest."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.domain.life import (
    MOVES,
    REASONS,
    TERMINAL,
    Figures,
    IllegalMove,
    Reason,
    State,
    check_move,
    switch_time,
    up_deadline,
)
from shared.domain.quote import Meter, QuoteLine, Rate, bill, total
from shared.domain.spec import LONGEST, Gpu, RegionWish, Spec, format_duration, parse_duration

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FIGURES = Figures()
HOUR = timedelta(hours=1)
SPEC = Spec(
    machine_type="e2-standard-2",
    os_image="ubuntu-2604-lts-amd64",
    packages=("python3", "django"),
    disk_gib=20,
    disk_type="pd-balanced",
    ports=(8000,),
)
# The diagram, drawn again: the table in the code is checked against this, not against itself.
DIAGRAM = {
    State.REQUESTED: {State.PROVISIONING, State.DELETING},
    State.PROVISIONING: {State.RUNNING, State.DELETING},
    State.RUNNING: {State.STOPPED, State.DELETING},
    State.STOPPED: {State.RUNNING, State.DELETING},
    State.DELETING: {State.FAILED, State.DELETED},
    State.FAILED: set(),
    State.DELETED: set(),
}
# One change to each field of a specification, every one of which an approval must not survive.
EDITS = {
    "machine_type": "e2-standard-4",
    "os_image": "debian-12",
    "packages": ("django", "python3"),
    "disk_gib": 21,
    "disk_type": "pd-ssd",
    "gpu": Gpu(type="nvidia-l4", count=1),
    "ports": (8000, 8001),
    "region": RegionWish(prefer="us-west1"),
    "duration": "3h",
    "spot": True,
    "environment": "production",
}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(State, State)))
def test_every_pair_of_states_is_an_arrow_or_refused(before: State, after: State) -> None:
    if after in DIAGRAM[before] or (before == after and before not in TERMINAL):
        check_move(before, after)
    else:
        with pytest.raises(IllegalMove):
            check_move(before, after)


def test_nothing_leaves_the_end_not_even_to_stay() -> None:
    assert {before for before, after in MOVES if before in TERMINAL} == set()
    for state in TERMINAL:
        with pytest.raises(IllegalMove) as refused:
            check_move(state, state)
        assert refused.value.code == "illegal_move"


def test_every_state_can_come_to_an_end() -> None:
    reached: dict[State, set[State]] = {state: {after for before, after in MOVES if before == state} for state in State}
    for _ in State:
        reached = {state: found.union(*(reached[each] for each in found)) for state, found in reached.items()}
    assert all(reached[state] >= {State.FAILED, State.DELETED} for state in State if state not in TERMINAL)


def test_every_reason_has_its_sentence() -> None:
    assert set(REASONS) == set(Reason)
    assert all(REASONS.values())


def test_the_switch_is_the_latest_end_and_a_day() -> None:
    assert switch_time(NOW, NOW + 0.25 * HOUR, 2 * HOUR, FIGURES) == NOW + (0.25 + 2 + 24) * HOUR


def test_a_long_lease_is_its_own_headroom() -> None:
    lease = timedelta(days=10)
    assert switch_time(NOW, NOW, lease, FIGURES) == NOW + 2 * lease


def test_a_deadline_that_is_past_does_not_shorten_the_switch() -> None:
    assert switch_time(NOW, NOW - HOUR, 2 * HOUR, FIGURES) == NOW + 26 * HOUR


@given(
    up=st.timedeltas(timedelta(0), timedelta(hours=1)), lease=st.timedeltas(timedelta(minutes=10), timedelta(days=30))
)
def test_the_switch_comes_after_every_end_and_within_computes_limit(up: timedelta, lease: timedelta) -> None:
    switch = switch_time(NOW, NOW + up, lease, FIGURES)
    assert NOW + up + lease + FIGURES.switch_headroom <= switch <= NOW + FIGURES.longest_switch


def test_windows_gets_longer_until_it_is_up() -> None:
    assert up_deadline(SPEC, FIGURES) == timedelta(minutes=15)
    assert up_deadline(SPEC.model_copy(update={"os_image": "windows-2022"}), FIGURES) == timedelta(minutes=30)


RATES = (
    Rate(item="machine", quantity=Decimal(1), unit="machine", unit_price=Decimal("0.067011")),
    Rate(item="disk", quantity=Decimal(20), unit="GiB", unit_price=Decimal("0.000137"), running=False),
)


def test_a_stopped_hour_is_billed_for_the_disk_alone() -> None:
    machine, disk = bill(RATES, Meter(running=HOUR, existing=2 * HOUR))
    assert (machine.quantity, disk.quantity) == (1, 40)
    assert (machine.total, disk.total) == (Decimal("0.0670"), Decimal("0.0055"))
    assert total((machine, disk)) == Decimal("0.0725")


def _billed(span: timedelta) -> tuple[QuoteLine, ...]:
    return bill(RATES, Meter(running=span, existing=span))


@given(st.integers(0, 10**7), st.integers(0, 10**7))
def test_a_longer_time_never_costs_less(first: int, second: int) -> None:
    short, long = sorted((timedelta(seconds=first), timedelta(seconds=second)))
    assert total(_billed(short)) <= total(_billed(long))


@given(st.integers(600, 9999 * 86400).map(lambda seconds: timedelta(seconds=seconds)))
def test_a_written_duration_reads_back_rounded_up_to_a_minute(length: timedelta) -> None:
    read = parse_duration(format_duration(length))
    assert timedelta(0) <= read - length < timedelta(minutes=1)
    assert format_duration(read) == format_duration(length)


@given(st.integers(0, 999), st.integers(0, 9999), st.integers(0, 99999), st.integers(10, 999999))
def test_a_duration_can_be_read_again_or_is_too_long_to_be_written(
    weeks: int, days: int, hours: int, minutes: int
) -> None:
    text = f"{weeks}w{days}d{hours}h{minutes}m"
    if timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes) > LONGEST:
        with pytest.raises(ValidationError, match="the longest"):
            Spec.model_validate(SPEC.model_dump() | {"duration": text})
        return
    accepted = Spec.model_validate(SPEC.model_dump() | {"duration": text})
    assert accepted.lease == parse_duration(text)
    assert Spec.model_validate(accepted.model_dump(mode="json")) == accepted


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("2h", 2 * HOUR),
        ("90m", 1.5 * HOUR),
        ("1w2d3h45m", timedelta(days=9, hours=3, minutes=45)),
        (" 3d ", timedelta(days=3)),
    ],
)
def test_a_duration_is_read_by_its_units(text: str, length: timedelta) -> None:
    assert parse_duration(text) == length


@pytest.mark.parametrize("text", ["", "2", "h", "-2h", "2h3d", "1.5h", "2 hours", "9m", "0m", "2h\n3m"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|shortest"):
        parse_duration(text)


def test_equal_durations_are_one_specification() -> None:
    written = {SPEC.model_validate(SPEC.model_dump() | {"duration": text}).digest() for text in ("2h", "120m", "0d2h")}
    assert len(written) == 1


@given(st.permutations(list(SPEC.model_dump(mode="json").items())))
def test_the_digest_does_not_depend_on_the_order_of_fields(fields: list[tuple[str, object]]) -> None:
    assert Spec.model_validate(dict(fields)).digest() == SPEC.digest()


def test_the_order_and_repetition_of_ports_make_no_difference() -> None:
    ports = [Spec.model_validate(SPEC.model_dump() | {"ports": each}) for each in ((80, 443), (443, 80, 80))]
    assert ports[0].digest() == ports[1].digest()


def test_any_change_of_any_field_changes_the_digest() -> None:
    assert set(EDITS) == set(Spec.model_fields)
    edited = [Spec.model_validate(SPEC.model_dump() | {name: value}).digest() for name, value in EDITS.items()]
    assert len({SPEC.digest(), *edited}) == len(EDITS) + 1


@pytest.mark.parametrize("wish", [{}, {"must": "us-west1", "prefer": "us-west1"}])
def test_a_wish_is_a_requirement_or_a_preference(wish: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="exactly one"):
        RegionWish.model_validate(wish)

"""What is idle, and when a machine that is idle is warned of and stopped: never on too little, too old or too busy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.life import Setup, State, Wanted
from shared.domain.use import (
    PERIOD,
    IdleFigures,
    IdleStop,
    Sample,
    idle_since,
    is_idle,
    judged,
    parse_idle_stop,
    summary,
    written_idle_stop,
)
from shared.domain.vm import Operation, Vm
from tests.asking import NOW
from tests.unit.a_vm import a_vm

FIGURES = IdleFigures()
HOUR = timedelta(hours=1)
RUNNING = a_vm(
    state=State.RUNNING,
    setup=Setup.DONE,
    started_at=NOW - 6 * HOUR,
    running_since=NOW - 6 * HOUR,
    expires_at=NOW + 6 * HOUR,
)
CHOSEN = IdleStop(HOUR, counts_from=NOW - 6 * HOUR)
WARNED = replace(CHOSEN, warned_at=NOW - timedelta(minutes=31), stops_at=NOW - timedelta(minutes=1))


def samples(*cpu: float | None) -> list[Sample]:
    """One a period up to now, the latest last; None: nothing was measured in it."""
    return [
        Sample(NOW - PERIOD * (len(cpu) - 1 - at), share, share, 100.0)
        for at, share in enumerate(cpu)
        if share is not None
    ]


IDLE_HOUR = samples(*[0.01] * 6)


def test_an_idle_hour_is_warned_of_and_after_the_warning_stopped() -> None:
    assert judged(RUNNING, CHOSEN, IDLE_HOUR, 2.0, NOW, FIGURES) == "warn"
    assert judged(RUNNING, WARNED, IDLE_HOUR, 2.0, NOW, FIGURES) == "stop"
    early = replace(WARNED, stops_at=NOW + timedelta(minutes=1))
    assert judged(RUNNING, early, IDLE_HOUR, 2.0, NOW, FIGURES) is None


def test_one_period_in_use_after_the_warning_takes_it_back() -> None:
    for busy_at in range(3):
        cpu = [0.01] * 9
        cpu[-1 - busy_at] = 0.2
        assert judged(RUNNING, WARNED, samples(*cpu), 2.0, NOW, FIGURES) == "in_use"


@pytest.mark.parametrize(
    "cpu", [[0.01] * 5, [0.01, 0.01, None, 0.01, 0.01, 0.01, 0.01], [0.01, 0.01, 0.01, 0.9, 0.01, 0.01], []]
)
def test_too_little_and_gaps_and_use_are_never_idle(cpu: list[float | None]) -> None:
    assert judged(RUNNING, CHOSEN, samples(*cpu), 2.0, NOW, FIGURES) is None
    assert judged(RUNNING, WARNED, samples(*cpu), 2.0, NOW, FIGURES) != "stop"


@pytest.mark.parametrize(
    "otherwise",
    [
        {"state": State.STOPPED},
        {"wanted": Wanted.STOPPED},
        {"setup": Setup.RUNNING},
        {"operation": Operation("resize_disk", "r")},
        {"claimed_until": NOW + timedelta(seconds=1)},
        {"running_since": NOW - HOUR},
        {"expires_at": NOW},
        {"running_since": None},
    ],
    ids=str,
)
def test_a_machine_that_is_not_settled_is_left_alone(otherwise: dict[str, object]) -> None:
    vm = replace(RUNNING, **otherwise)  # type: ignore[arg-type]
    assert judged(vm, CHOSEN, IDLE_HOUR, 2.0, NOW, FIGURES) is None
    assert judged(vm, WARNED, IDLE_HOUR, 2.0, NOW, FIGURES) is None


def test_who_ends_before_the_warning_is_over_is_not_warned() -> None:
    ending = replace(RUNNING, expires_at=NOW + FIGURES.warning)
    assert judged(ending, CHOSEN, IDLE_HOUR, 2.0, NOW, FIGURES) is None


def test_old_measurements_say_nothing() -> None:
    later = NOW + FIGURES.stale + timedelta(seconds=1)
    assert judged(RUNNING, WARNED, IDLE_HOUR, 2.0, later, FIGURES) is None


def test_a_warning_from_before_a_start_says_nothing() -> None:
    started = replace(RUNNING, running_since=NOW - timedelta(minutes=20))
    assert not WARNED.warned(started)
    assert WARNED.warned(RUNNING)
    assert not CHOSEN.warned(RUNNING)


def test_traffic_alone_is_work() -> None:
    assert is_idle(Sample(NOW, 0.01, 0.01, FIGURES.network - 1), 2.0, FIGURES)
    assert not is_idle(Sample(NOW, 0.01, 0.01, FIGURES.network), 2.0, FIGURES)


def test_what_was_before_the_choice_does_not_count() -> None:
    later = replace(CHOSEN, counts_from=NOW - HOUR + timedelta(minutes=1))
    assert judged(RUNNING, later, IDLE_HOUR, 2.0, NOW, FIGURES) is None


def test_a_program_on_one_thread_is_work_however_large_the_machine() -> None:
    one_of_32 = Sample(NOW, 1 / 32, 1 / 32, 0.0)
    assert is_idle(one_of_32, 2.0, FIGURES)
    assert not is_idle(one_of_32, 32.0, FIGURES)


PERIODS = st.lists(st.one_of(st.none(), st.floats(0, 0.2)), max_size=40)


@given(PERIODS, st.sampled_from([timedelta(minutes=30), HOUR, 3 * HOUR]), st.booleans(), st.integers(0, 300))
def test_nothing_is_warned_of_or_stopped_but_after_a_whole_idle_while(
    cpu: Sequence[float | None], after: timedelta, warned: bool, ago: int
) -> None:
    found = samples(*cpu)
    start = NOW - timedelta(minutes=ago)
    vm: Vm = replace(RUNNING, running_since=start)
    choice = IdleStop(after, start, NOW if warned else None, NOW if warned else None)
    verdict = judged(vm, choice, found, 2.0, NOW, FIGURES)
    if verdict in ("warn", "stop"):
        assert warned == (verdict == "stop")
        last = {sample.until: sample.cpu for sample in found}
        end = found[-1].until
        assert NOW - end <= FIGURES.stale
        for back in range(after // PERIOD):
            assert last[end - PERIOD * back] < FIGURES.cpu
        assert end - after >= start + FIGURES.after_start


@given(st.lists(st.floats(0, 0.2), min_size=1, max_size=40))
def test_idle_since_is_the_length_of_the_idle_tail(cpu: Sequence[float]) -> None:
    tail = 0
    while tail < len(cpu) and cpu[-1 - tail] < FIGURES.cpu:
        tail += 1
    assert idle_since(samples(*cpu), 2.0, FIGURES) == (NOW - PERIOD * tail if tail else None)


def test_a_summary_is_of_all_its_samples() -> None:
    found = summary([replace(each, memory=0.5) for each in samples(*[0.1] * 19, 0.9)])
    assert found.measured == 20 * PERIOD
    assert found.cpu == pytest.approx(0.14)
    assert (found.cpu_p95, found.memory, found.network) == (0.1, 0.5, 100)
    assert summary(samples(0.1, 0.2)).memory is None


@pytest.mark.parametrize(("text", "after"), [("off", None), ("30m", timedelta(minutes=30)), ("12h", 12 * HOUR)])
def test_an_idle_stop_is_written_as_it_is_read(text: str, after: timedelta | None) -> None:
    assert parse_idle_stop(text) == after
    assert written_idle_stop(after) == text


@pytest.mark.parametrize("text", ["", "never", "29m", "13h", "-1h", "1"])
def test_what_is_no_idle_stop_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"off, or a length|duration|shortest"):
        parse_idle_stop(text)


@pytest.mark.parametrize("text", ["5m", "29m", "13h"])
def test_what_is_too_short_or_too_long_is_told_what_may_be(text: str) -> None:
    with pytest.raises(ValueError, match="off, or a length from 30m to 12h"):
        parse_idle_stop(text)

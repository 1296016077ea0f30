"""How long a step waits before it looks again."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from shared.domain.vm import Event, Vm
from shared.services.provisioning.turn import Turn
from tests.asking import NOW
from tests.unit.cloud_and_rows import Cloud, Rows, platform, row

IDS = st.text("bcdfghjkmnpqrstvwxz23456789", min_size=12, max_size=12)


class Noting(Rows):
    """A registry that takes every write, and notes when a look is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.looks: list[timedelta] = []

    def apply(self, before: Vm, after: Vm, event: Event | None, *, look: timedelta | None = None, **_: Any) -> Vm:
        if look is not None:
            self.looks.append(look)
        return after


def turn(rows: Rows, vm_id: str, looks: int) -> Turn:
    return Turn(platform(Cloud(), rows), row(vm_id, looks=looks), NOW, time.monotonic())


def pause(vm_id: str, looks: int) -> float:
    rows = Noting()
    turn(rows, vm_id, looks).wait()
    return rows.looks[0].total_seconds()


@given(IDS, st.integers(0, 60))
def test_a_pause_doubles_to_half_a_minute_and_is_at_most_a_quarter_shorter(vm_id: str, looks: int) -> None:
    whole = min(2 * 2 ** min(looks, 5), 30)
    assert whole * 3 / 4 <= pause(vm_id, looks) <= whole
    assert pause(vm_id, looks) == pause(vm_id, looks)


def test_what_began_together_does_not_come_back_together() -> None:
    many = {round(pause(f"vm{number}", 4), 1) for number in range(100)}
    assert len(many) > 20


def test_what_was_refused_in_one_minute_is_spread_over_the_beginning_of_the_next() -> None:
    waits = [turn(Rows(), f"vm{number}", 0).next_minute().total_seconds() for number in range(100)]
    back = 60 - NOW.timestamp() % 60
    assert all(back - 1 <= wait <= back + 9 for wait in waits)
    assert max(waits) - min(waits) > 8

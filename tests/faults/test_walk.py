"""The watched walk (walking.py), from a seed that is always the same, and from one that is new each time and
printed."""

from __future__ import annotations

import secrets

import pytest

from tests.faults.walking import STEPS, walk
from tests.integration.databases import Databases
from tests.integration.disorder import Walked

# What a walk of that seed has been through, by audit record: every arrow of a life.
ARROWS = {
    *("approved", "placed", "running", "no_room", "place_lost", "deadline", "failed"),
    *("stopped", "started", "powered_off", "vanished", "had_started"),
    *("resize_requested", "machine_type_set", "disk_grown", "extended", "termination_time_set"),
    *("delete_requested", "ends_soon", "expired", "deleted"),
}


@pytest.mark.parametrize(("seed", "walks"), [(2, 5), (None, 2)], ids=["fixed", "fresh"])
def test_no_walk_breaks_an_invariant(databases: Databases, seed: int | None, walks: int) -> None:
    number = secrets.randbelow(1_000_000) if seed is None else seed
    print(f"seed {number}")
    walked = Walked()
    walk(databases, number, walks, walked)
    assert walked.steps >= walks * STEPS
    if seed is not None:
        assert set(walked.happened) >= ARROWS

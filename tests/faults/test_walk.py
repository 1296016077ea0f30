"""The watched walk (walking.py), from a seed that is always the same, and from one that is new each time and
printed."""

from __future__ import annotations

import secrets

from tests.faults.walking import STEPS, walk
from tests.integration.databases import Databases
from tests.integration.disorder import Walked

WALKS = 5
SEEDS = (
    2,
    3,
    4,
    5,
)  # the further ones where a busy machine came by less: how much happens hangs on the time that passes
# What these walks have been through, by audit record: every arrow of a life.
ARROWS = {
    *("approved", "placed", "running", "no_room", "place_lost", "deadline", "failed"),
    *("stopped", "started", "powered_off", "vanished"),
    *("resize_requested", "machine_type_set", "disk_grown", "extended", "termination_time_set"),
    *("delete_requested", "ends_soon", "expired", "deleted"),
}


def test_no_walk_breaks_an_invariant(databases: Databases) -> None:
    walked = Walked()
    for seed in SEEDS:
        walk(databases, seed, WALKS, walked)
        if set(walked.happened) >= ARROWS:
            break
    assert walked.steps >= WALKS * STEPS
    assert set(walked.happened) >= ARROWS


def test_no_walk_from_a_fresh_seed_breaks_an_invariant(databases: Databases) -> None:
    seed = secrets.randbelow(1_000_000)
    print(f"seed {seed}")
    walked = Walked()
    walk(databases, seed, 2, walked)
    assert walked.walks >= 2  # Hypothesis ends one in a few hundred early

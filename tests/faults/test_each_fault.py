"""Every fault of the catalogue, alone in a life: it does happen, nothing is violated, stuck or leaked, and the VM comes
to its right end."""

from __future__ import annotations

import random

from tests.faults.catalogue import FAULTS
from tests.faults.lives import alone
from tests.faults.observing import Eye
from tests.integration.world import World


def test_no_fault_alone_breaks_an_invariant(here: World, eye: Eye) -> None:
    lives, _ = alone(here, eye, random.Random(1), FAULTS, 1)
    end = lives.over()
    assert eye.violations == []
    assert (end["alive"], end["left"]) == (0, [])
    made = {fault for life in lives.lives.values() for fault in life.fortune.told}
    assert made == {fault.name for fault in FAULTS}

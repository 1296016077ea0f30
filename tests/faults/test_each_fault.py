"""Every fault of the catalogue, alone in a life: it does happen, nothing is violated, stuck or leaked, and the VM is
served in the end unless the fault leaves no way to it."""

from __future__ import annotations

import random

from shared.domain.life import State
from tests.faults.catalogue import FAULTS
from tests.faults.lives import alone
from tests.faults.observing import Eye
from tests.integration.world import World

ROUNDS = 3  # on a busy machine a sweep may come before the worker whose call was to be befallen


def test_no_fault_alone_breaks_an_invariant(here: World, eye: Eye) -> None:
    left = {fault.name: fault for fault in FAULTS}
    for _ in range(ROUNDS):
        lives, of = alone(here, eye, random.Random(1), list(left.values()), 1)
        end = lives.over()
        assert eye.violations == []
        assert (end["alive"], end["left"]) == (0, [])
        unserved = {of[vm_id][0] for vm_id in of if here.vm(vm_id).state is not State.DELETED}
        assert unserved <= {fault.name for fault in FAULTS if fault.ends}
        for life in lives.lives.values():
            for made in life.fortune.told:
                left.pop(made, None)
        if not left:
            return
    raise AssertionError(f"never made: {', '.join(left)}")

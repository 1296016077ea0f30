"""The sweep that finds VMs past their ends, and what may happen at the same time: another sweep, an owner who extends
one of them, an owner who deletes one. Each in the middle of the sweep, at call after call."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.life import State
from tests.faults.catalogue import Fault
from tests.faults.fortune import Fortune
from tests.faults.lives import Lives
from tests.faults.misfortunes import Call, another_reaper, first, owner_deletes, owner_extends
from tests.faults.observing import Eye
from tests.integration.disorder import SMALL
from tests.integration.mortal import Workers
from tests.integration.world import World

VMS = 4


@pytest.mark.parametrize(
    ("meanwhile", "every"),
    [(another_reaper, 20), (owner_extends, 3), (owner_deletes, 3)],
    ids=["sweep", "extend", "delete"],
)
def test_a_sweep_that_ends_vms_is_not_alone(
    here: World, eye: Eye, meanwhile: Callable[[Call], object], every: int
) -> None:
    born = [here.approve(SMALL.model_copy(update={"duration": "20m"})) for _ in range(VMS)]
    here.deliver()
    ends = [vm.expires_at for vm in map(here.vm, born) if vm.expires_at is not None]
    here.move((max(ends) - here.now()).total_seconds() - 30)
    here.mail.due.clear()
    turns, calls = itertools.cycle(born), itertools.count(1)
    fault = Fault("meanwhile", "*", first(lambda call: meanwhile(replace(call, vm_id=next(turns)))))
    fortune = Fortune(here=here, choose=lambda port, method: fault if next(calls) % every == 0 else None)
    for _ in range(3):
        Workers(here, fortune).sweep()
        eye.look()
        here.move(timedelta(minutes=1).total_seconds())
    assert fortune.told["meanwhile"] > VMS
    end = Lives(here, eye, random.Random(1)).over()
    assert (end["alive"], end["left"], eye.violations) == (0, [], [])
    assert {here.vm(vm_id).state for vm_id in born} == {State.DELETED}

"""Sweeps alone go on where a worker was killed, and no start that comes late takes a region above its limit. The walk
through everything at once is tests/faults/test_walk.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from shared.domain.life import State
from tests.integration.calm import SWEEP
from tests.integration.disorder import SMALL, above_limit
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.mortal import Workers
from tests.integration.world import WHO, World, world


@pytest.fixture
def here(engine: Engine) -> Iterator[World]:
    with world(engine, latency=1.0) as made:
        yield made


def sweeps(here: World, workers: Workers, minutes: int) -> None:
    """That many sweeps and no message at all."""
    for _ in range(minutes):
        here.mail.due.clear()
        here.move(SWEEP.total_seconds())
        assert workers.sweep()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_the_sweep_goes_on_where_a_worker_was_killed(here: World, after: bool) -> None:
    """At any call of a port, in a birth and in a death; within a few minutes, not at the deadline."""
    workers = Workers(here)
    born = [here.approve(SMALL) for _ in range(22)]
    lived = []
    for act, state, minutes in ((None, State.RUNNING, 4), (here.owning.delete, State.DELETED, 6)):
        for call, vm_id in enumerate(born, 1):
            if act is not None:
                act(WHO, here.vm(vm_id).name)
            workers.fate.calls, workers.fate.after = call, after
            lived.append(workers.provision(vm_id))
        sweeps(here, workers, minutes)
        assert {vm_id: here.vm(vm_id).state for vm_id in born} == dict.fromkeys(born, state)
    assert not all(lived)
    assert len(here.cloud()["gone"]) == len(born)


def test_a_start_that_comes_late_takes_no_region_above_its_limit(here: World) -> None:
    """Compute may still carry out a start that was given up: until it has said, the vCPUs are not free for another."""
    here.limit(2)
    workers = Workers(here)
    first = here.approve(SMALL)
    here.deliver()
    name = here.vm(first).name
    here.owning.stop(WHO, name, "stop")
    here.deliver()
    here.fault(method="instances.start", delay=1200.0)
    here.owning.start(WHO, name, "start")
    here.deliver()
    second = here.approve(SMALL)
    here.deliver()
    for _ in range(15):
        sweeps(here, workers, 1)
        assert above_limit(here.engine) == []
    assert here.vm(second).state is State.RUNNING

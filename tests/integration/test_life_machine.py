"""A VM's life under disorder: messages lost, repeated and out of order, Compute failing, workers killed, people who
change their minds. Whatever happened, once the disorder is over sweeps alone bring every VM to its end, and the
invariants hold: G5 (no reservation takes a region above its limit) at every step, the others as calm.py tells them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as budget
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from local.compute import make_app as compute_app
from local.secrets.api import SecretManager
from local.server import in_thread
from shared.domain.life import State
from tests.integration.calm import SWEEP
from tests.integration.databases import Databases
from tests.integration.disorder import SMALL, Worlds, above_limit
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.mortal import Workers
from tests.integration.world import WHO, World, world


@pytest.fixture(scope="module")
def cloud() -> Iterator[tuple[str, str]]:
    """The emulated Compute Engine, in which things take time, and Secret Manager, for all walks one after the other."""
    with in_thread(compute_app(latency=1.0)) as compute_url, in_thread(SecretManager().app()) as secrets_url:
        yield compute_url, secrets_url


def test_no_disorder_breaks_an_invariant(databases: Databases, cloud: tuple[str, str]) -> None:
    walks = budget(
        max_examples=8,
        stateful_step_count=30,
        derandomize=True,
        database=None,
        phases=[Phase.generate],  # a failing walk is told as it is: to shrink it would replay lives for minutes
        suppress_health_check=list(HealthCheck),
    )
    with ExitStack() as stack:
        run_state_machine_as_test(Worlds(databases, cloud, stack), settings=walks)


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

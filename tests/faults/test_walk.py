"""The walk through disorder (tests/integration/disorder.py) with a new seed each time, which is printed, and with the
independent observer looking on after every step."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as budget
from hypothesis.stateful import invariant, run_state_machine_as_test

from local.compute import make_app as compute_app
from local.secrets.api import SecretManager
from local.server import in_thread
from tests.faults.observing import Eye, observer
from tests.integration.databases import Databases
from tests.integration.disorder import Disorder, Worlds
from tests.integration.world import World


class Watched(Disorder):
    """The walk, watched."""

    def __init__(self, here: World, eye: Eye) -> None:
        super().__init__(here)
        self.eye = eye

    @invariant()
    def nothing_is_violated(self) -> None:
        self.eye.finds_nothing()

    def teardown(self) -> None:
        super().teardown()
        if sys.exception() is None:
            last = self.eye.look(self.here.now())
            assert (last["violations"], last["alive"], last["left"]) == ([], 0, [])


class WatchedWorlds(Worlds):
    def __call__(self) -> Watched:
        here = self.fresh()
        return Watched(here, self.stack.enter_context(observer(here)))


@pytest.fixture
def cloud() -> Iterator[tuple[str, str]]:
    with in_thread(compute_app(latency=1.0)) as compute_url, in_thread(SecretManager().app()) as secrets_url:
        yield compute_url, secrets_url


def test_no_new_walk_breaks_an_invariant(databases: Databases, cloud: tuple[str, str]) -> None:
    number = secrets.randbelow(1_000_000_000)
    print(f"seed {number}")
    walks = budget(
        max_examples=3,
        stateful_step_count=30,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    with ExitStack() as stack:
        run_state_machine_as_test(seed(number)(WatchedWorlds(databases, cloud, stack)), settings=walks)

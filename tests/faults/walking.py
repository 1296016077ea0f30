"""The walk through disorder (tests/integration/disorder.py) with every fault of the catalogue in it, and the
independent observer looking on after every step."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as budget
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from local.compute import make_app as compute_app
from local.secrets.api import SecretManager
from local.server import in_thread
from tests.faults.catalogue import FAULTS, Fault
from tests.faults.fortune import Fortune, Once, nothing
from tests.faults.observing import Eye, observer
from tests.integration.databases import Databases
from tests.integration.disorder import Disorder, Walked, Worlds
from tests.integration.mailbox import Message
from tests.integration.mortal import Fate, Port, Workers
from tests.integration.world import World

STEPS = 120  # of one walk: its world, and the calm in which it ends, take as long as fifty
AT_ONCE = 3  # faults of the catalogue


class Befalling(Fortune):
    """The last few faults that the walk has armed, and, where none of them strikes, the death that it has."""

    def survive(self, port: str, method: str, given: tuple[Any, ...], work: Callable[[], Any]) -> Any:
        def live() -> Any:
            return Fate.survive(self, port, method, given, work)

        return super().survive(port, method, given, live)


class Watched(Disorder):
    """The walk, watched."""

    def __init__(self, here: World, walked: Walked, eye: Eye) -> None:
        super().__init__(here, walked)
        self.eye = eye
        self.armed: list[Once] = []
        self.fate = Befalling(here=here)
        self.workers = Workers(here, self.fate)
        relay = here.relay
        relay.publisher, relay.tasks, relay.live = (
            Port(name, here.mail, self.fate) for name in ("Publisher", "Tasks", "Live")
        )

    @rule(fault=st.sampled_from(FAULTS), at=st.integers(1, 6))
    def befall(self, fault: Fault, at: int) -> None:
        """The so-manieth call from now on that the fault may befall."""
        self.armed = [*self.armed[1 - AT_ONCE :], Once(self.here, fault, at)]
        self.fate.choose = self.chosen

    def chosen(self, port: str, method: str) -> Fault | None:
        return next((fault for each in self.armed if (fault := each(port, method))), None)

    def served(self, message: Message) -> bool:
        self.fate.vm_id = message.vm_id
        try:
            return super().served(message)
        except Exception:
            if self.fate.choose is nothing:
                raise
            return False  # answered 5xx
        finally:
            self.fate.vm_id = None

    def swept(self) -> None:
        self.workers.sweep(whole=self.fate.choose is nothing)

    @contextmanager
    def asking(self) -> Iterator[None]:
        self.fate.calls = 0  # a death is the next worker's
        with super().asking():
            yield
        self.fate.dead = False

    @invariant()
    def nothing_is_violated(self) -> None:
        self.eye.finds_nothing()

    def teardown(self) -> None:
        self.walked.happened.update(self.fate.told)
        self.fate.choose = nothing
        super().teardown()
        if sys.exception() is None:
            last = self.eye.look(self.here.now())
            assert (last["violations"], last["alive"], last["left"]) == ([], 0, []), last


class WatchedWorlds(Worlds):
    def __call__(self) -> Watched:
        here = self.fresh()
        return Watched(here, self.walked, self.stack.enter_context(observer(here)))


def walk(databases: Databases, number: int, walks: int, walked: Walked) -> None:
    """So many walks from that seed, one after the other, counted in `walked`. Hypothesis tells the steps of one that
    breaks something."""
    settings = budget(
        max_examples=walks,
        stateful_step_count=STEPS,
        database=None,
        deadline=None,
        phases=[Phase.generate],  # a failing walk is told as it is: to shrink it would replay lives for minutes
        suppress_health_check=list(HealthCheck),
    )
    with (
        in_thread(compute_app(latency=1.0)) as compute_url,
        in_thread(SecretManager().app()) as secrets_url,
        ExitStack() as stack,
    ):
        worlds = WatchedWorlds(databases, (compute_url, secrets_url), stack)
        worlds.walked = walked
        run_state_machine_as_test(seed(number)(worlds), settings=settings)

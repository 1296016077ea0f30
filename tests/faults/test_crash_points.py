"""kill -9 of a worker at every effect that a life has, before it and after it: sweeps alone bring each VM to the end
that it would have come to, in minutes, and the observer sees nothing wrong on the way."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.life import Reason, State
from shared.domain.spec import Spec
from shared.services.terms import Resize
from tests.faults.catalogue import Fault, first, owner_deletes
from tests.faults.crash_points import SWEEP, Act, Crowd, Killing
from tests.faults.fortune import Once
from tests.faults.fortune import nothing as nothing_wrong
from tests.faults.lives import Lives
from tests.faults.observing import Eye
from tests.integration.disorder import SMALL, STOCK_OUT
from tests.integration.mortal import READS, Fate, Killed, Workers
from tests.integration.world import WHO, World

LARGER = ("e2-standard-4", SMALL.disk_gib + 10)
WINDOWS = SMALL.model_copy(update={"os_image": "windows-2025", "disk_gib": 50})


def ask(what: str) -> Act:
    """The owner's wish of that name."""

    def act(here: World, vm_id: str) -> None:
        name, key = here.vm(vm_id).name, next(here.keys)
        if what == "delete":
            here.owning.delete(WHO, name)
        else:
            getattr(here.owning, what)(WHO, name, key)

    return act


def extend(here: World, vm_id: str) -> None:
    vm = here.vm(vm_id)
    here.owning.extend(WHO, vm.name, timedelta(hours=1), vm.approved_total * 2, next(here.keys))


def resize(here: World, vm_id: str) -> None:
    vm = here.vm(vm_id)
    here.owning.resize(WHO, vm.name, Resize(*LARGER, vm.approved_total * 3), next(here.keys))


def nothing(*_: object) -> None:
    """The approval alone has asked for it."""


LIFE: tuple[tuple[str, Act, State, int], ...] = (
    ("birth", nothing, State.RUNNING, 6),
    ("stop", ask("stop"), State.STOPPED, 4),
    ("start", ask("start"), State.RUNNING, 4),
    ("extend", extend, State.RUNNING, 4),
    ("resize", resize, State.RUNNING, 12),
    ("delete", ask("delete"), State.DELETED, 6),
)


def refuse_one_zone(here: World) -> None:
    here.fault(method="instances.insert", where={"zone": "us-west1-a"}, times=None, **STOCK_OUT)


def struck(killed: Sequence[Killing]) -> set[tuple[str, str]]:
    """At which effects their workers died. How often a worker looks, and so how many effects a life has, hangs on the
    time that passes; which ones there are does not."""
    return {each.struck for each in killed if each.struck is not None}


def test_a_worker_may_die_at_every_effect_of_a_life(here: World, eye: Eye) -> None:
    crowd = Crowd(here, eye, Workers(here))
    pioneer = here.approve(SMALL)
    effects = {phase: crowd.measure(pioneer, act) for phase, act, *_ in LIFE}
    vms = [here.approve(SMALL) for _ in range(max(map(len, effects.values())))]
    for phase, act, state, minutes in LIFE:
        killed = crowd.kill(vms, act, len(effects[phase]), minutes)
        assert struck(killed) == set(effects[phase]), phase
        assert crowd.states(vms) == dict.fromkeys(vms, state), phase
    assert {(here.vm(vm_id).spec.machine_type, here.vm(vm_id).spec.disk_gib) for vm_id in vms} == {LARGER}
    assert eye.violations == []
    assert eye.look()["left"] == []


@pytest.mark.parametrize(
    ("spec", "trouble"), [(WINDOWS, nothing), (SMALL, refuse_one_zone)], ids=["windows", "lost-place"]
)
def test_a_worker_may_die_at_every_effect_of_a_harder_birth(
    here: World, eye: Eye, spec: Spec, trouble: Callable[[World], object]
) -> None:
    trouble(here)
    crowd = Crowd(here, eye, Workers(here))
    effects = crowd.measure(here.approve(spec), nothing)
    vms = [here.approve(spec) for _ in effects]
    killed = crowd.kill(vms, nothing, len(effects), 8)
    assert struck(killed) == set(effects)
    assert crowd.states(vms) == dict.fromkeys(vms, State.RUNNING)
    assert eye.violations == []


def test_an_owner_may_cancel_at_every_effect_of_a_birth(here: World, eye: Eye) -> None:
    """Right before it, while the worker that is about to have it holds the VM."""
    effects = Crowd(here, eye, Workers(here)).measure(here.approve(SMALL), nothing)
    cancel = Fault("cancelled", "*", first(owner_deletes))
    lives = Lives(here, eye, random.Random(1))
    for number in range(1, len(effects) + 1):
        if life := lives.begin(SMALL, nothing_wrong):
            life.fortune.choose = Once(here, cancel, number)
    for _ in range(5):
        lives.minute()
        eye.look()
    end = lives.over()
    assert sum(life.fortune.told.total() for life in lives.lives.values()) > len(effects) / 2
    assert {here.vm(vm_id).reason for vm_id, life in lives.lives.items() if life.fortune.told} == {
        Reason.CANCELLED,
        Reason.USER,
    }
    assert (end["alive"], end["left"], eye.violations) == (0, [], [])


class OnceEach(Fate):
    """Dies right after every effect that it has not died of before."""

    def __init__(self) -> None:
        super().__init__()
        self.struck: set[tuple[str, str]] = set()

    def survive(self, port: str, method: str, given: tuple[Any, ...], work: Callable[[], Any]) -> Any:
        done = super().survive(port, method, given, work)
        if method not in READS and (port, method) not in self.struck:
            self.struck.add((port, method))
            self.dead = True
            raise Killed
        return done


def test_the_reaper_may_die_at_every_effect_of_its_sweeps(here: World, eye: Eye) -> None:
    """Births, ends and seals by sweeps alone."""
    fate = OnceEach()
    reaper = Workers(here, fate)
    short = SMALL.model_copy(update={"duration": "20m"})
    deaths = 0
    for minute in range(50):
        if minute % 10 == 0:
            here.approve(short)
        here.mail.due.clear()
        here.move(SWEEP.total_seconds())
        deaths += not reaper.sweep()
        eye.look()
    assert deaths == len(fate.struck)
    assert fate.struck >= {("Compute", "insert"), ("Compute", "delete"), ("Registry", "finish"), ("Seals", "seal")}
    crowd, calm = Crowd(here, eye, reaper), here.now() + here.figures.claim + SWEEP
    while eye.look(calm)["alive"]:
        crowd.sweep(calm)
        assert here.now() < calm + 60 * SWEEP
    assert eye.violations == []
    assert eye.look()["left"] == []

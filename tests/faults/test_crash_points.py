"""kill -9 of a worker at every effect that a life has, before it and after it: sweeps alone bring each VM to the end
that it would have come to, in minutes, and the observer sees nothing wrong on the way."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from shared.db.use import PostgresUse
from shared.domain.life import Reason, State
from shared.domain.seals import Head
from shared.domain.spec import Spec
from shared.services.idle_stops import IdleStops
from shared.services.terms import Resize
from tests.faults.catalogue import Fault
from tests.faults.crash_points import SWEEP, Act, Crowd, Killing
from tests.faults.fortune import Once
from tests.faults.fortune import nothing as nothing_wrong
from tests.faults.lives import IDLE_AFTER, Lives
from tests.faults.misfortunes import first, owner_deletes
from tests.faults.observing import Eye
from tests.integration.disorder import SMALL, STOCK_OUT
from tests.integration.mortal import Fate, Killed, Workers, reads
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
        killed = crowd.kill(vms, act, effects[phase], minutes)
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
    killed = crowd.kill(vms, nothing, effects, 8)
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
        if not reads(port, method) and (port, method) not in self.struck:
            self.struck.add((port, method))
            self.dead = True
            raise Killed
        return done


def idle(here: World, vm_id: str) -> None:
    """Its owner wants it stopped when it has done nothing for ten minutes."""
    uses = PostgresUse(here.engine, here.registry)
    IdleStops(here.registry, uses, here.relay).choose(WHO, here.vm(vm_id).name, IDLE_AFTER)


IN_A_SWEEP = {
    *(("Compute", "insert"), ("Compute", "stop"), ("Compute", "delete"), ("Registry", "finish"), ("Registry", "warn")),
    *(("Seals", "seal"), ("Archive", "put"), ("Holds", "compared"), ("Upkeep", "forget"), ("Outbox", "forget_sent")),
    *(("Notices", "take"), ("Mail", "send"), ("Hook", "post"), ("Notices", "sent")),
    *(("Subscription", "pull"), ("DeadLetters", "keep"), ("Subscription", "acknowledge")),
    *(("Uses", "due"), ("Uses", "keep"), ("Uses", "warn"), ("Uses", "take_back"), ("Uses", "stop")),
}


def test_the_reaper_may_die_at_every_effect_of_its_sweeps(here: World, eye: Eye) -> None:
    """Births, ends, idle stops, notices, dead letters and seals by sweeps alone; one of the machines is in use again
    for a while, after it was warned."""
    fate = OnceEach()
    lives = Lives(here, eye, random.Random(1))
    reaper = lives.reaper = Workers(here, fate)
    short = SMALL.model_copy(update={"duration": "20m"})
    here.outside.subscription.take(b"nobody can read this")
    deaths = 0
    for minute in range(50):
        if minute % 10 == 0:
            idle(here, here.approve(short))
        warned = (vm for vm in here.registry.alive() if here.events(vm.id)[-1] == "idle")
        here.outside.meter.in_use = {vm.instance_id for vm in warned if minute % 20 < 10}
        here.mail.due.clear()
        here.move(SWEEP.total_seconds())
        deaths += not reaper.sweep()
        eye.look()
    assert deaths == len(fate.struck)
    assert fate.struck >= IN_A_SWEEP
    end = lives.over()
    assert (end["alive"], end["left"], eye.violations) == (0, [], [])
    twice = {channel: times for (channel, _), times in here.outside.letters.came.items() if times > 1}
    assert twice == {"mail": 2, "hook": 2}, "the two that were out, and not yet written down as that"


def test_the_reaper_may_die_while_it_finds_that_a_backup_was_restored(here: World, eye: Eye) -> None:
    fate = OnceEach()
    reaper = Workers(here, fate)
    assert here.sealing.archive is not None
    here.sealing.archive.put(Head(1_000, "0" * 64))
    for _ in range(10):
        here.move(SWEEP.total_seconds())
        reaper.sweep()
    assert fate.struck >= {("Holds", "raise_"), ("Holds", "fill")}
    hold = here.holds.standing()
    assert hold is not None
    assert hold.listed is not None

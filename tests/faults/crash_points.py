"""Crash points, found by instrumenting: a life is led once undisturbed and every effect of its workers written down;
then as many VMs lead the same life as there were effects, and each one's worker is killed right after another of them:
which is right before the next, so that nothing is left out but the death before the first, a message that is lost."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.domain.life import State
from tests.faults.observing import Eye
from tests.integration.mortal import Fate, Killed, Workers
from tests.integration.world import World

SWEEP = timedelta(minutes=1)
Act = Callable[[World, str], object]
Effect = tuple[str, str]  # port and method


class DiesOf(Fate):
    """Dies right after the so-manieth time of one effect: which effects a life has, and in which order, hangs on the
    time that passes; that it has had one of them so often does not."""

    def __init__(self, effect: Effect, times: int) -> None:
        super().__init__()
        self.effect, self.times = effect, times

    def survive(self, port: str, method: str, given: tuple[Any, ...], work: Callable[[], Any]) -> Any:
        done = super().survive(port, method, given, work)
        self.times -= (port, method) == self.effect
        if (port, method) == self.effect and self.times == 0:
            self.dead = True
            raise Killed
        return done


@dataclass
class Killing:
    """One VM of the crowd. `of`: the effect of which its worker is to die; None for the undisturbed."""

    vm_id: str
    workers: Workers
    of: Effect | None = None
    died: bool = False

    @property
    def struck(self) -> Effect | None:
        """The effect at which its worker died, if it lived so long a life."""
        return self.of if self.died else None


@dataclass
class Crowd:
    """VMs in one world, all asked the same, each with a worker that dies somewhere else."""

    here: World
    eye: Eye
    reaper: Workers

    def measure(self, vm_id: str, act: Act) -> Sequence[Effect]:
        """Let one VM go through the phase undisturbed; the effects that its workers had."""
        alone = Killing(vm_id, Workers(self.here))
        act(self.here, vm_id)
        self._deliver({vm_id: alone})
        return alone.workers.fate.seen

    def kill(self, vm_ids: Sequence[str], act: Act, effects: Sequence[Effect], minutes: int) -> list[Killing]:
        """Ask all for the same; the n-th one's worker dies at the n-th effect, and its messages are lost with it.
        Then so many sweeps go on alone, each looked at by the observer."""
        killed = {}
        for number, vm_id in enumerate(vm_ids):
            had = effects[: number % len(effects) + 1]
            fate = DiesOf(had[-1], had.count(had[-1]))
            killed[vm_id] = Killing(vm_id, Workers(self.here, fate), had[-1])
            act(self.here, vm_id)
        self._deliver(killed)
        calm = self.here.now()
        for _ in range(minutes):
            self.sweep(calm + self.here.figures.claim + SWEEP)
        return list(killed.values())

    def sweep(self, calm: datetime) -> None:
        self.here.mail.due.clear()
        self.here.move(SWEEP.total_seconds())
        assert self.reaper.sweep()
        self.eye.look(calm)

    def states(self, vm_ids: Sequence[str]) -> dict[str, State]:
        return {vm_id: self.here.vm(vm_id).state for vm_id in vm_ids}

    def _deliver(self, crowd: dict[str, Killing]) -> None:
        """Every message in the order of its time, to the VM's own worker, until it is dead or nothing is due."""
        due = self.here.mail.due
        while due:
            message = heapq.heappop(due)
            each = crowd.get(message.vm_id)
            if each is None or each.died:
                continue
            ahead = (message.at - self.here.now()).total_seconds()
            if ahead > 0:
                self.here.move(ahead)
            each.died = not each.workers.serve(message)

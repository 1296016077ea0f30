"""What befalls the calls of a worker, chosen before each: nothing, one fault once, or a storm of them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.faults.catalogue import DATABASE, FAULTS, Fault
from tests.faults.misfortunes import Call
from tests.integration.mortal import Fate, Killed
from tests.integration.world import World

SELDOM = 0.05
Choose = Callable[[str, str], Fault | None]


def nothing(port: str, method: str) -> None:
    """Nothing goes wrong."""


@dataclass
class Fortune(Fate):
    """`choose` is asked before each call of a port; `told`: how often each fault was made."""

    here: World = field(kw_only=True)
    vm_id: str | None = None
    choose: Choose = nothing
    told: Counter[str] = field(default_factory=Counter)

    def survive(self, port: str, method: str, given: tuple[Any, ...], work: Callable[[], Any]) -> Any:
        if self.dead:
            raise Killed
        fault = self.choose(port, method)
        if fault is None:
            return work()
        self.told[fault.name] += 1
        try:
            return fault.how(Call(self.here, self.vm_id, port, given, work))
        except Killed:
            self.dead = True
            raise


class Lasting:
    """Until when, on the emulated clock, a fault that has struck goes on befalling."""

    def __init__(self, here: World) -> None:
        self.here = here
        self.until: dict[str, datetime] = {}

    def still(self, fault: Fault) -> bool:
        return fault.name in self.until and self._now() < self.until[fault.name]

    def begin(self, fault: Fault) -> Fault:
        if fault.lasting:
            self.until[fault.name] = self._now() + timedelta(seconds=fault.lasting)
        return fault

    def _now(self) -> datetime:
        return datetime.now(UTC) + self.here.offset


class Once:
    """One fault, at the so-manieth call that it may befall, and for as long as it lasts."""

    def __init__(self, here: World, fault: Fault, at: int) -> None:
        self.fault, self.left, self.lasting = fault, at, Lasting(here)

    def __call__(self, port: str, method: str) -> Fault | None:
        if not self.fault.befalls(port, method):
            return None
        if self.lasting.still(self.fault):
            return self.fault
        self.left -= 1
        return self.lasting.begin(self.fault) if self.left == 0 else None


class Apiece:
    """One fault for each of several lives, all befalling the same calls: the first whose turn it is. Which life it is
    that is told of it is told beside it, since a sweep is made for all."""

    def __init__(self) -> None:
        self.of: list[tuple[Once, Counter[str]]] = []

    def __call__(self, port: str, method: str) -> Fault | None:
        for once, told in self.of:
            if fault := once(port, method):
                told[fault.name] += 1
                return fault
        return None


class Storm:
    """Every fault of the catalogue that may be mixed, at this share of the calls of Google's APIs (`rate`) and, since a
    step has so many of them, at a quarter of it of the database's. One that lasts is begun seldom: else a life would be
    one long outage, and few would come so far as an insert. `seen`: how many calls of other people's APIs were made,
    and how many of them were faulty."""

    def __init__(self, here: World, rng: random.Random, rate: float, seen: Counter[str]) -> None:
        self.rng, self.rate, self.seen, self.lasting = rng, rate, seen, Lasting(here)

    def __call__(self, port: str, method: str) -> Fault | None:
        fault = self._chosen(port, method)
        if port not in DATABASE:
            self.seen.update(calls=1, faulty=fault is not None)
        return fault

    def _chosen(self, port: str, method: str) -> Fault | None:
        may = [fault for fault in FAULTS if not fault.alone and fault.befalls(port, method)]
        if going_on := [fault for fault in may if self.lasting.still(fault)]:
            return going_on[0]
        weights = [SELDOM if fault.lasting else 1.0 for fault in may]
        rate = self.rate / 4 if port in DATABASE else self.rate
        if self.rng.random() >= rate * max(weights, default=0.0):
            return None
        (chosen,) = self.rng.choices(may, weights)
        return self.lasting.begin(chosen)

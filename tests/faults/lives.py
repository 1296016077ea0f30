"""Many lives at once in one world, its clock moved from minute to minute: what befalls each is its own fortune."""

from __future__ import annotations

import heapq
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from sqlalchemy import text

from shared.db.use import PostgresUse
from shared.domain.errors import Refusal
from shared.domain.life import State, Wanted
from shared.domain.spec import Spec
from shared.domain.vm import Vm
from shared.services.idle_stops import IdleStops
from shared.services.terms import Resize
from tests.faults.catalogue import Fault
from tests.faults.fortune import Apiece, Choose, Fortune, Once, Storm, nothing
from tests.faults.observing import Eye
from tests.faults.promises import Promises
from tests.integration.disorder import SMALL, SPECS
from tests.integration.mailbox import Message
from tests.integration.mortal import Killed, Port, Workers
from tests.integration.world import WHO, World

SWEEP = timedelta(minutes=1)
BEYOND_THE_SWITCH = timedelta(days=3)
IDLE_AFTER = timedelta(minutes=10)
LONGEST = 85  # minutes: a lease of 20, and a fault of an hour
ASKED, ARRIVED = ("stop_requested", "start_requested"), ("RUNNING", "STOPPED", "FAILED", "DELETED")


@dataclass
class Life:
    """One VM, the worker that serves its messages, and what its owner and the world will do, by minute."""

    vm_id: str
    workers: Workers
    fortune: Fortune
    plan: dict[int, str] = field(default_factory=dict)


class Lives:
    def __init__(self, here: World, eye: Eye, rng: random.Random) -> None:
        self.here, self.eye, self.rng = here, eye, rng
        self.lives: dict[str, Life] = {}
        self.seen = Counter[str]()
        self.reaping, self.asking = Fortune(here=here), Fortune(here=here)
        self.reaper = Workers(here, self.reaping)
        self.promises = Promises(here)
        self.idle_stops = IdleStops(here.registry, PostgresUse(here.engine, here.registry), here.relay)
        self.minutes = 0
        relay = here.relay
        relay.publisher, relay.tasks, relay.live = (
            Port(name, here.mail, self.asking) for name in ("Publisher", "Tasks", "Live")
        )

    def begin(self, spec: Spec, choose: Choose, plan: dict[int, str] | None = None) -> Life | None:
        """Approve one more; None if that is refused. The request itself may be killed once it has committed."""
        told, before = Counter[str](), {vm.id for vm in self.here.registry.alive()}
        try:
            with self._request(choose, told):
                self.here.approve(spec)
        except Refusal:
            return None
        (vm_id,) = {vm.id for vm in self.here.registry.alive()} - before
        fortune = Fortune(here=self.here, vm_id=vm_id, choose=choose, told=told)
        life = Life(vm_id, Workers(self.here, fortune), fortune, plan or {})
        self.lives[vm_id] = life
        return life

    @contextmanager
    def _request(self, choose: Choose, told: Counter[str]) -> Iterator[None]:
        """A person's request, in which what befalls the VM befalls the messages that it sends."""
        self.asking.choose, self.asking.told, self.asking.dead = choose, told, False
        with suppress(Killed):
            yield

    def random(self, rate: float) -> None:
        """One more random life in the storm: its size, what its owner will change, what will happen to it."""
        spec = self.rng.choice(SPECS).model_copy(update={"duration": "20m"})
        plan: dict[int, str] = {}
        match self.rng.randrange(10):
            case 0:
                plan[self.rng.randrange(12)] = "delete"
            case 1:
                plan = {self.rng.randrange(3, 9): "stop", self.rng.randrange(9, 15): "start"}
            case 2:
                plan[self.rng.randrange(2, 15)] = "extend"
            case 3:
                plan[self.rng.randrange(1, 15)] = self.rng.choice(("_poweroff", "_preempt", "_vanish"))
            case 4:
                plan[self.rng.randrange(2, 15)] = self.rng.choice(("resize", "grow"))
            case 5:
                plan[self.rng.randrange(2, 15)] = "prolong"
            case 6:
                begun = self.rng.randrange(10)
                plan = {begun: "drain", begun + self.rng.randrange(1, 5): "open"}
            case 7:
                then = self.rng.choice(("watch", "use", "start", "stop", "delete", ""))
                plan = {self.rng.randrange(4): "watch", self.rng.randrange(13, 22): then}
        self.begin(spec, self.storm(rate), plan)

    def storm(self, rate: float) -> Storm:
        return Storm(self.here, self.rng, rate, self.seen)

    def minute(self, *, messages: bool = True) -> None:
        """Whatever people do in this minute, the messages that are due in it, and one sweep at its end."""
        for life in self.lives.values():
            if act := life.plan.get(self.minutes):
                self._act(life, act)
        end = self.now() + SWEEP
        if not messages:
            self.here.mail.due.clear()
        self._deliver(end)
        self._move_to(end)
        self.reaper.sweep(whole=not isinstance(self.reaping.choose, Storm))
        self.minutes += 1

    def over(self, reached: int = 180) -> dict[str, Any]:
        """Nothing goes wrong any more, and no message arrives: sweeps bring all to their end, and what was promised
        beside it about. The last look."""
        for fate in (self.reaping, *(life.fortune for life in self.lives.values())):
            fate.choose = nothing
        calm = self.now() + self.here.figures.claim + SWEEP
        look = self.eye.look(calm)
        for _ in range(reached):
            if not look["alive"] and not look["left"]:
                break
            alive = self.here.registry.alive()
            if alive and all(at_rest(vm) for vm in alive) and self.now() > calm:
                self.promises.look()
                self._move_to(min(vm.expires_at for vm in alive if vm.expires_at is not None))
            self.minute(messages=False)
            look = self.eye.look(calm)
        self._keep_promises()
        return look

    def _keep_promises(self) -> None:
        """Until nothing is open; what is broken then counts as violated. A notice may be tried again after an hour."""
        for _ in range(40):
            if not self.promises.open():
                break
            self._move_to(self.now() + 2 * SWEEP)
            self.minute(messages=False)
        broken = self.promises.broken()
        self.eye.violations += [{"rule": rule, "subject": subject, "told": told} for rule, subject, told in broken]

    def _deliver(self, end: datetime) -> None:
        """Every message of the minute, in the order of its time. One whose worker fails comes again ten seconds later,
        as Pub/Sub and Cloud Tasks do it."""
        due = self.here.mail.due
        while due and due[0][0] <= end:
            message = heapq.heappop(due)
            life = self.lives.get(message.vm_id)
            if life is None:
                continue
            self._move_to(message.at)
            if not self._served(life, message):
                heapq.heappush(due, message._replace(at=self.now() + timedelta(seconds=10)))

    def _served(self, life: Life, message: Message) -> bool:
        try:
            return life.workers.serve(message)
        except Exception:
            return False  # answered 5xx

    def _act(self, life: Life, act: str) -> None:
        vm, key, owning = self.here.vm(life.vm_id), next(self.here.keys), self.here.owning
        ceiling = vm.approved_total * 2
        with suppress(Refusal), self._request(life.fortune.choose, life.fortune.told):
            match act:
                case "delete":
                    owning.delete(WHO, vm.name)
                case "extend":
                    owning.extend(WHO, vm.name, timedelta(minutes=20), ceiling, key)
                case "prolong":
                    owning.extend(WHO, vm.name, BEYOND_THE_SWITCH, vm.approved_total + 100, key)
                case "resize":
                    owning.resize(WHO, vm.name, Resize("e2-standard-4", None, ceiling), key)
                case "grow":
                    owning.resize(WHO, vm.name, Resize(None, vm.spec.disk_gib + 10, ceiling), key)
                case "stop" | "start":
                    getattr(owning, act)(WHO, vm.name, key)
                case "watch":
                    self.idle_stops.choose(WHO, vm.name, IDLE_AFTER)
                case "use":
                    self.here.outside.meter.in_use.add(vm.instance_id)
                case "drain":
                    self.here.set_limits(vm.region or "us-west1", drained=True)
                case "open":
                    self.here.set_limits(drained=False)
                case _:
                    with suppress(httpx.HTTPError):
                        self.here.http.post(f"/{act}", json={"zone": vm.zone, "name": vm.instance_name})

    def now(self) -> datetime:
        """The emulated moment, as the database would tell it: it is asked before every message."""
        return datetime.now(UTC) + self.here.offset

    def _move_to(self, moment: datetime) -> None:
        if (ahead := (moment - self.now()).total_seconds()) > 0:
            self.here.move(ahead)


def at_rest(vm: Vm) -> bool:
    """Whether nothing is under way and nothing is wanted that is not so."""
    as_wanted = (vm.state, vm.wanted) in ((State.RUNNING, Wanted.RUNNING), (State.STOPPED, Wanted.STOPPED))
    return as_wanted and vm.operation is None and vm.expires_at is not None


def spans(here: World, vm_ids: Sequence[str]) -> dict[str, float]:
    """How long each VM's owner waited for it in all, in seconds: from the approval until it ran or was given up, from
    each stop and start until it had come about, and from being on its way out until it was gone."""
    query = text(
        """SELECT vm_id, EXTRACT(EPOCH FROM at)::float8, action, from_state, to_state FROM audit_log
           WHERE vm_id = ANY(:ids) ORDER BY vm_id, vm_number"""
    )
    waited, since = dict.fromkeys(vm_ids, 0.0), dict[str, float]()
    with here.engine.begin() as connection:
        for vm_id, at, action, before, after in connection.execute(query, {"ids": list(vm_ids)}):
            if before != after and vm_id in since:
                waited[vm_id] += at - since[vm_id]
            if after in ARRIVED and before != after:
                since.pop(vm_id, None)
            elif before != after or action in ASKED:
                since[vm_id] = at
    return waited


def alone(
    here: World, eye: Eye, rng: random.Random, faults: Sequence[Fault], each: int
) -> tuple[Lives, dict[str, tuple[str, int]]]:
    """Every fault alone, in so many lives, beside as many that nothing befalls, until all are over: of each VM the
    fault ("" for none) and which of the lives it led. What a fault costs is what it lasts longer than its like."""
    lives, of = Lives(here, eye, rng), dict[str, tuple[str, int]]()
    lives.reaping.choose = swept = Apiece()
    for number in range(each):
        for fault in (None, *faults):
            powered = number % 2 == 1 or "start" in (fault or faults[0]).name
            once = Once(here, fault, rng.randint(1, 3 if number else 1)) if fault else nothing
            spec = SMALL.model_copy(update={"duration": "20m"})
            plan = {6 + number % 3: "stop", 10: "start"} if powered else {}
            of_sweeps = fault is not None and fault.swept
            if life := lives.begin(spec, nothing if of_sweeps else once, {1: "watch", **plan} if of_sweeps else plan):
                of[life.vm_id] = (fault.name if fault else "", number)
                if of_sweeps:
                    swept.of.append((once, life.fortune.told))
    for _ in range(LONGEST):
        lives.minute()
        if not eye.look()["alive"]:
            break
    return lives, of

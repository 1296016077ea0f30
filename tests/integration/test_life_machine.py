"""A VM's life under disorder: messages lost, repeated and out of order, Compute failing, workers killed, people who
change their minds. Whatever happened, once the disorder is over sweeps alone bring every VM to its end, and the
invariants hold.

G1 one machine serves a request, none a dead one; G2 nothing of ours is left without a live row; G3 no state but
DELETING outlives its deadline; G4 nothing runs past its end for long; G5 no reservation takes a region above its
limit; G6 every move has its audit row; G7 what is metered never exceeds what was approved."""

from __future__ import annotations

import heapq
import itertools
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as budget
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, select, text

from local.compute import make_app as compute_app
from local.postgres import Server
from local.secrets.api import SecretManager
from local.server import in_thread
from shared.db.engine import by_url
from shared.db.models import Audit, table
from shared.domain.errors import Refusal
from shared.domain.life import Figures, State, Wanted
from shared.domain.spec import RegionWish, Spec
from shared.domain.vm import Vm
from shared.google import calls
from shared.services.provisioning.advancing import Advancer
from shared.services.provisioning.turn import Platform
from shared.services.reaping import Reaper
from shared.services.relay import Relay
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.world import DJANGO, ENVIRONMENT, WHO, World, world

FIGURES = Figures()
SWEEP = timedelta(minutes=1)
EPSILON = timedelta(minutes=5)  # from a VM's end until it is gone, without Cloud Tasks
LIMIT = 4  # vCPUs in each region: two small machines, so that they are in each other's way
SMALL = DJANGO.model_copy(update={"packages": (), "duration": "2h"})
SPECS = (
    SMALL,
    SMALL.model_copy(update={"packages": ("django",), "duration": "20m"}),
    SMALL.model_copy(update={"machine_type": "e2-standard-4"}),
    SMALL.model_copy(update={"spot": True, "region": RegionWish(must="us-west1")}),
)
STOCK_OUT = {"operation_error": {"code": "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"}}
QUOTA = {"status": 403, "reason": "quotaExceeded", "message": "Quota 'CPUS' exceeded.  Limit: 24.0 in region us-west1."}
RATE = {"status": 403, "reason": "rateLimitExceeded", "message": "Rate Limit Exceeded"}
BROKEN = {"status": 503, "reason": "backendError", "message": "Backend Error"}
LATE = {"operation_error": {"code": "INTERNAL_ERROR", "message": "try again"}}
FAULTS: tuple[dict[str, Any], ...] = (
    {"method": "instances.insert", "lose_response": True},
    {"method": "instances.insert", "lose_response": True, "times": 4},
    {"method": "instances.insert", "times": 6, **BROKEN},
    {"method": "instances.insert", **STOCK_OUT},
    {"method": "instances.insert", "times": 3, **STOCK_OUT},
    {"method": "instances.insert", **QUOTA},
    {"method": "instances.insert", **RATE},
    {"method": "instances.insert", **LATE},
    {"method": "instances.insert", "delay": 1200.0},
    {"method": "instances.delete", "lose_response": True},
    {"method": "instances.delete", "times": 3, **BROKEN},
    {"method": "instances.delete", **LATE},
    {"method": "instances.delete", "delay": 300.0},
    {"method": "instances.stop", "lose_response": True, "times": 4},
    {"method": "instances.stop", "delay": 1200.0},
    {"method": "instances.start", "lose_response": True, "times": 4},
    {"method": "instances.start", "delay": 1200.0},
    {"method": "instances.start", **STOCK_OUT},
    {"method": "instances.get", "drop": True, "times": 3},
    {"method": "instances.setLabels", "times": 3, **BROKEN},
    {"method": "zoneOperations.get", "times": 6, **BROKEN},
    {"method": "firewalls.insert", "times": 3, **BROKEN},
    {"method": "firewalls.delete", "lose_response": True, "times": 3},
    {"method": "list.stale", "times": 2},
    {"method": "guest.boot", "drop": True},
)


WHICH = st.integers(0, 99)  # one of what there is, by remainder
MANY = st.sampled_from([0, 0, 1, 3, 8])  # messages that are delivered right after


class Killed(BaseException):
    """The process is gone: no handler of its own runs any more."""


@dataclass
class Fate:
    """When a process dies: at its so-manieth call of a port from now on, before or after the call's effect."""

    calls: int = 0
    after: bool = False
    dead: bool = False

    def survive(self, work: Callable[[], Any]) -> Any:
        if self.dead:
            raise Killed
        self.calls -= 1
        self.dead = self.calls == 0
        if self.dead and not self.after:
            raise Killed
        done = work()
        if self.dead:
            raise Killed
        return done


class Port:
    """One of a process's ports: the real thing, until the process is dead."""

    def __init__(self, part: Any, fate: Fate) -> None:
        self._part, self._fate = part, fate

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._part, name)
        return lambda *given, **named: self._fate.survive(lambda: method(*given, **named))


class Unread:
    """Reports and Housekeeping of the sweep: reports that nobody reads."""

    def keep(self, report: dict[str, Any]) -> None:
        """Not kept."""

    def destroyed(self, kind: str, name: str, because: str) -> None:
        """Not written down."""

    def forget(self) -> None:
        """Nothing here grows old."""


class Workers:
    """Provision and the reaper, put together as shared.bootstrap does it, mortal."""

    def __init__(self, here: World) -> None:
        self.fate = Fate()
        registry, outbox = Port(here.registry, self.fate), Port(here.outbox, self.fate)
        compute, secrets = Port(here.compute, self.fate), Port(here.secrets, self.fate)
        relay = Relay(registry, outbox, here.mail, here.mail, here.mail)
        platform = Platform(registry, compute, secrets, here.figures, ENVIRONMENT)
        self.advancer = Advancer(platform, relay)
        self.reaper = Reaper(platform, self.advancer, relay, outbox, Unread(), Unread())

    def provision(self, vm_id: str) -> bool:
        """Serve one message; whether the process lived to acknowledge it."""
        return self._live(lambda: self.advancer.advance(vm_id))

    def sweep(self) -> bool:
        return self._live(self._sweep)

    def _sweep(self) -> None:
        told = self.reaper.sweep()
        assert "internal" not in told.values(), told

    def _live(self, work: Callable[[], Any]) -> bool:
        try:
            work()
        except Killed:
            return False
        finally:
            self.fate.calls, self.fate.dead = 0, False
        return True


class Disorder(RuleBasedStateMachine):
    """The walk."""

    def __init__(self, here: World) -> None:
        super().__init__()
        self.here = here
        self.workers = Workers(here)
        self.vms: list[str] = []

    @initialize(specs=st.lists(st.sampled_from(SPECS), min_size=2, max_size=3), many=st.sampled_from([4, 60, 60]))
    def begin(self, specs: list[Spec], many: int) -> None:
        for spec in specs:
            self.approve(spec, 0)
        self.deliver(many)

    @rule(spec=st.sampled_from(SPECS), many=MANY)
    def approve(self, spec: Spec, many: int) -> None:
        with suppress(Refusal):
            self.vms.append(self.here.approve(spec))
        self.deliver(many)

    @rule(many=st.integers(1, 30))
    def deliver(self, many: int) -> None:
        """The next messages, in the order of their times, each at its time."""
        for _ in range(min(many, len(self.here.mail.due))):
            at, number, vm_id = heapq.heappop(self.here.mail.due)
            ahead = (at - self.here.now()).total_seconds()
            if ahead > 0:
                self.here.move(ahead)
            if not self.workers.provision(vm_id):
                heapq.heappush(self.here.mail.due, (self.here.now() + timedelta(seconds=10), number, vm_id))

    @rule(which=WHICH, how=st.sampled_from(["lost", "twice", "early"]))
    def disturb(self, which: int, how: str) -> None:
        """One message is lost, will come twice, or comes before its time and out of order."""
        if not (due := self.here.mail.due):
            return
        at, _, vm_id = due[which % len(due)] if how == "twice" else due.pop(which % len(due))
        heapq.heapify(due)
        if how == "twice":
            heapq.heappush(due, (at, next(self.here.mail.counter), vm_id))
        elif how == "early":
            self.workers.provision(vm_id)

    @rule(seconds=st.sampled_from([5, 30, 61, 100, 700]))
    def let_time_pass(self, seconds: int) -> None:
        self.here.move(seconds)

    @rule(which=WHICH, many=MANY)
    def press_power(self, which: int, many: int) -> None:
        """Start it if its owner last wanted it stopped, else stop it."""
        vm = self.pick(which)
        ask = self.here.owning.start if vm.wanted is Wanted.STOPPED else self.here.owning.stop
        with suppress(Refusal):
            ask(WHO, vm.name, next(self.here.keys))
        self.deliver(many)

    @rule(which=WHICH, many=MANY)
    def extend(self, which: int, many: int) -> None:
        vm = self.pick(which)
        with suppress(Refusal):
            self.here.owning.extend(WHO, vm.name, timedelta(minutes=20), vm.approved_total * 2, next(self.here.keys))
        self.deliver(many)

    @rule(which=WHICH, many=MANY)
    def delete(self, which: int, many: int) -> None:
        with suppress(Refusal):
            self.here.owning.delete(WHO, self.pick(which).name)
        self.deliver(many)

    @rule(which=WHICH, what=st.sampled_from(["_poweroff", "_preempt", "_vanish"]))
    def happen(self, which: int, what: str) -> None:
        """Something happens to a machine that nobody here asked for."""
        if machines := self.here.cloud()["instances"]:
            machine = machines[which % len(machines)]
            place = {"zone": machine["zone"], "name": machine["name"]}
            httpx.post(f"{self.here.compute_url}/{what}", json=place)

    @rule(fault=st.sampled_from(FAULTS))
    def fail(self, fault: dict[str, Any]) -> None:
        self.here.fault(**fault)

    @rule(calls=st.integers(1, 25), after=st.booleans())
    def kill(self, calls: int, after: bool) -> None:
        """The next worker dies in the middle of what it does."""
        self.workers.fate.calls, self.workers.fate.after = calls, after

    @rule()
    def sweep(self) -> None:
        self.workers.sweep()

    @invariant()
    def no_region_is_above_its_limit(self) -> None:
        """G5."""
        assert above_limit(self.here.engine) == []

    def pick(self, which: int) -> Vm:
        return self.here.vm(self.vms[which % len(self.vms)])

    def teardown(self) -> None:
        if sys.exception() is None:  # a walk that has failed already has nothing more to say
            Calm(self).check()


class Calm:
    """After the disorder: no more faults, nobody is killed, and no message arrives either: sweeps alone."""

    def __init__(self, walk: Disorder) -> None:
        self.here, self.workers, self.vms = walk.here, walk.workers, walk.vms
        httpx.delete(f"{self.here.compute_url}/_faults").raise_for_status()
        self.workers.fate.calls = 0
        # Time stood still for what was made to fail, and a dead worker's claim has to lapse first.
        self.since = self.here.now() + FIGURES.claim + SWEEP

    def check(self) -> None:
        settled = self.since + FIGURES.duplicate_grace
        for _ in range(300):
            alive = self.here.registry.alive()
            if not alive and not self.left():
                break
            quiet = bool(alive) and all(_at_rest(vm) for vm in alive) and self.here.now() > self.since
            if quiet and self.here.now() >= settled:
                self.one_machine_each()
            if quiet:
                ends = [vm.expires_at for vm in alive if vm.expires_at is not None]
                self.skip_to(min(ends) if self.here.now() >= settled else min(settled, *ends))
            self.minute()
        assert [(vm.name, vm.state) for vm in self.here.registry.alive()] == []
        assert self.left() == []
        for vm_id in self.vms:
            self.told_without_a_gap(vm_id)
            self.charged_as_approved(vm_id)

    def minute(self) -> None:
        """One sweep, and what must hold after each."""
        self.here.mail.due.clear()
        self.here.move(SWEEP.total_seconds())
        assert self.workers.sweep()
        self.nothing_outlives_its_deadline()
        self.nothing_outlives_its_end()

    def skip_to(self, moment: datetime) -> None:
        if (ahead := (moment - self.here.now()).total_seconds()) > 0:
            self.here.move(ahead)

    def one_machine_each(self) -> None:
        """G1."""
        machines = Counter(machine["labels"]["vmc-id"] for machine in self.here.cloud()["instances"])
        alive = {vm.id for vm in self.here.registry.alive()}
        assert {vm_id: machines[vm_id] for vm_id in alive | set(machines)} == dict.fromkeys(alive, 1)

    def nothing_outlives_its_deadline(self) -> None:
        """G3."""
        now = self.here.now()
        for vm in self.here.registry.alive():
            if vm.state is not State.DELETING and vm.deadline_at is not None:
                assert now <= max(vm.deadline_at, self.since) + 2 * SWEEP, (vm.state, vm.deadline_at, now)

    def nothing_outlives_its_end(self) -> None:
        """G4."""
        now = self.here.now()
        for machine in self.here.cloud()["instances"]:
            end = self.here.vm(machine["labels"]["vmc-id"]).expires_at
            assert end is None or now <= max(end, self.since) + EPSILON, (machine["name"], end, now)

    def left(self) -> list[str]:
        """G2: what the cloud itself says is still there."""
        cloud = self.here.cloud()
        found = [thing["name"] for kind in ("instances", "disks", "firewalls") for thing in cloud[kind]]
        return found + [name for name, _ in self.here.secrets.list()]

    def told_without_a_gap(self, vm_id: str) -> None:
        """G6."""
        log = table(Audit)
        query = select(log.c.vm_number, log.c.from_state, log.c.to_state).where(log.c.vm_id == vm_id)
        with self.here.engine.begin() as connection:
            told = connection.execute(query.order_by(log.c.vm_number)).all()
        vm = self.here.vm(vm_id)
        assert [number for number, *_ in told] == list(range(1, vm.event_number + 1))
        assert [before for _, before, _ in told] == [None, *(after for *_, after in told[:-1])]
        assert told[-1].to_state == vm.state

    def charged_as_approved(self, vm_id: str) -> None:
        """G7."""
        receipt = self.here.receipt(vm_id)
        assert Decimal(receipt["metered"]["total"]) <= self.here.vm(vm_id).approved_total
        assert not any(resource["found"] for resource in receipt["resources"])


def _at_rest(vm: Vm) -> bool:
    """Whether nothing is under way and nothing is wanted that is not so."""
    as_wanted = (vm.state, vm.wanted) in ((State.RUNNING, Wanted.RUNNING), (State.STOPPED, Wanted.STOPPED))
    return as_wanted and vm.operation is None and vm.expires_at is not None


@pytest.fixture(scope="module")
def cloud() -> Iterator[tuple[str, str]]:
    """The emulated Compute Engine, in which things take time, and Secret Manager, for all walks one after the other."""
    with in_thread(compute_app(latency=1.0)) as compute_url, in_thread(SecretManager().app()) as secrets_url:
        yield compute_url, secrets_url


class Worlds:
    """A world for each walk: a database of its own, and the cloud emptied."""

    def __init__(self, server: Server, cloud: tuple[str, str], stack: ExitStack) -> None:
        self.server, self.cloud, self.stack = server, cloud, stack
        self.names = (f"walk_{number}" for number in itertools.count(1))

    def __call__(self) -> Disorder:
        self.stack.close()
        name = next(self.names)
        self.server.create_database(name, template="template")
        self.stack.callback(self.server.drop_database, name)
        engine = by_url(self.server.dsn(name), 10)
        self.stack.callback(engine.dispose)
        compute_url, secrets_url = self.cloud
        httpx.post(f"{compute_url}/_reset").raise_for_status()
        httpx.delete(f"{compute_url}/_faults").raise_for_status()
        httpx.post(f"{compute_url}/_clock", json={"offset": 0}).raise_for_status()
        here = World(engine, compute_url, secrets_url, FIGURES)
        for secret, _ in here.secrets.list():
            here.secrets.delete(secret)
        limit_regions(engine, LIMIT)
        return Disorder(here)


def limit_regions(engine: Engine, vcpus: int) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE regions SET vcpu_limit = :limit"), {"limit": vcpus})


def above_limit(engine: Engine) -> list[Any]:
    """Regions in which more is reserved than may be."""
    query = (
        "SELECT regions.id, vcpu_limit, sum(reserved_vcpus) FROM vms JOIN regions ON regions.id = reserved_region"
        " GROUP BY regions.id HAVING sum(reserved_vcpus) > vcpu_limit"
    )
    with engine.begin() as connection:
        return list(connection.execute(text(query)))


def test_no_disorder_breaks_an_invariant(
    server: Server, cloud: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "_PAUSES", (0.0, 0.0))  # a retry within a call would wait on real time
    walks = budget(
        max_examples=8,
        stateful_step_count=30,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],  # a failing walk is told as it is: to shrink it would replay lives for minutes
        suppress_health_check=list(HealthCheck),
    )
    with ExitStack() as stack:
        run_state_machine_as_test(Worlds(server, cloud, stack), settings=walks)


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
    limit_regions(here.engine, 2)
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

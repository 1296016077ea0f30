"""The walk of a few VMs through disorder: what may happen to them, and in the end the calm in which all is checked."""

from __future__ import annotations

import heapq
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import Engine, text

from shared.db.engine import by_url
from shared.domain.errors import Refusal
from shared.domain.life import Figures, Wanted
from shared.domain.spec import RegionWish, Spec
from shared.domain.vm import Vm
from shared.services.terms import Resize
from tests.integration.calm import SWEEP, Calm
from tests.integration.databases import Databases
from tests.integration.mailbox import Message
from tests.integration.mortal import Killed, Workers
from tests.integration.world import DJANGO, WHO, World

SMALL = DJANGO.model_copy(update={"packages": (), "duration": "2h"})
SPECS = (
    SMALL,
    SMALL.model_copy(update={"packages": ("django",), "duration": "20m"}),
    SMALL.model_copy(update={"machine_type": "e2-standard-4"}),
    SMALL.model_copy(update={"spot": True, "region": RegionWish(must="us-west1")}),
)
TYPES = (None, "e2-small", "e2-standard-2", "e2-standard-4")
LIMIT = 4  # vCPUs in each region: two small machines, so that they are in each other's way
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
    {"method": "disks.resize", "lose_response": True, "times": 4},
    {"method": "disks.resize", "times": 3, **BROKEN},
    {"method": "disks.resize", "delay": 1200.0},
    {"method": "instances.setMachineType", "lose_response": True, "times": 4},
    {"method": "instances.setMachineType", **LATE},
    {"method": "instances.setMachineType", "delay": 1200.0},
    {"method": "instances.setScheduling", "lose_response": True, "times": 4},
    {"method": "instances.setScheduling", **LATE},
    {"method": "instances.setScheduling", "delay": 1200.0},
    {"method": "instances.get", "drop": True, "times": 3},
    {"method": "instances.setLabels", "times": 3, **BROKEN},
    {"method": "zoneOperations.get", "times": 6, **BROKEN},
    {"method": "firewalls.insert", "times": 3, **BROKEN},
    {"method": "firewalls.delete", "lose_response": True, "times": 3},
    {"method": "list.stale", "times": 2},
    {"method": "guest.boot", "drop": True},
)

WHICH = st.integers(0, 99)  # one of what there is, by remainder
MANY = st.sampled_from([0, 0, 1, 3, 8, 20])  # messages that are delivered right after
A_WHILE = timedelta(minutes=5)


@dataclass
class Walked:
    """What was walked: `steps` that were taken, and how often each thing happened to a VM, by its audit record."""

    walks: int = 0
    steps: int = 0
    happened: Counter[str] = field(default_factory=Counter)


class Disorder(RuleBasedStateMachine):
    """The walk."""

    def __init__(self, here: World, walked: Walked) -> None:
        super().__init__()
        self.here, self.walked = here, walked
        self.workers = Workers(here)
        self.vms: list[str] = []

    @initialize(specs=st.lists(st.sampled_from(SPECS), min_size=2, max_size=3), many=st.sampled_from([4, 60, 60]))
    def begin(self, specs: list[Spec], many: int) -> None:
        for spec in specs:
            self.approve(spec, 0)
        self.deliver(many)

    @rule(spec=st.sampled_from(SPECS), many=MANY)
    def approve(self, spec: Spec, many: int) -> None:
        with self.asking():
            self.here.approve(spec)
        self.vms += [vm.id for vm in self.here.registry.alive() if vm.id not in self.vms]
        self.deliver(many)

    @rule()
    def arrive(self) -> None:
        """The next message, however far ahead. The first rule by name, and so all of Hypothesis's first walk."""
        if self.here.mail.due:
            self.hand_over()

    @rule(many=st.integers(1, 30))
    def deliver(self, many: int) -> None:
        """The next messages, in the order of their times, each at its time, until none is due for a while."""
        for _ in range(many):
            if not (due := self.here.mail.due) or due[0][0] - self.here.now() > A_WHILE:
                break
            self.hand_over()

    @rule(which=WHICH, how=st.sampled_from(["lost", "twice", "early", "late"]))
    def disturb(self, which: int, how: str) -> None:
        """One message is lost, will come twice, comes before its time, or ten minutes after it: out of order."""
        if not (due := self.here.mail.due):
            return
        message = due[which % len(due)] if how == "twice" else due.pop(which % len(due))
        heapq.heapify(due)
        if how in ("twice", "late"):
            at = message.at + (timedelta(minutes=10) if how == "late" else timedelta(0))
            heapq.heappush(due, message._replace(at=at, number=next(self.here.mail.counter)))
        elif how == "early":
            self.served(message)

    @rule(seconds=st.sampled_from([5, 30, 30, 61, 61, 100, 100, 300, 700, 4000]))
    def let_time_pass(self, seconds: int) -> None:
        """Up to an hour in which nothing sweeps."""
        self.here.move(seconds)

    @rule(which=WHICH, many=MANY)
    def press_power(self, which: int, many: int) -> None:
        """Start it if its owner last wanted it stopped, else stop it."""
        vm = self.pick(which)
        ask = self.here.owning.start if vm.wanted is Wanted.STOPPED else self.here.owning.stop
        with self.asking():
            ask(WHO, vm.name, next(self.here.keys))
        self.deliver(many)

    @rule(which=WHICH, many=MANY, by=st.sampled_from([timedelta(minutes=20), timedelta(days=3)]))
    def extend(self, which: int, many: int, by: timedelta) -> None:
        """Within the machine's own termination time, or beyond it."""
        vm = self.pick(which)
        with self.asking():
            self.here.owning.extend(WHO, vm.name, by, vm.approved_total + 10, next(self.here.keys))
        self.deliver(many)

    @rule(which=WHICH, many=MANY, machine_type=st.sampled_from(TYPES), more=st.sampled_from([0, 0, 10]))
    def resize(self, which: int, many: int, machine_type: str | None, more: int) -> None:
        vm = self.pick(which)
        wish = Resize(machine_type, vm.spec.disk_gib + more, vm.quote.total + 5)
        with self.asking():
            self.here.owning.resize(WHO, vm.name, wish, next(self.here.keys))
        self.deliver(many)

    @rule(which=WHICH, many=MANY)
    def delete(self, which: int, many: int) -> None:
        with self.asking():
            self.here.owning.delete(WHO, self.pick(which).name)
        self.deliver(many)

    @rule(which=WHICH, what=st.sampled_from(["_poweroff", "_preempt", "_vanish"]))
    def happen(self, which: int, what: str) -> None:
        """Something happens to a machine that nobody here asked for."""
        if machines := self.here.cloud()["instances"]:
            machine = machines[which % len(machines)]
            place = {"zone": machine["zone"], "name": machine["name"]}
            self.here.http.post(f"/{what}", json=place)

    @rule(fault=st.sampled_from(FAULTS))
    def fail(self, fault: dict[str, Any]) -> None:
        self.here.fault(**fault)

    @rule(calls=st.integers(1, 25), after=st.booleans())
    def kill(self, calls: int, after: bool) -> None:
        """The next worker dies in the middle of what it does."""
        self.workers.fate.calls, self.workers.fate.after = calls, after

    @rule(region=st.sampled_from([None, "us-west1", "us-east1"]))
    def drain(self, region: str | None) -> None:
        """No new VM in that region, and in all the others again."""
        self.here.set_limits(drained=False)
        if region:
            self.here.set_limits(region, drained=True)

    @rule()
    def sweep(self) -> None:
        """Right after whatever was before it."""
        self.swept()

    @rule()
    def minute(self) -> None:
        """Nothing but the sweep at its end."""
        self.here.move(SWEEP.total_seconds())
        self.swept()

    @invariant()
    def no_region_is_above_its_limit(self) -> None:
        """G5; and the step counts."""
        self.walked.steps += 1
        assert above_limit(self.here.engine) == []

    def hand_over(self) -> None:
        """The next message, at its time; one whose worker dies comes again ten seconds later."""
        message = heapq.heappop(self.here.mail.due)
        ahead = (message.at - self.here.now()).total_seconds()
        if ahead > 0:
            self.here.move(ahead)
        if not self.served(message):
            at = self.here.now() + timedelta(seconds=10)
            heapq.heappush(self.here.mail.due, message._replace(at=at))

    def served(self, message: Message) -> bool:
        """Whether a worker lived to acknowledge a message."""
        return self.workers.serve(message)

    def swept(self) -> None:
        self.workers.sweep()

    @contextmanager
    def asking(self) -> Iterator[None]:
        """A person's request, which may be refused; its process may die once it has committed."""
        with suppress(Refusal, Killed):
            yield

    def pick(self, which: int) -> Vm:
        """Of the last few, since only so many are alive at once."""
        among = self.vms[-5:]
        return self.here.vm(among[which % len(among)])

    def teardown(self) -> None:
        self.walked.walks += 1
        if sys.exception() is not None:  # a walk that has failed already has nothing more to say
            return
        Calm(self.here, self.workers, self.vms).check()
        with self.here.engine.begin() as connection:
            happened = connection.execute(text("SELECT action, count(*) FROM audit_log GROUP BY action"))
            self.walked.happened.update(dict(happened.tuples().all()))


def above_limit(engine: Engine) -> list[Any]:
    """Where more is reserved than may be: vCPUs and addresses in a region, firewall rules in the project."""
    query = (
        "SELECT regions.id, sum(reserved_vcpus), count(*) FROM vms JOIN regions ON regions.id = reserved_region"
        " GROUP BY regions.id HAVING sum(reserved_vcpus) > vcpu_limit OR count(*) > address_limit"
        " UNION ALL SELECT 'project', 0, count(*) FROM vms WHERE region IS NOT NULL"
        " AND state NOT IN ('FAILED', 'DELETED') HAVING count(*) > (SELECT firewall_rule_limit FROM project)"
    )
    with engine.begin() as connection:
        return list(connection.execute(text(query)))


class Worlds:
    """A world for each walk: a database of its own, and the cloud emptied. `walked`: all of them together."""

    def __init__(self, databases: Databases, cloud: tuple[str, str], stack: ExitStack) -> None:
        self.databases, self.cloud, self.stack = databases, cloud, stack
        self.walked = Walked()

    def __call__(self) -> Disorder:
        return Disorder(self.fresh(), self.walked)

    def make(self, engine: Engine, compute_url: str, secrets_url: str) -> World:
        return World(engine, compute_url, secrets_url, Figures())

    def fresh(self) -> World:
        self.stack.close()
        engine = by_url(self.stack.enter_context(self.databases.one()), 10)
        self.stack.callback(engine.dispose)
        compute_url, secrets_url = self.cloud
        here = self.make(engine, compute_url, secrets_url)
        self.stack.callback(here.close)
        here.http.post("/_reset").raise_for_status()
        here.calm()
        here.move(0)
        for secret, _ in here.secrets.list():
            here.secrets.delete(secret)
        here.limit(LIMIT)
        here.set_limits("us-east1", address_limit=1)
        here.set_rule_limit(4)
        return here

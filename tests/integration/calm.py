"""What must hold of every VM once the disorder is over, while sweeps alone bring each to its end.

G1 one machine serves a request, none a dead one; G2 nothing of ours is left without a live row; G3 no state but
DELETING outlives its deadline; G4 nothing runs past its end for long; G6 every move has its audit row; G7 what is
metered never exceeds what was approved, and the days of the cost report add up to it. Every live document has
arrived at its VM's last event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text

from shared.db.costs import PostgresCosts
from shared.db.models import Audit, table
from shared.domain.life import State, Wanted
from shared.domain.vm import Vm
from tests.integration.mortal import Workers
from tests.integration.world import World

SWEEP = timedelta(minutes=1)
EVER = datetime(2020, 1, 1, tzinfo=UTC)
EPSILON = timedelta(minutes=5)  # from a VM's end until it is gone, without Cloud Tasks


class Calm:
    """After the disorder: no more faults, nobody is killed, and no message arrives either: sweeps alone."""

    def __init__(self, here: World, workers: Workers, vms: Sequence[str]) -> None:
        self.here, self.workers, self.vms = here, workers, vms
        self.here.calm()
        self.workers.fate.calls = 0
        # Time stood still for what was made to fail, and a dead worker's claim has to lapse first.
        self.since = self.here.now() + self.here.figures.claim + SWEEP

    def check(self) -> None:
        settled = self.since + self.here.figures.duplicate_grace
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
        if behind(self.here):
            self.minute()  # died in a turn that could not tell it: the next sweep does
        assert behind(self.here) == []
        self.uses = PostgresCosts(self.here.engine).uses(None, EVER, self.here.now())
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
        machines = Counter(machine["labels"]["vmc-id"] for machine in self.ours("instances"))
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
        for machine in self.ours("instances"):
            end = self.here.vm(machine["labels"]["vmc-id"]).expires_at
            assert end is None or now <= max(end, self.since) + EPSILON, (machine["name"], end, now)

    def left(self) -> list[str]:
        """G2: what the cloud itself says is still there."""
        found = [thing["name"] for kind in ("instances", "disks") for thing in self.ours(kind)]
        return found + self.here.names("firewalls") + [name for name, _ in self.here.secrets.list()]

    def ours(self, kind: str) -> list[dict[str, Any]]:
        """Machines or disks that are there, by the cloud's own account; not what the walk has put in the way."""
        return [each for each in self.here.cloud()[kind] if "vmc-id" in each["labels"]]

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
        mine = (use for use in self.uses if use.vm == receipt["vm"])  # none that never started
        days = sum(amount for use in mine for _, amount in use.days(EVER, self.here.now()))
        assert days == Decimal(receipt["metered"]["total"]) + Decimal(receipt["late"]["total"])
        assert not any(resource["found"] for resource in receipt["resources"])


def behind(here: World) -> list[str]:
    """VMs whose live document has not arrived at their last event, by name."""
    with here.engine.begin() as connection:
        events = connection.execute(text("SELECT name, event_number FROM vms ORDER BY name")).all()
    return [name for name, number in events if here.mail.live.get(name, (0, {}))[0] != number]


def _at_rest(vm: Vm) -> bool:
    """Whether nothing is under way and nothing is wanted that is not so."""
    as_wanted = (vm.state, vm.wanted) in ((State.RUNNING, Wanted.RUNNING), (State.STOPPED, Wanted.STOPPED))
    return as_wanted and vm.operation is None and vm.change is None and vm.expires_at is not None

"""What the cloud lists and what the registry holds, in memory, and the plan that follows from the two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from shared.domain.errors import CloudError, Scope
from shared.domain.life import Figures, Outcome, State
from shared.domain.machine import LABEL_END, LABEL_ENVIRONMENT, LABEL_ID, Disk, FirewallRule, Instance
from shared.domain.vm import Attempt, Vm
from shared.services import reconciling
from shared.services.provisioning.turn import Platform
from shared.services.sweep_plan import Plan
from tests.asking import NOW
from tests.unit.a_vm import a_vm

ZONE = "us-west1-a"
HOUR = timedelta(hours=1)


@dataclass
class Cloud:
    """Compute and Secret Manager as the plan reads them, scoped to our environment as the real lists are."""

    there: Sequence[Instance] = ()
    loose: Sequence[Disk] = ()
    rules: Sequence[FirewallRule] = ()
    kept: Sequence[tuple[str, Mapping[str, str]]] = ()
    refusing: Set[str] = frozenset()
    silent: bool = False
    unreadable: Mapping[str, CloudError] = field(default_factory=dict)  # by the name of the list

    def __post_init__(self) -> None:
        self.deleted: list[tuple[str, ...]] = []

    def instances(self, vm_id: str | None = None) -> Sequence[Instance]:
        return self._shown("instances", self.there)

    def disks(self, vm_id: str | None = None) -> Sequence[Disk]:
        return self._shown("disks", self.loose)

    def firewalls(self) -> Sequence[FirewallRule]:
        return self._shown("firewalls", self.rules)

    def list(self) -> Sequence[tuple[str, Mapping[str, str]]]:
        return self._shown("secrets", self.kept)

    def _shown(self, name: str, all_of_them: Sequence[Any]) -> Sequence[Any]:
        if error := self.unreadable.get(name):
            raise error
        return all_of_them

    def delete(self, *named: str) -> bool:
        self.deleted.append(named)
        if self.silent:
            raise CloudError("connection_lost", "no answer", Scope.TRANSIENT, unknown_outcome=True)
        if self.refusing.intersection(named):
            raise CloudError("in_use", "it is held by something", Scope.REQUEST)
        return False

    delete_disk = close_firewall = delete


@dataclass
class Rows:
    """The registry as the plan reads it."""

    living: Sequence[Vm] = ()
    ended: Sequence[Vm] = ()
    overdue: Sequence[str] = ()

    def alive(self) -> Sequence[Vm]:
        return self.living

    def terminal(self, vm_ids: Sequence[str]) -> Mapping[str, Vm]:
        return {vm.id: vm for vm in self.ended if vm.id in vm_ids}

    def unended(self, vm_ids: Sequence[str]) -> frozenset[str]:
        return frozenset(vm.id for vm in self.living if vm.id in vm_ids)

    def clock(self) -> Any:
        return NOW

    def due(self, limit: int) -> Sequence[str]:
        return self.overdue

    def plan_ends(self, span: timedelta) -> int:
        return 0

    def warn(self, vm_id: str | None = None) -> int:
        return 0


def labels(vm_id: str, end: str | None = None) -> dict[str, str]:
    return {LABEL_ENVIRONMENT: "test", LABEL_ID: vm_id} | ({LABEL_END: end} if end is not None else {})


def seconds(after: timedelta) -> str:
    return str(int((NOW + after).timestamp()))


def instance(vm_id: str = "known", name: str = "django-001", **changes: Any) -> Instance:
    made = Instance(
        id="1",
        name=name,
        zone=ZONE,
        status="RUNNING",
        labels=labels(vm_id, seconds(HOUR)),
        label_fingerprint="",
        external_ip=None,
        created_at=NOW - HOUR,
        last_started_at=NOW - HOUR,
        last_stopped_at=None,
        termination_at=NOW + 26 * HOUR,
    )
    return replace(made, **changes)


def row(vm_id: str = "known", name: str = "django-001", **changes: Any) -> Vm:
    made = a_vm(
        id=vm_id,
        name=name,
        created_at=NOW - HOUR,
        deadline_at=None,
        state=State.RUNNING,
        zone=ZONE,
        instance_name=name,
        attempts=(Attempt(1, "us-west1", ZONE, name, f"request-{vm_id}", Outcome.UP, sent_at=NOW - HOUR),),
    )
    return replace(made, **changes)


def platform(cloud: Cloud, rows: Rows | None = None, figures: Figures | None = None) -> Platform:
    return Platform(rows or Rows(), cloud, cloud, figures or Figures(), "test")


def plan(cloud: Cloud, rows: Rows | None = None, figures: Figures | None = None) -> Plan:
    return reconciling.plan(platform(cloud, rows, figures))


def actions(made: Plan) -> list[tuple[str, str]]:
    return [(verdict.found.kind, verdict.action) for verdict in made.verdicts]


def one_of_each(vm_id: str, end: str | None) -> Cloud:
    told = f"{LABEL_ID}={vm_id} {LABEL_END}={end}" if end is not None else "made by hand"
    return Cloud(
        [instance(vm_id, labels=labels(vm_id, end))],
        [Disk("2", "django-001", ZONE, labels(vm_id, end), in_use=False)],
        [FirewallRule(f"vmc-test-{vm_id}-access", f"vmc-test-{vm_id}", ("203.0.113.7/32",), (22,), told)],
        [("vmc-test-x-login", labels(vm_id, end))],
    )

"""What the cloud has and no live row explains, and what a row has lost: the plan that a sweep follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.errors import CloudError, Scope
from shared.domain.life import Figures, Outcome, State
from shared.domain.machine import LABEL_END, LABEL_ENVIRONMENT, LABEL_ID, Disk, FirewallRule, Instance
from shared.domain.spec import Spec
from shared.domain.vm import Attempt, Operation, Vm
from shared.services import reconciling
from shared.services.provisioning.turn import Platform
from shared.services.quoting import Market, quote
from shared.services.reaping import Reaper
from shared.services.reconciling import Found, Plan, Verdict
from tests.asking import NOW, settings

ZONE = "us-west1-a"
HOUR = timedelta(hours=1)
SPEC = Spec(machine_type="e2-standard-2", os_image="ubuntu-2604-lts-amd64", disk_gib=20, disk_type="pd-balanced")
QUOTE = quote(SPEC, Market(settings()), NOW)


@dataclass
class Cloud:
    """Compute and Secret Manager as the plan reads them, scoped to our environment as the real lists are."""

    there: Sequence[Instance] = ()
    loose: Sequence[Disk] = ()
    rules: Sequence[FirewallRule] = ()
    kept: Sequence[tuple[str, Mapping[str, str]]] = ()
    refusing: Set[str] = frozenset()
    silent: bool = False

    def __post_init__(self) -> None:
        self.deleted: list[tuple[str, ...]] = []

    def instances(self, vm_id: str | None = None) -> Sequence[Instance]:
        return self.there

    def disks(self, vm_id: str | None = None) -> Sequence[Disk]:
        return self.loose

    def firewalls(self) -> Sequence[FirewallRule]:
        return self.rules

    def list(self) -> Sequence[tuple[str, Mapping[str, str]]]:
        return self.kept

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

    def alive(self) -> Sequence[Vm]:
        return self.living

    def terminal(self, vm_ids: Sequence[str]) -> Mapping[str, Vm]:
        return {vm.id: vm for vm in self.ended if vm.id in vm_ids}

    def clock(self) -> Any:
        return NOW

    def due(self, limit: int) -> Sequence[str]:
        return ()

    def plan_ends(self, span: timedelta) -> int:
        return 0


class Nobody:
    """What else a sweep works with, with nothing to do."""

    def advance(self, vm_id: str) -> None: ...

    def flush(self) -> int:
        return 0

    def forget_sent(self) -> int:
        return 0

    def forget(self) -> None: ...

    def keep(self, report: dict[str, Any]) -> None: ...

    def destroyed(self, kind: str, name: str, because: str) -> None: ...


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
    made = Vm(
        id=vm_id,
        name=name,
        owner_id="ann",
        spec=SPEC,
        vcpus=2,
        quote=QUOTE,
        approved_total=QUOTE.max_total,
        requester_address="203.0.113.7",
        login_user="vmuser",
        public_key=None,
        suggestion_id=None,
        created_at=NOW - HOUR,
        updated_at=NOW,
        lease=2 * HOUR,
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
        [FirewallRule("vmc-test-x-access", "vmc-test-x", ("203.0.113.7/32",), (22,), told)],
        [("vmc-test-x-login", labels(vm_id, end))],
    )


MANY = Figures(sweep_share=1.0)  # so that the limit does not show


def test_what_a_live_row_explains_is_left_alone() -> None:
    made = plan(one_of_each("known", seconds(-HOUR)), Rows([row()]))
    assert (made.seen, made.verdicts, made.lost) == (4, (), ())


def test_what_belongs_to_a_row_at_its_end_is_destroyed_at_once() -> None:
    made = plan(one_of_each("ended", seconds(HOUR)), Rows(ended=[row("ended", state=State.DELETED)]), MANY)
    assert actions(made) == [(kind, "destroy") for kind in ("instance", "disk", "firewall rule", "secret")]
    assert {verdict.because for verdict in made.verdicts} == {"django-001 is at its end"}


def test_what_no_row_knows_is_quarantined_until_its_end() -> None:
    made = plan(one_of_each("unknown", seconds(HOUR)), figures=MANY)
    assert {action for _, action in actions(made)} == {"keep"}
    assert {verdict.found.end for verdict in made.verdicts} == {NOW + HOUR}


def test_what_no_row_knows_is_destroyed_when_its_end_has_come() -> None:
    assert {action for _, action in actions(plan(one_of_each("unknown", seconds(timedelta(0))), figures=MANY))} == {
        "destroy"
    }


@pytest.mark.parametrize("end", [None, "", "tomorrow", "-1", "1e9", "9" * 20])
def test_what_does_not_say_when_its_end_is_waits_for_an_administrator(end: str | None) -> None:
    made = plan(one_of_each("unknown", end), figures=MANY)
    assert {action for _, action in actions(made)} == {"ask"}


def test_a_disk_that_a_machine_uses_goes_with_its_machine() -> None:
    attached = Disk("2", "django-001", ZONE, labels("unknown", seconds(-HOUR)), in_use=True)
    assert plan(Cloud(loose=[attached])).seen == 0


def test_a_second_machine_is_left_alone_within_its_grace_and_destroyed_after_it() -> None:
    young = instance(name="django-001-2", created_at=NOW - timedelta(minutes=9))
    old = replace(young, created_at=NOW - timedelta(minutes=11))
    assert actions(plan(Cloud([instance(), young]), Rows([row()]))) == [("instance", "keep")]
    assert actions(plan(Cloud([instance(), old]), Rows([row()]))) == [("instance", "destroy")]


def test_the_same_name_in_another_zone_is_a_second_machine() -> None:
    assert actions(plan(Cloud([instance(), instance(zone="us-west1-b")]), Rows([row()]))) == [("instance", "destroy")]


@pytest.mark.parametrize("outcome", [Outcome.PLANNED, Outcome.SENT, Outcome.LOST, Outcome.UP])
def test_a_place_that_is_not_read_back_as_empty_is_its_attempts_business(outcome: Outcome) -> None:
    attempt = replace(row().attempts[0], outcome=outcome)
    assert plan(Cloud([instance()]), Rows([row(attempts=(attempt,))])).verdicts == ()


def test_a_machine_that_turns_up_in_a_place_read_back_as_empty_is_a_second_one() -> None:
    lost = replace(row().attempts[0], number=2, zone="us-west1-b", request_id="2", outcome=Outcome.EMPTY)
    late = instance(zone="us-west1-b")
    two = row(attempts=(row().attempts[0], lost))
    assert actions(plan(Cloud([instance(), late]), Rows([two]))) == [("instance", "destroy")]


def test_a_row_on_its_way_out_takes_all_its_machines_along_itself() -> None:
    cloud = Cloud([instance(), instance(name="django-001-2")])
    assert plan(cloud, Rows([row(state=State.DELETING)])).verdicts == ()


def orphans(number: int) -> list[Instance]:
    return [instance(f"gone-{each}", f"gone-{each}", labels=labels("", seconds(-HOUR))) for each in range(number)]


def swept(cloud: Cloud, figures: Figures | None = None) -> list[str]:
    """The names of what one sweep asked to be destroyed."""
    made = platform(cloud, figures=figures)
    done = Reaper(made, Nobody(), Nobody(), Nobody(), Nobody(), Nobody()).sweep()
    assert "internal" not in done.values()
    return [named[1] for named in cloud.deleted]


@pytest.mark.parametrize(("seen", "most"), [(1, 1), (9, 1), (10, 1), (25, 2), (100, 10), (199, 19), (400, 20)])
def test_one_sweep_destroys_the_smaller_of_twenty_and_a_tenth_and_never_less_than_one(seen: int, most: int) -> None:
    cloud = Cloud(orphans(seen))
    assert plan(cloud).most == most
    assert swept(cloud) == [f"gone-{each}" for each in range(most)]


def test_what_is_kept_or_asked_about_does_not_count_against_the_limit() -> None:
    there = [
        instance("a", labels=labels("a")),
        instance("b", labels=labels("b", seconds(HOUR))),
        instance("c", "old", labels=labels("c", seconds(-HOUR))),
    ]
    assert actions(plan(Cloud(there))) == [("instance", "ask"), ("instance", "keep"), ("instance", "destroy")]
    assert swept(Cloud(there)) == ["old"]


def test_an_orphan_that_cannot_be_destroyed_saves_no_other() -> None:
    cloud = Cloud(orphans(10), refusing={"gone-0", "gone-1"})
    assert swept(cloud) == ["gone-0", "gone-1", "gone-2"]


def test_a_deletion_whose_answer_was_lost_counts_against_the_limit() -> None:
    cloud = Cloud(orphans(40), silent=True)
    assert len(swept(cloud)) == 4


def test_what_is_going_already_is_not_destroyed_again() -> None:
    cloud = Cloud([replace(each, status="STOPPING") for each in orphans(1)])
    assert swept(cloud) == []


@pytest.mark.parametrize(
    ("state", "status", "lost"),
    [
        (State.RUNNING, "RUNNING", False),
        (State.RUNNING, "TERMINATED", True),
        (State.RUNNING, None, True),
        (State.STOPPED, "TERMINATED", False),
        (State.STOPPED, "RUNNING", True),
        (State.STOPPED, None, True),
        (State.PROVISIONING, None, False),
        (State.DELETING, None, False),
    ],
)
def test_a_row_whose_machine_is_not_as_it_says_is_looked_at_again(state: State, status: str | None, lost: bool) -> None:
    there = [instance(status=status)] if status else []
    assert plan(Cloud(there), Rows([row(state=state)])).lost == (("known",) if lost else ())


def test_a_row_with_an_operation_under_way_is_not_taken_for_lost() -> None:
    starting = row(state=State.STOPPED, operation=Operation("start", "request"))
    assert plan(Cloud([instance(status="STAGING")]), Rows([starting])).lost == ()


def test_a_lost_row_is_only_looked_at_never_destroyed_from_a_list() -> None:
    made = plan(Cloud(), Rows([row()]))
    assert (made.verdicts, made.lost) == ((), ("known",))


def test_the_registry_is_read_after_the_cloud_so_that_a_new_vm_is_no_orphan() -> None:
    rows = Rows()

    class Slow(Cloud):
        """While the cloud is listed, a VM is approved and made."""

        def list(self) -> Sequence[tuple[str, Mapping[str, str]]]:
            rows.living = [row("new")]
            return super().list()

    assert plan(Slow([instance("new")]), rows).verdicts == ()


@pytest.mark.parametrize(
    ("found", "call"),
    [
        (Found("instance", "django-001", ZONE, "x", None), (ZONE, "django-001", "request")),
        (Found("disk", "django-001", ZONE, "x", None), (ZONE, "django-001")),
        (Found("firewall rule", "vmc-test-x-access", None, "x", None), ("vmc-test-x-access", "request")),
        (Found("secret", "vmc-test-x-login", None, "x", None), ("vmc-test-x-login",)),
    ],
)
def test_destroying_asks_for_that_one_resource_and_takes_absence_for_done(found: Found, call: tuple[str, ...]) -> None:
    cloud = Cloud()
    reconciling.destroy(platform(cloud), Verdict(found, "destroy", "its end has come"), "request")
    assert cloud.deleted == [call]


def test_the_report_is_plain_json_with_every_reason() -> None:
    report = plan(one_of_each("unknown", seconds(HOUR)), Rows([row(state=State.STOPPED)]), MANY).report()
    assert (report["at"], report["seen"], report["lost"]) == ("2026-11-23T12:00:00Z", 4, ["known"])
    first = report["resources"][0]
    assert (first["kind"], first["name"], first["zone"], first["vm_id"]) == ("instance", "django-001", ZONE, "unknown")
    assert (first["end"], first["action"]) == ("2026-11-23T13:00:00Z", "keep")
    assert first["because"] == "no row knows it; its end is 2026-11-23T13:00:00Z"

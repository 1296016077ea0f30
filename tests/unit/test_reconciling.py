"""What the cloud has and no live row explains, and what a row has lost: the plan that a sweep follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.errors import CloudError, PartialList, Scope
from shared.domain.life import Figures, Outcome, State
from shared.domain.machine import Disk, FirewallRule
from shared.domain.vm import Operation
from shared.services import reconciling
from shared.services.inventory import Found
from shared.services.sweep_plan import Verdict
from tests.asking import NOW
from tests.unit.cloud_and_rows import (
    HOUR,
    ZONE,
    Cloud,
    Rows,
    actions,
    instance,
    labels,
    one_of_each,
    plan,
    platform,
    row,
    seconds,
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


@pytest.mark.parametrize("description", ["", "ours", f"vmc-id=other vmc-end={seconds(-HOUR)}"])
def test_a_rule_whose_description_was_edited_is_still_its_vms(description: str) -> None:
    rule = FirewallRule("vmc-test-known-access", "vmc-test-known", ("203.0.113.7/32",), (22,), description)
    assert plan(Cloud(rules=[rule]), Rows([row()])).verdicts == ()


@pytest.mark.parametrize("name", ["vmc-test-known", "vmc-test-known-access-2", "vmc-test-known-other-access"])
def test_a_rule_that_is_not_named_as_a_vms_is_an_administrators_to_decide(name: str) -> None:
    rule = FirewallRule(name, "vmc-test-known", ("203.0.113.7/32",), (22,), "vmc-id=known")
    assert actions(plan(Cloud(rules=[rule]), Rows([row()]))) == [("firewall rule", "ask")]


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
    reconciling.destroy(platform(cloud), Verdict(found, "destroy", "its end has come"), "request", lambda *_: None)
    assert cloud.deleted == [call]


def test_the_report_is_plain_json_with_every_reason() -> None:
    report = plan(one_of_each("unknown", seconds(HOUR)), Rows([row(state=State.STOPPED)]), MANY).report()
    assert (report["at"], report["seen"], report["lost"]) == ("2026-11-23T12:00:00Z", 4, ["known"])
    first = report["resources"][0]
    assert (first["kind"], first["name"], first["zone"], first["vm_id"]) == ("instance", "django-001", ZONE, "unknown")
    assert (first["end"], first["action"]) == ("2026-11-23T13:00:00Z", "keep")
    assert first["because"] == "no row knows it; its end is 2026-11-23T13:00:00Z"


DOWN = CloudError("unavailable", "no answer", Scope.TRANSIENT)
LISTS = {"instances": "instance", "disks": "disk", "firewalls": "firewall rule", "secrets": "secret"}


@pytest.mark.parametrize("down", LISTS)
def test_a_list_that_cannot_be_had_keeps_no_other_kind_from_being_judged(down: str) -> None:
    cloud = one_of_each("unknown", seconds(-HOUR))
    cloud.unreadable = {down: DOWN}
    made = plan(cloud, figures=MANY)
    assert actions(made) == [(kind, "destroy") for kind in LISTS.values() if kind != LISTS[down]]
    assert (made.seen, made.report()["unread"]) == (3, {LISTS[down]: "unavailable"})
    with pytest.raises(CloudError, match="unavailable"):
        made.whole()


def test_what_a_list_with_gaps_shows_is_judged_by_and_limited_to_a_share_of_what_it_shows() -> None:
    shown = [instance(f"vm-{n}", f"vm-{n}", labels=labels(f"vm-{n}", seconds((n - 3) * HOUR))) for n in range(20)]
    made = plan(Cloud(unreadable={"instances": PartialList(shown, ["us-east1-b"])}))
    assert (made.seen, made.most, made.selected) == (20, 2, 4)


@pytest.mark.parametrize(
    ("gap", "lost"),
    [("us-west1-b", ("known",)), ("us-west1-a", ()), ("us-west1", ()), ("", ())],
)
def test_a_machine_is_lost_only_where_its_zone_was_listed(gap: str, lost: tuple[str, ...]) -> None:
    cloud = Cloud(unreadable={"instances": PartialList((), [gap])})
    made = plan(cloud, Rows([row()]))
    assert (made.lost, [vm.id for vm, _ in made.unlike]) == (lost, list(lost))


def test_a_machine_that_is_shown_otherwise_than_its_row_says_is_lost_in_a_list_with_gaps_too() -> None:
    off = PartialList([instance(status="TERMINATED")], ["us-west1-a"])
    assert plan(Cloud(unreadable={"instances": off}), Rows([row()])).lost == ("known",)


def test_without_any_list_of_machines_none_is_lost() -> None:
    assert plan(Cloud(unreadable={"instances": DOWN}), Rows([row()])).lost == ()

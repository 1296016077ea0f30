"""A dry run says what the sweep then does: the same selector, limits and holds, on any world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.holds import Seen
from shared.domain.life import Outcome, State
from shared.domain.machine import Disk, Instance
from shared.services import reconciling
from shared.services.doubts import Certain
from shared.services.provisioning.turn import Platform
from shared.services.reaping import Reaper
from tests.asking import NOW
from tests.integration.instead import Instead
from tests.unit.cloud_and_rows import HOUR, ZONE, Cloud, Rows, instance, labels, platform, row, seconds
from tests.unit.test_orphans_swept import Nobody

IDS = ("living", "ended", "lost")  # a row that lives, one at its end, none at all
ENDS = st.sampled_from((None, "", seconds(-HOUR), seconds(timedelta(0)), seconds(HOUR), seconds(9 * HOUR)))


class Doubting(Certain):
    def doubt(self) -> str | None:
        return "a backup was restored"


class Advanced(Nobody):
    def __init__(self) -> None:
        self.ids: list[str] = []

    def advance(self, vm_id: str, within: timedelta) -> None:
        self.ids.append(vm_id)


@st.composite
def instances(draw: st.DrawFn) -> list[Instance]:
    made = draw(st.lists(st.tuples(st.sampled_from(IDS), ENDS, st.sampled_from(("RUNNING", "STOPPING", "TERMINATED")))))
    age = st.sampled_from((timedelta(minutes=1), HOUR))
    return [
        instance(vm_id, f"{vm_id}-{n}", labels=labels(vm_id, end), status=status, created_at=NOW - draw(age))
        for n, (vm_id, end, status) in enumerate(made)
    ]


@st.composite
def disks(draw: st.DrawFn) -> list[Disk]:
    made = draw(st.lists(st.tuples(st.sampled_from(IDS), ENDS, st.booleans()), max_size=30))
    return [Disk(str(n), f"disk-{n}", ZONE, labels(i, end), in_use) for n, (i, end, in_use) in enumerate(made)]


def rows(expires_after: timedelta) -> Rows:
    living = row("living", "living-0", started_at=NOW - 2 * HOUR, expires_at=NOW + expires_after)
    return Rows([living], [row("ended", "ended-0", state=State.DELETED)])


def swept(made: Platform, cloud: Cloud) -> tuple[list[str], list[str]]:
    """What one sweep asked to be destroyed, and the VMs that it looked at."""
    advanced = Advanced()
    done = Reaper(made, advanced, Nobody(), Nobody(), Nobody(), Nobody(), Nobody()).sweep()
    assert "internal" not in done.values()
    return [named[1] for named in cloud.deleted], advanced.ids


@given(instances(), disks(), st.sampled_from((-HOUR, HOUR)), st.booleans())
def test_what_a_dry_run_foretells_is_what_the_next_sweep_does(
    there: Sequence[Instance], loose: Sequence[Disk], expires: timedelta, doubted: bool
) -> None:
    cloud = Cloud(there, loose)
    made = platform(cloud, rows(expires))
    if doubted:
        made = replace(made, doubts=Doubting())
    told = reconciling.plan(made).report()
    assert cloud.deleted == [], "a dry run changes nothing"
    destroyed, looked_at = swept(made, cloud)
    assert sorted(destroyed) == sorted(each["name"] for each in told["resources"] if each["this_sweep"])
    assert looked_at == told["lost"]
    assert not (doubted and destroyed)


@given(st.integers(min_value=0, max_value=400))
def test_a_selector_that_takes_everything_is_held_to_a_sweeps_share(number: int) -> None:
    everything = [instance(f"vm-{n}", f"vm-{n}", labels=labels(f"vm-{n}", seconds(-HOUR))) for n in range(number)]
    plan = reconciling.plan(platform(Cloud(everything)))
    refused = number if number > 3 * plan.most else 0
    assert (plan.refused, plan.selected) == (refused, number - refused)
    assert len(plan.foretold()) == min(plan.selected, plan.most)
    assert plan.most <= max(1, number // 10)


def test_what_an_administrator_has_seen_goes_however_much_it_is_and_what_came_since_does_not() -> None:
    everything = [instance(f"vm-{n}", f"vm-{n}", labels=labels(f"vm-{n}", seconds(-HOUR))) for n in range(30)]
    facts = frozenset(("instance", ZONE, f"vm-{n}", "2026-11-23T11:00:00Z") for n in range(20))
    for awaited, refused in ((False, 10), (True, 10)):
        doubts = Instead(Certain(), seen=lambda awaited=awaited: Seen(facts, awaited))
        plan = reconciling.plan(replace(platform(Cloud(everything)), doubts=doubts))
        assert (plan.selected, plan.refused) == (20, refused)
        gone = [each.found.name for each in plan.foretold()]
        assert len(gone) == 3
        assert set(gone) < {f"vm-{n}" for n in range(20)}


def test_while_an_administrator_is_awaited_what_a_row_at_its_end_left_goes_all_the_same() -> None:
    there = [instance("ended", "ended-0", labels=labels("ended")), *[instance("x", "x", labels=labels("x", "1"))]]
    doubts = Instead(Certain(), seen=lambda: Seen(awaited=True))
    plan = reconciling.plan(replace(platform(Cloud(there), rows(HOUR)), doubts=doubts))
    assert [each.found.name for each in plan.foretold()] == ["ended-0"]


def test_a_selector_that_takes_everything_is_loud(caplog: pytest.LogCaptureFixture) -> None:
    everything = [instance(f"vm-{n}", f"vm-{n}", labels=labels(f"vm-{n}", seconds(-HOUR))) for n in range(30)]
    cloud = Cloud(everything)
    swept(platform(cloud), cloud)
    assert "too much is to be destroyed: nothing of it is" in caplog.messages
    assert cloud.deleted == []


@pytest.mark.parametrize(("label", "action"), [(HOUR, "hold"), (-HOUR, "end")])
def test_in_doubt_a_row_past_its_end_is_held_back_if_its_machine_tells_a_later_one(
    label: timedelta, action: str
) -> None:
    cloud = Cloud([instance("living", "living-0", labels=labels("living", seconds(label)))])
    ours = rows(-HOUR)
    ours.living = [replace(each, labelled_end=each.expires_at) for each in ours.living]
    sure = reconciling.plan(platform(cloud, ours)).report()["ends"]
    doubted = reconciling.plan(replace(platform(cloud, ours), doubts=Doubting())).report()["ends"]
    assert [each["action"] for each in sure] == ["end"]
    assert [each["action"] for each in doubted] == [action]


def test_a_row_on_its_way_out_is_in_no_list_of_ends() -> None:
    leaving = row("living", "living-0", state=State.DELETING, expires_at=NOW - HOUR)
    assert reconciling.plan(platform(Cloud(), Rows([leaving]))).ends == ()


@pytest.mark.parametrize(("machine_type", "differs"), [("e2-medium", True), ("e2-small", False), ("", False)])
def test_a_machine_of_another_type_than_its_row_says_is_told_of(machine_type: str, differs: bool) -> None:
    ours = row()
    ours = replace(ours, spec=ours.spec.model_copy(update={"machine_type": "e2-small"}), labelled_end=NOW + HOUR)
    ours = replace(ours, expires_at=NOW + HOUR, attempts=(replace(ours.attempts[0], outcome=Outcome.UP),))
    told = reconciling.plan(platform(Cloud([instance(machine_type=machine_type)]), Rows([ours]))).report()["unlike"]
    assert [each["what"] for each in told] == (["other_type"] if differs else [])

"""What a sweep does with its plan: how much it destroys at most, and what does not count."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.life import Figures
from shared.domain.machine import Instance
from shared.services.reaping import BUDGET, Reaper
from tests.unit.cloud_and_rows import (
    HOUR,
    NOW,
    Cloud,
    Rows,
    actions,
    instance,
    labels,
    plan,
    platform,
    row,
    seconds,
)


class Nobody:
    """What else a sweep works with, with nothing to do."""

    def advance(self, vm_id: str, within: timedelta) -> None: ...

    def flush(self) -> int:
        return 0

    def forget_sent(self) -> int:
        return 0

    def tick(self) -> int:
        return 0

    def forget(self) -> None: ...

    def keep(self, report: dict[str, Any]) -> None: ...

    def orphan(self, action: str, detail: str, outcome: str) -> None: ...


class Scribe(Nobody):
    """Writes down what it is told, beside what the cloud was asked by then; `fails` on the records of this action."""

    def __init__(self, cloud: Cloud, fails: str = "") -> None:
        self.cloud, self.fails = cloud, fails
        self.told: list[tuple[str, str, int]] = []

    def orphan(self, action: str, detail: str, outcome: str) -> None:
        if action == self.fails:
            raise ConnectionError
        self.told.append((action, outcome, len(self.cloud.deleted)))


def orphans(number: int) -> list[Instance]:
    return [instance(f"gone-{each}", f"gone-{each}", labels=labels("", seconds(-HOUR))) for each in range(number)]


def crowd(seen: int) -> list[Instance]:
    """As many orphans as go unseen, among so many that are left alone."""
    gone = orphans(min(seen, 3 * max(1, min(seen // 10, 20))))
    return gone + [
        instance(f"kept-{n}", f"kept-{n}", labels=labels("x", seconds(HOUR))) for n in range(len(gone), seen)
    ]


def swept(cloud: Cloud, figures: Figures | None = None, scribe: Nobody | None = None) -> list[str]:
    """The names of what one sweep asked to be destroyed."""
    made = platform(cloud, figures=figures)
    done = Reaper(made, Nobody(), Nobody(), Nobody(), scribe or Nobody(), Nobody(), Nobody()).sweep()
    assert "internal" not in done.values()
    return [named[1] for named in cloud.deleted]


@pytest.mark.parametrize(("seen", "most"), [(1, 1), (9, 1), (10, 1), (25, 2), (100, 10), (199, 19), (400, 20)])
def test_one_sweep_destroys_the_smaller_of_twenty_and_a_tenth_and_never_less_than_one(seen: int, most: int) -> None:
    cloud = Cloud(crowd(seen))
    assert plan(cloud).most == most
    gone = swept(cloud)
    assert len(gone) == len(set(gone)) == most
    assert all(each.startswith("gone-") for each in gone)


def test_each_minute_another_begins() -> None:
    found = plan(Cloud(crowd(20)))
    minutes = [replace(found, at=NOW + n * timedelta(minutes=1)) for n in range(0, 60, 2)]
    assert len({each.foretold()[0].found.name for each in minutes}) == found.selected
    assert minutes[0].foretold(ahead=2) == minutes[1].foretold(), "a dry run tells which"


def test_what_is_kept_or_asked_about_does_not_count_against_the_limit() -> None:
    there = [
        instance("a", labels=labels("a")),
        instance("b", labels=labels("b", seconds(HOUR))),
        instance("c", "old", labels=labels("c", seconds(-HOUR))),
    ]
    assert actions(plan(Cloud(there))) == [("instance", "ask"), ("instance", "keep"), ("instance", "destroy")]
    assert swept(Cloud(there)) == ["old"]


def test_an_orphan_that_cannot_be_destroyed_saves_no_other() -> None:
    cloud = Cloud(crowd(10), refusing={"gone-0", "gone-1"})
    assert swept(cloud)[-1] == "gone-2"


def test_a_deletion_whose_answer_was_lost_counts_against_the_limit() -> None:
    cloud = Cloud(crowd(40), silent=True)
    assert len(swept(cloud)) == 4


def test_what_is_destroyed_is_written_down_before_and_what_came_of_it_after() -> None:
    for cloud, outcome in (
        (Cloud(orphans(1)), "done"),
        (Cloud(orphans(1), refusing={"gone-0"}), "refused"),
        (Cloud(orphans(1), silent=True), "unknown"),
    ):
        scribe = Scribe(cloud)
        swept(cloud, scribe=scribe)
        assert scribe.told == [("orphan.destroying", "done", 0), ("orphan.destroyed", outcome, 1)]


def test_what_cannot_be_written_down_is_not_destroyed() -> None:
    cloud = Cloud(crowd(20))
    assert swept(cloud, scribe=Scribe(cloud, fails="orphan.destroying")) == []


def test_an_outcome_that_cannot_be_written_down_saves_no_other() -> None:
    cloud = Cloud(crowd(20))
    assert swept(cloud, scribe=Scribe(cloud, fails="orphan.destroyed")) == [
        each.found.name for each in plan(cloud).foretold()
    ]
    assert len(cloud.deleted) == 2


def test_what_is_going_already_is_not_destroyed_again() -> None:
    cloud = Cloud([replace(each, status="STOPPING") for each in orphans(1)])
    assert swept(cloud) == []


class Hanging(Nobody):
    """Every VM takes a minute; `now` is the clock by which it does."""

    def __init__(self) -> None:
        self.now = 0.0
        self.looked_at: list[str] = []

    def advance(self, vm_id: str, within: timedelta) -> None:
        assert within <= timedelta(seconds=BUDGET / 5), "no VM is given more than a share of the sweep"
        self.looked_at.append(vm_id)
        self.now += 60


def test_orphans_and_lost_machines_get_their_moment_after_vms_that_took_all_the_time() -> None:
    cloud, hanging = Cloud(orphans(1)), Hanging()
    rows = Rows([row("lost"), row("lost-too")], overdue=("a", "b"))
    others = (Nobody(), Nobody(), Nobody(), Nobody(), Nobody())
    Reaper(platform(cloud, rows), hanging, *others, clock=lambda: hanging.now).sweep()
    assert [named[1] for named in cloud.deleted] == ["gone-0"]
    assert hanging.looked_at == ["a", "lost"]

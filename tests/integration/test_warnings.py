"""Warnings before an end: once for each moment, anew for a new end, whoever looks and however late."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from shared.db.models import OutboxRow, table
from shared.domain.life import State
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.world import DJANGO, WHO, World

MINUTE = 60
HOUR = 60 * MINUTE


def running(here: World, duration: str) -> str:
    """A VM that is up for that long, and nothing else going on."""
    vm_id = here.approve(DJANGO.model_copy(update={"duration": duration}))
    here.deliver()
    assert here.vm(vm_id).state is State.RUNNING
    return vm_id


def move_to(here: World, vm_id: str, before_end: float) -> None:
    end = here.vm(vm_id).expires_at
    assert end is not None
    here.move((end - here.now()).total_seconds() - before_end)


def warnings(here: World, vm_id: str) -> int:
    return here.events(vm_id).count("ends_soon")


def promised(here: World, vm_id: str) -> list[tuple[str, str]]:
    """The notices in the outbox: channel and kind."""
    outbox = table(OutboxRow)
    query = select(outbox.c.kind, outbox.c.body["notice"].as_string()).where(outbox.c.vm_id == vm_id)
    with here.engine.begin() as connection:
        rows = connection.execute(query.where(outbox.c.kind.in_(("mail", "hook"))).order_by(outbox.c.id))
        return [(kind, notice) for kind, notice in rows]


@pytest.mark.parametrize(("duration", "given"), [("30m", 1), ("2h", 2), ("1d", 2), ("2d", 3)])
def test_each_moment_within_the_lease_is_warned_of_once(here: World, duration: str, given: int) -> None:
    vm_id = running(here, duration)
    for before in (24 * HOUR, HOUR, 10 * MINUTE):
        end = here.vm(vm_id).expires_at
        assert end is not None
        if here.now() < end - timedelta(seconds=before):
            move_to(here, vm_id, before + 1)
            at = warnings(here, vm_id)
            here.sweep()
            assert warnings(here, vm_id) == at, "too early"
            here.move(2)
            here.sweep()
            here.sweep()
            assert warnings(here, vm_id) == at + 1
    assert warnings(here, vm_id) == given
    assert promised(here, vm_id) == [("mail", "ends_soon"), ("hook", "ends_soon")] * given


def test_a_warning_is_an_event_that_watchers_hear(here: World) -> None:
    vm_id = running(here, "2h")
    move_to(here, vm_id, HOUR - 1)
    here.sweep()
    vm = here.vm(vm_id)
    assert here.events(vm_id)[-1] == "ends_soon"
    assert here.mail.live[vm.name][0] == vm.event_number


def test_moments_that_were_missed_are_one_warning(here: World) -> None:
    vm_id = running(here, "2d")
    move_to(here, vm_id, 5 * MINUTE)
    assert here.sweep()["warned"] == 1
    here.move(MINUTE)
    assert here.sweep()["warned"] == 0


def test_a_task_warns_although_the_reaper_is_down(here: World) -> None:
    vm_id = running(here, "2h")
    here.sweep()
    end = here.vm(vm_id).expires_at
    assert end is not None
    here.deliver(until=end - timedelta(seconds=1))
    assert warnings(here, vm_id) == 2, "an hour before, and ten minutes"
    here.advancer.end(vm_id, end)
    here.advancer.end(vm_id, end - timedelta(minutes=1))
    assert warnings(here, vm_id) == 2


def test_an_extension_arms_the_warnings_anew_and_only_those_to_come(here: World) -> None:
    vm_id = running(here, "2h")
    move_to(here, vm_id, 5 * MINUTE)
    here.sweep()
    here.owning.extend(WHO, here.vm(vm_id).name, timedelta(hours=2), Decimal(1000), "more")
    here.sweep()
    assert warnings(here, vm_id) == 1, "who has just extended knows that it ends within a day"
    for before in (HOUR, 10 * MINUTE):
        move_to(here, vm_id, before - 1)
        here.sweep()
    assert warnings(here, vm_id) == 3


def test_two_who_look_at_once_warn_once(here: World) -> None:
    vm_ids = [running(here, "2h") for _ in range(4)]
    move_to(here, vm_ids[-1], HOUR - 1)
    with ThreadPoolExecutor(4) as pool:
        given = sum(pool.map(lambda _: here.registry.warn(), range(4)))
    assert given == sum(warnings(here, vm_id) for vm_id in vm_ids) == 4


def test_a_warning_leaves_the_look_that_is_due_where_it_is(here: World) -> None:
    vm_id = running(here, "2h")
    move_to(here, vm_id, HOUR - 1)
    vm = here.vm(vm_id)
    soon = here.registry.apply(vm, replace(vm, looks=3), None, look=timedelta(seconds=30))
    assert soon is not None
    assert here.registry.warn() == 1
    assert here.vm(vm_id).next_look_at == soon.next_look_at


def test_a_vm_that_a_worker_holds_is_warned_once_it_is_free(here: World) -> None:
    vm_id = running(here, "2h")
    move_to(here, vm_id, HOUR - 1)
    here.registry.claim(vm_id, "worker", timedelta(seconds=90))
    assert here.registry.warn() == 0
    here.registry.release(vm_id, "worker")
    assert here.registry.warn() == 1


def test_a_vm_on_its_way_out_is_not_warned_of(here: World) -> None:
    vm_id = running(here, "2h")
    here.owning.delete(WHO, here.vm(vm_id).name)
    move_to(here, vm_id, HOUR - 1)
    assert here.registry.warn() == 0


def test_an_end_that_its_owner_did_not_ask_for_is_told(here: World) -> None:
    expired, deleted, killed = (running(here, "2h") for _ in range(3))
    here.owning.delete(WHO, here.vm(deleted).name)
    here.owning.delete(replace(WHO, user_id="root", admin=True), here.vm(killed).name)
    for vm_id in (deleted, killed, expired):
        here.to_end(vm_id)
    told = {vm_id: {kind for _, kind in promised(here, vm_id)} - {"ends_soon"} for vm_id in (expired, deleted, killed)}
    assert told == {expired: {"expired"}, deleted: set(), killed: {"killed"}}


def test_a_vm_that_failed_is_told(here: World) -> None:
    here.fault(method="instances.insert", status=403, reason="forbidden", times=None)
    vm_id = here.approve()
    here.deliver()
    assert here.to_end(vm_id).state is State.FAILED
    assert promised(here, vm_id) == [("mail", "failed"), ("hook", "failed")]

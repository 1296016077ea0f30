"""Each safeguard by itself, where nothing else stands in for it: what `make mutants` takes out, one of these misses."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.domain.errors import CloudError, Scope
from shared.domain.life import Reason, State
from shared.domain.machine import Machine
from shared.domain.vm import Actor, Event
from shared.services.holding import Holding
from shared.services.provisioning.turn import PLATFORM, dying
from tests.faults.misfortunes import Call, down, taken_name
from tests.faults.observing import Eye
from tests.integration.disorder import SMALL
from tests.integration.instead import Instead
from tests.integration.mortal import Workers
from tests.integration.world import WHO, World


def test_while_one_worker_holds_a_vm_another_does_nothing_to_it(here: World) -> None:
    vm_id = here.approve(SMALL)
    assert here.registry.claim(vm_id, "first", here.figures.claim) is not None
    second = Workers(here)
    second.provision(vm_id)
    assert {port for port, _ in second.fate.seen} <= {"Registry", "Outbox", "Publisher", "Tasks", "Live"}
    assert here.vm(vm_id).claimed_by == "first"
    assert here.names("instances") == []


def test_a_row_that_somebody_else_moved_is_not_overwritten(here: World) -> None:
    vm_id = here.approve(SMALL)
    read = here.vm(vm_id)
    here.owning.delete(WHO, read.name)
    stale = replace(read, state=State.PROVISIONING)
    assert here.registry.apply(read, stale, Event("placed", PLATFORM)) is None
    assert here.vm(vm_id).state is State.DELETING


def test_a_wake_up_that_pub_sub_did_not_take_goes_out_with_a_later_tick(here: World) -> None:
    here.relay.publisher = Instead(here.mail, publish=down)
    vm_id = here.approve(SMALL)
    assert here.mail.due == []
    here.relay.publisher = here.mail
    here.move(31)
    here.relay.flush()
    here.deliver()
    assert here.vm(vm_id).state is State.RUNNING
    assert here.mail.live[here.vm(vm_id).name][0] == here.vm(vm_id).event_number


def test_a_machine_of_somebody_elses_is_neither_adopted_nor_deleted(here: World, eye: Eye) -> None:
    vm_id = here.approve(SMALL)

    def insert(machine: Machine, request_id: str) -> str:
        here.advancer.platform = here.platform
        taken_name(Call(here, vm_id, "Compute", (machine, request_id), lambda: None))
        return here.compute.insert(machine, request_id)

    here.advancer.platform = replace(here.platform, compute=Instead(here.compute, insert=insert))
    here.deliver()
    strangers = [each for each in here.cloud()["instances"] if each["labels"] == {"team": "another"}]
    assert [each["name"] for each in strangers] == ["ubuntu-001"]
    assert here.vm(vm_id).instance_id not in (None, strangers[0]["id"])
    here.to_end(vm_id)
    assert here.names("instances") == ["ubuntu-001"]


def test_a_vm_is_gone_only_once_its_machine_is_read_as_gone(here: World, eye: Eye) -> None:
    vm_id = here.approve(SMALL)
    here.deliver()
    here.fault(method="instances.delete", delay=600.0, times=None)
    here.owning.delete(WHO, here.vm(vm_id).name)
    for _ in range(9):
        here.sweeps(1)
        assert here.vm(vm_id).state is State.DELETING
    here.sweeps(4)
    assert here.vm(vm_id).state is State.DELETED
    eye.finds_nothing()


def test_a_vm_does_not_outlive_its_end_by_the_time_that_a_stop_takes(here: World, eye: Eye) -> None:
    """STOPPING is not always on the way to being gone."""
    vm_id = here.approve(SMALL)
    here.deliver()
    here.fault(method="instances.stop", delay=3600.0)
    here.owning.stop(WHO, here.vm(vm_id).name, "stop")
    here.deliver(until=here.now() + timedelta(seconds=5))
    assert [each["status"] for each in here.cloud()["instances"]] == ["STOPPING"]
    here.owning.delete(WHO, here.vm(vm_id).name)
    here.sweeps(4)
    assert (here.vm(vm_id).state, here.names("instances")) == (State.DELETED, [])
    eye.finds_nothing()


def test_an_unanswered_insert_counts_as_nothing_only_when_read_again_two_minutes_later(here: World) -> None:
    vm_id = here.approve(SMALL)

    def insert(*_: object) -> str:
        raise CloudError("timed_out", "no answer from Google", Scope.TRANSIENT, unknown_outcome=True)

    here.advancer.platform = replace(here.platform, compute=Instead(here.compute, insert=insert))
    here.advancer.advance(vm_id)
    sent = here.vm(vm_id).attempts[0].sent_at
    assert sent is not None
    here.owning.delete(WHO, here.vm(vm_id).name)
    for _ in range(4):  # all else is gone after the first passes
        here.advancer.advance(vm_id)
        assert here.vm(vm_id).state is State.DELETING
        here.move(20)
    here.move(60)
    here.advancer.advance(vm_id)
    assert here.vm(vm_id).state is State.FAILED


def test_while_a_place_is_being_chosen_nobody_else_can_choose(here: World) -> None:
    vm_id = here.approve(SMALL)
    refused = []

    def choose(*_: object) -> tuple[object, Event]:
        for limited in ("project", "regions"):
            with pytest.raises(DBAPIError, match="could not obtain lock"), here.engine.begin() as other:
                other.execute(text(f"SELECT id FROM {limited} FOR NO KEY UPDATE NOWAIT"))
            refused.append(limited)
        return dying(here.vm(vm_id), Reason.NO_ROOM), Event("no_room", PLATFORM)

    here.registry.reserve(here.vm(vm_id), choose)  # type: ignore[arg-type]
    assert refused == ["project", "regions"]


def nobody(_: object) -> frozenset[str]:
    """None of these VMs is alive, as far as that registry knows."""
    return frozenset()


def test_a_fault_of_ours_that_takes_everything_for_ended_destroys_nothing(here: World) -> None:
    """A selector that forgets its conditions: every VM looks like one that is at its end."""
    born = [here.approve(SMALL) for _ in range(5)]
    here.deliver()
    every = {vm_id: here.vm(vm_id) for vm_id in born}
    blind = Instead(here.registry, alive=list, unended=nobody, terminal=lambda _: every, due=lambda _: [])
    here.advancer.platform = replace(here.platform, registry=blind)
    for _ in range(3):
        here.move(60)
        here.sweep()
    assert len(here.names("instances")) == len(born)


def mad(here: World) -> None:
    """A registry that has forgotten every VM, and whose clock is years ahead."""
    ahead = here.now() + timedelta(days=3650)
    forgetful = Instead(
        here.registry, alive=list, unended=nobody, terminal=lambda _: {}, due=lambda _: [], clock=lambda: ahead
    )
    here.advancer.platform = replace(here.platform, registry=forgetful)


def holding(here: World) -> Holding:
    return Holding(here.advancer.platform, here.holds, here.sealing)


def test_a_selection_of_everything_is_refused_until_an_administrator_goes_on(here: World) -> None:
    born = [here.approve(SMALL) for _ in range(5)]
    here.deliver()
    mad(here)
    for _ in range(3):
        assert here.sweep()["reconciled"] == 0
        here.move(60)
    assert len(here.names("instances")) == len(born)
    hold = holding(here).view(dry_run=False)["hold"]
    assert (hold["lost_seals"], len(hold["items"])) == (None, 3 * len(born))
    holding(here).go_on(Actor("admin", "root"), hold["seen"])
    assert holding(here).view(dry_run=False)["hold"] is None


def test_a_selection_that_was_seen_goes_no_faster_than_a_sweep_may(here: World) -> None:
    for _ in range(5):
        here.approve(SMALL)
    here.deliver()
    mad(here)
    here.sweep()
    here.move(60)
    holding(here).go_on(Actor("admin", "root"), holding(here).view(dry_run=False)["hold"]["seen"])
    for left in (14, 13):
        assert here.sweep()["reconciled"] == 1
        here.move(10)
        there = [*here.names("instances"), *here.names("firewalls"), *(name for name, _ in here.secrets.list())]
        assert len(there) == left


def test_a_vm_past_its_end_dies_while_too_many_orphans_await_an_administrator(here: World) -> None:
    strangers = [here.approve(SMALL) for _ in range(4)]
    here.deliver()
    mad(here)
    here.sweep()
    here.advancer.platform = here.platform
    assert here.holds.standing() is not None
    here.to_end(strangers[0])
    here.sweeps(1)
    assert {here.vm(vm_id).reason for vm_id in strangers} == {Reason.EXPIRED}


def test_an_orphan_of_another_environment_is_nobody_of_ours(here: World) -> None:
    past = str(int((here.now() - timedelta(days=1)).timestamp()))
    labels = {"vmc-environment": "other", "vmc-id": "stray", "vmc-owner": "x", "vmc-end": past}
    image = ("ubuntu-os-cloud", "ubuntu-2604-lts-amd64")
    switch = here.now() + timedelta(days=1)
    made = Machine("stray", "us-west1-a", "e2-small", *image, 10, "pd-balanced", None, False, "t", labels, {}, switch)
    here.compute.insert(made, str(uuid.uuid4()))
    here.sweeps(3)
    assert here.names("instances") == ["stray"]

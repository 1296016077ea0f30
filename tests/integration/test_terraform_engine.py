"""What can happen to builds: killed, queued, held up, refused, and Cloud Build itself away. One machine or none comes
of it, the state's lock is never broken while somebody holds it, and no machine waits for a build in order to die."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from shared.domain.life import Outcome, Reason, State
from shared.services.provisioning.advancing import Advancer
from tests.integration.emulated_builds import STATE_BUCKET
from tests.integration.engines import BuiltWorld, built_world
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.instead import Instead, killed
from tests.integration.test_engines import SMALL, machines, nothing_is_left
from tests.integration.world import ENVIRONMENT, WHO
from tests.terraform import stand_in
from tests.terraform.conftest import module_folder  # noqa: F401

BOTH = ["google_compute_firewall", "google_compute_instance"]
INSERT, DELETE = "POST */instances", "DELETE */instances/*"
DOWN: dict[str, Any] = {"status": 503, "reason": "UNAVAILABLE", "message": "The service is currently unavailable."}
EPSILON = timedelta(minutes=2)  # from a VM's end until it is gone, with Cloud Tasks


@pytest.fixture
def here(engine: Engine) -> Iterator[BuiltWorld]:
    with built_world(engine, stand_in.COMMAND) as made:
        yield made


def up(here: BuiltWorld) -> str:
    vm_id = here.approve(SMALL)
    here.deliver()
    assert here.vm(vm_id).state is State.RUNNING
    return vm_id


def statuses(here: BuiltWorld, vm_id: str) -> list[str]:
    return [build.status for build in here.tries(vm_id)]


def killed_after_its_insert(here: BuiltWorld) -> None:
    here.builds.fault(method="build.kill", where={"call": INSERT})
    vm_id = up(here)
    assert len(machines(here)) == 1
    assert here.state(vm_id) == BOTH
    assert not here.locked(vm_id)
    assert statuses(here, vm_id) == ["FAILURE", "SUCCESS"]
    assert "adopting" in here.events(vm_id)
    here.to_end(vm_id)
    assert nothing_is_left(here)
    assert here.state(vm_id) == []


def test_a_build_killed_after_its_insert_is_followed_by_one_that_takes_the_machine_up(here: BuiltWorld) -> None:
    killed_after_its_insert(here)


def test_so_it_is_with_the_machine_s_own_terraform(engine: Engine, module_folder: Path) -> None:  # noqa: F811
    with built_world(engine) as here:
        killed_after_its_insert(here)


def test_a_build_killed_before_its_insert_is_followed_by_another_try_once_nothing_can_come_of_it(
    here: BuiltWorld,
) -> None:
    here.builds.fault(method="build.kill", where={"call": INSERT}, detail={"before": True})
    vm_id = here.approve(SMALL)
    began = here.now()
    here.deliver()
    vm = here.vm(vm_id)
    assert vm.state is State.RUNNING
    assert [each.outcome for each in vm.attempts] == [Outcome.EMPTY, Outcome.UP]
    assert vm.started_at is not None
    assert vm.started_at - began >= here.figures.settle
    assert len(machines(here)) == 1


def test_a_machine_that_no_build_can_take_up_serves_all_the_same_and_dies(here: BuiltWorld) -> None:
    here.builds.fault(method="build.kill", where={"call": INSERT})
    vm_id = here.approve(SMALL)
    here.advancer.advance(vm_id)
    here.builds.settle()
    here.builds.fault(method="build.kill", where={"call": "GET */instances/*"})
    here.deliver()
    assert here.vm(vm_id).state is State.RUNNING
    assert len(machines(here)) == 1
    assert here.state(vm_id) == []
    here.to_end(vm_id)
    assert nothing_is_left(here)


def test_a_build_whose_answer_was_lost_is_found_again(here: BuiltWorld) -> None:
    here.builds.fault(method="builds.create", lose_response=True)
    vm_id = up(here)
    assert statuses(here, vm_id) == ["SUCCESS"]
    assert len(machines(here)) == 1


def test_a_worker_that_dies_before_it_has_noted_the_build_begins_no_second(here: BuiltWorld) -> None:
    vm_id = here.approve(SMALL)
    create = here.own_builds.create
    here.terraform.builds = Instead(here.own_builds, create=lambda order: killed(create(order)))
    with pytest.raises(KeyboardInterrupt):
        here.advancer.advance(vm_id)
    here.cloud_build(there=True)
    here.sweeps(4)
    assert here.vm(vm_id).state is State.RUNNING
    assert len(here.tries(vm_id)) == 1


def test_somebody_s_own_lock_is_never_taken_away(here: BuiltWorld) -> None:
    here.hurry(minutes=3)
    vm_id = here.approve(SMALL)
    here.builds.put(STATE_BUCKET, f"vms/{ENVIRONMENT}/{vm_id}/default.tflock", b"{}")
    here.deliver()
    vm = here.vm(vm_id)
    assert (vm.state, vm.reason) == (State.FAILED, Reason.DEADLINE)
    assert here.tries(vm_id) == []
    assert here.locked(vm_id)
    assert nothing_is_left(here)


def test_a_machine_past_its_end_does_not_wait_for_a_lock(here: BuiltWorld) -> None:
    vm_id = up(here)
    here.builds.put(STATE_BUCKET, f"vms/{ENVIRONMENT}/{vm_id}/default.tflock", b"{}")
    vm = here.to_end(vm_id)
    assert (vm.state, vm.reason) == (State.DELETED, Reason.EXPIRED)
    assert nothing_is_left(here)
    assert here.locked(vm_id)
    assert here.state(vm_id) == BOTH


def test_while_cloud_build_is_away_a_creation_waits_and_then_goes_on(here: BuiltWorld) -> None:
    here.builds.fault(method="builds.*", times=4, **DOWN)
    vm_id = up(here)
    assert len(machines(here)) == 1
    assert statuses(here, vm_id) == ["SUCCESS"]


def test_where_cloud_build_stays_away_a_creation_ends_at_its_deadline(here: BuiltWorld) -> None:
    here.hurry(minutes=3)
    here.cloud_build(there=False)
    vm_id = here.approve(SMALL)
    here.sweeps(6)
    vm = here.vm(vm_id)
    assert (vm.state, vm.reason) == (State.DELETING, Reason.DEADLINE)  # a build that nobody sees could still make it
    assert nothing_is_left(here)
    here.cloud_build(there=True)
    here.sweeps(3)
    assert here.vm(vm_id).state is State.FAILED


def test_with_cloud_build_away_a_machine_dies_in_time(here: BuiltWorld) -> None:
    vm_id = up(here)
    end = here.vm(vm_id).expires_at
    assert end is not None
    here.cloud_build(there=False)
    here.move((end - here.now()).total_seconds() + 1)
    here.advancer.advance(vm_id)
    here.deliver()
    vm = here.vm(vm_id)
    assert vm.state is State.DELETED
    assert vm.ended_at is not None
    assert vm.ended_at - end <= EPSILON
    assert "destroy_late" in here.events(vm_id)
    assert nothing_is_left(here)


def test_what_a_killed_destruction_leaves_is_deleted_singly(here: BuiltWorld) -> None:
    vm_id = up(here)
    here.builds.fault(method="build.kill", where={"call": DELETE}, detail={"before": True})
    vm = here.to_end(vm_id)
    assert vm.state is State.DELETED
    assert "destroy_failed" in here.events(vm_id)
    assert nothing_is_left(here)


def test_a_build_that_does_not_end_is_cancelled_after_a_while_and_nothing_of_it_stays(here: BuiltWorld) -> None:
    here.hasty = True
    here.builds.fault(method="build.call", where={"call": INSERT}, delay=100_000.0)
    vm_id = here.approve(SMALL)
    here.advancer.advance(vm_id)
    here.builds.until_met()
    here.owning.delete(WHO, here.vm(vm_id).name)
    here.deliver()
    vm = here.vm(vm_id)
    assert (vm.state, vm.reason) == (State.FAILED, Reason.CANCELLED)
    assert "CANCELLED" in statuses(here, vm_id)
    assert nothing_is_left(here)


def test_the_engine_that_made_a_machine_ends_it_whatever_is_configured_since(here: BuiltWorld) -> None:
    vm_id = up(here)
    here.platform = replace(here.platform, engine="compute")
    here.advancer = Advancer(here.platform, here.relay)
    here.to_end(vm_id)
    assert statuses(here, vm_id) == ["SUCCESS", "SUCCESS"]
    assert here.state(vm_id) == []
    other = up(here)
    assert (here.vm(other).engine, here.tries(other)) == ("compute", [])


def test_a_machine_whose_engine_is_not_there_any_more_dies_all_the_same(here: BuiltWorld) -> None:
    vm_id = up(here)
    here.platform = replace(here.platform, engine="compute", engines={})
    here.advancer = Advancer(here.platform, here.relay)
    vm = here.to_end(vm_id)
    assert vm.state is State.DELETED
    assert nothing_is_left(here)

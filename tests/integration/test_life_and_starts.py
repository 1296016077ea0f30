"""A VM is stopped and started again: its vCPUs, its switch, two who find it at once, and what nobody looked at."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from shared.domain.life import Reason, State, Wanted
from shared.domain.spec import RegionWish
from shared.domain.vm import Event, Vm
from shared.services.provisioning.turn import PLATFORM
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.instead import DOWN, Instead
from tests.integration.world import DJANGO, WHO, World

EIGHT_IN_OREGON = DJANGO.model_copy(update={"machine_type": "e2-standard-8", "region": RegionWish(must="us-west1")})


def until_done_or_waiting(here: World, work: Future[Any]) -> None:
    """Until the work is done, or its transaction waits for a lock that another holds."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    deadline = time.monotonic() + 5
    while not work.done() and time.monotonic() < deadline:
        with here.engine.begin() as connection:
            if connection.execute(waiting).scalar_one():
                return
        time.sleep(0.01)


def test_a_start_that_comes_late_never_takes_its_region_over_the_limit(here: World) -> None:
    first = here.approve(EIGHT_IN_OREGON)
    here.deliver()
    here.owning.stop(WHO, here.vm(first).name, "stop")
    here.deliver()
    here.fault(method="instances.start", delay=900)
    here.owning.start(WHO, here.vm(first).name, "start")
    here.sweeps(12)
    here.approve(EIGHT_IN_OREGON)
    for _ in range(8):
        here.sweeps(1)
        powered = [each for each in here.cloud()["instances"] if each["status"] != "TERMINATED"]
        assert 8 * len(powered) <= 8


def test_a_start_reads_the_switch_back(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.owning.stop(WHO, "django-001", "stop")
    here.deliver()
    moved = (here.now() + timedelta(days=9)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    place = "/compute/v1/projects/demo/zones/us-west1-a/instances/django-001"
    scheduling = {"terminationTime": moved, "instanceTerminationAction": "DELETE"}
    here.http.post(f"{place}/setScheduling", json=scheduling).raise_for_status()
    here.owning.start(WHO, "django-001", "start")
    here.deliver()
    instance = here.compute.instance("us-west1-a", "django-001")
    assert instance is not None
    assert here.vm(vm_id).switch_at == instance.termination_at


def test_a_start_and_the_finding_that_it_runs_already_do_not_wait_for_each_other(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.owning.stop(WHO, "django-001", "stop")
    here.deliver()
    vm = here.vm(vm_id)
    counted = replace(vm, reserved_region=vm.region, reserved_vcpus=vm.vcpus)

    with ThreadPoolExecutor(1) as pool:

        def choose(*_: Any) -> tuple[Vm, Event]:
            found = replace(counted, state=State.RUNNING)
            other = pool.submit(here.registry.apply, vm, found, Event("found_running", PLATFORM))
            until_done_or_waiting(here, other)
            return counted, Event("start_requested", PLATFORM)

        assert here.registry.reserve(vm, choose) is None
    assert here.vm(vm_id).state is State.RUNNING


def silent(here: World, minutes: int) -> None:
    """Nobody looks for so long, and what was to wake anybody is lost; then the sweep looks."""
    here.mail.due.clear()
    here.move(minutes * 60)
    here.sweep()


def asked_to_stop(here: World, **fault: Any) -> str:
    """A VM whose stop is disturbed so, and has been sent."""
    vm_id = here.approve()
    here.deliver()
    here.fault(method="instances.stop", **fault)
    here.owning.stop(WHO, "django-001", "stop")
    here.advancer.advance(vm_id)
    return vm_id


@pytest.mark.parametrize("fault", [{"delay": 60}, {"lose_response": True, "times": 3}])
def test_what_came_about_while_nobody_looked_is_not_undone(here: World, fault: dict[str, Any]) -> None:
    vm_id = asked_to_stop(here, **fault)
    silent(here, 11)
    assert here.events(vm_id)[-2:] == ["stop_requested", "stopped"]
    here.fault(method="instances.start", **fault)
    here.owning.start(WHO, "django-001", "start")
    here.advancer.advance(vm_id)
    silent(here, 11)
    vm = here.vm(vm_id)
    assert (vm.state, vm.wanted, vm.reason, vm.operation) == (State.RUNNING, Wanted.RUNNING, None, None)
    assert here.events(vm_id)[-2:] == ["start_requested", "started"]


@pytest.mark.parametrize("fault", [DOWN, RuntimeError("a fault of ours")])
def test_a_deadline_is_judged_though_the_look_fails(here: World, fault: Exception) -> None:
    vm_id = asked_to_stop(here, delay=60)

    def fails(*_: Any) -> None:
        raise fault

    here.advancer.platform = replace(here.platform, compute=Instead(here.compute, operation=fails, instance=fails))
    silent(here, 11)
    vm = here.vm(vm_id)
    assert (vm.state, vm.reason, vm.deadline_at) == (State.RUNNING, Reason.STOP_FAILED, None)
    here.advancer.platform = here.platform
    silent(here, 1)
    assert (here.vm(vm_id).state, here.vm(vm_id).reason) == (State.STOPPED, None)


@pytest.mark.parametrize("reason", [None, Reason.IDLE])
def test_a_stop_that_comes_late_is_the_one_that_was_asked_for(here: World, reason: Reason | None) -> None:
    vm_id = asked_to_stop(here, delay=1200)
    vm = here.vm(vm_id)
    assert here.registry.apply(vm, replace(vm, reason=reason), None)
    silent(here, 11)
    assert (here.vm(vm_id).state, here.vm(vm_id).reason) == (State.RUNNING, Reason.STOP_FAILED)
    silent(here, 11)
    assert (here.vm(vm_id).state, here.vm(vm_id).reason) == (State.STOPPED, reason)
    assert here.events(vm_id)[-2:] == ["stop_failed", "stopped"]


def test_a_stop_that_was_given_up_can_be_asked_for_again(here: World) -> None:
    vm_id = asked_to_stop(here, delay=1200)
    silent(here, 11)
    here.owning.stop(WHO, "django-001", "again")
    here.advancer.advance(vm_id)
    silent(here, 9)
    vm = here.vm(vm_id)
    assert (vm.state, vm.reason, vm.operation) == (State.STOPPED, None, None)
    assert here.events(vm_id)[-3:] == ["stop_failed", "stop_requested", "stopped"]

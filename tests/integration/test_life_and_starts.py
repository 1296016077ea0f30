"""A stopped VM is started again: its vCPUs, its switch, and two who find it at once."""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from shared.domain.life import State
from shared.domain.spec import RegionWish
from shared.domain.vm import Event, Vm
from shared.services.provisioning.turn import PLATFORM
from tests.integration.google_account import google_account  # noqa: F401
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

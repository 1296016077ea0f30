"""What holds of a VM's life whichever engine makes it: both pass these, against the same emulated cloud."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from shared.domain.life import Outcome, Reason, State
from shared.services.terms import Resize
from tests.integration.emulated_compute import MACHINE
from tests.integration.engines import BuiltWorld, built_world
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.world import DJANGO, WHO, World, world
from tests.terraform import stand_in

SMALL = DJANGO.model_copy(update={"packages": ()})
NO_ROOM = {
    "operation_error": {
        "code": "ZONE_RESOURCE_POOL_EXHAUSTED",
        "message": "The zone 'projects/demo/zones/us-west1-a' does not have enough resources available to fulfill the "
        "request.  Try a different zone, or try again later.",
    }
}
QUOTA = {"status": 403, "reason": "quotaExceeded", "message": "Quota 'CPUS' exceeded.  Limit: 24.0 in region us-west1."}
BROKEN = {"status": 503, "reason": "backendError", "message": "Backend Error"}


@pytest.fixture(params=["compute", "terraform"])
def here(engine: Engine, request: pytest.FixtureRequest) -> Iterator[World]:
    with world(engine) if request.param == "compute" else built_world(engine, stand_in.COMMAND) as made:
        yield made


def machines(here: World) -> list[str]:
    return [f"{machine['zone']}/{machine['name']}" for machine in here.cloud()["instances"]]


def nothing_is_left(here: World) -> bool:
    return not any(here.names(kind) for kind in ("instances", "disks", "firewalls")) and not here.secrets.list()


def test_an_approval_becomes_a_machine_and_its_end_a_receipt(here: World) -> None:
    vm_id = here.approve(SMALL)
    here.deliver()
    vm = here.vm(vm_id)
    assert (vm.state, vm.zone, vm.reserved_vcpus) == (State.RUNNING, "us-west1-a", 2)
    assert vm.external_ip
    assert here.names("firewalls") == [f"vmc-test-{vm_id}-access"]
    assert here.events(vm_id)[:4] == ["approved", "placed", "insert_sent", "machine_up"]
    assert (vm.engine, bool(vm.state_location)) == (here.platform.engine, isinstance(here, BuiltWorld))
    if isinstance(here, BuiltWorld):
        assert here.state(vm_id) == ["google_compute_firewall", "google_compute_instance"]
    gone = here.to_end(vm_id)
    assert (gone.state, gone.reason) == (State.DELETED, Reason.EXPIRED)
    assert nothing_is_left(here)
    if isinstance(here, BuiltWorld):
        assert here.state(vm_id) == []
    receipt = here.receipt(vm_id)
    assert receipt["state_location"] == vm.state_location
    assert not any(each["found"] for each in receipt["resources"])


def test_a_machine_is_stopped_resized_started_and_extended_as_by_the_other_engine(here: World) -> None:
    vm_id = here.approve(SMALL)
    here.deliver()
    vm = here.vm(vm_id)
    here.owning.stop(WHO, vm.name, "stop")
    here.deliver()
    assert here.vm(vm_id).state is State.STOPPED
    here.owning.resize(WHO, vm.name, Resize("e2-standard-4", vm.spec.disk_gib + 10, vm.quote.total + 5), "resize")
    here.deliver()
    here.owning.start(WHO, vm.name, "start")
    here.deliver()
    here.owning.extend(WHO, vm.name, timedelta(hours=2), vm.approved_total + 20, "extend")
    here.deliver()
    changed = here.vm(vm_id)
    assert (changed.state, changed.spec.machine_type) == (State.RUNNING, "e2-standard-4")
    assert changed.lease == timedelta(hours=4)
    here.to_end(vm_id)
    assert nothing_is_left(here)


def test_a_deletion_while_the_machine_is_being_made_leaves_nothing(here: World) -> None:
    vm_id = here.approve(SMALL)
    here.advancer.advance(vm_id)
    assert here.vm(vm_id).attempts[-1].operation
    here.owning.delete(WHO, here.vm(vm_id).name)
    here.deliver()
    vm = here.vm(vm_id)
    assert vm.reason in {
        Reason.CANCELLED,
        Reason.USER,
    }  # one engine has it up by then, where everything is done at once
    assert vm.state in {State.FAILED, State.DELETED}
    assert nothing_is_left(here)


def test_a_stock_out_goes_to_the_next_zone_and_a_quota_to_the_next_region(here: World) -> None:
    here.fault(method="instances.insert", where={"zone": "us-west1-a"}, **NO_ROOM)
    here.fault(method="instances.insert", where={"zone": "us-west1-b"}, **QUOTA)
    vm_id = here.approve(SMALL)
    here.deliver()
    vm = here.vm(vm_id)
    assert (vm.state, vm.region) == (State.RUNNING, "us-east1")
    assert [(each.zone, each.error_code, each.outcome) for each in vm.attempts[:-1]] == [
        ("us-west1-a", "stock_out", Outcome.EMPTY),
        ("us-west1-b", "quota_exceeded", Outcome.EMPTY),
    ]
    assert machines(here) == [f"{vm.zone}/{vm.instance_name}"]


def test_a_name_that_is_somebody_else_s_is_left_alone(here: World) -> None:
    theirs: dict[str, Any] = {**vars(MACHINE), "name": "django-001", "zone": "us-west1-a", "labels": {}}
    here.compute.insert(type(MACHINE)(**theirs), "5d3e61e2-1e5e-4c2e-9d4d-2f0a2f6a6d11")
    vm_id = here.approve(DJANGO)
    here.deliver()
    vm = here.vm(vm_id)
    assert (vm.state, vm.instance_name) == (State.RUNNING, "django-001-2")
    here.to_end(vm_id)
    assert here.names("instances") == ["django-001"]


def test_a_machine_that_vanishes_ends_in_a_receipt(here: World) -> None:
    vm_id = here.approve(SMALL)
    here.deliver()
    vm = here.vm(vm_id)
    here.http.post("/_vanish", json={"zone": vm.zone, "name": vm.instance_name}).raise_for_status()
    here.sweep()
    here.deliver()
    assert (here.vm(vm_id).state, here.vm(vm_id).reason) == (State.DELETED, Reason.VANISHED)
    assert nothing_is_left(here)


def test_a_deletion_that_keeps_failing_is_asked_for_again_until_nothing_is_there(here: World) -> None:
    vm_id = here.approve(SMALL)
    here.deliver()
    here.fault(method="instances.delete", times=8, **BROKEN)
    vm = here.to_end(vm_id)
    assert vm.state is State.DELETED
    assert nothing_is_left(here)


def test_a_machine_whose_insert_is_answered_late_is_one_machine(here: World) -> None:
    here.fault(method="instances.insert", lose_response=True, times=1)
    vm_id = here.approve(SMALL)
    here.deliver()
    assert here.vm(vm_id).state is State.RUNNING
    assert len(machines(here)) == 1

"""A machine that went, or was off, while nobody looked is charged for what it ran, as Compute tells it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.domain.life import Reason, State
from shared.services.terms import Resize
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.world import DJANGO, WHO, World

HOUR = 3600
UNREAD: dict[str, Any] = {"method": "zoneOperations.list", "times": None, "status": 403, "reason": "forbidden"}
Ending = Callable[[World, dict[str, str]], None]


def taken_back(here: World, place: dict[str, str]) -> None:
    here.http.post("/_preempt", json=place).raise_for_status()


def deleted_by_somebody(here: World, place: dict[str, str]) -> None:
    here.compute.delete(place["zone"], place["name"], "6b1f0d8e-3a52-4c0b-8e8f-7a54bd3c1c11")


def up(here: World, *, spot: bool = True) -> tuple[str, dict[str, str]]:
    """A running VM, and where its machine is."""
    vm_id = here.approve(DJANGO.model_copy(update={"spot": spot}))
    here.deliver()
    vm = here.vm(vm_id)
    return vm_id, {"zone": vm.zone or "", "name": vm.instance_name or ""}


def ended(here: World, vm_id: str) -> datetime:
    return datetime.fromisoformat(here.receipt(vm_id)["ended_at"])


@pytest.mark.parametrize(
    ("spot", "end", "why"), [(True, taken_back, Reason.PREEMPTED), (False, deleted_by_somebody, Reason.VANISHED)]
)
def test_who_slept_for_an_hour_charges_nothing_of_it(here: World, spot: bool, end: Ending, why: Reason) -> None:
    vm_id, place = up(here, spot=spot)
    here.move(HOUR / 2)
    end(here, place)
    went = here.now()
    here.move(HOUR)
    here.sweep()
    here.deliver()
    vm = here.vm(vm_id)
    assert (vm.state, vm.reason) == (State.DELETED, why)
    assert vm.ended_at is not None
    assert abs(vm.ended_at - went) < timedelta(minutes=1)
    assert ended(here, vm_id) == vm.ended_at
    receipt = here.receipt(vm_id)
    ran = (went - (vm.started_at or went)) / vm.lease
    assert float(receipt["metered"]["total"]) == pytest.approx(float(receipt["quoted"]["total"]) * ran, rel=0.03)


def test_a_machine_that_nobody_saw_come_up_or_go_is_charged_for_what_it_ran(here: World) -> None:
    here.fault(method="instances.insert", lose_response=True, times=None)
    vm_id = here.approve()
    here.advancer.advance(vm_id)
    assert here.vm(vm_id).started_at is None
    [place] = here.cloud()["instances"]
    here.owning.delete(WHO, here.vm(vm_id).name)
    came = here.now()
    here.fault(method="instances.delete", lose_response=True)
    here.advancer.advance(vm_id)
    assert here.names("instances") == []
    assert (here.vm(vm_id).instance_id, here.events(vm_id)[-1]) == (place["id"], "had_started")
    here.move(HOUR)
    here.sweeps(5)
    assert here.vm(vm_id).state is State.DELETED
    assert timedelta(0) <= ended(here, vm_id) - came < timedelta(seconds=30)


def test_of_two_deletions_the_first_that_ends_is_when_it_went(here: World) -> None:
    vm_id, place = up(here)
    here.fault(method="instances.delete", delay=120.0, times=2)
    deleted_by_somebody(here, place)
    here.move(60)
    here.compute.delete(place["zone"], place["name"], "0a9a3d64-6a3f-4a53-8f0e-3ef1d1a5f1b2")
    here.move(60)
    went = here.now()
    here.move(HOUR)
    here.sweep()
    here.deliver()
    assert abs(ended(here, vm_id) - went) < timedelta(seconds=10)


def test_what_went_without_a_trace_is_charged_up_to_when_it_was_found_gone(here: World) -> None:
    vm_id, place = up(here)
    here.http.post("/_vanish", json=place).raise_for_status()
    here.move(HOUR)
    found = here.now()
    here.sweep()
    here.deliver()
    assert timedelta(0) <= ended(here, vm_id) - found < timedelta(minutes=1)


def test_a_resize_of_a_machine_that_had_gone_off_unseen_charges_no_hour_that_it_was_off(here: World) -> None:
    vm_id = here.approve(DJANGO.model_copy(update={"duration": "8h"}))
    here.deliver()
    vm = here.vm(vm_id)
    here.move(HOUR)
    here.http.post("/_poweroff", json={"zone": vm.zone, "name": vm.instance_name}).raise_for_status()
    here.move(HOUR)
    here.owning.resize(WHO, vm.name, Resize("e2-standard-4", 40, Decimal(50)), "resize")
    here.deliver()
    here.move(HOUR)
    here.owning.delete(WHO, vm.name)
    here.sweeps(3)
    hours = {line["item"]: float(line["quantity"]) for line in here.receipt(vm_id)["metered"]["lines"]}
    assert hours["e2-standard-2"] == pytest.approx(1, abs=0.01)
    (machine,) = here.cloud()["gone"]
    ran = sum(end - begin for begin, end in machine["runs"]) / HOUR
    assert hours["e2-standard-2"] + hours.get("e2-standard-4", 0) == pytest.approx(ran, abs=0.01)


def test_operations_that_cannot_be_read_hold_a_receipt_back_and_no_vcpus(here: World) -> None:
    vm_id, place = up(here)
    taken_back(here, place)
    here.fault(**UNREAD)
    here.sweep()
    here.sweeps(5)
    vm = here.vm(vm_id)
    assert (vm.state, vm.reserved_vcpus) == (State.DELETING, None)
    here.sweeps(15)
    assert here.vm(vm_id).state is State.DELETED

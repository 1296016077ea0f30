"""A machine that went while nobody looked is charged up to when it went, as Compute's operations tell it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.domain.life import Reason, State
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.world import DJANGO, World

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


def test_what_went_without_a_trace_is_charged_up_to_when_it_was_found_gone(here: World) -> None:
    vm_id, place = up(here)
    here.http.post("/_vanish", json=place).raise_for_status()
    here.move(HOUR)
    found = here.now()
    here.sweep()
    here.deliver()
    assert timedelta(0) <= ended(here, vm_id) - found < timedelta(minutes=1)


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

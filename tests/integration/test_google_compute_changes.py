"""shared.google.compute changes a machine that is there: its type, its termination time, its disk."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from shared.domain.errors import CloudError, Scope
from shared.domain.machine import Instance
from shared.google.compute import ComputeEngine
from tests.integration.emulated_compute import MACHINE, ZONE, compute, emulator, new_id
from tests.integration.google_account import google_account

__all__ = ["compute", "emulator", "google_account"]

LATER = MACHINE.termination_time.replace(microsecond=0) + timedelta(days=30)


def there(compute: ComputeEngine) -> Instance:
    found = compute.instance(ZONE, MACHINE.name)
    assert found is not None
    return found


def test_a_type_and_a_termination_time_change_on_a_stopped_machine_only(compute: ComputeEngine) -> None:
    compute.insert(MACHINE, new_id())
    with pytest.raises(CloudError) as type_refused:
        compute.set_machine_type(ZONE, MACHINE.name, "e2-standard-4", new_id())
    with pytest.raises(CloudError) as time_refused:
        compute.set_termination(ZONE, MACHINE.name, LATER, new_id())
    assert {type_refused.value.scope, time_refused.value.scope} == {Scope.REQUEST}
    compute.stop(ZONE, MACHINE.name, new_id())
    compute.set_machine_type(ZONE, MACHINE.name, "e2-standard-4", new_id())
    compute.set_termination(ZONE, MACHINE.name, LATER, new_id())
    resting = there(compute)
    assert (resting.machine_type, resting.termination_set, resting.termination_at) == ("e2-standard-4", LATER, None)
    compute.start(ZONE, MACHINE.name, new_id())
    assert there(compute).termination_at == LATER


def test_all_else_of_the_scheduling_stays(emulator: str, compute: ComputeEngine) -> None:
    compute.insert(replace(MACHINE, spot=True), new_id())
    place = f"{emulator}/compute/v1/projects/demo/zones/{ZONE}/instances/{MACHINE.name}"
    before = httpx.get(place).json()["scheduling"]
    compute.stop(ZONE, MACHINE.name, new_id())
    compute.set_termination(ZONE, MACHINE.name, LATER, new_id())
    after = httpx.get(place).json()["scheduling"]
    assert after.pop("terminationTime") != before.pop("terminationTime")
    assert after == before


def test_a_disk_grows_once_for_one_request(compute: ComputeEngine) -> None:
    compute.insert(MACHINE, new_id())
    request = new_id()
    first = compute.resize_disk(ZONE, MACHINE.name, 40, request)
    assert compute.resize_disk(ZONE, MACHINE.name, 40, request) == first
    disk = compute.disk(ZONE, MACHINE.name)
    assert disk is not None
    assert disk.size_gib == 40
    with pytest.raises(CloudError) as refused:
        compute.resize_disk(ZONE, MACHINE.name, 40, new_id())
    assert refused.value.scope is Scope.REQUEST

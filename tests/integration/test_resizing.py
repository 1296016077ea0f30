"""A VM that is there gets another machine type or a larger disk: counted, priced and approved beforehand, and the same
in the end however it is disturbed on the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.db.costs import PostgresCosts
from shared.domain.errors import Conflict, Invalid, Refusal
from shared.domain.life import Reason, State
from shared.domain.spec import RegionWish
from shared.domain.vm import Vm
from shared.services.terms import Resize
from tests.integration.disorder import above_limit
from tests.integration.google_account import google_account
from tests.integration.world import DJANGO, OWNER, WHO, World

__all__ = ["google_account"]

PLENTY = Decimal(1000)
OREGON = RegionWish(must="us-west1")
NAME = "django-001"
BIGGER = "e2-standard-4"


def running(here: World, **changes: Any) -> str:
    vm_id = here.approve(DJANGO.model_copy(update=changes))
    here.deliver()
    assert here.vm(vm_id).state is State.RUNNING
    return vm_id


def resize(here: World, machine_type: str | None = None, disk: int | None = None, ceiling: Decimal = PLENTY) -> None:
    here.owning.resize(WHO, NAME, Resize(machine_type, disk, ceiling), next(here.keys))


def stopped(here: World) -> None:
    here.owning.stop(WHO, NAME, next(here.keys))
    here.deliver()


def machine(here: World) -> dict[str, Any]:
    (found,) = here.cloud()["instances"]
    return found


def disk(here: World) -> int:
    (found,) = here.cloud()["disks"]
    return int(found["size_gib"])


def resized(vm: Vm, machine_type: str = BIGGER, disk_gib: int = DJANGO.disk_gib) -> bool:
    return (vm.spec.machine_type, vm.spec.disk_gib, vm.change, vm.operation) == (machine_type, disk_gib, None, None)


def test_a_machine_that_runs_is_stopped_changed_and_started_again(here: World) -> None:
    vm_id = running(here)
    before = here.vm(vm_id)
    resize(here, BIGGER)
    assert here.vm(vm_id).reserved_vcpus == 4
    here.deliver()
    vm = here.vm(vm_id)
    assert vm.state is State.RUNNING
    assert resized(vm)
    assert (machine(here)["machine_type"], machine(here)["status"]) == (BIGGER, "RUNNING")
    assert (vm.vcpus, vm.reserved_vcpus, vm.expires_at, vm.reason) == (4, 4, before.expires_at, None)
    assert vm.external_ip not in (None, before.external_ip)
    told = here.events(vm_id)
    assert told[told.index("resize_requested") :] == ["resize_requested", "stopped", "machine_type_set", "started"]


def test_a_disk_grows_while_the_machine_runs(here: World) -> None:
    vm_id = running(here)
    resize(here, disk=50)
    here.deliver()
    assert resized(here.vm(vm_id), DJANGO.machine_type, 50)
    assert disk(here) == 50
    assert len(machine(here)["runs"]) == 1


@pytest.mark.parametrize("image", ["ubuntu-2604-lts-amd64", "windows-2025"])
def test_its_file_system_follows_within_minutes_while_it_runs(here: World, image: str) -> None:
    vm_id = running(here, os_image=image, disk_gib=50, packages=())
    here.owning.resize(WHO, here.vm(vm_id).name, Resize(None, 80, PLENTY), "grow")
    here.deliver()
    here.move(90)
    assert [each["file_system_gib"] for each in here.cloud()["disks"]] == [80]


def test_its_file_system_follows_a_disk_that_grew_while_it_was_stopped(here: World) -> None:
    running(here)
    stopped(here)
    resize(here, disk=80)
    here.deliver()
    here.move(90)
    assert [each["file_system_gib"] for each in here.cloud()["disks"]] == [DJANGO.disk_gib]
    here.owning.start(WHO, NAME, "start")
    here.deliver()
    here.move(90)
    assert [each["file_system_gib"] for each in here.cloud()["disks"]] == [80]


def test_what_is_stopped_stays_stopped(here: World) -> None:
    vm_id = running(here)
    stopped(here)
    resize(here, BIGGER, 30)
    here.deliver()
    vm = here.vm(vm_id)
    assert (vm.state, vm.reserved_vcpus) == (State.STOPPED, None)
    assert resized(vm, BIGGER, 30)
    assert machine(here)["status"] == "TERMINATED"
    here.owning.start(WHO, NAME, "start")
    assert here.vm(vm_id).reserved_vcpus == 4


def test_both_at_once(here: World) -> None:
    vm_id = running(here)
    resize(here, BIGGER, 40)
    here.deliver()
    assert resized(here.vm(vm_id), BIGGER, 40)
    assert here.vm(vm_id).state is State.RUNNING


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"disk": 10}, "disk_shrinks"),
        ({"disk": DJANGO.disk_gib}, "nothing_to_change"),
        ({}, "nothing_to_change"),
        ({"machine_type": "e2-standard-3"}, "spec_invalid"),
        ({"machine_type": "n4-standard-4"}, "spec_invalid"),  # takes no pd-balanced
        ({"machine_type": "c4a-standard-4"}, "spec_invalid"),  # Arm
        ({"machine_type": "g2-standard-4"}, "gpu"),
        ({"machine_type": "c3d-standard-8-lssd"}, "local_ssd"),
    ],
)
def test_what_a_machine_that_is_there_cannot_become_is_refused(here: World, wish: dict[str, Any], code: str) -> None:
    vm_id = running(here)
    with pytest.raises(Invalid) as refused:
        resize(here, **wish)
    assert refused.value.code == code
    assert here.vm(vm_id).change is None


def test_a_ceiling_below_the_whole_life_is_refused_with_its_quote(here: World) -> None:
    vm_id = running(here)
    with pytest.raises(Conflict) as refused:
        resize(here, BIGGER, ceiling=here.vm(vm_id).quote.total)
    assert refused.value.code == "ceiling_too_low"
    quote = refused.value.extra["quote"]
    assert quote["restarts"]
    assert any("new address" in sentence for sentence in quote["consequences"])
    resize(here, BIGGER, ceiling=Decimal(quote["total"]))


def test_a_region_without_room_refuses_a_larger_machine_but_not_a_larger_disk(here: World) -> None:
    running(here, region=OREGON)
    here.limit(3, "us-west1")
    with pytest.raises(Conflict) as refused:
        resize(here, BIGGER)
    assert refused.value.code == "above_every_limit"
    here.limit(5, "us-west1")
    here.approve(DJANGO)
    here.deliver()
    with pytest.raises(Conflict) as full:
        resize(here, BIGGER)
    assert full.value.code == "no_room"
    resize(here, disk=60)


def test_nothing_else_is_asked_of_it_meanwhile(here: World) -> None:
    running(here)
    resize(here, BIGGER)
    for ask in (
        lambda: resize(here, disk=80),
        lambda: here.owning.stop(WHO, NAME, "stop"),
        lambda: here.owning.extend(WHO, NAME, timedelta(hours=1), PLENTY, "more"),
    ):
        with pytest.raises(Conflict) as refused:
            ask()
        assert refused.value.code == "changing"


def test_a_start_that_is_refused_after_it_leaves_it_stopped_with_both_ways_on(here: World) -> None:
    vm_id = running(here)
    here.fault(method="instances.start", operation_error={"code": "ZONE_RESOURCE_POOL_EXHAUSTED"})
    resize(here, BIGGER)
    here.deliver()
    vm = here.vm(vm_id)
    assert (vm.state, vm.reason, vm.reserved_vcpus, vm.change) == (State.STOPPED, Reason.START_REFUSED, None, None)
    assert f"resize it back to {DJANGO.machine_type}" in (vm.reason_detail or "")
    resize(here, DJANGO.machine_type)
    here.deliver()
    here.owning.start(WHO, NAME, "start")
    here.deliver()
    assert here.vm(vm_id).state is State.RUNNING
    assert machine(here)["machine_type"] == DJANGO.machine_type


def test_a_type_that_compute_refuses_is_told_and_the_machine_runs_again_as_it_was(here: World) -> None:
    vm_id = running(here)
    before = here.vm(vm_id)
    here.fault(method="instances.setMachineType", status=400, reason="invalid", message="not in this zone")
    resize(here, BIGGER)
    here.deliver()
    vm = here.vm(vm_id)
    assert (vm.state, vm.reason, vm.vcpus, vm.reserved_vcpus) == (State.RUNNING, Reason.CHANGE_REFUSED, 2, 2)
    assert "not in this zone" in (vm.reason_detail or "")
    assert (vm.quote, vm.approved_total, vm.rates) == (before.quote, before.approved_total, before.rates)


@pytest.mark.parametrize("method", ["disks.resize", "instances.stop", "instances.setMachineType", "instances.start"])
@pytest.mark.parametrize("fault", [{"lose_response": True, "times": 4}, {"status": 503, "times": 7}, {"delay": 300.0}])
def test_it_comes_about_though_a_call_is_disturbed(here: World, method: str, fault: dict[str, Any]) -> None:
    vm_id = running(here)
    here.fault(method=method, **fault)
    resize(here, BIGGER, 40)
    here.deliver()
    here.sweeps(10)
    assert resized(here.vm(vm_id), BIGGER, 40)
    assert (here.vm(vm_id).state, machine(here)["machine_type"], disk(here)) == (State.RUNNING, BIGGER, 40)


@pytest.mark.parametrize("method", ["disks.resize", "instances.stop", "instances.setMachineType"])
def test_what_comes_about_after_it_was_given_up_counts(here: World, method: str) -> None:
    vm_id = running(here)
    here.fault(method=method, delay=1500.0)
    resize(here, BIGGER, 40)
    here.sweeps(14)
    assert here.vm(vm_id).reason is Reason.CHANGE_REFUSED
    here.sweeps(20)
    vm = here.vm(vm_id)
    assert resized(vm, BIGGER, 40)
    assert (vm.state, vm.reason, machine(here)["machine_type"]) == (State.RUNNING, None, BIGGER)


def test_each_stretch_is_charged_by_the_rates_of_its_time(here: World) -> None:
    vm_id = running(here, duration="2d")
    here.move(6 * 3600)
    resize(here, BIGGER)
    here.deliver()
    here.move(6 * 3600)
    resize(here, disk=100)
    here.deliver()
    here.move(3 * 3600)
    resize(here, "e2-small")
    here.deliver()
    vm = here.vm(vm_id)
    assert len(vm.past) == 3
    now = here.now()
    hours = {line.item: line.quantity for line in vm.bill(now)}
    assert hours["e2-standard-2"] == pytest.approx(Decimal(6), abs=Decimal("0.1"))
    assert hours["e2-standard-4"] == pytest.approx(Decimal(9), abs=Decimal("0.1"))
    assert hours["pd-balanced disk"] == pytest.approx(Decimal(12 * 20 + 3 * 100), abs=Decimal(4))
    here.to_end(vm_id)
    receipt = here.receipt(vm_id)
    metered, late = (Decimal(receipt[part]["total"]) for part in ("metered", "late"))
    assert metered <= vm.quote.total <= vm.approved_total
    (use,) = PostgresCosts(here.engine).uses(OWNER, here.now() - timedelta(days=30), here.now())
    assert use.ended_at is not None
    assert use.cost(use.ended_at) == metered + late
    assert use.started_at is not None
    midnight = use.started_at.replace(hour=0, minute=0, second=0, microsecond=0)
    assert sum(amount for _, amount in use.days(midnight, here.now())) == metered + late


def test_resizes_and_approvals_that_race_take_no_region_above_its_limit(here: World) -> None:
    here.limit(8, "us-west1")
    for _ in range(2):
        here.approve(DJANGO.model_copy(update={"region": OREGON}))
    here.deliver()

    def grow(number: int) -> None:
        with suppress(Refusal):
            here.owning.resize(WHO, f"django-00{number}", Resize("e2-standard-8", None, PLENTY), f"grow{number}")

    def join(number: int) -> None:
        vm_id = here.approve(DJANGO.model_copy(update={"region": OREGON}), key=f"join{number}")
        here.advancer.advance(vm_id)

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(work, number) for number in (1, 2) for work in (grow, join)]
    assert [each.exception() for each in done] == [None] * 4
    assert above_limit(here.engine) == []
    here.deliver()
    assert above_limit(here.engine) == []
    assert sum(each["status"] == "RUNNING" for each in here.cloud()["instances"]) == 4

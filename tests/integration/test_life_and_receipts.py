"""What is metered, late and quoted when a VM's life did not go as planned."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from shared.db.costs import PostgresCosts
from shared.domain.life import State
from shared.domain.money import written
from shared.services.provisioning.machine import machine
from shared.services.requesting import Approval
from shared.services.terms import Resize
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.instead import Instead, down
from tests.integration.world import DJANGO, ENVIRONMENT, OWNER, WHO, World


def machine_hours(here: World, vm_id: str) -> float:
    """What its receipt charges for."""
    lines = here.receipt(vm_id)["metered"]["lines"]
    return sum(float(line["quantity"]) for line in lines if line["unit"] == "machine-hour")


def test_time_before_a_power_off_from_inside_is_metered(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.owning.stop(WHO, "django-001", "stop")
    here.deliver()
    here.owning.start(WHO, "django-001", "start")
    here.deliver()
    here.move(1800)
    here.http.post("/_poweroff", json={"zone": "us-west1-a", "name": "django-001"}).raise_for_status()
    here.advancer.advance(vm_id)
    assert here.vm(vm_id).state is State.STOPPED
    assert here.vm(vm_id).ran_before >= timedelta(minutes=29)


def test_hours_without_power_that_nobody_saw_begin_are_not_charged(here: World) -> None:
    vm_id = here.approve(DJANGO.model_copy(update={"duration": "8h"}))
    here.deliver()
    here.move(3600)
    here.http.post("/_poweroff", json={"zone": "us-west1-a", "name": "django-001"}).raise_for_status()
    here.to_end(vm_id)
    assert 1 <= machine_hours(here, vm_id) < 1.1


def test_hours_with_power_after_its_end_are_late_though_nobody_saw_them_end(here: World) -> None:
    vm_id = here.approve()
    here.deliver(until=here.now())
    here.move(3 * 3600)
    here.http.post("/_poweroff", json={"zone": "us-west1-a", "name": "django-001"}).raise_for_status()
    here.to_end(vm_id)
    receipt = here.receipt(vm_id)
    assert machine_hours(here, vm_id) == 2
    assert Decimal(receipt["metered"]["total"]) <= here.vm(vm_id).approved_total
    assert Decimal(receipt["late"]["total"]) > 0


def test_an_hour_with_power_that_nobody_saw_begin_or_end_costs_what_its_receipt_says(here: World) -> None:
    vm_id = here.approve()
    while not here.names("instances"):
        here.advancer.advance(vm_id)
    here.move(3600)
    here.http.post("/_poweroff", json={"zone": "us-west1-a", "name": "django-001"}).raise_for_status()
    here.owning.delete(WHO, "django-001")
    here.to_end(vm_id)
    (use,) = PostgresCosts(here.engine).uses(None, here.vm(vm_id).created_at, here.now())
    assert use.meter(here.now()).running / timedelta(hours=1) == pytest.approx(machine_hours(here, vm_id), abs=0.001)
    assert 1 <= machine_hours(here, vm_id) < 1.1


def test_hours_with_power_that_nobody_saw_begin_are_charged(here: World) -> None:
    vm_id = here.approve(DJANGO.model_copy(update={"duration": "8h"}))
    here.deliver()
    here.owning.stop(WHO, "django-001", "stop")
    here.deliver()
    before = here.vm(vm_id).ran_before / timedelta(hours=1)
    here.compute.start("us-west1-a", "django-001", str(uuid4()))
    here.move(3600)
    here.owning.delete(WHO, "django-001")
    here.sweeps(1)
    assert machine_hours(here, vm_id) - before == pytest.approx(1, abs=0.01)


def test_a_resize_that_a_deletion_forestalls_is_neither_quoted_nor_approved(here: World) -> None:
    here.limit(100)
    vm_id = here.approve()
    here.deliver()
    vm = here.vm(vm_id)
    here.owning.resize(WHO, vm.name, Resize("e2-standard-16", None, Decimal(50)), "resize")
    here.owning.delete(WHO, vm.name)
    here.sweeps(1)
    assert (here.vm(vm_id).state, here.vm(vm_id).approved_total) == (State.DELETED, vm.approved_total)
    assert here.receipt(vm_id)["quoted"]["total"] == written(vm.quote.total)


def test_a_machine_that_came_late_is_on_the_receipt(here: World) -> None:
    here.fault(method="instances.insert", drop=True, times=3)
    vm_id = here.approve()
    here.advancer.advance(vm_id)
    here.owning.delete(WHO, here.vm(vm_id).name)
    here.advancer.advance(vm_id)
    vm = here.vm(vm_id)
    late = machine(ENVIRONMENT, vm, vm.attempts[0], "ssh-ed25519 AAAA me", here.figures)
    here.compute.insert(late, vm.attempts[0].request_id)  # the insert whose answer never came arrives now
    here.move(110)
    here.deliver()
    receipt = here.receipt(vm_id)
    assert here.vm(vm_id).state is State.DELETED
    assert float(receipt["metered"]["total"]) > 0


def test_a_secret_that_will_not_go_does_not_make_the_machine_dearer(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.advancer.platform = replace(here.platform, secrets=Instead(here.secrets, exists=down))
    here.owning.delete(WHO, "django-001")
    here.sweeps(3)
    assert here.names("instances") == []
    here.move(3 * 3600)
    here.advancer.platform = here.platform
    here.sweeps(3)
    assert here.vm(vm_id).state is State.DELETED
    assert Decimal(here.receipt(vm_id)["late"]["total"]) == 0


def test_what_an_outage_adds_stays_within_the_worst_case(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.move(5 * 24 * 3600)
    assert here.names("instances") == []  # its switch has killed it, days ago
    vm = here.to_end(vm_id)
    receipt = here.receipt(vm_id)
    cost = Decimal(receipt["metered"]["total"]) + Decimal(receipt["late"]["total"])
    assert cost <= vm.quote.worst_case.total


def test_the_worst_case_that_was_approved_is_not_before_the_switch(here: World) -> None:
    made = here.quote(OWNER, DJANGO)
    here.move(600)
    approval = Approval(OWNER, "203.0.113.7", DJANGO, made.max_total, "suggestion")
    name = here.requesting.approve(approval, "key").document["name"]
    here.deliver()
    loaded = here.registry.load_by_name(name)
    assert loaded is not None
    vm, _ = loaded
    assert vm.switch_at is not None
    assert vm.switch_at <= vm.quote.worst_case.until


def test_a_receipt_tells_the_quoted_price_and_not_the_ceiling(here: World) -> None:
    made = here.quote(OWNER, DJANGO)
    vm_id = here.approve(total=made.max_total * 10)
    here.deliver()
    vm = here.to_end(vm_id)
    assert here.receipt(vm_id)["quoted"]["total"] == written(vm.quote.total)


def test_hours_without_power_before_somebody_started_it_from_outside_are_not_charged(here: World) -> None:
    vm_id = here.approve(DJANGO.model_copy(update={"duration": "8h"}))
    here.deliver(until=here.now() + timedelta(minutes=5))
    assert here.vm(vm_id).state is State.RUNNING
    here.http.post("/_poweroff", json={"zone": "us-west1-a", "name": "django-001"}).raise_for_status()
    here.move(3 * 3600)
    here.compute.start("us-west1-a", "django-001", str(uuid4()))
    here.move(60)
    here.sweep()
    assert here.events(vm_id)[-3:] == ["had_stopped", "had_started", "address_changed"]
    here.owning.stop(WHO, "django-001", "stop")
    here.deliver(until=here.now() + timedelta(minutes=5))
    assert here.vm(vm_id).state is State.STOPPED
    assert here.vm(vm_id).ran_before < timedelta(hours=1)


def test_a_second_machine_that_will_not_go_is_not_charged_for(here: World) -> None:
    vm_id = here.approve(DJANGO.model_copy(update={"duration": "8h"}))
    here.deliver(until=here.now() + timedelta(minutes=5))
    vm = here.vm(vm_id)
    twin = machine(ENVIRONMENT, vm, vm.attempts[0], "ssh-ed25519 AAAA me", here.figures)
    here.compute.insert(replace(twin, name="twin", zone="us-west1-b"), str(uuid4()))
    here.move(3600)
    here.fault(method="instances.delete", where={"name": "twin"}, status=403, reason="forbidden", times=None)
    here.owning.delete(WHO, vm.name)
    here.sweeps(60)
    assert here.names("instances") == ["twin"]
    here.calm()
    here.sweeps(3)
    assert here.vm(vm_id).state is State.DELETED
    assert machine_hours(here, vm_id) < 1.2

"""A VM's life in a cloud of which a part fails: the rest goes on, and nothing is believed that was not read back."""

from __future__ import annotations

import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from shared.domain.life import Reason, State
from shared.services.provisioning import advancing, turn
from tests.integration.disorder import BROKEN, STOCK_OUT
from tests.integration.emulated_compute import MACHINE, new_id
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.instead import Instead, down
from tests.integration.world import WHO, World


def test_a_machine_is_deleted_by_name_while_a_list_of_all_zones_cannot_be_had(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.fault(method="instances.aggregatedList", status=403, reason="forbidden", times=None)
    here.owning.delete(WHO, here.vm(vm_id).name)
    for _ in range(5):
        here.advancer.advance(vm_id)
        here.move(60)
    assert here.names("instances") == []


def test_a_machine_dies_at_its_end_while_a_zone_that_was_tried_before_is_down(here: World) -> None:
    here.fault(method="instances.insert", where={"zone": "us-west1-a"}, **STOCK_OUT)
    vm_id = here.approve()
    here.deliver()
    assert here.vm(vm_id).zone == "us-west1-b"
    here.fault(method="*.get", where={"zone": "us-west1-a"}, **BROKEN, times=None)
    here.fault(method="*.aggregatedList", **BROKEN, times=None)
    end = here.vm(vm_id).expires_at
    assert end is not None
    here.move((end - here.now()).total_seconds())
    here.sweeps(2)
    assert (here.names("instances"), here.names("disks")) == ([], [])
    assert here.vm(vm_id).state is State.DELETING
    here.move(3 * 3600)
    here.calm()
    here.sweeps(1)
    assert here.vm(vm_id).state is State.DELETED
    assert here.receipt(vm_id)["late"]["seconds"] <= 120


def machine_labels(here: World) -> dict[str, str]:
    """Of the one machine that is there."""
    [machine] = here.cloud()["instances"]
    return dict(machine["labels"])


def hanging(part: Any, region: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A part of which every read in a region takes all of its 20 seconds, and then has no answer."""
    passed = 0.0
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + passed)
    for module in (turn, advancing):
        monkeypatch.setattr(module, "time", clock)

    def read(method: str) -> Any:
        def called(zone: str, *rest: Any) -> Any:
            nonlocal passed
            if zone.startswith(region):
                passed += 20
                down()
            return getattr(part, method)(zone, *rest)

        return called

    return Instead(part, instance=read("instance"), disk=read("disk"))


def test_a_second_machine_goes_while_each_place_that_was_tried_before_hangs(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    here.fault(method="instances.insert", where={"zone": "us-west1-*"}, **STOCK_OUT | {"times": 3})
    vm_id = here.approve()
    here.deliver()
    vm = here.vm(vm_id)
    assert len(vm.attempts) == 4
    here.compute.insert(
        replace(MACHINE, name="its-second", zone="europe-west2-a", labels=machine_labels(here)), new_id()
    )
    compute = hanging(here.compute, "us-west1", monkeypatch)
    advancer = advancing.Advancer(replace(here.platform, compute=compute), here.relay)
    here.owning.delete(WHO, vm.name)
    for _ in range(8):
        advancer.advance(vm_id)
        here.move(60)
    assert here.names("instances") == []
    assert here.vm(vm_id).state is State.DELETING
    for _ in range(4):
        here.advancer.advance(vm_id)
        here.move(60)
    assert here.vm(vm_id).state is State.DELETED


def test_access_is_closed_while_the_machine_itself_will_not_die(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.fault(method="instances.delete", status=403, reason="forbidden", times=None)
    here.owning.delete(WHO, here.vm(vm_id).name)
    for _ in range(5):
        here.advancer.advance(vm_id)
        here.move(60)
    assert here.names("instances") == ["django-001"]
    assert here.names("firewalls") == []


def test_a_404_that_is_not_about_the_machine_does_not_prove_that_it_is_gone(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    message = "The requested URL /compute/v1/projects/demo was not found on this server."
    here.fault(method="instances.get", status=404, reason="notFound", message=message, times=None)
    here.advancer.advance(vm_id)
    assert here.vm(vm_id).state is State.RUNNING


def test_an_insert_that_ends_in_a_rate_limit_is_made_again(here: World) -> None:
    here.fault(method="instances.insert", operation_error={"code": "RESOURCE_OPERATION_RATE_EXCEEDED", "message": "-"})
    vm_id = here.approve()
    here.deliver()
    assert here.vm(vm_id).state is State.RUNNING


def test_a_running_machine_has_its_firewall_rule_though_its_first_making_failed_late(here: World) -> None:
    here.fault(method="firewalls.insert", operation_error={"code": "INTERNAL_ERROR", "message": "-", "http": 500})
    vm_id = here.approve()
    here.deliver()
    assert here.vm(vm_id).state is State.RUNNING
    assert len(here.names("firewalls")) == 1


def test_a_firewall_rule_that_the_project_refuses_ends_the_request_with_that_reason(here: World) -> None:
    here.http.post("/_quotas", json={"global": {"FIREWALLS": 0}}).raise_for_status()
    vm_id = here.approve()
    here.deliver()
    assert (here.vm(vm_id).state, here.vm(vm_id).reason) == (State.FAILED, Reason.REFUSED)


def test_a_firewall_rule_that_comes_after_a_cancellation_is_gone_before_the_receipt(here: World) -> None:
    here.fault(method="firewalls.insert", drop=True, delay=90.0, times=3)
    vm_id = here.approve()
    here.advancer.advance(vm_id)
    here.owning.delete(WHO, here.vm(vm_id).name)
    for _ in range(4):
        if here.vm(vm_id).state is State.DELETING:
            here.sweeps(1)
    assert here.vm(vm_id).state is State.FAILED
    assert here.names("firewalls") == []
    here.move(120)
    assert here.names("firewalls") == []

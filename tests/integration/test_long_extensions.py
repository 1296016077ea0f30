"""An extension beyond the machine's own termination time: a stop, another time, a start; counted once read back."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.domain.errors import Conflict
from shared.domain.life import Figures, Reason, State
from shared.domain.machine import Instance
from tests.integration.disorder import SMALL, STOCK_OUT
from tests.integration.google_account import google_account
from tests.integration.world import WHO, World

__all__ = ["google_account"]

PLENTY = Decimal(1000)
NAME = "django-001"
WEEK = timedelta(days=7)
MINUTE = timedelta(minutes=1)


def extend(here: World, by: timedelta = WEEK, ceiling: Decimal = PLENTY) -> None:
    here.owning.extend(WHO, NAME, by, ceiling, next(here.keys))


def running(here: World) -> str:
    vm_id = here.approve()
    here.deliver()
    return vm_id


def instance(here: World, vm_id: str) -> Instance:
    vm = here.vm(vm_id)
    assert vm.zone is not None
    assert vm.instance_name is not None
    found = here.compute.instance(vm.zone, vm.instance_name)
    assert found is not None
    return found


def test_a_machine_that_runs_is_stopped_and_started_with_a_later_switch(here: World) -> None:
    vm_id = running(here)
    before = here.vm(vm_id)
    assert before.switch_at is not None
    assert before.expires_at is not None
    with pytest.raises(Conflict) as refused:
        extend(here, ceiling=before.approved_total)
    quote = refused.value.extra["quote"]
    assert quote["restarts"]
    assert before.switch_at.isoformat() in " ".join(quote["consequences"])
    extend(here, ceiling=Decimal(quote["total"]))
    meanwhile = here.vm(vm_id)
    assert meanwhile.expires_at is not None
    assert meanwhile.expires_at <= before.switch_at  # it counts as far as the machine itself allows
    here.deliver(until=before.expires_at)
    vm = here.vm(vm_id)
    assert (vm.state, vm.change, vm.reason) == (State.RUNNING, None, None)
    assert vm.expires_at == before.expires_at + WEEK
    armed = instance(here, vm_id).termination_at
    assert armed is not None
    assert armed == vm.switch_at
    assert armed > vm.expires_at
    told = here.events(vm_id)
    assert told[told.index("extended") :] == ["extended", "stopped", "termination_time_set", "started"]
    assert here.cloud()["instances"][0]["labels"]["vmc-end"] == str(int(vm.expires_at.timestamp()))


def test_what_is_stopped_needs_no_start_for_it(here: World) -> None:
    vm_id = running(here)
    here.owning.stop(WHO, NAME, "stop")
    here.deliver()
    before = here.vm(vm_id)
    assert before.expires_at is not None
    extend(here)
    here.deliver()
    vm = here.vm(vm_id)
    assert (vm.state, vm.expires_at, vm.change) == (State.STOPPED, before.expires_at + WEEK, None)
    assert here.events(vm_id)[-1] == "termination_time_set"
    here.owning.start(WHO, NAME, "start")
    here.deliver()
    armed = instance(here, vm_id).termination_at
    assert armed is not None
    assert armed > vm.expires_at
    assert here.vm(vm_id).state is State.RUNNING


def test_a_later_time_that_compute_refuses_is_told_and_the_machine_runs_again(here: World) -> None:
    vm_id = running(here)
    before = here.vm(vm_id)
    assert before.switch_at is not None
    here.fault(method="instances.setScheduling", status=400, reason="invalid", message="not so late")
    extend(here)
    here.deliver(until=here.now() + timedelta(hours=1))
    vm = here.vm(vm_id)
    assert (vm.state, vm.reason, vm.change) == (State.RUNNING, Reason.CHANGE_REFUSED, None)
    assert vm.expires_at is not None
    assert vm.expires_at <= before.switch_at
    assert instance(here, vm_id).termination_at == before.switch_at


def test_a_start_that_is_refused_after_it_keeps_the_extension(here: World) -> None:
    vm_id = running(here)
    end = here.vm(vm_id).expires_at
    assert end is not None
    here.fault(method="instances.start", operation_error={"code": "ZONE_RESOURCE_POOL_EXHAUSTED"})
    extend(here)
    here.deliver()
    vm = here.vm(vm_id)
    assert (vm.state, vm.reason, vm.expires_at) == (State.STOPPED, Reason.START_REFUSED, end + WEEK)


def test_a_machine_that_starts_with_an_earlier_switch_than_its_end_ends_with_it_and_its_owner_is_told(
    here: World,
) -> None:
    vm_id = running(here)
    here.owning.stop(WHO, NAME, "stop")
    here.deliver()
    before, machine = here.vm(vm_id), instance(here, vm_id)
    sooner = here.now().replace(microsecond=0) + timedelta(hours=1)
    here.compute.set_termination(machine.zone, machine.name, sooner, str(uuid.uuid4()))
    here.owning.start(WHO, NAME, "start")
    here.deliver()
    vm = here.vm(vm_id)
    assert (vm.state, vm.reason, vm.switch_at) == (State.RUNNING, Reason.CHANGE_REFUSED, sooner)
    assert sooner.isoformat() in (vm.reason_detail or "")
    assert before.expires_at is not None
    assert vm.expires_at is not None
    assert sooner - timedelta(minutes=1) < vm.expires_at <= sooner < before.expires_at
    assert instance(here, vm_id).labels["vmc-end"] == str(int(vm.expires_at.timestamp()))
    extend(here)
    here.deliver()
    vm = here.vm(vm_id)
    assert (vm.state, vm.reason, vm.change) == (State.RUNNING, None, None)
    assert vm.switch_at is not None
    assert vm.expires_at is not None
    assert vm.switch_at > vm.expires_at > before.expires_at


@pytest.mark.parametrize("fault", [{"lose_response": True, "times": 4}, {"status": 503, "times": 7}, {"delay": 1500.0}])
def test_it_comes_about_though_the_call_is_disturbed(here: World, fault: dict[str, Any]) -> None:
    vm_id = running(here)
    end = here.vm(vm_id).expires_at
    assert end is not None
    here.fault(method="instances.setScheduling", **fault)
    extend(here)
    here.sweeps(40)
    vm = here.vm(vm_id)
    assert (vm.state, vm.expires_at, vm.change, vm.reason) == (State.RUNNING, end + WEEK, None, None)


def test_no_machine_is_told_to_end_later_than_compute_allows(here: World) -> None:
    running(here)
    here.owning.figures = Figures(longest_lease=timedelta(days=200))
    with pytest.raises(Conflict) as refused:
        extend(here, timedelta(days=121))
    assert refused.value.code == "beyond_switch"


def test_before_it_is_up_the_extension_is_bounded_by_its_switch(here: World) -> None:
    here.fault(method="instances.insert", delay=600.0)
    vm_id = here.approve()
    here.deliver(until=here.now() + timedelta(minutes=1))
    assert here.vm(vm_id).state is State.PROVISIONING
    with pytest.raises(Conflict) as refused:
        extend(here)
    assert refused.value.code == "beyond_switch"


def shortly_before_its_switch(here: World, left: timedelta) -> str:
    """One that runs, extended as far as its switch allows, so long before that."""
    vm_id = running(here)
    vm = here.vm(vm_id)
    assert vm.switch_at is not None
    assert vm.started_at is not None
    extend(here, (vm.switch_at - vm.started_at) // MINUTE * MINUTE - vm.lease)
    here.move((vm.switch_at - left - here.now()).total_seconds())
    here.deliver(until=here.now())
    return vm_id


def test_an_extension_that_could_come_about_only_after_its_end_is_refused(here: World) -> None:
    """It would be stopped for it, and at its end while it is."""
    vm_id = shortly_before_its_switch(here, 3 * here.figures.power_deadline)
    with pytest.raises(Conflict, match="too late") as refused:
        extend(here, timedelta(hours=5))
    assert refused.value.code == "beyond_switch"
    assert here.vm(vm_id).change is None


def test_one_that_is_in_time_comes_about_however_long_each_part_of_it_takes(here: World) -> None:
    vm_id = shortly_before_its_switch(here, 3 * here.figures.power_deadline + 2 * MINUTE)
    end = here.vm(vm_id).expires_at
    assert end is not None
    for part in ("stop", "setScheduling", "start"):
        here.fault(method=f"instances.{part}", delay=here.figures.power_deadline.total_seconds() - 60)
    extend(here)
    here.sweeps(32)
    vm = here.vm(vm_id)
    assert here.now() > end
    assert (vm.state, vm.expires_at, vm.change) == (State.RUNNING, end + WEEK, None)


def test_what_is_too_late_for_one_that_runs_can_be_extended_once_it_is_stopped(here: World) -> None:
    vm_id = shortly_before_its_switch(here, 2 * here.figures.power_deadline)
    end = here.vm(vm_id).expires_at
    assert end is not None
    with pytest.raises(Conflict, match="stop it and extend it then"):
        extend(here)
    here.owning.stop(WHO, NAME, "stop")
    here.sweeps(2)
    extend(here)
    here.sweeps(20)
    vm = here.vm(vm_id)
    assert (vm.state, vm.expires_at, vm.change) == (State.STOPPED, end + WEEK, None)


def test_an_extension_before_it_is_placed_or_up_keeps_the_order_of_the_accounts_policy(here: World) -> None:
    here.limit(2)
    market = here.market
    here.market = lambda: replace(market(), policy="greenest")  # type: ignore[method-assign]
    vm_id = here.approve(SMALL)
    order = [each.region for each in here.vm(vm_id).quote.regions]
    here.owning.extend(WHO, here.vm(vm_id).name, timedelta(hours=1), PLENTY, next(here.keys))
    assert [each.region for each in here.vm(vm_id).quote.regions] == order
    here.fault(method="instances.insert", times=None, where={"region": order[0]}, **STOCK_OUT)
    while not here.vm(vm_id).attempts:
        here.advancer.advance(vm_id)
    here.owning.extend(WHO, here.vm(vm_id).name, timedelta(hours=1), PLENTY, next(here.keys))
    here.deliver(until=here.now() + timedelta(hours=1))
    assert (here.vm(vm_id).state, here.vm(vm_id).region) == (State.RUNNING, order[1])
    assert order[:2] != sorted(order[:2], key=[each.id for each in market().settings].index)

"""The end of a lease and its extension at the same moment: one of the two happens, whole, and never both."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shared.domain.errors import Conflict
from shared.domain.life import Reason, State
from shared.domain.vm import Ledger, Vm
from tests.integration.disorder import SMALL
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.instead import Instead, down
from tests.integration.world import WHO, World

HOUR = timedelta(hours=1)


def at_its_end(here: World) -> tuple[Vm, datetime]:
    """A running VM whose end has just come, and that end."""
    vm_id = here.approve()
    here.deliver()
    vm = here.vm(vm_id)
    assert vm.expires_at is not None
    here.move((vm.expires_at - here.now()).total_seconds() + 1)
    return vm, vm.expires_at


def judge_as_of(here: World, moment: datetime, monkeypatch: pytest.MonkeyPatch, then: Any = None) -> None:
    """An extension that looked at the clock in time, and comes to its write only now; `then` happens in between."""
    real = here.owning.approvals.change
    done: list[bool] = []

    def change(caller: str, key: str, before: Vm, decide: Any, answer: Any, *, reserving: bool) -> Vm | None:
        def late(ledger: Ledger) -> Any:
            if done:
                return decide(ledger)
            done.append(True)
            decided = decide(replace(ledger, now=moment))
            if then is not None:
                then()
            return decided

        return real(caller, key, before, late, answer, reserving=reserving)

    monkeypatch.setattr(here.owning.approvals, "change", change)


def extend(here: World, vm: Vm) -> None:
    here.owning.extend(WHO, vm.name, HOUR, Decimal(50), "more")


def test_an_extension_overtaken_by_the_sweep_is_refused(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    vm, end = at_its_end(here)
    judge_as_of(here, end - HOUR, monkeypatch, then=here.sweep)
    with pytest.raises(Conflict) as refused:
        extend(here, vm)
    assert refused.value.code == "past_end"
    here.deliver()
    dead = here.vm(vm.id)
    assert (dead.state, dead.reason, dead.lease) == (State.DELETED, Reason.EXPIRED, vm.lease)


def test_a_sweep_overtaken_by_an_extension_lets_the_vm_live(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    vm, end = at_its_end(here)
    judge_as_of(here, end - HOUR, monkeypatch)
    real = here.registry.apply
    overtaken: list[bool] = []

    def apply(before: Vm, after: Vm, *words: Any, **more: Any) -> Vm | None:
        if after.reason is Reason.EXPIRED and not overtaken:
            overtaken.append(True)
            extend(here, vm)  # between the sweep's judgement and its write
        return real(before, after, *words, **more)

    monkeypatch.setattr(here.registry, "apply", apply)
    here.sweep()
    assert overtaken
    alive = here.vm(vm.id)
    assert (alive.state, alive.expires_at) == (State.RUNNING, end + HOUR)
    assert [machine["name"] for machine in here.cloud()["instances"]] == [vm.name]


def test_the_task_of_an_end_that_has_moved_does_nothing(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    before = here.vm(vm_id)
    assert before.expires_at is not None
    extend(here, before)
    here.move((before.expires_at - here.now()).total_seconds() + 1)
    here.advancer.end(vm_id, before.expires_at)
    assert here.vm(vm_id).state is State.RUNNING


def test_an_end_comes_before_deaths_that_hang(here: World) -> None:
    hanging = [here.approve(SMALL.model_copy(update={"duration": "20m"})) for _ in range(2)]
    late = here.approve(SMALL.model_copy(update={"duration": "30m"}))
    here.deliver(until=here.now() + timedelta(minutes=10))
    here.advancer.platform = replace(here.platform, compute=Instead(here.compute, instance=down))
    here.move(22 * 60)
    for vm_id in hanging:
        here.advancer.advance(vm_id)
        assert (here.vm(vm_id).state, here.vm(vm_id).failures > 0) == (State.DELETING, True)
    here.move(10 * 60)
    assert here.registry.due(1) == [late]
    here.owning.delete(WHO, here.vm(late).name)
    here.move(60)
    assert here.registry.due(1) == [late], "nor do they come before a death that has not failed"


@pytest.mark.parametrize("its_disk_too", [False, True])
def test_a_machine_that_lost_its_labels_ends_all_the_same(here: World, its_disk_too: bool) -> None:
    vm_id = here.approve()
    here.deliver(until=here.now() + timedelta(minutes=5))
    vm = here.vm(vm_id)
    instance, disk = here.compute.instance(vm.zone, vm.instance_name), here.compute.disk(vm.zone, vm.instance_name)
    assert instance is not None
    assert disk is not None
    here.compute.label(instance, {"cleaned": "yes"})
    if its_disk_too:
        here.compute.label_disk(disk, {"cleaned": "yes"})
    dead = here.to_end(vm_id)
    assert (dead.state, here.names("instances"), here.names("disks")) == (State.DELETED, [], [])


def test_a_secret_that_will_not_go_holds_no_room(here: World) -> None:
    vm_id = here.approve()
    here.deliver(until=here.now() + timedelta(minutes=5))
    here.advancer.platform = replace(here.platform, secrets=Instead(here.secrets, exists=down))
    here.owning.delete(WHO, here.vm(vm_id).name)
    here.sweeps(3)
    assert (here.vm(vm_id).state, here.names("instances")) == (State.DELETING, [])
    assert (here.vm(vm_id).reserved_region, here.vm(vm_id).reserved_vcpus) == (None, None)

"""A VM's life over real PostgreSQL and the emulated Compute Engine: from approval to receipt, and every way to die."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.catalog.machines import zones_with
from shared.domain.errors import Conflict, Gone, NotFound
from shared.domain.life import Reason, Setup, State
from shared.domain.spec import Gpu
from shared.services.owning import Who
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.world import DJANGO, WHO, World


def test_an_approval_becomes_a_running_machine_with_its_packages(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    vm = here.vm(vm_id)
    assert (vm.name, vm.state, vm.setup) == ("django-001", State.RUNNING, Setup.DONE)
    assert vm.zone == "us-west1-a"
    assert [step.state for step in vm.steps] == ["done"] * len(vm.steps)
    assert vm.expires_at == (vm.started_at or vm.created_at) + timedelta(hours=2)
    assert vm.external_ip
    assert here.events(vm_id)[:3] == ["approved", "placed", "insert_sent"]
    assert [machine["name"] for machine in here.cloud()["instances"]] == ["django-001"]


def test_the_end_brings_a_receipt_in_which_nothing_is_found(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    vm = here.to_end(vm_id)
    assert (vm.state, vm.reason) == (State.DELETED, Reason.EXPIRED)
    receipt = here.receipt(vm_id)
    assert {resource["kind"] for resource in receipt["resources"]} == {"instance", "disk", "firewall rule", "secret"}
    assert not any(resource["found"] for resource in receipt["resources"])
    assert 0 < float(receipt["metered"]["total"]) <= float(receipt["quoted"]["approved_total"])
    cloud = here.cloud()
    assert not cloud["instances"]
    assert not cloud["disks"]
    assert not cloud["firewalls"]


def test_a_custom_machine_runs_with_its_own_vcpus_reserved_and_is_metered_by_the_vcpu_and_the_gib(here: World) -> None:
    vm_id = here.approve(DJANGO.model_copy(update={"machine_type": "e2-custom-6-20480"}))
    here.deliver()
    vm = here.vm(vm_id)
    assert (vm.state, vm.reserved_vcpus) == (State.RUNNING, 6)
    assert here.to_end(vm_id).state is State.DELETED
    metered = {line["item"] for line in here.receipt(vm_id)["metered"]["lines"]}
    assert {"e2-custom-6-20480: vCPUs", "e2-custom-6-20480: memory"} <= metered


def test_a_stop_gives_its_vcpus_back_and_a_start_takes_them_again(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.owning.stop(WHO, "django-001", "stop")
    here.deliver()
    stopped = here.vm(vm_id)
    assert (stopped.state, stopped.reserved_vcpus, stopped.external_ip) == (State.STOPPED, None, None)
    here.move(600)
    here.owning.start(WHO, "django-001", "start")
    here.deliver()
    started = here.vm(vm_id)
    assert (started.state, started.reserved_vcpus) == (State.RUNNING, 2)
    assert started.external_ip
    meter = started.meter(here.now())
    assert meter.existing - meter.running >= timedelta(seconds=590)


def test_an_extension_moves_the_end_and_raises_the_ceiling(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    before = here.vm(vm_id)
    with pytest.raises(Conflict) as refused:
        here.owning.extend(WHO, "django-001", timedelta(hours=2), before.approved_total, "k1")
    assert refused.value.code == "ceiling_too_low"
    here.owning.extend(WHO, "django-001", timedelta(hours=2), before.approved_total * 3, "k2")
    here.deliver()
    after = here.vm(vm_id)
    assert before.expires_at is not None
    assert after.expires_at == before.expires_at + timedelta(hours=2)
    assert here.cloud()["instances"][0]["labels"]["vmc-end"] == str(int(after.expires_at.timestamp()))


def test_a_deletion_before_the_machine_is_up_is_a_cancellation(here: World) -> None:
    vm_id = here.approve()
    here.owning.delete(WHO, "django-001")
    here.deliver()
    vm = here.vm(vm_id)
    assert (vm.state, vm.reason) == (State.FAILED, Reason.CANCELLED)


def test_credentials_are_revealed_once(here: World) -> None:
    here.approve()
    here.deliver()
    shown = here.owning.reveal(WHO, "django-001").document
    assert "OPENSSH PRIVATE KEY" in shown["private_key"]
    with pytest.raises(Gone):
        here.owning.reveal(WHO, "django-001")


def test_credentials_are_the_owners_alone(here: World) -> None:
    here.approve()
    here.deliver()
    with pytest.raises(NotFound):
        here.owning.reveal(Who("an administrator", admin=True, address="203.0.113.9"), "django-001")
    assert here.owning.reveal(WHO, "django-001").document["private_key"]


def test_a_windows_machine_answers_with_its_password(here: World) -> None:
    windows = DJANGO.model_copy(
        update={"os_image": "windows-2022", "packages": (), "disk_gib": 50, "machine_type": "e2-standard-2"}
    )
    vm_id = here.approve(windows)
    here.deliver()
    vm = here.vm(vm_id)
    assert vm.state is State.RUNNING
    shown = here.owning.reveal(WHO, vm.name).document
    assert len(shown["password"]) >= 15


def test_a_stock_out_goes_to_the_next_zone_once_the_first_is_empty(here: World) -> None:
    here.fault(
        method="instances.insert",
        where={"zone": "us-west1-a"},
        operation_error={"code": "ZONE_RESOURCE_POOL_EXHAUSTED", "message": "no room"},
    )
    vm_id = here.approve()
    here.deliver()
    vm = here.vm(vm_id)
    assert (vm.state, vm.zone) == (State.RUNNING, "us-west1-b")
    assert "lost" in [verdict.verdict for verdict in vm.placement]
    assert [machine["zone"] for machine in here.cloud()["instances"]] == ["us-west1-b"]


def test_an_insert_whose_answer_is_lost_is_sent_again_and_makes_one_machine(here: World) -> None:
    here.fault(method="instances.insert", lose_response=True, times=5)
    vm_id = here.approve()
    here.deliver()
    assert here.vm(vm_id).state is State.RUNNING
    assert len(here.cloud()["instances"]) == 1


class Crash(BaseException):
    """What kill -9 looks like from inside: nothing of ours catches it."""


@pytest.mark.parametrize("call", ["open_firewall", "insert", "operation", "instance", "label", "guest_report"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_after_a_crash_at_any_call_the_sweep_alone_brings_it_up(
    here: World, monkeypatch: pytest.MonkeyPatch, call: str, when: str
) -> None:
    real = getattr(here.compute, call)

    def crash(*words: object, **more: object) -> None:
        if when == "after":
            real(*words, **more)
        raise Crash

    vm_id = here.approve()
    monkeypatch.setattr(here.compute, call, crash)
    with pytest.raises(Crash):
        here.deliver()
    monkeypatch.undo()
    here.mail.due.clear()  # no message comes again
    for _ in range(20):
        here.move(61)
        here.sweep()
        here.mail.due.clear()
        if here.vm(vm_id).state is State.RUNNING:
            break
    assert here.vm(vm_id).state is State.RUNNING
    assert len(here.cloud()["instances"]) == 1


def test_a_failed_package_leaves_a_running_machine_with_the_end_of_its_log(here: World) -> None:
    here.fault(method="guest.step", where={"name": "Install django"}, detail={"log": "pip: no such thing"})
    vm_id = here.approve()
    here.deliver()
    vm = here.vm(vm_id)
    assert (vm.state, vm.setup) == (State.RUNNING, Setup.FAILED)
    assert vm.setup_log is not None
    assert "no such thing" in vm.setup_log


def test_a_spot_machine_that_is_taken_back_is_preempted_and_ends_in_a_receipt(here: World) -> None:
    vm_id = here.approve(DJANGO.model_copy(update={"spot": True}))
    here.deliver()
    place = {"zone": "us-west1-a", "name": "django-001"}
    here.http.post("/_preempt", json=place).raise_for_status()
    here.sweep()
    here.deliver()
    vm = here.vm(vm_id)
    assert (vm.state, vm.reason) == (State.DELETED, Reason.PREEMPTED)
    assert not here.cloud()["disks"]


def test_a_machine_with_a_gpu_goes_only_where_that_gpu_is(here: World) -> None:
    gpu = {"machine_type": "n1-standard-4", "gpu": Gpu(type="nvidia-tesla-t4", count=1)}
    vm_id = here.approve(DJANGO.model_copy(update=gpu))
    here.deliver()
    vm = here.vm(vm_id)
    assert vm.state is State.RUNNING
    assert vm.zone in zones_with("nvidia-tesla-t4", vm.region or "")

"""What a VM's life must survive: killed workers, clouds that fail in part, hostile guests, long outages."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, select, text, update

from shared.db.models import Audit, Region, User, table
from shared.db.registry import PostgresRegistry
from shared.db.upkeep import PostgresUpkeep
from shared.domain.errors import CloudError, Conflict, Scope
from shared.domain.life import Reason, Setup, State
from shared.domain.machine import GuestReport, Machine
from shared.domain.money import written
from shared.domain.spec import RegionWish
from shared.domain.vm import Event, Vm
from shared.services import reconciling
from shared.services.provisioning import birth
from shared.services.provisioning.machine import machine
from shared.services.provisioning.turn import PLATFORM, Turn, dying
from shared.services.reaping import Reaper
from shared.services.requesting import Approval
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.world import DJANGO, ENVIRONMENT, OWNER, WHO, World, world

WINDOWS = DJANGO.model_copy(update={"os_image": "windows-2022", "packages": ("python3",), "disk_gib": 50})
EIGHT_IN_OREGON = DJANGO.model_copy(update={"machine_type": "e2-standard-8", "region": RegionWish(must="us-west1")})
DOWN = CloudError("timed_out", "no answer from Google", Scope.TRANSIENT)


@pytest.fixture
def here(engine: Engine) -> Iterator[World]:
    with world(engine) as made:
        yield made


class Instead:
    """Something else in the place of some of a part's methods."""

    def __init__(self, part: Any, **methods: Callable[..., Any]) -> None:
        self._part = part
        vars(self).update(methods)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._part, name)


def reaper(here: World) -> Reaper:
    upkeep = PostgresUpkeep(here.engine)
    return Reaper(here.advancer.platform, here.advancer, here.relay, here.outbox, upkeep, upkeep)


def sweeps(here: World, minutes: int) -> None:
    """Minute after minute, what the sweep and the messages that are due by then do."""
    for _ in range(minutes):
        here.move(60)
        reaper(here).sweep()
        with suppress(ValueError, KeyError):
            here.deliver(until=here.now())


def taken(here: World, vm_id: str) -> Turn:
    """A worker's hold on the VM. Whatever a test does with it, the worker is killed afterwards: it never lets go."""
    claimed = here.registry.claim(vm_id, "killed", here.figures.claim)
    assert claimed is not None
    return Turn(here.platform, *claimed, time.monotonic())


def with_compute(here: World, **methods: Callable[..., Any]) -> None:
    here.advancer.platform = replace(here.platform, compute=Instead(here.compute, **methods))


def use_of(here: World, region: str) -> tuple[int, int]:
    with here.engine.begin() as connection:
        settings = here.registry.region_settings(connection, lock=False)
    return next((each.used_vcpus, each.vcpu_limit) for each in settings if each.id == region)


def stray(here: World, name: str, end: str) -> None:
    """A machine of ours that no row knows."""
    labels = {"vmc-environment": ENVIRONMENT, "vmc-id": name, "vmc-owner": OWNER, "vmc-end": end}
    switch = here.now() + timedelta(days=30)
    image = ("ubuntu-os-cloud", "ubuntu-2604-lts-amd64")
    made = Machine(name, "us-west1-a", "e2-small", *image, 10, "pd-balanced", None, False, "stray", labels, {}, switch)
    here.compute.insert(made, str(uuid.uuid4()))


def names(here: World, kind: str) -> list[str]:
    return [each["name"] for each in here.cloud()[kind]]


def limit(here: World, region: str, vcpus: int) -> None:
    with here.engine.begin() as connection:
        regions = table(Region)
        connection.execute(update(regions).where(regions.c.id == region).values(vcpu_limit=vcpus))


# A worker killed between two steps


def test_a_worker_killed_after_the_reservation_is_followed_within_minutes(here: World) -> None:
    vm_id = here.approve()
    birth.requested(taken(here, vm_id))
    here.deliver()  # the wake-up, delivered again while the dead worker's claim still holds
    sweeps(here, 5)
    assert here.vm(vm_id).state is State.RUNNING


def test_a_worker_killed_after_the_insert_is_followed_within_minutes(here: World) -> None:
    vm_id = here.approve()
    turn = taken(here, vm_id)
    birth.requested(turn)
    birth.provisioning(turn)
    here.deliver()
    sweeps(here, 5)
    assert here.vm(vm_id).state is State.RUNNING
    assert len(names(here, "instances")) == 1


def test_a_vm_that_never_came_up_dies_though_the_worker_that_gave_it_up_was_killed(here: World) -> None:
    vm_id = here.approve()
    turn = taken(here, vm_id)
    birth.requested(turn)
    turn.apply(dying(turn.vm, Reason.DEADLINE), "deadline")
    here.deliver()
    sweeps(here, 60)
    assert here.vm(vm_id).state is State.FAILED
    assert use_of(here, "us-west1")[0] == 0


# A cloud that fails in part


def test_deaths_do_not_wait_for_a_firestore_that_hangs(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    vm_ids = [here.approve() for _ in range(3)]
    here.deliver()
    waited = 0.0
    real = time.monotonic

    def hang(*_: Any, **__: Any) -> None:
        nonlocal waited
        waited += 20
        raise DOWN

    here.relay.live = Instead(here.mail, write=hang)
    monkeypatch.setattr(time, "monotonic", lambda: real() + waited)
    for vm_id in vm_ids:  # something to tell of each: it waits in the outbox
        vm = here.vm(vm_id)
        here.registry.apply(vm, vm, Event("seen", PLATFORM))
    here.move(2 * 3600)
    for _ in range(5):
        reaper(here).sweep()
        here.move(60)
    assert [here.vm(vm_id).state for vm_id in vm_ids if here.vm(vm_id).state is State.RUNNING] == []


def test_a_machine_is_deleted_by_name_while_a_list_of_all_zones_cannot_be_had(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.fault(method="instances.aggregatedList", status=403, reason="forbidden", times=None)
    here.owning.delete(WHO, here.vm(vm_id).name)
    for _ in range(5):
        here.advancer.advance(vm_id)
        here.move(60)
    assert names(here, "instances") == []


def test_access_is_closed_while_the_machine_itself_will_not_die(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.fault(method="instances.delete", status=403, reason="forbidden", times=None)
    here.owning.delete(WHO, here.vm(vm_id).name)
    for _ in range(5):
        here.advancer.advance(vm_id)
        here.move(60)
    assert names(here, "instances") == ["django-001"]
    assert names(here, "firewalls") == []


def test_one_orphan_that_cannot_be_destroyed_does_not_save_the_others(here: World) -> None:
    ended = str(int((here.now() - timedelta(days=1)).timestamp()))
    stray(here, "a-stuck", ended)
    stray(here, "b-other", ended)
    here.fault(method="instances.delete", where={"name": "a-stuck"}, status=403, reason="forbidden", times=None)
    sweeps(here, 10)
    assert names(here, "instances") == ["a-stuck"]


def test_an_end_that_cannot_be_read_is_an_administrators_to_decide(here: World) -> None:
    stray(here, "odd", "9" * 20)
    (verdict,) = reconciling.plan(here.platform).verdicts
    assert (verdict.found.name, verdict.action) == ("odd", "ask")


def test_a_destroyed_orphan_is_in_the_audit_log(here: World) -> None:
    stray(here, "forgotten", str(int((here.now() - timedelta(days=1)).timestamp())))
    sweeps(here, 3)
    assert names(here, "instances") == []
    audit = table(Audit)
    with here.engine.begin() as connection:
        told = connection.execute(select(audit.c.detail, audit.c.vm_name, audit.c.vm_id)).all()
    assert any("forgotten" in str(row) for row in told)


def test_an_orphan_that_would_not_go_is_not_recorded_as_destroyed(here: World) -> None:
    stray(here, "a-stuck", str(int((here.now() - timedelta(days=1)).timestamp())))
    here.fault(method="instances.delete", status=403, reason="forbidden", times=None)
    sweeps(here, 3)
    audit = table(Audit)
    with here.engine.begin() as connection:
        told = connection.execute(select(audit.c.outcome).where(audit.c.action == "orphan.destroyed")).scalars().all()
    assert "done" not in told


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
    assert len(names(here, "firewalls")) == 1


def test_a_firewall_rule_that_the_project_refuses_ends_the_request_with_that_reason(here: World) -> None:
    httpx.post(f"{here.compute_url}/_quotas", json={"global": {"FIREWALLS": 0}}).raise_for_status()
    vm_id = here.approve()
    here.deliver()
    assert (here.vm(vm_id).state, here.vm(vm_id).reason) == (State.FAILED, Reason.REFUSED)


def test_a_start_that_comes_late_never_takes_its_region_over_the_limit(here: World) -> None:
    first = here.approve(EIGHT_IN_OREGON)
    here.deliver()
    here.owning.stop(WHO, here.vm(first).name, "stop")
    here.deliver()
    here.fault(method="instances.start", delay=900)
    here.owning.start(WHO, here.vm(first).name, "start")
    sweeps(here, 12)
    here.approve(EIGHT_IN_OREGON)
    for _ in range(8):
        sweeps(here, 1)
        powered = [each for each in here.cloud()["instances"] if each["status"] != "TERMINATED"]
        assert 8 * len(powered) <= 8


def test_a_start_reads_the_switch_back(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.owning.stop(WHO, "django-001", "stop")
    here.deliver()
    moved = (here.now() + timedelta(days=9)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    place = f"{here.compute_url}/compute/v1/projects/demo/zones/us-west1-a/instances/django-001"
    scheduling = {"terminationTime": moved, "instanceTerminationAction": "DELETE"}
    httpx.post(f"{place}/setScheduling", json=scheduling).raise_for_status()
    here.owning.start(WHO, "django-001", "start")
    here.deliver()
    instance = here.compute.instance("us-west1-a", "django-001")
    assert instance is not None
    assert here.vm(vm_id).switch_at == instance.termination_at


def test_a_start_and_the_finding_that_it_runs_already_do_not_wait_for_each_other(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.owning.stop(WHO, "django-001", "stop")
    here.deliver()
    vm = here.vm(vm_id)
    counted = replace(vm, reserved_region=vm.region, reserved_vcpus=vm.vcpus)

    with ThreadPoolExecutor(1) as pool:

        def choose(*_: Any) -> tuple[Vm, Event]:
            found = replace(counted, state=State.RUNNING)
            other = pool.submit(here.registry.apply, vm, found, Event("found_running", PLATFORM))
            until_done_or_waiting(here, other)
            return counted, Event("start_requested", PLATFORM)

        assert here.registry.reserve(vm, choose) is None
    assert here.vm(vm_id).state is State.RUNNING


# Guests


@pytest.mark.parametrize(
    "told",
    [
        "not JSON",
        json.dumps({"state": "done"}),
        json.dumps({"name": "a", "state": "done", "at": "yesterday"}),
        json.dumps({"name": "a", "state": "done", "at": "0001-01-01T00:00:00+10:00"}),
        json.dumps({"name": "a", "state": "done", "at": "2026-11-23T10:00:00Z", "detail": "\x00"}),
        json.dumps({"name": "a", "state": "done", "at": "2026-11-23T10:00:00Z", "detail": "\ud800"}),
    ],
)
def test_no_guest_attribute_keeps_a_machine_from_being_set_up(here: World, told: str) -> None:
    def report(zone: str, name: str) -> GuestReport:
        return GuestReport({**here.compute.guest_report(zone, name).setup, "step-01": told})

    with_compute(here, guest_report=report)
    vm_id = here.approve()
    sweeps(here, 5)
    assert (here.vm(vm_id).state, here.vm(vm_id).setup) == (State.RUNNING, Setup.DONE)


def test_a_set_up_ends_at_its_deadline_though_the_labels_cannot_be_changed(here: World) -> None:
    here.fault(method="instances.setLabels", status=403, reason="forbidden", times=None)
    vm_id = here.approve()
    sweeps(here, 50)
    assert here.vm(vm_id).state is State.RUNNING


def test_a_windows_machine_whose_package_failed_still_gets_its_password(here: World) -> None:
    here.fault(method="guest.step", detail={"log": "choco: no such thing"})
    here.fault(method="instances.setMetadata", delay=240)
    vm_id = here.approve(WINDOWS)
    here.deliver()
    sweeps(here, 15)
    assert (here.vm(vm_id).state, here.vm(vm_id).setup) == (State.RUNNING, Setup.FAILED)
    assert here.owning.reveal(WHO, here.vm(vm_id).name).document["password"]


def test_a_windows_password_that_was_asked_for_twice_is_the_one_that_lets_in(here: World) -> None:
    shown_from = here.now() + timedelta(seconds=301)

    def serial(zone: str, name: str, port: int) -> str:
        return here.compute.serial_output(zone, name, port) if here.now() > shown_from else ""

    with_compute(here, serial_output=serial)
    vm_id = here.approve(WINDOWS)
    here.deliver()
    vm = here.vm(vm_id)
    inside = httpx.get(f"{here.compute_url}/_guest/{vm.name}").json()["passwords"]
    assert here.owning.reveal(WHO, vm.name).document["password"] == inside[vm.login_user]


def test_a_windows_machine_that_takes_long_to_boot_still_gets_its_password(here: World) -> None:
    here.fault(method="guest.boot", delay=600)  # the first boot's preparations, before its agent answers anybody
    vm_id = here.approve(WINDOWS)
    here.deliver()
    assert here.vm(vm_id).state is State.RUNNING
    assert here.owning.reveal(WHO, here.vm(vm_id).name).document["password"]


# Receipts and prices


def test_time_before_a_power_off_from_inside_is_metered(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.owning.stop(WHO, "django-001", "stop")
    here.deliver()
    here.owning.start(WHO, "django-001", "start")
    here.deliver()
    here.move(1800)
    httpx.post(f"{here.compute_url}/_poweroff", json={"zone": "us-west1-a", "name": "django-001"}).raise_for_status()
    here.advancer.advance(vm_id)
    assert here.vm(vm_id).state is State.STOPPED
    assert here.vm(vm_id).ran_before >= timedelta(minutes=29)


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
    here.advancer.platform = replace(here.platform, secrets=Instead(here.secrets, exists=_down))
    here.owning.delete(WHO, "django-001")
    sweeps(here, 3)
    assert names(here, "instances") == []
    here.move(3 * 3600)
    here.advancer.platform = here.platform
    sweeps(here, 3)
    assert here.vm(vm_id).state is State.DELETED
    assert Decimal(here.receipt(vm_id)["late"]["total"]) == 0


def test_what_an_outage_adds_stays_within_the_worst_case(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.move(5 * 24 * 3600)
    assert names(here, "instances") == []  # its switch has killed it, days ago
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
    vm, _ = loaded(here.registry, name)
    assert vm.switch_at is not None
    assert vm.switch_at <= vm.quote.worst_case.until


def test_a_receipt_tells_the_quoted_price_and_not_the_ceiling(here: World) -> None:
    made = here.quote(OWNER, DJANGO)
    vm_id = here.approve(total=made.max_total * 10)
    here.deliver()
    vm = here.to_end(vm_id)
    assert here.receipt(vm_id)["quoted"]["total"] == written(vm.quote.total)


# Approvals and owners' wishes


def test_an_extension_is_bounded_by_the_accounts_money_too(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    with here.engine.begin() as connection:
        connection.execute(update(table(User)).values(max_monthly=Decimal(1)))
    with pytest.raises(Conflict) as refused:
        here.owning.extend(WHO, here.vm(vm_id).name, timedelta(hours=20), Decimal(1000), "more")
    assert refused.value.code == "quota_exceeded"


def test_every_label_follows_an_extension(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.owning.extend(WHO, "django-001", timedelta(hours=6), Decimal(50), "more")
    here.deliver()
    end = here.vm(vm_id).expires_at
    assert end is not None
    told = str(int(end.timestamp()))
    assert [disk["labels"]["vmc-end"] for disk in here.cloud()["disks"]] == [told]
    assert [rule["description"].rpartition("=")[2] for rule in here.cloud()["firewalls"]] == [told]
    assert [labels["vmc-end"] for _, labels in here.secrets.list()] == [told]


def test_the_machines_label_follows_an_extension_though_its_rule_is_gone(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.compute.close_firewall(names(here, "firewalls")[0], str(uuid.uuid4()))
    here.owning.extend(WHO, "django-001", timedelta(hours=6), Decimal(50), "more")
    sweeps(here, 3)
    end = here.vm(vm_id).expires_at
    assert end is not None
    assert here.cloud()["instances"][0]["labels"]["vmc-end"] == str(int(end.timestamp()))


def test_an_extension_whose_answer_was_lost_is_not_made_twice(here: World) -> None:
    vm_id = here.approve()
    here.deliver()
    here.owning.idempotency = Instead(here.owning.idempotency, finish=_killed)
    with suppress(KeyboardInterrupt):
        here.owning.extend(WHO, here.vm(vm_id).name, timedelta(hours=2), Decimal(50), "once")
    here.owning.idempotency = here.requesting.idempotency
    here.move(61)
    here.owning.extend(WHO, here.vm(vm_id).name, timedelta(hours=2), Decimal(50), "once")
    assert here.vm(vm_id).lease == timedelta(hours=4)


def test_credentials_are_shown_though_their_secret_cannot_be_deleted_at_once(here: World) -> None:
    here.approve()
    here.deliver()
    here.owning.secrets = lambda: Instead(here.secrets, delete=_down)
    assert here.owning.reveal(WHO, "django-001").document["private_key"]


def test_an_approval_is_refused_where_no_region_that_offers_the_machine_may_hold_it(here: World) -> None:
    limit(here, "europe-west2", 16)  # which does not offer it
    spec = DJANGO.model_copy(update={"machine_type": "c3d-standard-16-lssd"})
    with pytest.raises(Conflict) as refused:
        here.approve(spec)
    assert refused.value.code == "above_every_limit"


def test_a_ceiling_below_every_price_is_refused_though_the_limits_were_raised_since_the_quote(here: World) -> None:
    spec = DJANGO.model_copy(update={"machine_type": "e2-standard-16"})
    here.quote(OWNER, spec)
    limit(here, "us-west1", 16)
    approval = Approval(OWNER, "203.0.113.7", spec, Decimal("0.0001"), "suggestion")
    with pytest.raises(Conflict) as refused:
        here.requesting.approve(approval, "key")
    assert refused.value.code == "ceiling_too_low"


def test_a_key_that_was_used_with_another_public_key_is_refused(here: World) -> None:
    made = here.quote(OWNER, DJANGO)
    first = Approval(OWNER, "203.0.113.7", DJANGO, made.max_total, "suggestion", "ssh-ed25519 AAAAone")
    here.requesting.approve(first, "key")
    with pytest.raises(Conflict) as refused:
        here.requesting.approve(replace(first, public_key="ssh-ed25519 AAAAtwo"), "key")
    assert refused.value.code == "idempotency_key_reused"


def test_the_audit_record_of_an_approval_tells_what_was_approved(here: World) -> None:
    vm_id = here.approve()
    audit = table(Audit)
    with here.engine.begin() as connection:
        found = connection.execute(select(audit.c.after).where(audit.c.vm_id == vm_id, audit.c.vm_number == 1))
        after = found.scalar_one()
    assert after["spec"]["machine_type"] == DJANGO.machine_type
    assert Decimal(str(after["approved_total"])) == here.vm(vm_id).approved_total


# Messages


@pytest.mark.parametrize("fault", [DOWN, RuntimeError("a fault of ours")])
def test_a_message_that_always_fails_holds_up_no_other(here: World, fault: Exception) -> None:
    back = False

    def write(owner_id: str, vm_name: str, number: int, document: Any) -> None:
        if vm_name == "django-001" or not back:
            raise fault if back else DOWN
        here.mail.write(owner_id, vm_name, number, document)

    here.relay.live = Instead(here.mail, write=write)
    here.approve()
    here.approve()
    back = True
    for _ in range(6):
        here.move(31)
        with suppress(RuntimeError):
            here.relay.flush(limit=1)
    assert "django-002" in here.mail.live


def until_done_or_waiting(here: World, work: Future[Any]) -> None:
    """Until the work is done, or its transaction waits for a lock that another holds."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    deadline = time.monotonic() + 5
    while not work.done() and time.monotonic() < deadline:
        with here.engine.begin() as connection:
            if connection.execute(waiting).scalar_one():
                return
        time.sleep(0.01)


def loaded(registry: PostgresRegistry, name: str) -> Any:
    found = registry.load_by_name(name)
    assert found is not None
    return found


def _killed(*_: Any) -> None:
    raise KeyboardInterrupt


def _down(*_: Any) -> None:
    raise DOWN

"""What a receipt charges: the lease up to its end by the approved rates, and what was used after it on a line apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.catalog.prices import rates
from shared.domain.life import Outcome, Reason, State
from shared.domain.spec import format_duration
from shared.domain.vm import Attempt, Vm
from shared.services.provisioning.receipts import receipt
from tests.asking import NOW
from tests.unit.a_vm import SPEC, a_vm

HOUR = timedelta(hours=1)
REGION = "us-west1"
PRICES = rates(SPEC, REGION)
MACHINE = sum((rate.hourly for rate in PRICES if rate.running), Decimal(0))
DISK = sum((rate.hourly for rate in PRICES if not rate.running), Decimal(0))


def died(*, ran: timedelta | None = 2 * HOUR, lease: timedelta = 2 * HOUR, **changes: object) -> Vm:
    """A VM of which nothing is left: up at NOW, gone after `ran` (None: it was never up)."""
    vm = a_vm(
        SPEC.model_copy(update={"duration": format_duration(lease)}),
        deadline_at=None,
        state=State.DELETING,
        reason=Reason.EXPIRED,
        rates=PRICES,
        attempts=(Attempt(1, REGION, f"{REGION}-a", "django-001", "request-1", Outcome.UP, sent_at=NOW),),
    )
    vm = replace(vm, approved_total=next(each.total for each in vm.quote.regions if each.region == REGION))
    if ran is not None:
        vm = replace(vm, started_at=NOW, running_since=NOW, expires_at=NOW + lease, ended_at=NOW + ran)
    return replace(vm, **changes)


def charged(vm: Vm) -> tuple[Decimal, Decimal]:
    """What is metered, and what is late."""
    document = receipt(vm, State.DELETED, "test", (vm.ended_at or NOW) + timedelta(minutes=1))
    return Decimal(document["metered"]["total"]), Decimal(document["late"]["total"])


@given(
    lease=st.integers(10, 30 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes)),
    ran=st.integers(0, 40 * 24 * 3600).map(lambda seconds: timedelta(seconds=seconds)),
    stopped=st.floats(0, 1),
)
def test_what_is_metered_never_exceeds_what_was_approved(lease: timedelta, ran: timedelta, stopped: float) -> None:
    vm = died(lease=lease, ran=ran)
    rest = min(ran, lease) * stopped
    vm = replace(vm, running_since=NOW + rest, ran_before=rest / 2)
    metered, late = charged(vm)
    assert metered <= vm.approved_total
    assert late == 0 or ran > lease


def test_a_lease_kept_to_the_second_costs_what_was_quoted() -> None:
    vm = died()
    assert charged(vm) == (vm.approved_total, 0)


def test_an_early_end_is_charged_by_the_second() -> None:
    metered, late = charged(died(ran=HOUR))
    assert metered == pytest.approx(MACHINE + DISK, abs=Decimal("0.0003"))
    assert late == 0


def test_what_a_late_death_adds_is_a_line_of_its_own() -> None:
    vm = died(ran=2 * HOUR + timedelta(minutes=30))
    document = receipt(vm, State.DELETED, "test", NOW + 3 * HOUR)
    assert Decimal(document["metered"]["total"]) == vm.approved_total
    assert document["late"]["seconds"] == 1800
    assert Decimal(document["late"]["total"]) == pytest.approx((MACHINE + DISK) / 2, abs=Decimal("0.0005"))


def test_nothing_is_metered_before_a_start() -> None:
    vm = died(ran=None, reason=Reason.DEADLINE)
    document = receipt(vm, State.FAILED, "test", NOW + HOUR)
    assert charged(vm) == (0, 0)
    assert document["started_at"] is None
    assert document["outcome"] == "FAILED"


def test_a_vm_that_was_never_placed_has_a_receipt_without_lines() -> None:
    document = receipt(died(ran=None, rates=(), attempts=()), State.FAILED, "test", NOW)
    assert document["metered"] == {"total": "0.00", "lines": []}
    assert {resource["kind"] for resource in document["resources"]} == {"firewall rule", "secret"}


def test_stopped_time_is_charged_for_the_disk_but_not_for_the_machine() -> None:
    stopped = died(ran=2 * HOUR, running_since=None, ran_before=HOUR)
    metered, _ = charged(stopped)
    assert metered == pytest.approx(MACHINE + 2 * DISK, abs=Decimal("0.0003"))


def test_a_machine_that_was_stopped_when_its_time_came_is_late_with_its_disk_alone() -> None:
    _, late = charged(died(ran=3 * HOUR, running_since=None, ran_before=HOUR))
    assert late == pytest.approx(DISK, abs=Decimal("0.0003"))


@given(off=st.integers(1, 7199), back=st.integers(0, 3600), late=st.integers(0, 7200))
def test_a_run_that_is_cut_after_the_end_is_late_only_from_the_end_on(off: int, back: int, late: int) -> None:
    """Off `off` seconds after its start, on `back` later, found off again `late` after its end."""
    end, on = NOW + 2 * HOUR, NOW + timedelta(seconds=off + back)
    vm = died(ran=2 * HOUR + timedelta(seconds=late)).powered_off(NOW + timedelta(seconds=off))
    vm = replace(vm, running_since=on)
    seen_off = vm.powered_off(end + timedelta(seconds=late))
    assert vm.ended_at == end + timedelta(seconds=late)
    assert charged(seen_off) == charged(vm)


def test_every_resource_that_may_have_been_made_is_listed_as_not_found() -> None:
    first = Attempt(1, REGION, f"{REGION}-a", "django-001", "request-1", Outcome.EMPTY, sent_at=NOW)
    second = replace(first, number=2, zone=f"{REGION}-b", instance_name="django-001-2", outcome=Outcome.UP)
    planned = replace(second, number=3, instance_name="django-001-3", outcome=Outcome.PLANNED, sent_at=None)
    document = receipt(died(attempts=(first, second, planned)), State.DELETED, "test", NOW + 3 * HOUR)
    assert [(resource["kind"], resource["id"]) for resource in document["resources"]] == [
        ("instance", "us-west1-a/django-001"),
        ("instance", "us-west1-b/django-001-2"),
        ("disk", "us-west1-a/django-001"),
        ("disk", "us-west1-b/django-001-2"),
        ("firewall rule", "vmc-test-k2345abcdefg-access"),
        ("secret", "vmc-test-k2345abcdefg-login"),
    ]
    assert {resource["found"] for resource in document["resources"]} == {False}
    assert {resource["checked_at"] for resource in document["resources"]} == {"2026-11-23T15:00:00Z"}


def test_the_receipt_sets_what_was_metered_against_what_was_approved() -> None:
    vm = died(ran=HOUR)
    document = receipt(vm, State.DELETED, "test", NOW + 2 * HOUR)
    assert Decimal(document["quoted"]["total"]) == vm.approved_total
    assert document["currency"] == "USD"
    assert document["reason"] == {"code": "expired", "text": "its time was up"}
    items = {line["item"] for line in document["metered"]["lines"]}
    assert items == {rate.item for rate in PRICES}

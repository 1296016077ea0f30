"""Where a VM goes: the choice between regions and zones, and what becomes of the row when there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from shared.domain.errors import Scope
from shared.domain.life import Outcome, Reason, State, Wanted, switch_time
from shared.domain.regions import RuleUse
from shared.domain.spec import Gpu, RegionWish
from shared.services.provisioning.placement import place, without
from shared.services.quoting import Market
from tests.asking import NOW, settings
from tests.unit.a_vm import SPEC
from tests.unit.placing import EVERY_FULL, FIGURES, FULL, IN_ORDER, because, placed, requested, tried, zones_of


def test_the_first_region_in_order_gets_it_and_its_vcpus_are_reserved() -> None:
    vm, event = place(requested(), settings(), NOW, FIGURES)
    assert (vm.state, vm.region, vm.zone) == (State.PROVISIONING, "us-west1", "us-west1-a")
    assert (vm.reserved_region, vm.reserved_vcpus) == ("us-west1", 2)
    assert because(vm) == {"us-west1": ("chosen", "8 of 8 vCPUs free, 2 needed")}
    assert (event.kind, event.detail) == ("placed", "us-west1-a")


def test_the_attempt_is_written_down_before_anything_is_sent() -> None:
    (attempt,) = placed(requested()).attempts
    assert (attempt.number, attempt.instance_name, attempt.outcome) == (1, "django-001", Outcome.PLANNED)
    assert attempt.request_id
    assert attempt.sent_at is None


def test_the_deadline_and_the_switch_are_set_with_the_first_place() -> None:
    vm = placed(requested())
    assert vm.deadline_at == NOW + FIGURES.up_deadline
    assert vm.switch_at == switch_time(NOW, vm.deadline_at, vm.lease, FIGURES)


def test_another_place_leaves_the_deadline_and_gets_a_name_and_a_request_id_of_its_own() -> None:
    first = placed(requested())
    lost = first.with_attempt(replace(first.attempts[0], outcome=Outcome.EMPTY, error_scope=Scope.ZONE))
    later = NOW + timedelta(minutes=5)
    second = placed(lost, later, us_west1={"used_vcpus": 2})
    assert second.deadline_at == first.deadline_at
    assert second.switch_at == switch_time(later, first.deadline_at, second.lease, FIGURES)
    assert [attempt.instance_name for attempt in second.attempts] == ["django-001", "django-001-2"]
    assert len({attempt.request_id for attempt in second.attempts}) == 2
    assert second.zone == "us-west1-b"


def test_windows_gets_its_own_deadline() -> None:
    windows = SPEC.model_copy(update={"os_image": "windows-2022", "disk_gib": 50})
    assert placed(requested(windows)).deadline_at == NOW + FIGURES.up_deadline_windows


def test_a_full_region_is_passed_over_and_the_trace_says_so() -> None:
    vm = placed(requested(), us_west1={"used_vcpus": 7})
    assert vm.region == "us-east1"
    assert because(vm)["us-west1"] == ("no_room", "1 of 8 vCPUs free, 2 needed")


def test_the_fallbacks_come_after_the_five() -> None:
    asked_for = dict.fromkeys(list(EVERY_FULL)[:5], FULL)
    assert placed(requested(), **asked_for).region == "northamerica-south1"
    assert placed(requested(), **asked_for, northamerica_south1=FULL).region == "northamerica-northeast1"


@pytest.mark.parametrize("policy", ["priority", "cheapest", "greenest", "nearest"])
def test_the_order_is_the_one_that_the_quote_showed(policy: str) -> None:
    vm = requested(market=Market(settings(), policy, (28.6, 77.2)))
    gone: dict[str, dict[str, object]] = {}
    for quoted in vm.quote.regions:
        chosen = placed(vm, **gone).region
        assert chosen == quoted.region
        gone[chosen.replace("-", "_")] = FULL


def test_a_required_region_is_the_only_one() -> None:
    spec = SPEC.model_copy(update={"region": RegionWish(must="europe-west9")})
    assert placed(requested(spec)).region == "europe-west9"
    vm = placed(requested(spec), europe_west9=FULL)
    assert (vm.state, vm.reason) == (State.DELETING, Reason.NO_ROOM)
    assert because(vm)["us-west1"] == ("excluded", "europe-west9 is required")
    assert because(vm)["europe-west9"] == ("no_room", "0 of 8 vCPUs free, 2 needed")


def test_a_preferred_region_is_tried_first_and_the_others_after_it() -> None:
    spec = SPEC.model_copy(update={"region": RegionWish(prefer="northamerica-northeast1")})
    assert placed(requested(spec)).region == "northamerica-northeast1"
    assert placed(requested(spec), northamerica_northeast1=FULL).region == "us-west1"


def test_a_region_above_the_ceiling_is_too_dear() -> None:
    vm = requested()
    prices = {quoted.region: quoted.total for quoted in vm.quote.regions}
    assert prices["us-west1"] == prices["us-east1"] < prices["europe-west2"]
    capped = placed(requested(ceiling=str(prices["us-west1"])), us_west1=FULL, us_east1=FULL)
    assert capped.reason is Reason.NO_ROOM
    verdict, sentence = because(capped)["europe-west2"]
    assert verdict == "too_dear"
    assert sentence == f"{prices['europe-west2']} is above the approved {prices['us-west1']} USD"


def test_a_drained_region_takes_no_new_vm() -> None:
    vm = placed(requested(), us_west1={"drained": True})
    assert vm.region == "us-east1"
    assert because(vm)["us-west1"] == ("excluded", "drained: it takes no new VMs")


def test_a_lowered_limit_counts_at_once() -> None:
    vm = placed(requested(), us_west1={"vcpu_limit": 1})
    assert because(vm)["us-west1"] == ("no_room", "its limit of 1 vCPUs is below the 2 needed")


def test_its_own_reservation_is_not_counted_against_it() -> None:
    mine = {"region": "us-west1", "reserved_region": "us-west1", "reserved_vcpus": 2}
    held = tried(requested(**mine), "us-west1-a", Scope.ZONE)
    vm = placed(held, us_west1=FULL | {"used_addresses": 8, "rules": RuleUse(100, 100)})
    assert vm.zone == "us-west1-b"
    assert because(vm)["us-west1"] == ("chosen", "2 of 8 vCPUs free, 2 needed")
    (elsewhere,) = (each for each in settings(us_east1=FULL) if each.id == "us-east1")
    assert without(held, elsewhere) == replace(elsewhere, rules=RuleUse(100, -1))


def test_a_region_without_a_free_address_is_passed_over() -> None:
    vm = placed(requested(), us_west1={"used_addresses": 8})
    assert vm.region == "us-east1"
    assert because(vm)["us-west1"] == ("no_room", "8 of 8 external addresses in use")


def test_moving_on_takes_the_reservation_along() -> None:
    held = tried(requested(reserved_region="us-west1", reserved_vcpus=2), "us-west1-a", Scope.REGION)
    vm = placed(held, us_west1={"used_vcpus": 2})
    assert (vm.reserved_region, vm.reserved_vcpus) == ("us-east1", 2)


def test_zones_that_compute_named_as_having_room_come_first() -> None:
    vm = placed(tried(requested(), "us-west1-a", Scope.ZONE, roomy=("us-west1-c",)))
    assert vm.zone == "us-west1-c"


def test_a_zone_out_of_stock_is_not_tried_again_even_where_another_names_it() -> None:
    vm = tried(requested(), "us-west1-a", Scope.ZONE)
    vm = tried(vm, "us-west1-b", Scope.ZONE, roomy=("us-west1-a",))
    assert placed(vm).zone == "us-west1-c"
    assert placed(tried(vm, "us-west1-c", Scope.ZONE)).region == "us-east1"


def test_a_region_that_refused_is_out_with_all_its_zones() -> None:
    vm = placed(tried(requested(), "us-west1-a", Scope.REGION))
    assert vm.region == "us-east1"
    assert because(vm)["us-west1"][0] == "refused"


@pytest.mark.parametrize("scope", [Scope.ATTEMPT, Scope.TRANSIENT])
def test_a_place_where_only_the_name_or_the_moment_was_wrong_is_tried_three_times(scope: Scope) -> None:
    vm = requested()
    for _ in range(3):
        assert placed(vm).zone == "us-west1-a"
        vm = tried(vm, "us-west1-a", scope)
    assert placed(vm).zone == "us-west1-b"


def test_twelve_places_are_tried_and_no_more() -> None:
    vm = requested()
    everywhere = [zone for region in IN_ORDER for zone in zones_of(region)]
    assert len(everywhere) > FIGURES.places
    for zone in everywhere[: FIGURES.places]:
        vm = placed(vm)
        assert vm.state is State.PROVISIONING
        vm = replace(vm, attempts=vm.attempts[:-1])
        vm = tried(vm, zone, Scope.ZONE)
    last = placed(vm)
    assert (last.state, last.reason) == (State.DELETING, Reason.NO_ROOM)
    assert len(last.attempts) == FIGURES.places


def test_a_gpu_goes_only_where_the_gpu_is() -> None:
    spec = SPEC.model_copy(update={"machine_type": "g2-standard-4", "gpu": Gpu(type="nvidia-l4", count=1)})
    quoted = requested(spec)
    assert placed(quoted).zone in zones_of(quoted.quote.region)
    offering = {region.region for region in quoted.quote.regions if region.eligible}
    assert offering < set(IN_ORDER)
    kept = {name: FULL for name in EVERY_FULL if name.replace("_", "-") in offering}
    refused = because(placed(quoted, **kept))
    assert {region for region, (verdict, _) in refused.items() if verdict == "no_room"} == offering


def test_no_room_leaves_a_row_on_its_way_out_with_its_reason() -> None:
    vm, event = place(requested(), settings(**EVERY_FULL), NOW, FIGURES)
    assert (vm.state, vm.wanted, vm.reason) == (State.DELETING, Wanted.GONE, Reason.NO_ROOM)
    assert event.kind == "no_room"
    assert [verdict.region for verdict in vm.placement] == IN_ORDER
    assert vm.reserved_region is None
    assert vm.reason_detail == "when room comes is not known"


def test_no_room_says_when_room_is_expected() -> None:
    first = NOW + timedelta(hours=1)
    full = {name: {**FULL, "next_end": first + timedelta(hours=number)} for number, name in enumerate(EVERY_FULL)}
    assert placed(requested(), **full).reason_detail == f"room is expected at {first.isoformat()}"


def test_room_is_expected_only_where_the_vm_may_go() -> None:
    soon, later = NOW + timedelta(hours=1), NOW + timedelta(hours=5)
    spec = SPEC.model_copy(update={"region": RegionWish(must="europe-west9")})
    ends = {"us_west1": {**FULL, "next_end": soon}, "europe_west9": {**FULL, "next_end": later}}
    assert placed(requested(spec), **ends).reason_detail == f"room is expected at {later.isoformat()}"
    drained = {**EVERY_FULL, "us_west1": {**FULL, "next_end": soon, "drained": True}}
    drained["us_east1"] = {**FULL, "next_end": later}
    assert placed(requested(), **drained).reason_detail == f"room is expected at {later.isoformat()}"

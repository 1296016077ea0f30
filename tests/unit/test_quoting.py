"""Quotes: which regions may hold a VM, in which order, and for how much."""

from datetime import timedelta
from decimal import Decimal

import pytest

from shared.catalog.files import document
from shared.domain.errors import Invalid
from shared.domain.quote import Meter, bill, total
from shared.domain.regions import RegionSetting, order
from shared.domain.spec import Gpu, RegionWish, Spec
from shared.services.quoting import Market, QuoteFigures, hourly, offers, quote
from tests.asking import NOW, settings

SPEC = Spec(machine_type="e2-standard-2", os_image="ubuntu-2604-lts-amd64", disk_gib=20, disk_type="pd-balanced")
ASKED_FOR = ["us-west1", "us-east1", "europe-west2", "europe-west9", "asia-south2"]
FALLBACKS = ["northamerica-south1", "northamerica-northeast1"]
PARIS = (48.86, 2.35)


def quoted(spec=SPEC, *, policy="priority", place=None, regions=None, **changes):
    return quote(spec.model_copy(update=changes), Market(regions or settings(), policy, place), NOW)


def in_order(answer):
    return [region.region for region in answer.regions]


def test_priority_tries_the_five_and_then_the_fallbacks():
    assert in_order(quoted()) == ASKED_FOR + FALLBACKS


def test_cheapest_orders_by_total_and_the_fallbacks_apart():
    answer = quoted(policy="cheapest")
    totals = [region.total for region in answer.regions]
    assert totals[:5] == sorted(totals[:5])
    assert set(in_order(answer)[5:]) == set(FALLBACKS)


def test_greenest_orders_by_the_grids_carbon():
    assert in_order(quoted(policy="greenest")) == [
        *("europe-west9", "us-west1", "europe-west2", "asia-south2", "us-east1"),
        *("northamerica-northeast1", "northamerica-south1"),
    ]


def test_nearest_orders_by_distance_and_by_priority_without_a_place():
    assert in_order(quoted(policy="nearest", place=PARIS))[:2] == ["europe-west9", "europe-west2"]
    assert in_order(quoted(policy="nearest")) == ASKED_FOR + FALLBACKS


def test_a_wish_is_tried_first_even_where_it_is_a_fallback():
    answer = quoted(region=RegionWish(prefer="northamerica-northeast1"))
    assert in_order(answer) == ["northamerica-northeast1", *ASKED_FOR, "northamerica-south1"]
    assert answer.region == "northamerica-northeast1"


def test_a_requirement_leaves_no_other_region():
    answer = quoted(region=RegionWish(must="europe-west9"))
    assert [region.region for region in answer.regions if region.eligible] == ["europe-west9"]
    assert {region.because for region in answer.regions if not region.eligible} == {"europe-west9 is required"}
    assert answer.total == answer.max_total


def test_regions_without_a_rank_come_last():
    regions = [RegionSetting("a", 1, False, 8), RegionSetting("b", 2, False, 8)]
    assert [region.id for region in order(regions, rank={"b": 1})] == ["b", "a"]


def test_the_total_is_where_it_would_go_now():
    full = settings(us_west1={"used_vcpus": 7}, us_east1={"drained": True})
    answer = quoted(regions=full)
    assert answer.region == "europe-west2"
    assert answer.fits_now
    because = {region.region: (region.eligible, region.because) for region in answer.regions}
    assert because["us-west1"] == (True, "full now: 1 of 8 vCPUs free, 2 needed")
    assert because["us-east1"] == (False, "drained: it takes no new VMs")


def test_with_every_region_full_it_is_still_quoted():
    full = tuple(RegionSetting(s.id, s.priority, s.fallback, 8, used_vcpus=8) for s in settings())
    answer = quoted(regions=full)
    assert not answer.fits_now
    assert all(region.eligible for region in answer.regions)


def test_above_every_limit_the_totals_are_of_the_regions_that_could_be_raised():
    answer = quoted(machine_type="n2-standard-16")
    assert not answer.fits_now
    assert not any(region.eligible for region in answer.regions)
    because = {region.region: region.because for region in answer.regions}
    assert because["us-west1"] == "its limit of 8 vCPUs is below the 16 needed"
    assert "not offered" in because["northamerica-south1"]
    dearest = max(region.total for region in answer.regions if region.total is not None)
    assert answer.max_total == dearest


def test_a_region_that_cannot_price_a_line_is_not_eligible_and_has_no_total():
    gpu = {"machine_type": "n1-standard-4", "gpu": Gpu(type="nvidia-tesla-t4", count=1)}
    answers = {region.region: region for region in quoted(**gpu).regions}
    assert answers["asia-south2"].total is None
    assert not answers["asia-south2"].eligible
    assert answers["us-west1"].eligible


def test_a_custom_machine_type_is_billed_by_the_vcpu_and_the_gib_and_never_where_either_has_no_price(monkeypatch):
    answer = quoted(machine_type="e2-custom-6-20480")
    lines = {line.item: (line.quantity, line.unit) for line in answer.lines}
    assert lines["e2-custom-6-20480: vCPUs"] == (12, "vCPU-hour")
    assert lines["e2-custom-6-20480: memory"] == (40, "GiB-hour")
    monkeypatch.delitem(document("prices")["custom"]["e2"], "us-east1")
    east = next(region for region in quoted(machine_type="e2-custom-6-20736").regions if region.region == "us-east1")
    assert (east.total, east.eligible) == (None, False)
    assert east.because == "e2-custom-6-20736 has no price in us-east1"


def test_offered_or_priced_nowhere_is_an_error():
    with pytest.raises(Invalid) as refusal:
        quoted(machine_type="m4n-hypermem-16", disk_type="hyperdisk-balanced")
    assert refusal.value.code == "nowhere"
    with pytest.raises(Invalid, match="europe-west9"):
        quoted(machine_type="g2-standard-4", gpu=Gpu(type="nvidia-l4", count=1), region=RegionWish(must="europe-west9"))


def test_the_lines_are_the_hours_of_the_lease_and_add_up():
    answer = quoted(duration="3d")
    lines = {line.item: line for line in answer.lines}
    assert lines["e2-standard-2"].quantity == 72
    assert lines["e2-standard-2"].unit == "machine-hour"
    assert lines["e2-standard-2"].total == Decimal("4.8248")
    assert answer.total == total(answer.lines)
    assert answer.hourly == pytest.approx(answer.total / 72, abs=Decimal("0.0001"))
    assert "network egress" in answer.not_included


def test_the_worst_case_is_the_machines_own_switch_where_it_is_dearest():
    answer = quoted()
    assert answer.worst_case.until == NOW + timedelta(minutes=15 + 5 + 15, hours=2 + 24)
    span = answer.worst_case.until - NOW
    everywhere = [
        total(bill(offer.rates, Meter(running=span, existing=span))) for offer in offers(SPEC, Market(settings()))
    ]
    assert answer.worst_case.total == max(everywhere)


def test_a_long_lease_doubles_in_the_worst_case_up_to_computes_limit():
    assert quoted(duration="10d").worst_case.until == NOW + timedelta(minutes=15 + 5 + 15, days=20)
    capped = quote(SPEC, Market(settings()), NOW, QuoteFigures(longest_switch=timedelta(hours=5)))
    assert capped.worst_case.until == NOW + timedelta(hours=5)


def test_a_quote_is_valid_for_a_quarter_of_an_hour():
    answer = quoted()
    assert (answer.priced_at, answer.valid_until) == (NOW, NOW + timedelta(minutes=15))


def test_the_saving_is_against_the_smallest_n2_standard_that_covers_the_machine():
    saving = quoted().saving
    assert saving.against == (
        "n2-standard-2 (the smallest n2-standard that covers it) on demand in us-west1 "
        "with the same disk, system and duration"
    )
    usual = Decimal("0.097118")  # 2 × 0.031611 + 8 × 0.004237, the list price
    expected = 2 * (usual - Decimal("0.067011"))
    assert saving.total == pytest.approx(expected, abs=Decimal("0.0002"))
    assert quoted(machine_type="e2-highmem-4").saving.against.startswith("n2-standard-8 ")
    assert quoted(machine_type="e2-custom-6-20480").saving.against.startswith("n2-standard-8 ")
    assert quoted(spot=True).saving.percent > saving.percent


def test_with_a_gpu_the_usual_choice_has_the_same_gpu():
    t4 = quoted(machine_type="n1-highmem-4", gpu=Gpu(type="nvidia-tesla-t4", count=1))
    assert t4.saving.against.startswith("n1-standard-8 (the smallest n1-standard that covers it) on demand in us-west1")
    l4 = quoted(machine_type="g2-standard-4", gpu=Gpu(type="nvidia-l4", count=1), spot=True)
    assert l4.saving.against.startswith("g2-standard-4 ")
    assert "the same GPU" in l4.saving.against


def test_a_machine_dearer_than_the_usual_choice_states_no_saving():
    assert quoted(machine_type="c3-standard-4").saving is None


def test_an_hour_where_it_would_go_is_the_quotes_own():
    for policy in ("priority", "cheapest", "greenest"):
        market = Market(settings(us_west1={"used_vcpus": 8}), policy)
        priced = hourly(SPEC, market)
        answer = quote(SPEC, market, NOW)
        assert priced.region == answer.region
        assert priced.hourly == pytest.approx(answer.hourly, abs=Decimal("0.0001"))


def test_money_is_written_as_decimal_strings():
    document = quoted().model_dump(mode="json")
    assert document["total"] == "0.1495"
    assert document["currency"] == "USD"
    assert isinstance(document["lines"][0]["unit_price"], str)

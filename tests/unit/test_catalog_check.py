"""What an edited specification is refused for, and prices that are missing."""

from datetime import date
from decimal import Decimal

import pytest

from shared.catalog.check import validate
from shared.catalog.prices import MissingPrice, NotOffered, rates
from shared.domain.errors import Invalid
from shared.domain.spec import Gpu, RegionWish, Spec

TODAY = date(2026, 11, 23)
GOOD = Spec(machine_type="e2-standard-2", os_image="ubuntu-2604-lts-amd64", disk_gib=20, disk_type="pd-balanced")


def changed(**fields):
    return GOOD.model_copy(update=fields)


def test_a_good_specification_passes():
    validate(changed(packages=("django", "postgresql"), region=RegionWish(must="europe-west2")), TODAY)
    validate(changed(machine_type="n1-standard-4", gpu=Gpu(type="nvidia-tesla-t4", count=1)), TODAY)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"machine_type": "e2-huge-2"}, "machine_type", "no machine type"),
        ({"os_image": "ubuntu-1604-lts"}, "os_image", "no image family"),
        ({"os_image": "ubuntu-2004-lts"}, "os_image", "Take ubuntu-2204-lts"),
        ({"os_image": "ubuntu-2604-lts-arm64"}, "os_image", "ARM64"),
        ({"os_image": "windows-2025"}, "disk_gib", "50 GiB or more"),
        ({"machine_type": "c4-standard-2"}, "disk_type", "hyperdisk-balanced"),
        ({"gpu": Gpu(type="nvidia-tesla-t4", count=1)}, "gpu", "cannot be attached"),
        ({"gpu": Gpu(type="nvidia-tesla-t9", count=1)}, "gpu", "no GPU type"),
        ({"machine_type": "g2-standard-4"}, "gpu", "comes with 1 × nvidia-l4"),
        ({"packages": ("no-such-thing",)}, "packages", "no package"),
        ({"packages": ("iis",)}, "packages", "cannot be installed on ubuntu-2604-lts-amd64"),
        ({"packages": ("redis", "redis")}, "packages", "once"),
        ({"packages": ("nvidia-driver",)}, "packages", "needs a GPU"),
        ({"duration": "31d"}, "duration", "longest lease is 30d"),
        ({"region": RegionWish(must="us-central1")}, "region", "not a region of this platform"),
    ],
)
def test_each_mistake_is_named_with_its_field(fields, field, words):
    with pytest.raises(Invalid) as refusal:
        validate(changed(**fields), TODAY)
    problems = refusal.value.extra["problems"]
    assert any(problem["field"] == field and words in problem["detail"] for problem in problems)


def test_all_mistakes_are_named_at_once():
    with pytest.raises(Invalid) as refusal:
        validate(changed(machine_type="e2-huge-2", os_image="nothing", duration="40d"), TODAY)
    assert [problem["field"] for problem in refusal.value.extra["problems"]] == ["duration", "machine_type", "os_image"]


def test_the_licence_of_windows_is_charged_by_vcpu():
    lines = {rate.item: rate for rate in rates(changed(os_image="windows-2025", disk_gib=50), "us-west1")}
    assert lines["windows licence"].hourly == Decimal("0.092")
    assert "windows licence" not in {rate.item for rate in rates(GOOD, "us-west1")}


@pytest.mark.parametrize(("machine", "hourly"), [("e2-standard-8", "0.1152"), ("e2-standard-16", "0.1728")])
def test_the_licence_of_rhel_is_charged_by_the_size_of_the_whole_machine(machine, hourly):
    lines = {rate.item: rate for rate in rates(changed(os_image="rhel-9", machine_type=machine), "us-west1")}
    assert lines["rhel licence"].hourly == Decimal(hourly)


def test_a_spot_machine_and_its_address_cost_less_while_its_disk_and_licence_do_not():
    spec = changed(os_image="windows-2025", disk_gib=50)
    plain = {rate.item: rate.hourly for rate in rates(spec, "us-west1")}
    spot = {rate.item: rate.hourly for rate in rates(spec.model_copy(update={"spot": True}), "us-west1")}
    assert spot["e2-standard-2, spot"] < plain["e2-standard-2"]
    assert spot["external IPv4 address"] < plain["external IPv4 address"]
    assert spot["pd-balanced disk"] == plain["pd-balanced disk"]
    assert spot["windows licence"] == plain["windows licence"]


def test_an_attached_gpu_has_a_line_of_its_own_and_a_built_in_one_has_none():
    attached = rates(changed(machine_type="n1-standard-4", gpu=Gpu(type="nvidia-tesla-t4", count=2)), "us-west1")
    built_in = rates(changed(machine_type="g2-standard-4", gpu=Gpu(type="nvidia-l4", count=1)), "us-west1")
    assert next(rate for rate in attached if rate.unit == "GPU").hourly == Decimal("0.70")
    assert not [rate for rate in built_in if rate.unit == "GPU"]


def test_what_is_not_offered_or_has_no_price_is_an_error_and_never_zero():
    with pytest.raises(NotOffered):
        rates(changed(machine_type="n2-standard-2"), "northamerica-south1")
    with pytest.raises(NotOffered):
        rates(changed(machine_type="n1-standard-2", gpu=Gpu(type="nvidia-tesla-t4", count=1)), "asia-south2")
    with pytest.raises(MissingPrice):
        rates(changed(machine_type="m4n-hypermem-16", disk_type="hyperdisk-balanced"), "us-west1")

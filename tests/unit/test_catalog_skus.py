"""What a SKU of the Cloud Billing Catalog is the price of, and what a changed price list says of itself."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from infra.catalog.changes import changes, suspicious
from infra.catalog.documents import written
from infra.catalog.skus import GPUS, SERIES, Sku, price_book
from shared.catalog.machines import accelerators, machine_types

DATA = Path(__file__).parents[2] / "shared" / "catalog" / "data"


def sku(description: str, price: str = "1", usage: str = "OnDemand", region: str = "us-west1", unit: str = "h") -> Sku:
    return Sku(description, usage, (region,), unit, ((0, Decimal(price)),))


@pytest.mark.parametrize(
    ("description", "unit", "item"),
    [
        ("E2 Instance Core running in Americas", "h", "core e2"),
        ("N1 Predefined Instance Ram running in London", "GiBy.h", "ram n1"),
        ("Custom Instance Core running in Oregon", "h", "core custom n1"),
        ("N2 Custom Instance Core running in Oregon", "h", "core custom n2"),
        ("Compute optimized Core running in Oregon", "h", "core c2"),
        ("Memory-optimized Instance Core running in Oregon", "h", "core m1"),
        ("M3 Memory-optimized Instance Core running in Oregon", "h", "core m3"),
        ("M4Ultramem224 Instance Core running in Oregon", "h", "core m4-ultramem-224"),
        ("C4A Arm Instance Ram running in Oregon", "GiBy.h", "ram c4a"),
        ("C4 Instance Local SSD running in Oregon", "GiBy.mo", "ssd c4"),
        ("Nvidia Tesla A100 80GB GPU running in Oregon", "h", "gpu nvidia-a100-80gb"),
        ("Nvidia Tesla A100 GPU running in Oregon", "h", "gpu nvidia-tesla-a100"),
        ("Micro Instance with burstable CPU running in Oregon", "h", "machine f1-micro"),
        ("Storage PD Capacity in London", "GiBy.mo", "disk pd-standard"),
    ],
)
def test_a_description_says_what_is_sold(description: str, unit: str, item: str) -> None:
    assert price_book([sku(description, unit=unit)]).prices == {(item, "us-west1", False): 1}


@pytest.mark.parametrize(
    "description",
    [
        "Spot Preemptible E2 Instance Core running in Americas",
        "Preemptible E2 Instance Core running in Americas",
        "Nvidia L4 GPU attached to Spot Preemptible VMs running in Oregon",
        "External IP Charge on a Spot Preemptible VM",
    ],
)
def test_spot_is_told_by_the_description_too(description: str) -> None:
    ((_, _, spot),) = price_book([sku(description)]).prices
    assert spot


@pytest.mark.parametrize(
    "left_out",
    [
        sku("Commitment v1: E2 Cpu in Oregon for 1 Year", usage="Commit1Yr"),
        sku("E2 Instance Core running in Oregon", usage="Commit1Yr"),
        sku("E2 Instance Core running in Oregon", price="0"),
        sku("N2 Sole Tenancy Instance Core running in Oregon"),
        sku("Sole Tenancy Premium for E2 Instance Core running in Oregon"),
        sku("N2 Custom Extended Instance Ram running in Oregon", unit="GiBy.h"),
        sku("Reserved A3 Instance Core in Oregon"),
        sku("Regional Balanced PD Capacity", unit="GiBy.mo"),
        sku("Hyperdisk Balanced High Availability Capacity", unit="GiBy.mo"),
        sku("Nvidia H100 80GB Mega GPU running in Oregon"),
    ],
    ids=lambda each: f"{each.description} {each.usage_type}",
)
def test_what_is_no_price_of_a_machine_is_left_out(left_out: Sku) -> None:
    book = price_book([left_out])
    assert (book.prices, book.doubtful) == ({}, ())


def test_a_free_allowance_is_not_the_price() -> None:
    disk = Sku("Storage PD Capacity", "OnDemand", ("us-west1",), "GiBy.mo", ((0, Decimal(0)), (30, Decimal("0.04"))))
    assert price_book([disk]).price("disk pd-standard", "us-west1") == Decimal("0.04")


def test_two_prices_or_an_unknown_unit_are_doubtful_and_no_price() -> None:
    core = "E2 Instance Core running in Oregon"
    twice = price_book([sku(core, "1"), sku(core, "2")])
    assert (twice.price("core e2", "us-west1"), len(twice.doubtful)) == (None, 1)
    monthly = price_book([sku(core, unit="mo")])
    assert (monthly.price("core e2", "us-west1"), len(monthly.doubtful)) == (None, 1)
    assert price_book([sku(core, "1"), sku(core, "1")]).price("core e2", "us-west1") == 1


def test_what_is_sold_everywhere_has_a_price_in_every_region() -> None:
    book = price_book([sku("External IP Charge on a Standard VM", "0.005", region="global")])
    assert book.price("address", "asia-south2") == Decimal("0.005")
    assert book.price("address", "asia-south2", spot=True) is None


def test_every_series_and_gpu_of_the_catalogue_has_its_words() -> None:
    whole = {"f1", "g1"}  # sold as machines
    assert {machine.series for machine in machine_types().values()} - whole <= SERIES.keys()
    words = price_book([sku(f"{words} Core running in Oregon") for words in SERIES.values()]).prices
    assert len(words) == len(SERIES)
    assert accelerators().keys() <= GPUS.keys()


@pytest.mark.parametrize("name", ["prices", "machine_types"])
def test_a_file_is_written_as_it_stands(name: str) -> None:
    text = (DATA / f"{name}.json").read_text()
    assert written(json.loads(text)) == text


def test_changes_are_told_up_down_added_and_removed() -> None:
    old = {"disks": {"pd-ssd": {"a": "0.1", "b": "0.1"}}, "machines": {"m": {"a": ["1", "0.4"]}}}
    new = {"disks": {"pd-ssd": {"a": "0.11", "c": "0.1"}}, "machines": {"m": {"a": ["0.9", None]}}}
    assert [str(each) for each in changes(old, new)] == [
        "up       disks pd-ssd a: 0.1 → 0.11 (+10.0 %)",
        "removed  disks pd-ssd b: was 0.1",
        "down     machines m a on demand: 1 → 0.9 (-10.0 %)",
        "removed  machines m a spot: was 0.4",
        "added    disks pd-ssd c: 0.1",
    ]


def test_a_leap_or_the_loss_of_half_a_section_is_suspicious() -> None:
    old = {"disks": {"pd-ssd": {"a": "0.1", "b": "0.1", "c": "0.1"}}}
    assert not suspicious(old, {"disks": {"pd-ssd": {"a": "0.15", "b": "0.05", "d": "9"}}})
    assert suspicious(old, {"disks": {"pd-ssd": {"a": "0.151", "b": "0.1", "c": "0.1"}}})
    assert suspicious(old, {"disks": {"pd-ssd": {"a": "0.04", "b": "0.1", "c": "0.1"}}})
    assert suspicious(old, {"disks": {"pd-ssd": {"a": "0.1"}}}) == ("2 of 3 prices of disks are gone",)

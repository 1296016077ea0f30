"""`make catalog` over the wire: Google's own clients, the emulated Billing Catalog and Compute Engine, real files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from infra.catalog.__main__ import DATA, main
from local.billing.api import Catalog
from local.compute import make_app as compute_app
from local.faults import Fault
from local.server import in_thread
from tests.integration.google_account import google_account

__all__ = ["google_account"]

TODAY = date(2026, 11, 25)
KNOWN = (
    "e2-standard-4",
    "e2-micro",
    "n1-highmem-8",
    "n2-standard-64",
    "n2d-highcpu-2",
    "c3-standard-8-lssd",
    "f1-micro",
)


@pytest.fixture(scope="module")
def compute() -> Iterator[str]:
    with in_thread(compute_app(None, 0.0)) as url:
        yield url


@pytest.fixture
def catalog() -> Catalog:
    return Catalog()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


@pytest.fixture
def refresh(compute: str, catalog: Catalog, data: Path) -> Iterator[Callable[..., int]]:
    with in_thread(catalog.app()) as billing:
        where = ["--project", "demo", "--data", str(data), "--compute-endpoint", compute, "--billing-endpoint", billing]
        yield lambda *more: main([*where, *more], TODAY)


def read(data: Path, name: str) -> Any:
    return json.loads((data / f"{name}.json").read_text())


def test_what_is_sold_comes_out_as_the_prices_that_are_known(
    refresh: Callable[..., int], catalog: Catalog, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refresh("--force") == 0
    old, new = read(DATA, "prices"), read(data, "prices")
    assert new["as_of"] == "2026-11-25"
    for name in KNOWN:
        assert new["machines"][name]["us-west1"] == old["machines"][name]["us-west1"], name
    assert new["machines"]["n2-standard-8"]["europe-west2"] == old["machines"]["n2-standard-8"]["europe-west2"]
    for disk, priced in new["disks"].items():
        assert priced == {region: old["disks"][disk][region] for region in ("us-west1", "europe-west2")}
    assert new["addresses"] == old["addresses"]
    assert new["custom"]["n2"] == {region: old["custom"]["n2"][region] for region in ("us-west1", "europe-west2")}
    assert new["custom"]["e2"] == {}
    assert new["licences"] == old["licences"]
    assert new["gpus"]["nvidia-tesla-t4"] == {"us-west1": ["0.35", "0.1915"], "europe-west2": ["0.399", None]}

    told = capsys.readouterr().out
    assert "e2-standard-4 in asia-south2" in told
    assert "c2-standard-4 in us-west1" in told
    assert "removed  machines c2-standard-4 us-west1 on demand: was 0.208808" in told
    assert "c2-standard-4" not in new["machines"]
    assert "asia-south2" not in new["machines"]["e2-standard-4"]


def test_machine_types_are_read_as_compute_offers_them(refresh: Callable[..., int], data: Path) -> None:
    assert refresh("--force") == 0
    old, new = read(DATA, "machine_types"), read(data, "machine_types")
    assert new["as_of"] == "2026-11-25"
    assert new["machine_types"] == old["machine_types"]
    assert (new["gpus"], new["disk_types"]) == (old["gpus"], old["disk_types"])


def test_nothing_suspicious_is_written_without_force(
    refresh: Callable[..., int], data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (data / "prices.json").read_bytes()
    assert refresh() == 1
    assert (data / "prices.json").read_bytes() == before
    told = capsys.readouterr()
    assert "prices of machines are gone" in told.out
    assert "FORCE=1" in told.err


def test_a_second_refresh_changes_prices_that_changed_and_nothing_else(
    refresh: Callable[..., int], catalog: Catalog, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refresh("--force") == 0
    first = (data / "prices.json").read_text()
    assert refresh() == 0
    assert (data / "prices.json").read_text() == first
    (sold,) = (sku for sku in catalog.skus if sku["description"] == "Balanced PD Capacity in London")
    sold["pricingInfo"][0]["pricingExpression"]["tieredRates"][0]["unitPrice"]["nanos"] = 132_000_000
    capsys.readouterr()
    assert refresh() == 0
    assert "up       disks pd-balanced europe-west2: 0.12 → 0.132 (+10.0 %)" in capsys.readouterr().out
    changed = (data / "prices.json").read_text()
    assert [a for a, b in zip(first.splitlines(), changed.splitlines(), strict=True) if a != b] == [
        line for line in first.splitlines() if line.startswith('    "pd-balanced"')
    ]


def test_every_page_of_the_catalogue_is_read(
    refresh: Callable[..., int], catalog: Catalog, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.billing.api.PAGE", 20)
    assert refresh("--force") == 0
    assert catalog.pages == -(-len(catalog.skus) // 20)
    assert "n2-standard-8" in read(data, "prices")["machines"]


def test_a_price_that_vanishes_is_missing_and_never_the_old_one(
    refresh: Callable[..., int], catalog: Catalog, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    catalog.skus = [
        sku for sku in catalog.skus if sku["description"] != "Spot Preemptible E2 Instance Ram running in London"
    ]
    catalog.skus = [sku for sku in catalog.skus if sku["description"] != "SSD backed PD Capacity"]
    assert refresh("--force") == 0
    new = read(data, "prices")
    assert new["machines"]["e2-standard-2"]["europe-west2"][1] is None
    assert "us-west1" not in new["disks"]["pd-ssd"]
    assert "pd-ssd in us-west1" in capsys.readouterr().out


def test_a_page_that_fails_for_a_moment_is_asked_for_again(refresh: Callable[..., int], catalog: Catalog) -> None:
    catalog.emulator.faults.arm(Fault(method="skus.list", status=503, reason="UNAVAILABLE", times=1))
    assert refresh("--force") == 0


def test_a_refusal_of_googles_is_said_and_writes_nothing(
    refresh: Callable[..., int], catalog: Catalog, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (data / "prices.json").read_bytes()
    catalog.emulator.faults.arm(Fault(method="skus.list", status=403, reason="PERMISSION_DENIED", message="Not you."))
    with pytest.raises(SystemExit) as ended:
        refresh("--force")
    assert ended.value.code == 2
    assert "Not you." in capsys.readouterr().err
    assert (data / "prices.json").read_bytes() == before

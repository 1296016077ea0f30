"""The catalogue's data: shape, sanity, and its agreement with itself."""

import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from shared.catalog import files
from shared.catalog.images import images, nearest_supported, newest
from shared.catalog.machines import accelerators, disk_types, machine_types, offered, takes_gpu, zones_with
from shared.catalog.places import coordinates, places
from shared.catalog.prices import gpu_hourly, machine_hourly
from shared.catalog.regions import DEFAULT_REGIONS, distances_km, regions

TODAY = date(2026, 11, 25)


def test_every_data_file_says_when_its_figures_are_from():
    for path in Path(files.__file__).with_name("data").glob("*.json"):
        document = json.loads(path.read_text())
        assert date.fromisoformat(f"{document['as_of']}-01"[:10]) <= TODAY
        assert document.get("sources") or document["note"]


def test_the_regions_are_those_asked_for_in_their_order():
    ordinary = [region.id for region in DEFAULT_REGIONS if not region.fallback]
    fallbacks = [region.id for region in DEFAULT_REGIONS if region.fallback]
    assert ordinary == ["us-west1", "us-east1", "europe-west2", "europe-west9", "asia-south2"]
    assert fallbacks == ["northamerica-south1", "northamerica-northeast1"]
    assert {region.vcpu_limit for region in DEFAULT_REGIONS} == {8}
    assert {region.id for region in DEFAULT_REGIONS} == set(regions())


def test_every_region_offers_and_prices_the_common_series_and_every_disk():
    for region in regions():
        for machine in ("e2-micro", "e2-standard-2", "e2-standard-8", "n4-standard-4", "c4-standard-8"):
            assert offered(machine, region)
            on_demand = machine_hourly(machine_types()[machine], region, spot=False)
            spot = machine_hourly(machine_types()[machine], region, spot=True)
            assert on_demand is not None
            assert spot is not None
            assert Decimal(0) < spot < on_demand
        for disk in ("pd-standard", "pd-balanced", "pd-ssd", "hyperdisk-balanced"):
            assert Decimal(files.document("prices")["disks"][disk][region]) > 0


def test_list_prices_are_those_that_were_published():
    price = machine_hourly(machine_types()["e2-standard-2"], "us-west1", spot=False)
    assert price == Decimal("0.067011")
    assert machine_hourly(machine_types()["n2-standard-8"], "europe-west2", spot=False) == Decimal("0.500496")
    assert gpu_hourly("nvidia-tesla-t4", "us-west1", spot=False) == Decimal("0.35")


def test_a_type_may_be_offered_without_a_price():
    assert offered("m4n-hypermem-16", "us-west1")
    assert machine_hourly(machine_types()["m4n-hypermem-16"], "us-west1", spot=False) is None


def test_a_larger_machine_of_a_series_never_costs_less():
    types = [machine for machine in machine_types().values() if machine.gpu is None and not machine.shared_core]
    for region in regions():
        for small in types:
            for large in types:
                if small.series != large.series or small.name.endswith("lssd") or large.name.endswith("lssd"):
                    continue
                if small.vcpus <= large.vcpus and small.memory_gib <= large.memory_gib:
                    a, b = (machine_hourly(machine, region, spot=False) for machine in (small, large))
                    assert a is None or b is None or a <= b, (small.name, large.name, region)


def test_machine_types_are_described_as_compute_does():
    e2 = machine_types()["e2-standard-2"]
    assert (e2.vcpus, e2.memory_gib, e2.series, e2.architecture) == (2, Decimal(8), "e2", "X86_64")
    assert machine_types()["e2-micro"].shared_core
    assert machine_types()["e2-micro"].reserved_vcpus == 2
    assert machine_types()["g2-standard-8"].gpu == ("nvidia-l4", 1)
    assert machine_types()["c4a-standard-4"].architecture == "ARM64"


@pytest.mark.parametrize("series", ["c4", "c4a", "c4d", "n4", "n4a", "n4d"])
def test_the_newest_series_take_hyperdisk_only(series):
    assert disk_types(series) == ("hyperdisk-balanced",)


def test_every_series_has_disk_types_and_every_built_in_gpu_is_known():
    for machine in machine_types().values():
        assert disk_types(machine.series)
        assert machine.gpu is None or machine.gpu[0] in accelerators()


def test_gpus_attach_to_n1_within_their_limits_and_to_nothing_else():
    types = machine_types()
    assert takes_gpu(types["n1-standard-4"], "nvidia-tesla-t4", 1)
    assert not takes_gpu(types["n1-standard-4"], "nvidia-tesla-t4", 3)
    assert not takes_gpu(types["n1-standard-16"], "nvidia-tesla-v100", 1)
    assert not takes_gpu(types["e2-standard-4"], "nvidia-tesla-t4", 1)
    assert not takes_gpu(types["n1-standard-4"], "nvidia-l4", 1)


def test_zones_of_a_gpu_are_full_names_or_unknown():
    assert zones_with("nvidia-tesla-t4", "northamerica-northeast1") == ("northamerica-northeast1-c",)
    assert zones_with("nvidia-tesla-t4", "europe-west9") == ()
    assert zones_with("nvidia-h100-80gb", "us-west1") is None


def test_the_newest_image_is_the_supported_lts():
    newest_ubuntu = newest("Ubuntu", TODAY)
    assert newest_ubuntu is not None
    assert newest_ubuntu.family == "ubuntu-2604-lts-amd64"
    assert newest("Ubuntu", TODAY, "ARM64").family == "ubuntu-2604-lts-arm64"
    assert newest("Rocky Linux", TODAY).family == "rocky-linux-10"
    assert newest("Windows Server", TODAY).family == "windows-2025"
    assert newest("openSUSE Leap", TODAY) is None


def test_an_image_past_its_end_is_known_and_has_a_successor():
    old = images()["ubuntu-2004-lts"]
    assert not old.supported(TODAY)
    assert old.supported(date(2025, 5, 31))
    assert nearest_supported(old, TODAY).family == "ubuntu-2204-lts"


def test_distances_are_great_circles():
    from_london = distances_km(51.5074, -0.1278)
    assert from_london["europe-west2"] < 1
    assert from_london["europe-west9"] == pytest.approx(337, abs=5)
    assert from_london["us-west1"] == pytest.approx(7831, rel=0.01)


def test_places_know_their_region_or_the_nearest():
    assert places()["london"].region == "europe-west2"
    assert places()["berlin"].region is None
    assert places()["us-central1"].nearest == "us-east1"
    assert all(place.nearest in regions() for place in places().values())


def test_a_time_zone_has_the_coordinates_of_its_city():
    latitude, longitude = coordinates("America/New_York")
    assert (latitude, longitude) == (pytest.approx(40.7, abs=0.1), pytest.approx(-74.0, abs=0.1))
    assert coordinates("Mars/Olympus") is None


def test_importing_the_engine_reads_no_data_and_loads_no_model_client():
    program = (
        "import builtins, sys\n"
        "opened = []\n"
        "import pathlib; real = pathlib.Path.read_text\n"
        "pathlib.Path.read_text = lambda self, *a, **k: (opened.append(str(self)), real(self, *a, **k))[1]\n"
        "import shared.services.suggesting\n"
        "assert not [path for path in opened if 'catalog' in path], opened\n"
        "assert 'openai' not in sys.modules and 'sqlalchemy' not in sys.modules and 'fastapi' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)

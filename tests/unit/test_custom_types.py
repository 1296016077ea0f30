"""Custom machine types: their names, the rules of each series, and what they cost."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.catalog.check import validate
from shared.catalog.custom import custom_limits, custom_name
from shared.catalog.machines import disk_types, known_machine_type, machine_type, machine_types, offered, takes_gpu
from shared.catalog.prices import machine_hourly
from shared.domain.errors import Invalid
from shared.domain.spec import Spec
from tests.asking import NOW


@pytest.mark.parametrize(
    ("name", "series", "vcpus", "gib"),
    [
        ("custom-6-20480", "n1", 6, 20),
        ("custom-1-1024", "n1", 1, 1),
        ("e2-custom-4-10240", "e2", 4, 10),
        ("n2-custom-36-36864", "n2", 36, 36),
        ("n2d-custom-48-24576", "n2d", 48, 24),
        ("n4-custom-2-4096", "n4", 2, 4),
        ("n4a-custom-1-2304", "n4a", 1, Decimal("2.25")),
    ],
)
def test_a_name_says_series_vcpus_and_mebibytes(name, series, vcpus, gib):
    machine = machine_type(name)
    assert (machine.series, machine.vcpus, machine.memory_gib) == (series, vcpus, gib)
    assert machine.custom
    assert machine.reserved_vcpus == vcpus
    assert disk_types(machine.series)
    assert machine.architecture == ("ARM64" if series == "n4a" else "X86_64")


@pytest.mark.parametrize(
    "name",
    [
        *("n1-custom-6-20480", "custom-3-8192", "n2-custom-34-65536", "n2d-custom-6-12288", "e2-custom-34-65536"),
        *("e2-custom-1-1024", "e2-custom-4-10000", "e2-custom-2-512", "n2-custom-2-16640", "n4-custom-2-3840"),
        *(
            "e2-custom-32-262144",
            "c3-custom-4-16384",
            "n2-custom-04-8192",
            "n2-custom-4-8192-ext",
            "e2-custom-micro-1024",
        ),
        *("n2-custom-4", "", "custom-4-8192\n"),
    ],
)
def test_what_breaks_a_series_rules_is_no_machine_type(name):
    assert machine_type(name) is None


def test_the_predefined_list_holds_no_custom_type_and_is_found_by_name_as_before():
    assert not any(machine.custom for machine in machine_types().values())
    assert machine_type("e2-micro") is machine_types()["e2-micro"]
    with pytest.raises(KeyError):
        known_machine_type("e2-custom-3-8192")


@given(st.sampled_from(sorted(custom_limits())), st.integers(1, 130), st.decimals("0.1", 900, places=2))
def test_the_smallest_one_that_covers_is_one_and_covers(series, vcpus, gib):
    name = custom_limits()[series].at_least(vcpus, gib)
    if name is None:
        largest = custom_limits()[series]
        assert vcpus > largest.vcpus[-1] or gib > min(largest.most_gib * largest.vcpus[-1], largest.most_gib_in_all)
        return
    machine = known_machine_type(name)
    assert machine.vcpus >= vcpus
    assert machine.memory_gib >= gib


@pytest.mark.parametrize(
    ("name", "region", "expected"),
    [
        ("n2-custom-4-16384", "us-west1", Decimal("0.20394780")),  # n2-standard-4, 0.194236, and 5 %
        ("e2-custom-2-8192", "us-east1", Decimal("0.07036198")),  # e2-standard-2, 0.067011, and 5 %
    ],
)
def test_it_costs_five_per_cent_more_than_a_predefined_one_of_its_size(name, region, expected):
    price = machine_hourly(known_machine_type(name), region, spot=False)
    assert price == pytest.approx(expected, abs=Decimal("0.000005"))


def test_no_price_is_none_and_never_zero():
    assert machine_hourly(known_machine_type("custom-2-4096"), "europe-west9", spot=False) is None
    assert machine_hourly(known_machine_type("n4a-custom-2-8192"), "asia-south2", spot=False) is None


def test_it_is_offered_where_its_series_is_in_that_size():
    assert offered("e2-custom-4-10240", "northamerica-south1")
    assert not offered("n2-custom-4-10240", "northamerica-south1")
    assert not offered("n2-custom-3-10240", "us-west1")


def test_only_an_n1_takes_a_gpu():
    assert takes_gpu(known_machine_type("custom-6-20480"), "nvidia-tesla-t4", 1)
    assert not takes_gpu(known_machine_type("n2-custom-6-20480"), "nvidia-tesla-t4", 1)


def test_a_name_outside_the_rules_is_answered_with_the_rules():
    spec = Spec(machine_type="n2-custom-3-8192", os_image="debian-13", disk_gib=20, disk_type="pd-balanced")
    with pytest.raises(Invalid, match=r"n2 takes 2, 4, 6, 8, … 128 vCPUs with 0\.5 to 8 GiB each"):
        validate(spec, NOW.date())
    validate(spec.model_copy(update={"machine_type": custom_name("n2", 4, 10240)}), NOW.date())

"""Compute's own quotas as advice: what a VM needs of which, and how old a reading may be."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from shared.domain.errors import CloudError, Scope
from shared.domain.life import Reason
from shared.domain.quotas import Quota, Quotas
from shared.domain.spec import Gpu, Spec
from shared.services.provisioning.live_quota import LiveQuota, short
from shared.services.provisioning.placement import place
from tests.asking import NOW, settings
from tests.unit.a_vm import SPEC
from tests.unit.placing import FIGURES, because, requested


def in_region(**metrics: tuple[float, float]) -> Quotas:
    """Limit and usage of metrics of us-west1."""
    return Quotas({}, {"us-west1": {name: Quota(*each) for name, each in metrics.items()}, "us-east1": {}})


def of_project(**metrics: tuple[float, float]) -> Quotas:
    return Quotas({name: Quota(*each) for name, each in metrics.items()}, {"us-west1": {}, "us-east1": {}})


def spec(machine_type: str = "e2-standard-2", *, spot: bool = False, gpu: Gpu | None = None) -> Spec:
    return SPEC.model_copy(update={"machine_type": machine_type, "spot": spot, "gpu": gpu})


def told(wanted: Spec, found: Quotas) -> str | None:
    return short(requested(wanted), found).get("us-west1")


def test_a_quota_is_reached_but_not_passed() -> None:
    assert told(spec(), in_region(CPUS=(24, 22))) is None
    assert told(spec(), in_region(CPUS=(24, 23))) == "Compute Engine's quota CPUS: 23 of 24 in use, 2 needed"
    assert told(spec(), in_region(IN_USE_ADDRESSES=(8, 8)))
    assert told(spec(), in_region(CPUS=(-1, 500))) is None  # without a limit


@pytest.mark.parametrize(
    ("machine_type", "counted", "others"),
    [
        ("e2-standard-2", ("CPUS", "E2_CPUS"), ("N2_CPUS",)),
        ("n1-standard-2", ("CPUS",), ("N2_CPUS",)),
        ("n2-standard-2", ("N2_CPUS",), ("CPUS",)),
        ("c2-standard-4", ("C2_CPUS",), ("CPUS", "C2D_CPUS")),
        ("c4-standard-2", (), ("CPUS", "C3_CPUS")),
    ],
)
def test_each_series_counts_against_its_own_quota(
    machine_type: str, counted: tuple[str, ...], others: tuple[str, ...]
) -> None:
    for metric in counted:
        assert told(spec(machine_type), in_region(**{metric: (1, 1)})), metric
    assert told(spec(machine_type), in_region(**dict.fromkeys(others, (0, 0)))) is None


def test_spot_counts_against_the_preemptible_quota_only_where_one_was_granted() -> None:
    assert told(spec(spot=True), in_region(CPUS=(1, 1), PREEMPTIBLE_CPUS=(0, 0)))
    assert told(spec(spot=True), in_region(CPUS=(1, 1), PREEMPTIBLE_CPUS=(8, 0))) is None
    assert told(spec(spot=True), in_region(PREEMPTIBLE_CPUS=(8, 7)))
    assert told(spec(), in_region(PREEMPTIBLE_CPUS=(8, 8))) is None


def test_a_gpu_counts_by_its_model_and_in_the_project() -> None:
    t4 = Gpu(type="nvidia-tesla-t4", count=2)
    with_t4 = spec("n1-standard-4", gpu=t4)
    assert told(with_t4, in_region(NVIDIA_T4_GPUS=(1, 0)))
    assert told(spec("g2-standard-4"), in_region(NVIDIA_L4_GPUS=(0, 0)))
    assert told(with_t4, of_project(GPUS_ALL_REGIONS=(1, 0)))
    spot = spec("n1-standard-4", spot=True, gpu=t4)
    assert told(spot, in_region(NVIDIA_T4_GPUS=(1, 1), PREEMPTIBLE_NVIDIA_T4_GPUS=(4, 0))) is None


def test_what_the_project_is_short_of_every_region_is_short_of() -> None:
    found = of_project(CPUS_ALL_REGIONS=(32, 31))
    assert set(short(requested(), found)) == {"us-west1", "us-east1"}
    assert told(spec(), of_project(FIREWALLS=(100, 100)))
    assert short(requested(region="us-west1"), of_project(FIREWALLS=(100, 100))) == {}  # it has its rule


def test_a_region_that_is_short_is_passed_over_without_an_attempt() -> None:
    vm, _ = place(requested(), settings(), NOW, FIGURES, {"us-west1": "Compute Engine's quota CPUS: too little"})
    assert (vm.region, len(vm.attempts)) == ("us-east1", 1)
    assert because(vm)["us-west1"] == ("no_quota", "Compute Engine's quota CPUS: too little")
    everywhere = {each.id: "short" for each in settings()}
    assert place(requested(), settings(), NOW, FIGURES, everywhere)[0].reason is Reason.NO_ROOM


@dataclass
class Reader:
    """Compute's list, and how often it was asked; the clock, in seconds."""

    found: Quotas | CloudError
    reads: int = 0
    now: float = 0

    def read(self) -> Quotas:
        self.reads += 1
        if isinstance(self.found, CloudError):
            raise self.found
        return self.found

    def clock(self) -> float:
        return self.now


def test_one_reading_serves_for_a_minute_while_there_is_room() -> None:
    reader = Reader(in_region(CPUS=(24, 0)))
    quota = LiveQuota(reader.read, reader.clock)
    for reader.now in (0, 30, 60):
        assert quota.short(requested()) == {}
    assert reader.reads == 1
    reader.now = 61
    quota.short(requested())
    assert reader.reads == 2


def test_no_region_is_passed_over_by_an_old_reading() -> None:
    reader = Reader(in_region(CPUS=(24, 24)))
    quota = LiveQuota(reader.read, reader.clock)
    assert quota.short(requested())
    reader.now, reader.found = 6, in_region(CPUS=(24, 0))
    assert quota.short(requested()) == {}
    assert reader.reads == 2


def test_a_list_that_cannot_be_read_says_nothing_and_is_not_asked_by_each() -> None:
    reader = Reader(in_region(CPUS=(24, 24)))
    quota = LiveQuota(reader.read, reader.clock)
    assert quota.short(requested())
    reader.now, reader.found = 61, CloudError("unavailable", "Backend Error", Scope.TRANSIENT)
    for _ in range(3):
        assert quota.short(requested()) == {}
    assert reader.reads == 2

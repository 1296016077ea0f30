"""Which machine: stated numbers exactly, then the cheapest; whatever is stated, never less."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from shared.catalog.check import validate
from shared.catalog.machines import known_machine_type
from shared.domain.errors import Invalid
from shared.domain.spec import RegionWish
from shared.services.quoting import Market, hourly
from shared.suggestion.decide import Impossible, decide
from shared.suggestion.fitting.alternatives import others
from shared.suggestion.reading import Budget, Reading, Stated
from tests.asking import NOW
from tests.asking import settings as regions

PRICE = partial(hourly, market=Market(regions()))


def decided(**said):
    return decide(Reading(**said), PRICE, NOW.date())


def machine(**said):
    return decided(**said).choice.machine


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        (Stated(vcpus=8, memory_gib=Decimal(32)), "e2-standard-8"),
        (Stated(vcpus=6, memory_gib=Decimal(20)), "e2-custom-6-20480"),
        (
            Stated(vcpus=8, memory_gib=Decimal(30)),
            "e2-custom-8-30720",
        ),  # c4-standard-8 has it too, for half as much again
        (Stated(vcpus=1, memory_gib=Decimal(4)), "t2d-standard-1"),
        (Stated(vcpus=1, memory_gib=Decimal(2)), "custom-1-2048"),
        (Stated(vcpus=3, memory_gib=Decimal(5)), "e2-custom-4-5120"),
        (Stated(vcpus=6), "e2-custom-6-6144"),
        (Stated(vcpus=8), "e2-highcpu-8"),
        (Stated(memory_gib=Decimal(16)), "e2-highmem-2"),
        (Stated(memory_gib=Decimal(2)), "e2-small"),
        (Stated(memory_gib=Decimal(60)), "e2-custom-8-61440"),  # c4-standard-16 has it too, for twice as much
        (Stated(vcpus=6, vcpus_bound="at least"), "e2-highcpu-8"),
        (Stated(memory_gib=Decimal(20), memory_bound="at least"), "e2-highmem-4"),
        (Stated(vcpus=6, memory_gib=Decimal(20), series="n2"), "n2-custom-6-20480"),
        (Stated(machine_type="n4-custom-6-20480"), "n4-custom-6-20480"),
        (Stated(vcpus=6, memory_gib=Decimal(20), gpu="nvidia-tesla-t4"), "custom-6-20480"),
        (Stated(vcpus=8, memory_gib=Decimal(32), gpu="nvidia-l4"), "g2-standard-8"),
        (Stated(gpu_gib=Decimal(24)), "g2-standard-4"),
        (Stated(vcpus=4, memory_gib=Decimal(16), disk_type="hyperdisk-balanced"), "n4d-standard-4"),
    ],
)
def test_stated_numbers_are_met_exactly_and_else_by_the_next_above(stated, expected):
    gpu = True if stated.gpu or stated.gpu_gib else None
    assert machine(stated=stated, gpu=gpu).name == expected


def test_at_most_is_never_exceeded_and_impossible_where_nothing_is_that_small():
    assert machine(stated=Stated(memory_gib=Decimal(8), memory_bound="at most")).memory_gib <= 8
    found = machine(workloads=("gitlab",), stated=Stated(vcpus=2, vcpus_bound="at most"))
    assert found.vcpus == 2
    most = Stated(vcpus=1, vcpus_bound="at most", memory_gib=Decimal(512))
    assert isinstance(decided(stated=most), Impossible)


def test_an_estimate_above_every_machine_gets_the_nearest_and_that_is_said():
    found = decided(workloads=("wordpress",), users=200_000, environment="production")
    assert found.choice.machine.vcpus >= 64
    assert any("more than one machine has" in each for each in found.assumptions)
    assert isinstance(decided(stated=Stated(vcpus=5000)), Impossible)


def test_what_cannot_be_installed_for_people_is_sized_for_all_the_same():
    found = decided(workloads=("minecraft",), os="Windows Server", users=20)
    assert found.choice.spec.packages == ()
    assert found.need.memory_gib > decided(os="Windows Server").need.memory_gib


def test_refused_series_are_left_out():
    assert machine(unwanted_series=frozenset({"e2"})).series != "e2"
    assert machine(stated=Stated(vcpus=6, memory_gib=Decimal(20)), unwanted_series=frozenset({"e2"})).series != "e2"


def test_a_fast_one_is_of_a_fast_series_unless_there_is_none_such():
    assert machine(wish="fast").series.startswith("c")
    assert machine(wish="fast", stated=Stated(vcpus=6, memory_gib=Decimal(20))).vcpus == 6


def test_arm_is_taken_where_everything_runs_on_it_and_else_said():
    assert machine(arm=True, workloads=("nginx",)).architecture == "ARM64"
    refused = decided(arm=True, workloads=("blender",))
    assert refused.choice.machine.architecture == "X86_64"
    assert any("Blender is for x86-64 only" in each for each in refused.assumptions)


def test_a_refused_system_is_not_proposed():
    assert decided(unwanted_os=frozenset({"Ubuntu"})).image.os == "Debian"


def test_next_above_is_said():
    found = decided(stated=Stated(vcpus=3))
    assert any(each.startswith("No machine type has exactly 3 vCPUs") for each in found.assumptions)


def test_spot_is_never_a_default():
    batch = {"workloads": ("ffmpeg",), "environment": "test"}
    assert not decided(**batch).choice.spec.spot
    assert decided(**batch, spot=True).choice.spec.spot
    offered = {other.label: other for other in others(decided(**batch), PRICE)}
    assert "begin again" in offered["cheaper"].trade_off
    assert "cheaper" not in {other.label for other in others(decided(**batch, spot=False), PRICE)}


def test_a_required_region_that_has_it_only_above_its_limit_is_asked_about():
    found = decided(gpu=True, region=RegionWish(must="europe-west9"))
    assert found.choice.priced.region == "europe-west9"
    assert "a3-highgpu-1g" in found.questions[0][0]
    unclear = tuple((f"question {number}?", ("yes", "no")) for number in range(3))
    assert len(decided(gpu=True, region=RegionWish(must="europe-west9"), unclear=unclear).questions) == 2


def test_a_budget_that_is_not_enough_is_said_with_what_it_would_cost_and_what_would_fit():
    poor = {"stated": Stated(vcpus=8, memory_gib=Decimal(32)), "duration": timedelta(days=7)}
    found = decided(**poor, budget=Budget(Decimal(30), "total"))
    assert any("$30.00 for 7d is not enough" in each and "$46" in each for each in found.assumptions)
    offered = {other.label: other for other in others(found, PRICE)}
    assert offered["shorter"].spec.lease < timedelta(days=7)
    assert PRICE(offered["cheaper"].spec).hourly * 168 <= 30
    assert offered["cheaper"].trade_off.endswith("within the budget")
    assert PRICE(offered["shorter"].spec).hourly * int(offered["shorter"].spec.lease.total_seconds()) / 3600 <= 30
    rich = decided(**poor, budget=Budget(Decimal(300), "month"))
    assert not any("budget" in each for each in rich.assumptions)


def test_a_budget_takes_the_headroom_before_it_is_called_too_small():
    roomy = decided(workloads=("nginx",))
    tight = decided(workloads=("nginx",), budget=Budget(Decimal("0.02"), "hour"))
    assert tight.choice.priced.hourly <= Decimal("0.02") < roomy.choice.priced.hourly
    assert any("above the budget" in each for each in tight.assumptions)
    assert not any("is not enough" in each for each in tight.assumptions)


def test_to_whom_neither_smaller_nor_spot_is_cheap_enough_both_together_are_offered():
    found = decided(budget=Budget(Decimal(8), "month"))
    offered = {other.label: other for other in others(found, PRICE)}
    assert offered["cheapest"].spec.spot
    assert offered["cheapest"].spec.machine_type == offered["smaller"].spec.machine_type
    assert offered["cheapest"].trade_off.endswith("within the budget")


def test_greener_is_the_same_machine_in_the_cleanest_region_that_may_hold_it():
    found = decided()
    green = next(other for other in others(found, PRICE) if other.label == "greener")
    assert green.spec.region == RegionWish(must="northamerica-northeast1")
    assert "5.48 gCO2/kWh rather than 79.23" in green.trade_off
    required = decided(region=RegionWish(must="us-east1"))
    assert "greener" not in {other.label for other in others(required, PRICE)}


def test_arm_is_an_alternative_where_it_is_cheaper():
    found = decided(stated=Stated(vcpus=1))
    arm = next(other for other in others(found, PRICE) if other.label == "cheaper on arm64")
    assert known_machine_type(arm.spec.machine_type).architecture == "ARM64"
    assert PRICE(arm.spec).hourly < found.choice.priced.hourly


def test_a_model_is_offered_in_fewer_bits_where_that_takes_a_cheaper_machine():
    large = decided(workloads=("vllm",), billions=Decimal(32), bits=16)
    smaller = next(other for other in others(large, PRICE) if other.label == "smaller")
    assert (smaller.spec.gpu.type, smaller.spec.gpu.count) == ("nvidia-l4", 1)
    assert smaller.trade_off.startswith("1 × nvidia-l4 for the model in 4 bits a weight")
    for said in ({"bits": 4}, {"bits": 16, "training": "adapters"}, {"bits": 16, "stated": Stated(gpu="nvidia-l4")}):
        found = decided(workloads=("vllm",), billions=Decimal(32), **said)
        assert "smaller" not in {other.label for other in others(found, PRICE)}


def test_cheaper_elsewhere_is_noted_to_whoever_minds_the_price_and_the_required_region_kept():
    found = decided(region=RegionWish(must="europe-west2"), wish="cheap")
    assert found.choice.priced.region == "europe-west2"
    assert any(each.startswith("In us-west1 the same machine costs $") for each in found.assumptions)
    assert not any("costs" in each for each in decided(region=RegionWish(must="europe-west2")).assumptions)


def test_shared_cores_take_no_disk_above_3_tib():
    assert not machine(data_gib=Decimal(4000), workloads=("nginx",)).shared_core
    assert "3072 GiB at most" in decided(stated=Stated(machine_type="e2-micro", disk_gib=4000)).because
    with pytest.raises(Invalid, match="3072 GiB at most"):
        validate(decided().choice.spec.model_copy(update={"machine_type": "e2-micro", "disk_gib": 4000}), NOW.date())


@pytest.mark.parametrize(
    ("said", "type", "count"),
    [
        ({"stated": Stated(gpu_gib=Decimal(48))}, "nvidia-tesla-t4", 4),  # together, and the cheapest that may be held
        ({"stated": Stated(gpu_gib=Decimal(48), one_gpu=True)}, "nvidia-rtx-pro-6000", 1),
        ({"stated": Stated(gpu_gib=Decimal(24), gpu_count=2)}, "nvidia-l4", 2),
        ({"workloads": ("video-generation",)}, "nvidia-l4", 1),  # 24 GiB, which it does not spread
        ({"billions": Decimal(13)}, "nvidia-tesla-t4", 2),
        ({"billions": Decimal(7), "training": "full"}, "nvidia-l4", 8),  # not 8 V100 on the few vCPUs of a limit
    ],
)
def test_gpus_are_the_cheapest_set_that_serves_the_purpose(said, type, count):
    gpu = decided(gpu=True, **said).choice.spec.gpu
    assert (gpu.type, gpu.count) == (type, count)


def test_each_gpu_is_fed_by_two_vcpus_unless_a_number_is_stated():
    four = {"gpu": True, "stated": Stated(gpu="nvidia-tesla-t4", gpu_count=4)}
    assert machine(**four).vcpus == 8
    assert machine(gpu=True, stated=replace(four["stated"], vcpus=4)).vcpus == 4


def test_a_gpu_that_is_not_to_be_had_is_answered_with_one_that_has_as_much_memory():
    found = decided(gpu=True, stated=Stated(gpu="nvidia-a100-80gb"))
    assert "nvidia-a100-80gb" in found.because
    assert "has as much GPU memory" in found.because

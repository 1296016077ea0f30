"""What workloads need together: parts, floors, users, traffic, data and models, each by its rule."""

from dataclasses import replace
from decimal import Decimal

import pytest

from shared.catalog.images import images
from shared.catalog.workloads import Needs, Requirement, workloads
from shared.suggestion.fitting.sizing import combined
from shared.suggestion.reading import Reading, Stated

UBUNTU = images()["ubuntu-2604-lts-amd64"]
WINDOWS = images()["windows-2025"]


def work(vcpus="2", gib="4", *, kind="database", light=False, **needs):
    """A workload that nothing else is known of."""
    nothing = dict.fromkeys(("per_user", "per_data_gib", "per_million_reads", "gpu_gib", "gpu_per_billion"), Decimal(0))
    taken = nothing | {"disk_gib": 10} | needs
    return replace(
        workloads()["nginx"],
        kind=kind,
        light=light,
        needs=Needs(vcpus=Decimal(vcpus), memory_gib=Decimal(gib), **taken),
        ports=(80,),
        minimum=None,
        recommended=None,
    )


def need(*needed, environment="development", image=UBUNTU, **said):
    return combined(Reading(**said), needed, image, environment)


DEMANDING = replace(
    work("2", "4"),
    minimum=Requirement(4, Decimal(8), 100, "its requirements"),
    recommended=Requirement(8, Decimal(16), None, "its reference architecture"),
)
TINY = work("0.25", "0.25", kind="web server", light=True)
PAGES = work("0.25", "0.5", kind="web framework", per_user=Decimal(4) / 1024)
MODELS = work("4", "8", kind="machine learning", gpu_gib=Decimal(12))


def test_processors_are_shared_in_development_and_added_up_in_production():
    assert need(work(), work(), work()).vcpus == 3  # 2 + 4/4 - 0.5, rounded up
    assert need(work(), work(), work(), environment="production").vcpus == 9  # 6 × 1.5, less a tenth, rounded up


def test_memory_is_added_with_a_quarter_on_top_or_half_where_people_depend_on_it():
    assert need(work()).memory_gib == (Decimal("0.5") + 4) * Decimal("1.25")
    assert need(work(), environment="staging").memory_gib == (Decimal("0.5") + 4) * Decimal("1.5")
    assert need(work(), image=WINDOWS).memory_gib == (2 + 4) * Decimal("1.25")


def test_a_makers_minimum_is_a_floor_and_what_it_recommends_one_in_production():
    developed = need(DEMANDING)
    assert (developed.vcpus, developed.memory_gib, developed.disk_gib) == (4, 8, 100)
    served = need(DEMANDING, environment="production")
    assert (served.vcpus, served.memory_gib, served.lean_vcpus, served.disk_gib) == (8, 16, 4, 100)
    assert [floor.as_ for floor in served.floors] == ["recommended", "minimum"]  # its disk, of which no more is said


def test_no_headroom_goes_on_a_makers_figure_that_covers_all_parts():
    whole = replace(work("4", "14"), minimum=Requirement(4, Decimal(16), None, "its system requirements"))
    assert need(whole).memory_gib == 16
    assert need(whole, work("1", "4")).memory_gib == (Decimal("0.5") + 14 + 4) * Decimal("1.25")
    assert need(whole, environment="production").memory_gib == Decimal("14.5") * Decimal("1.5")
    advised = replace(whole, recommended=Requirement(4, Decimal(32), None, "its system requirements"))
    assert need(advised, environment="production").memory_gib == 32
    assert need(advised, environment="production").vcpus == 4


def test_a_store_on_disk_holds_a_working_set_and_one_in_memory_all_of_it():
    on_disk, in_memory = work(per_data_gib=Decimal("0.25")), work(per_data_gib=Decimal("1.5"))
    lean = Decimal("4.5")
    assert need(on_disk, data_gib=Decimal(80)).lean_gib == lean + 5
    assert need(on_disk, data_gib=Decimal(80), environment="production").lean_gib == lean + 20
    assert need(on_disk, data_gib=Decimal(5000), environment="production").lean_gib == lean + 64
    assert need(in_memory, data_gib=Decimal(80)).lean_gib == lean + 120


def test_a_floor_is_of_the_whole_machine_so_two_are_not_added():
    assert need(DEMANDING, DEMANDING, environment="production").memory_gib == 16


def test_a_makers_figure_does_not_cover_parts_that_are_larger_by_more_than_a_small_system():
    store = replace(work("2", "4"), minimum=Requirement(2, Decimal(4), None, "its requirements"))
    assert need(store).memory_gib == 4
    assert need(store, image=WINDOWS).memory_gib == 6 * Decimal("1.25")


def test_small_things_do_with_two_gib():
    assert need(work("0.25", "0.5")).memory_gib == 2
    assert need(work("0.25", "0.5"), work("0.5", "0.5")).memory_gib == 4
    assert need(work("0.25", "0.5"), image=WINDOWS).memory_gib == 4


def test_headroom_does_not_go_above_what_a_maker_recommends_if_that_covers_the_parts():
    node = replace(work("12", "250"), recommended=Requirement(12, Decimal(256), None, "its requirements"))
    assert need(node).memory_gib == 256
    assert need(node, work("1", "8")).memory_gib == Decimal("258.5") * Decimal("1.25")


def test_what_runs_as_part_of_what_requires_it_takes_nothing_of_its_own():
    java, docker = workloads()["java"], workloads()["docker"]
    within = replace(work(), requires=("java", "docker"))
    assert need(within, java, docker).parts == need(within).parts
    assert need(work(), java).memory_gib > need(work()).memory_gib
    beside = replace(work(), requires=("postgresql",))
    assert need(beside, workloads()["postgresql"]).memory_gib > need(beside).memory_gib


def test_layers_of_one_program_on_a_gpu_are_not_added_up():
    on_gpu = replace(MODELS, id="layer", needs=replace(MODELS.needs, memory_gib=Decimal(16)))
    assert need(MODELS, on_gpu).memory_gib == need(on_gpu).memory_gib


@pytest.mark.parametrize(
    ("spreads", "said", "expected"),
    [
        (False, {}, True),
        (True, {"billions": Decimal(70)}, False),
        (False, {"billions": Decimal(70)}, True),
        (True, {"billions": Decimal(70), "stated": Stated(one_gpu=True)}, True),
        (True, {"stated": Stated(gpu_count=2)}, False),
        (False, {"stated": Stated(gpu="nvidia-l4")}, False),
    ],
)
def test_several_gpus_do_where_what_runs_on_them_spreads_and_one_is_not_said(spreads, said, expected):
    assert need(replace(MODELS, spreads=spreads), **said).on_one_gpu == expected


def test_a_model_of_a_known_size_takes_gpus_though_nothing_is_named_that_runs_it():
    assert need(PAGES, billions=Decimal(7)).gpu_gib == Decimal("16.8")
    assert need(PAGES, billions=Decimal(7), gpu=False).gpu_gib is None
    on_processors = work(gpu_per_billion=Decimal("0.8"))
    assert need(on_processors, billions=Decimal(7)).gpu_gib is None
    assert need(on_processors, billions=Decimal(7), bits=4).memory_gib >= Decimal("4.2")


def test_what_is_stated_stands_in_place_of_any_floor():
    stated = need(DEMANDING, environment="production", stated=Stated(vcpus=2, memory_gib=Decimal(4)))
    assert (stated.vcpus, stated.memory_gib) == (2, 4)


@pytest.mark.parametrize(
    ("bound", "stated", "expected"), [("at least", 2, 4), ("at least", 16, 16), ("at most", 2, 2), ("at most", 16, 4)]
)
def test_a_bound_leaves_the_need_within_it(bound, stated, expected):
    assert need(DEMANDING, stated=Stated(vcpus=stated, vcpus_bound=bound)).vcpus == expected


def test_vcpus_alone_bring_a_gib_each():
    assert need(stated=Stated(vcpus=32)).memory_gib == 32


def test_each_user_at_once_takes_its_share():
    notebooks = work("1", "2", kind="data science", per_user=Decimal(1))
    crowded = need(notebooks, users=20)
    assert crowded.lean_gib == Decimal("22.5")  # the system, the notebooks, 1 GiB each
    assert crowded.vcpus == 5  # 20 users by 4, and a quarter of the rest


@pytest.mark.parametrize(
    ("kind", "users", "vcpus"), [("business application", 36, 3), ("shop", 300, 6), ("web framework", 250, 2)]
)
def test_what_makes_its_pages_slowly_serves_fewer_with_a_vcpu(kind, users, vcpus):
    assert need(work("0.5", "1", kind=kind, per_user=Decimal("0.01")), users=users).vcpus == vcpus


def test_traffic_takes_processors_by_what_answers_it():
    rate = Decimal(500)
    assert need(PAGES, requests_per_second=rate, environment="production").vcpus == 8  # (5 + 0.25) × 1.5
    assert need(TINY, requests_per_second=rate, environment="production").vcpus == 2
    slow = work("0.5", "1")
    assert need(slow, requests_per_second=rate, environment="production").vcpus == 2  # (1 + 0.5) × 1.5 - 0.5
    broker = work("2", "4", kind="message broker")
    assert need(broker, requests_per_second=10 * rate, environment="production").vcpus == 4  # (1 + 2) × 1.5 - 0.5
    assert need(PAGES, requests_per_second=rate, users=500).lean_gib == need(PAGES, users=500).lean_gib


def test_an_assembler_takes_memory_by_its_reads_where_they_are_known():
    assembler = work("8", "64", per_million_reads=Decimal(1))
    assert need(assembler, million_reads=Decimal(200)).memory_gib == Decimal("0.5") * Decimal("1.25") + 200
    assert need(assembler).memory_gib == Decimal("64.5") * Decimal("1.25")
    assert need(work("8", "64"), million_reads=Decimal(200)).memory_gib == need(work("8", "64")).memory_gib


def test_data_takes_memory_where_the_workload_holds_it():
    held = need(work("0.25", "0.5", per_data_gib=Decimal("1.3")), data_gib=Decimal(20))
    assert held.memory_gib == Decimal(1) * Decimal("1.25") + 26


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"billions": Decimal(7), "bits": 16}, Decimal("16.8")),  # 14 GB of weights and a fifth
        ({"billions": Decimal(70), "bits": 4}, Decimal(42)),
        ({"billions": Decimal(7), "training": "adapters"}, Decimal("16.1")),  # LLaMA-Factory: 16 GB
        ({"billions": Decimal(30), "training": "adapters", "bits": 4}, Decimal(27)),  # 24 GB
        ({"billions": Decimal(7), "training": "full"}, Decimal(126)),  # 120 GB
        ({"billions": Decimal(7), "training": "full", "bits": 16}, Decimal(56)),  # 60 GB
    ],
)
def test_a_models_gpu_memory_is_by_its_size_its_bits_and_what_is_done_with_it(said, expected):
    assert need(MODELS, **said).gpu_gib == expected


def test_beside_a_gpu_the_weights_have_to_pass_through_memory_and_onto_the_disk():
    found = need(MODELS, billions=Decimal(30), bits=16)
    assert found.memory_gib >= 60
    assert found.disk_gib >= 120
    assert need(MODELS, billions=Decimal(30), training="full").disk_gib > found.disk_gib + 800


def test_without_a_gpu_the_model_is_in_memory():
    found = need(MODELS, billions=Decimal(7), bits=4, gpu=False)
    assert found.gpu_gib is None
    assert found.lean_gib == need(MODELS, gpu=False).lean_gib + Decimal("4.2")


def test_a_named_gpu_stands_in_as_many_as_the_model_needs_and_there_are():
    assert need(MODELS, billions=Decimal(7), bits=16, stated=Stated(gpu="nvidia-l4")).gpu_gib == Decimal("16.8")
    assert need(MODELS, billions=Decimal(70), bits=16, stated=Stated(gpu="nvidia-tesla-t4")).gpu_gib == 64


@pytest.mark.parametrize(
    ("needed", "said", "environment", "shared"),
    [
        (TINY, {}, "development", True),
        (PAGES, {}, "test", True),
        (TINY, {}, "production", False),
        (TINY, {"stated": Stated(vcpus=2)}, "development", False),
        (TINY, {"wish": "fast"}, "development", False),
        (work(), {"wish": "cheap"}, "development", True),
        (MODELS, {}, "development", False),
    ],
)
def test_shared_cores_are_for_developing_and_testing_where_no_vcpus_are_stated(needed, said, environment, shared):
    assert (need(needed, environment=environment, **said).busy is not None) == shared

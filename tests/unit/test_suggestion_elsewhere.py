"""Machine types of other clouds: what they have is the measure where no size of its own is asked for."""

from decimal import Decimal

import pytest

from shared.catalog.files import document
from shared.catalog.machines import accelerators
from shared.catalog.other_clouds import other_types
from tests.asking import ask, read


@pytest.mark.parametrize(
    ("name", "vcpus", "memory"),
    [
        ("m5.xlarge", 4, 16),
        ("db.r6g.large", 2, 16),
        ("c5.9xlarge", 36, 72),
        ("c5n.large", 2, Decimal("5.25")),
        ("c4.large", 2, Decimal("3.75")),
        ("t3.micro", 2, 1),
        ("c6g.medium", 1, 2),
        ("standard_d4s_v5", 4, 16),
        ("standard d2as v4", 2, 8),
        ("d4ls_v5", 4, 8),
        ("e8ds_v5", 8, 64),
        ("f4s_v2", 4, 8),
        ("b2ms", 2, 8),
        ("ds3_v2", 4, 14),
        ("cx31", 2, 8),
        ("ccx23", 4, 16),
        ("s-2vcpu-4gb", 2, 4),
        ("vc2-4c-8gb", 4, 8),
        ("g6-standard-4", 4, 8),
        ("dev1-m", 3, 4),
        ("ecs.g6.large", 2, 8),
    ],
)
def test_a_name_says_what_the_machine_has(name, vcpus, memory):
    (found,) = other_types(f"same as a {name}, please")
    assert (found.vcpus, found.memory_gib, found.gpus) == (vcpus, memory, 0)


@pytest.mark.parametrize("text", ["d4", "e2-standard-4", "n2-highmem-8", "m5.foo", "cx31x", "c3-standard-4-lssd", "g2"])
def test_other_words_are_no_machines_of_other_clouds(text):
    assert not tuple(other_types(text))


def test_their_gpus_are_of_this_catalogue_or_told_by_their_memory():
    ours = accelerators()
    types = [each for cloud in document("other_clouds")["clouds"] for each in cloud["types"].values()]
    for each in types:
        assert min(each["vcpus"], each["memory_gib"]) > 0
        assert each.get("gpu") is None or each["gpu"] in ours
        assert ("gpu" in each or "gpu_gib" in each) == ("gpus" in each)


@pytest.mark.parametrize(
    ("text", "vcpus", "memory"),
    [
        ("same size as an AWS m5.xlarge, for a day", 4, 16),
        ("we're coming from an Azure Standard_D4s_v5, want the same on your side", 4, 16),
        ("upgrade from an m5.large to an m5.xlarge", 4, 16),
        ("our t2.micro is too small", 2, 2),
        ("twice an m5.large", 4, 16),
        ("wie eine Hetzner CX31, eine Woche", 2, 8),
        ("igual que una m5.large de AWS", 2, 8),
        ("comme un B2ms azure, 3 jours", 2, 8),
        ("和阿里云ecs.g6.large一样的配置,用三天", 2, 8),
        ("m5.xlargeと同じスペック、1週間", 4, 16),
    ],
)
def test_at_least_as_much_is_asked_for(text, vcpus, memory):
    stated = read(text).stated
    assert (stated.vcpus, stated.memory_gib) == (vcpus, memory)
    assert stated.vcpus_bound == stated.memory_bound == "at least"


def test_a_size_of_its_own_counts_before_it():
    stated = read("we have an m5.large on AWS, need 8 vCPU and 32 GB").stated
    assert (stated.vcpus, stated.memory_gib, stated.vcpus_bound) == (8, 32, "exactly")


def test_a_gpu_machine_is_met_with_the_same_gpu():
    answer = ask("something like a g4dn.xlarge for pytorch, 4 hours")
    assert answer.outcome == "suggested"
    assert (answer.spec.gpu.type, answer.spec.gpu.count) == ("nvidia-tesla-t4", 1)

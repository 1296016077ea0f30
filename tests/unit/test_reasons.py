"""Why the answer is as it is, in words that a person can check."""

from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest

from shared.catalog.workloads import Requirement, workloads
from shared.domain.spec import RegionWish
from shared.services.quoting import Market, hourly
from shared.suggestion.decide import decide
from shared.suggestion.explain import reasons
from shared.suggestion.reading import Reading, Stated
from tests.asking import NOW, ask, read, settings

PRICE = partial(hourly, market=Market(settings()))


@pytest.fixture(autouse=True)
def _a_workload_whose_maker_asks_for_something(monkeypatch):
    demanding = replace(
        workloads()["gitlab"],
        minimum=Requirement(8, Decimal(16), 90, "https://docs.gitlab.com/install/requirements"),
        recommended=None,
        licence="MIT",
    )
    monkeypatch.setitem(workloads(), "gitlab", demanding)


def told(decision):
    return {reason.field: f"{reason.because} | {reason.evidence}" for reason in reasons(decision)}


def decided(**said):
    return decide(Reading(**said), PRICE, NOW.date())


def test_every_field_that_was_chosen_has_a_reason_with_its_evidence():
    found = decide(read("a GitLab server with 100 GB in Paris for 3 days"), PRICE, NOW.date())
    given = told(found)
    fields = {"machine_type", "os_image", "packages", "disk_gib", "disk_type", "region", "duration", "spot"}
    assert fields <= set(given)
    assert all(reason.evidence for reason in reasons(found))
    assert "“Paris”" in given["region"]
    assert "“3 days”" in given["duration"]


def test_a_makers_minimum_is_named_with_its_source():
    given = told(decided(workloads=("gitlab",)))
    assert "minimum: 8 vCPUs and 16 GiB (https://docs.gitlab.com/install/requirements)" in given["machine_type"]
    assert "minimum is 90 GiB" in given["disk_gib"]
    assert "its licence: MIT" in given["packages"]


def test_a_stated_number_below_a_makers_minimum_stands_and_that_is_said():
    found = decided(workloads=("gitlab",), stated=Stated(vcpus=2, memory_gib=Decimal(8)))
    assert (found.choice.machine.vcpus, found.choice.machine.memory_gib) == (2, 8)
    assert any("asks for 8 vCPUs, 16 GiB (minimum" in each for each in found.assumptions)
    named = decided(workloads=("gitlab",), stated=Stated(machine_type="e2-micro"))
    assert any("asks for 8 vCPUs, 16 GiB" in each for each in named.assumptions)


def test_the_runner_up_is_named_with_its_price():
    found = decided(stated=Stated(vcpus=8, memory_gib=Decimal(32)))
    following = found.choice.next_best
    assert following.priced.hourly >= found.choice.priced.hourly
    assert f"next, {following.machine.name} at $" in told(found)["machine_type"]


def test_exactly_is_claimed_only_where_it_is_so():
    assert (
        "exactly 6 vCPUs and exactly 20 GiB"
        in told(decided(stated=Stated(vcpus=6, memory_gib=Decimal(20))))["machine_type"]
    )
    assert "exactly 3" not in told(decided(stated=Stated(vcpus=3)))["machine_type"]


def test_shared_cores_are_called_so():
    assert "2 vCPUs that others share (1 without end)" in told(decided())["machine_type"]


def test_the_rule_is_told_as_it_was_applied():
    given = told(decided(workloads=("python3", "django", "postgresql", "redis")))
    assert "operating system 0.5 GiB; Django 0.25 vCPU and 0.5 GiB; PostgreSQL" in given["machine_type"]
    assert "a quarter more memory to spare" in given["machine_type"]
    assert "1 GiB; 4 GiB at the least" in told(decided(workloads=("go",)))["machine_type"]
    both = told(decided(workloads=("django",), stated=Stated(vcpus=2, memory_gib=Decimal(8))))
    assert "to spare" not in both["machine_type"]
    covered = told(decided(workloads=("cassandra",)))  # 8 GiB, which is its maker's minimum
    assert "to spare" not in covered["machine_type"]


def test_a_package_that_runs_as_part_of_another_is_said_to():
    given = [reason.because for reason in reasons(decided(workloads=("python3", "django")))]
    assert "language: Python runs as part of the others; its licence: PSF-2.0" in given
    assert "web framework: Django takes 0.25 vCPU and 0.5 GiB; its licence: BSD-3-Clause" in given


def test_what_is_met_exactly_and_what_at_least_is_told_apart():
    assert (
        "exactly 5 GiB and 3 vCPUs or more"
        in told(decided(stated=Stated(vcpus=3, memory_gib=Decimal(5))))["machine_type"]
    )
    assert "exactly 8 vCPUs and 8 GiB or more" in told(decided(stated=Stated(vcpus=8)))["machine_type"]


def test_only_makers_figures_that_bear_on_the_answer_are_told():
    given = told(decided(workloads=("jenkins",)))  # whose minimum is 256 MB and 1 GB
    assert "minimum" not in given["machine_type"]
    assert "minimum" not in given["disk_gib"]


def test_only_what_is_there_is_spoken_of():
    alone, stored = (
        told(decided(workloads=("nginx",))),
        told(decided(workloads=("nginx", "mysql"), data_gib=Decimal(9))),
    )
    assert "databases" not in alone["ports"]
    assert "the data" not in alone["disk_gib"]
    assert "databases' ports stay closed" in stored["ports"]
    assert "the data" in stored["disk_gib"]


def test_gpu_memory_is_named_beside_the_machine_that_has_it():
    assert "and 16.8 GiB on GPUs" in told(decided(workloads=("vllm",), billions=Decimal(7), bits=16))["machine_type"]


def test_a_models_rule_is_shown_with_its_source():
    given = told(decided(workloads=("pytorch",), billions=Decimal(7), training="adapters"))
    assert "7 billion parameters × 2.30 bytes for weights and adapters" in given["gpu"]
    assert "LLaMA-Factory" in given["gpu"]


def test_a_region_that_has_none_such_is_said_to_be_passed_over():
    found = decided(gpu=True, stated=Stated(gpu="nvidia-l4"), region=RegionWish(must="europe-west9"))
    assert "europe-west9 (Paris, France), which does not have it" in told(found)["region"]


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ("MySQL-Server mit 4 Kernen", "Keine Dauer genannt: 2h."),
        ("un serveur PostgreSQL pour deux jours", "Aucun environnement n'est indiqué : development."),
        ("necesito nginx por 90 días", "30d es la duración máxima; se puede volver a pedir cuando termine."),
        ("nginx 服务器，用3天", "没有说明环境：development。"),
        ("nginx のサーバーを3日間", "環境の指定がないため development とします。"),
    ],
)
def test_what_was_assumed_is_said_in_the_writers_language(request_: str, said: str):
    assert said in ask(request_).assumptions

"""The machine that would do, by measured use: cheaper or larger, one that this machine may become, and never back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.catalog.machines import known_machine_type
from shared.catalog.prices import rates
from shared.domain.life import Setup, State
from shared.domain.spec import Gpu
from shared.domain.use import PERIOD, Sample
from shared.domain.vm import Vm
from shared.services.rightsizing import FILLED, TOO_SMALL, Advice, advise
from shared.services.terms import altered
from tests.asking import NOW, settings
from tests.unit.a_vm import SPEC, a_vm

REGIONS = settings()
HERE = "us-west1"
TYPES = ("e2-micro", "e2-medium", "e2-standard-2", "e2-standard-4", "e2-highcpu-8", "n2-standard-4", "t2d-standard-2")


def placed(machine_type: str, **changes: object) -> Vm:
    spec = SPEC.model_copy(update={"machine_type": machine_type, **changes})
    up = {"state": State.RUNNING, "setup": Setup.DONE, "started_at": NOW, "running_since": NOW}
    return a_vm(spec, region=HERE, rates=rates(spec, HERE), **up)


def hours(cpu: float, peak: float | None = None, memory: float | None = None, periods: int = 6) -> list[Sample]:
    peak = cpu if peak is None else peak
    return [Sample(NOW + PERIOD * (at + 1), cpu, peak, 1000.0, memory) for at in range(periods)]


@pytest.mark.parametrize(
    ("machine_type", "samples", "verdict", "would_do"),
    [
        ("e2-standard-2", hours(0.08, 0.08, 0.13), "too_large", "e2-small"),
        ("e2-standard-4", hours(0.08), "too_large", "e2-highmem-2"),
        ("e2-standard-2", hours(0.97), "too_small", "e2-standard-4"),
        ("e2-standard-2", hours(0.3, 0.5, 0.95), "too_small", "e2-highmem-2"),
        ("e2-micro", hours(0.95, 2.0), "too_small", "e2-small"),
    ],
)
def test_a_machine_of_the_wrong_size_is_told_the_right_one(
    machine_type: str, samples: list[Sample], verdict: str, would_do: str
) -> None:
    vm = placed(machine_type)
    advice = advise(vm, samples, REGIONS)
    assert advice is not None
    assert (advice.verdict, advice.machine_type) == (verdict, would_do)
    running = [rate.hourly for rate in rates(altered(vm.spec, would_do, None), HERE) if rate.running]
    assert advice.hourly_after == round(sum(running, Decimal(0)), 4)


@pytest.mark.parametrize(
    ("machine_type", "samples"),
    [
        ("e2-standard-2", hours(0.5, 0.7)),
        ("e2-standard-2", hours(0.3, 1.0)),
        ("e2-standard-2", hours(0.08)),
        ("e2-standard-4", hours(0.08, periods=5)),
        ("e2-standard-8", hours(0.99)),
        ("e2-standard-4", []),
    ],
    ids=[
        "used as it should be",
        "busy now and then",
        "its memory is not known",
        "not measured for an hour",
        "nothing larger may be",
        "new",
    ],
)
def test_otherwise_nothing_is_told(machine_type: str, samples: list[Sample]) -> None:
    assert advise(placed(machine_type), samples, REGIONS) is None


def test_what_cannot_become_another_is_told_nothing() -> None:
    gpu = {"gpu": Gpu(type="nvidia-tesla-t4", count=1)}
    assert advise(placed("n1-standard-8", **gpu), hours(0.01), REGIONS) is None


def test_the_words_say_what_was_used_how_long_and_what_is_kept() -> None:
    told = advise(placed("e2-standard-4"), hours(0.08, periods=20), REGIONS)
    assert told is not None
    words = "It used 8 % of its CPU, 8 % at its busiest, in 3h20m of measuring: e2-highmem-2 would do"
    assert told.because.startswith(words)
    assert "no agent reports its memory" in told.because


def test_where_people_depend_on_it_no_cores_are_shared() -> None:
    told = advise(placed("e2-standard-4", environment="production"), hours(0.02, 0.02, 0.05), REGIONS)
    assert told is not None
    assert not known_machine_type(told.machine_type).shared_core


def moved(vm: Vm, samples: list[Sample], advice: Advice) -> tuple[Vm, list[Sample]]:
    """The machine once it is as advised, doing the same work; more than all of it nobody can use."""
    before, after = known_machine_type(vm.spec.machine_type), known_machine_type(advice.machine_type)
    cores = float(before.steady_vcpus / after.steady_vcpus)
    memory = float(before.memory_gib / after.memory_gib)
    same = [
        replace(
            each,
            cpu=each.cpu * cores,
            peak=each.peak * cores,
            memory=None if each.memory is None else each.memory * memory,
        )
        for each in samples
    ]
    return placed(advice.machine_type), same


@given(st.sampled_from(TYPES), st.floats(0, 1), st.floats(0, 1), st.one_of(st.none(), st.floats(0, 1)))
def test_any_advice_fits_the_use_and_is_not_taken_back(
    machine_type: str, cpu: float, more: float, memory: float | None
) -> None:
    vm = placed(machine_type)
    samples = hours(cpu, cpu + (1 - cpu) * more, memory)
    advice = advise(vm, samples, REGIONS)
    if advice is None:
        return
    machine, other = known_machine_type(machine_type), known_machine_type(advice.machine_type)
    assert altered(vm.spec, advice.machine_type, None).disk_type == vm.spec.disk_type
    assert other.reserved_vcpus <= next(each.vcpu_limit for each in REGIONS if each.id == HERE)
    assert other.memory_gib >= (machine.memory_gib if memory is None else Decimal(memory) * machine.memory_gib)
    assert float(other.steady_vcpus * FILLED) >= cpu * float(machine.steady_vcpus) - 1e-9
    if advice.verdict == "too_large":
        assert advice.hourly_after < advice.hourly
    else:
        assert cpu >= TOO_SMALL or (memory or 0) >= TOO_SMALL
    again = advise(*moved(vm, samples, advice), REGIONS)
    assert again is None or again.machine_type != machine_type
    assert again is None or advice.verdict == "too_small" or again.verdict == "too_large"

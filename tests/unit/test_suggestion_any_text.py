"""Whatever the text: an answer, soon, valid, the same each time, and never below what is stated."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.catalog.check import validate
from shared.catalog.machines import known_machine_type, machine_types
from shared.catalog.workloads import workloads
from shared.domain.errors import Invalid
from tests.asking import NOW, ask

LONGEST = 2.0  # seconds; two hundred times what it takes, so that only a runaway fails

fragments = st.sampled_from(
    [
        *("a server with", "no", "without", "near London", "in Paris", "for 3 days", "Windows", "ubuntu 20.04"),
        *("production", "spot", "cheap", "fast", "a GPU", "4 T4 GPUs", "500 GB of data", "2000 users", "arm64"),
        *("port 8080", "e2-micro", "7B", "1 TB SSD", "us-east1", ",", "and", "or", "\n» ", "é", "数据库", "🙂"),
        *(workload.title for workload in workloads().values()),
    ]
)
kept = st.characters(exclude_characters="\x00", exclude_categories=("Cs",))  # what else is refused: see below
texts = st.one_of(st.text(kept, max_size=400), st.lists(fragments, min_size=1, max_size=12).map(" ".join))
quietly = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


@quietly
@given(texts.filter(lambda text: text.strip()))
def test_any_text_gets_a_valid_answer_soon_and_the_same_twice(text):
    started = time.perf_counter()
    answer = ask(text)
    assert time.perf_counter() - started < LONGEST
    for spec in [answer.spec, *(other.spec for other in answer.alternatives)]:
        if spec is not None:
            validate(spec, NOW.date())
    assert (answer.spec is None) == (answer.outcome == "refused")
    assert all(answer.request[word.start : word.end] == word.text for word in answer.analysis.keywords)
    assert ask(text) == answer


@quietly
@given(
    vcpus=st.integers(1, 64),
    memory=st.integers(1, 512),
    disk=st.integers(10, 4000),
    form=st.sampled_from(
        [
            "{v} vCPUs, {m} GB RAM and a {d} GB disk",
            "{m}GB memory {d}GB SSD {v} cores",
            "cpu: {v} ram: {m} GB disk: {d} GB",
        ]
    ),
    with_=st.sampled_from(["", " for PostgreSQL", " cheap", " in production", " with minecraft for 10 players"]),
)
def test_stated_numbers_are_never_undercut(vcpus, memory, disk, form, with_):
    answer = ask(form.format(v=vcpus, m=memory, d=disk) + with_)
    offered = [machine for machine in machine_types().values() if machine.gpu is None]
    if answer.outcome == "refused":
        assert not any(machine.vcpus >= vcpus and machine.memory_gib >= memory for machine in offered)
        return
    for spec in [answer.spec, *(other.spec for other in answer.alternatives)]:
        machine = known_machine_type(spec.machine_type)
        assert machine.vcpus >= vcpus
        assert machine.memory_gib >= memory
        assert not machine.shared_core
        assert spec.disk_gib >= disk


@pytest.mark.parametrize("text", ["\x00", "a server\x00", "\ud800 nginx"])
def test_text_that_cannot_be_kept_is_refused_with_a_sentence(text):
    with pytest.raises(Invalid) as refused:
        ask(text)
    assert refused.value.code == "text_invalid"

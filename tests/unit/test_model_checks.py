"""What the model may add to a reading: Hypothesis looks for an answer that contradicts what was said."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shared.catalog.check import validate
from shared.catalog.machines import accelerators
from shared.catalog.regions import regions
from shared.catalog.workloads import workloads
from shared.suggestion.model.checks import merged, wrong
from shared.suggestion.model.openai_chat import Answer
from shared.suggestion.model.schema import Evidence, ModelReading, as_answer
from shared.suggestion.reading import Reading
from tests.asking import NOW, read, suggesting

REQUESTS = (
    "redis",
    "8 vCPUs and 32 GB for PostgreSQL in London for 3 days, no GPU, not Windows",
    "fine-tune a 7B model on a GPU, spot is fine, 200 GB disk",
    "Windows Server with IIS for 25 users, production",
    "un servidor para WordPress con 500 visitas",
)

figures = st.sampled_from((1, 2, 3, 4, 7, 8, 25, 32, 200, 500, 4096))


@dataclass(frozen=True)
class Saying:
    """A model that always says the same."""

    content: str
    name: str = "one"

    def ask(self, messages, within, stream):
        yield from ()
        return Answer(self.content, None)


FIELDS = {
    "explanation": st.text(max_size=20),
    "environment": st.sampled_from(("development", "test", "staging", "production")),
    "intent": st.text(max_size=20),
    "vcpus": figures,
    "memory_gib": figures.map(float),
    "disk_gib": figures,
    "users": figures,
    "gpu": st.booleans(),
    "gpu_type": st.sampled_from(sorted(accelerators())),
    "billions": figures.map(float),
    "bits": st.sampled_from((4, 8, 16)),
    "training": st.sampled_from(("full", "adapters")),
    "os": st.sampled_from(("Ubuntu", "Debian", "Windows Server")),
    "spot": st.booleans(),
    "duration": st.sampled_from(("3d", "2h", "1w", "nonsense")),
    "region": st.sampled_from(sorted(regions())),
}


@st.composite
def accepted(draw: st.DrawFn) -> tuple[str, ModelReading, Reading]:
    """A request, an answer that passes, and what rules read: their own answer with a few fields answered otherwise,
    and workloads added."""
    request = draw(st.sampled_from(REQUESTS))
    reading = read(request)
    own = as_answer(reading)
    named = [*own.workloads, *draw(st.lists(st.sampled_from(sorted(workloads())), max_size=2))]
    changes = {name: draw(FIELDS[name]) for name in draw(st.sets(st.sampled_from(sorted(FIELDS)), max_size=3))}
    quoted = draw(st.lists(st.sampled_from(request.split()), min_size=1, max_size=3))
    evidence = [Evidence(field=name, words=words) for name in changes for words in quoted]
    answer = own.model_copy(update={"workloads": named, **changes, "evidence": evidence})
    assume(not wrong(request, answer, reading))
    return request, answer, reading


@given(accepted())
def test_what_rules_read_stands_whatever_is_answered(found):
    request, answer, reading = found
    after = merged(request, answer, reading)
    before, now = as_answer(reading).model_dump(), as_answer(after).model_dump()
    assert set(before.pop("workloads")) <= set(now["workloads"])
    before.pop("intent")
    assert {name: now[name] for name, value in before.items() if value is not None} == {
        name: value for name, value in before.items() if value is not None
    }
    assert not set(now["workloads"]) & (reading.unwanted - set(reading.workloads))
    assert reading.duration in (None, after.duration)
    assert set(reading.keywords) <= set(after.keywords)


@settings(max_examples=40)
@given(accepted())
def test_an_accepted_answer_gives_a_valid_machine_or_says_why_not(found):
    request, answer, _ = found
    made = suggesting(model=Saying(answer.model_dump_json())).suggest("ana", request)
    assert made.engine == "model"
    if made.spec is None:
        assert made.outcome == "refused"
    else:
        validate(made.spec, NOW.date())


@pytest.mark.parametrize("request_text", REQUESTS)
def test_the_rules_own_answer_is_never_objected_to(request_text):
    reading = read(request_text)
    assert wrong(request_text, as_answer(reading), reading) == []


@pytest.mark.parametrize(
    ("request_text", "field", "value", "taken"),
    [
        ("2 TB of scratch", "disk_gib", 2048, True),
        ("2 TB of scratch", "disk_gib", 2000, True),
        ("2 TB of scratch", "disk_gib", 4000, False),
        ("512 MB will do", "memory_gib", 0.5, True),
        ("1,500 people", "users", 1500, True),
        ("about 5k people", "users", 5000, True),
        ("१२ कोर", "vcpus", 12, True),
        ("１６コア", "vcpus", 16, True),
        ("model with 350M weights", "billions", 0.35, True),
        ("version 12 of it", "vcpus", 1, False),
        ("for 36 hours", "duration", "1d12h", True),
        ("for 3 weeks", "duration", "21d", True),
        ("for a while", "duration", "1d", False),
    ],
)
def test_a_number_is_taken_where_the_text_has_it_in_whatever_writing(request_text, field, value, taken):
    unread = read("")
    answer = as_answer(unread).model_copy(update={field: value})
    assert (wrong(request_text, answer, unread) == []) is taken

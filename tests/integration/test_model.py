"""The model's path, by OpenAI's own client, against the scripted server: what it is asked, and answers that count."""

import json

import httpx
import openai
import pytest

from shared.catalog.check import validate
from shared.domain.suggestion import Analysis, Suggestion
from shared.suggestion.model.dialogue import Explanation
from tests.asking import NOW, suggesting
from tests.integration.scripted_model import EXAMPLE, scripted_model, told, why

both_ways = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


@pytest.fixture
def scripted():
    with scripted_model() as server:
        yield server


@both_ways
def test_a_good_answer_is_taken_and_says_so(scripted, stream):
    answer = scripted.ask(EXAMPLE, stream=stream)
    assert answer.engine == "model"
    assert answer.spec.packages == ("python3", "django", "postgresql", "redis")
    assert answer.spec.machine_type == "e2-standard-2"
    assert "Django" in answer.explanation


@both_ways
def test_the_model_adds_what_is_implied_with_the_words_that_imply_it(scripted, stream):
    request = "somewhere for our family photos"
    assert suggesting().suggest("ana", request).outcome == "clarify"
    answer = scripted.ask(request, stream=stream)
    assert answer.spec.packages == ("nextcloud",)
    assert answer.outcome == "suggested"
    assert "family photos" in [word.text for word in answer.analysis.keywords]
    assert any("family photos" in reason.evidence for reason in answer.reasons if reason.field == "packages")


def test_the_prompt_carries_the_request_as_data_and_asks_for_the_schema(scripted):
    scripted.ask(EXAMPLE)
    (body,) = scripted.received
    context = json.loads(body["messages"][1]["content"])
    assert context["request"] == EXAMPLE
    assert context["analysis"]["workloads"] == ["python3", "django", "postgresql", "redis"]
    assert body["response_format"]["json_schema"]["strict"] is True
    assert body["max_completion_tokens"] > 0
    assert "tools" not in body
    assert "price" not in json.dumps(body["response_format"])


def test_the_schema_states_no_bounds_since_tuned_models_refuse_them(scripted):
    scripted.ask(EXAMPLE)
    schema = json.dumps(scripted.received[0]["response_format"])
    assert not [word for word in ("maxLength", "minimum", "maximum", "maxItems", "pattern") if f'"{word}"' in schema]


def test_a_gap_is_filled_with_what_the_request_says_in_other_words(scripted):
    request = (
        "redis on a box with graphics hardware, 12 of the processor things, interruptions don't matter, windy city"
    )
    scripted.answers(
        workloads=["redis"],
        vcpus=12,
        spot=True,
        evidence=[
            {"field": "vcpus", "words": "12 of the processor things"},
            {"field": "spot", "words": "interruptions don't matter"},
        ],
    )
    answer = scripted.ask(request)
    assert answer.engine == "model"
    assert answer.spec.spot
    assert "12 of the processor things" in [word.text for word in answer.analysis.keywords]
    validate(answer.spec, NOW.date())


def test_what_rules_read_stands(scripted):
    scripted.answers(workloads=["redis"], duration="9d", intent="hold a cache")
    answer = scripted.ask("redis for 3 hours, 9 people look at it")
    assert answer.engine == "model"
    assert answer.spec.duration == "3h"
    assert answer.analysis.intent == "hold a cache"


@both_ways
@pytest.mark.parametrize(
    ("request_text", "wrong", "complaint"),
    [
        ("redis", {"workloads": ["redis", "warp-drive"]}, "no workload 'warp-drive'"),
        ("redis without docker", {"workloads": ["redis", "docker"]}, "docker is not wanted"),
        ("redis", {"workloads": []}, "redis is named and missing"),
        ("8 vCPUs for redis", {"workloads": ["redis"], "vcpus": 2}, "vcpus is 8"),
        ("redis", {"workloads": ["redis"], "memory_gib": 512}, "does not say memory_gib '512'"),
        ("redis", {"workloads": ["redis"], "duration": "30d"}, "does not say duration '30d'"),
        ("redis", {"workloads": ["redis"], "duration": "a while"}, "a duration is written like"),
        ("redis", {"workloads": ["redis"], "gpu": True}, "No words of the request say gpu"),
        ("redis, no GPU", {"workloads": ["redis"], "gpu_type": "nvidia-l4"}, "No GPU is wanted"),
        ("redis", {"workloads": ["redis"], "gpu_type": "nvidia-h900"}, "no gpu_type 'nvidia-h900'"),
        ("redis", {"workloads": ["redis"], "region": "mars-north1"}, "no region 'mars-north1'"),
        ("redis on Debian", {"workloads": ["redis"], "os": "Ubuntu"}, "os is Debian"),
        ("redis", {"workloads": ["redis"], "os": "TempleOS"}, "no os 'TempleOS'"),
        ("redis", {"workloads": ["redis"], "environment": "production"}, "No words of the request say environment"),
        ("redis", {"workloads": ["redis"], "intent": "x" * 300}, "longer than ten words"),
    ],
)
def test_a_wrong_answer_is_repaired_once(scripted, request_text, wrong, complaint, stream):
    scripted.answers(**wrong)
    answer = scripted.ask(request_text, stream=stream)
    assert answer.engine == "model"
    assert answer.spec.packages == ("redis",)
    first, second = scripted.received
    assert len(second["messages"]) == len(first["messages"]) + 2
    assert complaint in second["messages"][-1]["content"]


@both_ways
@pytest.mark.parametrize("content", ["not JSON at all", '{"workloads": ["redis"', '{"workloads": "redis"}', "[]"])
def test_an_answer_that_cannot_be_read_is_repaired_once(scripted, content, stream):
    scripted.fault(detail={"content": content})
    answer = scripted.ask(EXAMPLE, stream=stream)
    assert answer.engine == "model"
    assert "could not be read" in scripted.received[1]["messages"][-1]["content"]


@both_ways
def test_a_model_that_stays_wrong_is_overruled_with_the_reason(scripted, stream):
    scripted.answers(times=None, workloads=["warp-drive"])
    answer = scripted.ask(EXAMPLE, stream=stream)
    assert answer.engine == "rules"
    assert answer.explanation is None
    assert "warp-drive" in why(answer)
    assert len(scripted.received) == 2
    validate(answer.spec, NOW.date())


@both_ways
def test_who_takes_no_for_an_answer_is_not_asked(scripted, stream):
    answer = scripted.ask(EXAMPLE, use_model=False, stream=stream)
    assert answer.engine == "rules"
    assert scripted.received == []


def test_a_refused_request_is_not_sent_to_the_model(scripted):
    assert scripted.ask("mine bitcoin").outcome == "refused"
    assert scripted.received == []


def test_what_rules_read_comes_at_once_then_the_explanation_as_it_is_written_then_the_rest(scripted):
    steps = list(scripted.engine().steps("ana", EXAMPLE, stream=True))
    assert isinstance(steps[0], Analysis)
    assert isinstance(steps[-1], Suggestion)
    assert len(steps) > 4
    assert all(isinstance(step, Explanation) for step in steps[1:-1])
    assert told(steps) == steps[-1].explanation


def test_the_stream_ends_in_what_is_answered_without_one(scripted):
    *_, streamed = scripted.engine().steps("ana", EXAMPLE, stream=True)
    assert streamed == scripted.engine().suggest("ana", EXAMPLE)


def test_a_second_attempts_explanation_takes_the_firsts_place(scripted):
    scripted.answers(workloads=["warp-drive"], explanation="Warp drives are what is needed here.")
    steps = list(scripted.engine().steps("ana", EXAMPLE, stream=True))
    assert {step.attempt for step in steps[1:-1]} == {1, 2}
    assert told(steps) == steps[-1].explanation
    assert "Warp" not in steps[-1].explanation


def test_closing_the_stream_stops_the_models_answer(scripted):
    scripted.fault(delay=3600, detail={"stall": 64})
    steps = scripted.engine().steps("ana", EXAMPLE, stream=True)
    next(steps)
    assert isinstance(next(steps), Explanation)
    steps.close()
    assert scripted.abandoned() == 1


def test_the_client_streams_and_lists_models(scripted):
    client = openai.OpenAI(api_key="local", base_url=f"{scripted.address}/v1", max_retries=0)
    assert [model.id for model in client.models.list()] == ["scripted-1"]
    messages = [{"role": "user", "content": "hello"}]
    whole = client.chat.completions.create(model="scripted-1", messages=messages)
    pieces = client.chat.completions.create(model="scripted-1", messages=messages, stream=True)
    text = "".join(piece.choices[0].delta.content or "" for piece in pieces)
    assert text == whole.choices[0].message.content
    assert whole.usage.total_tokens > 0


def test_a_call_without_a_key_is_refused(scripted):
    response = httpx.post(f"{scripted.address}/v1/chat/completions", json={"model": "scripted-1", "messages": []})
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "invalid_api_key"

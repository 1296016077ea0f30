"""What a model's server may do wrong: the rules answer, in bounded time, and say why."""

import time

import pytest

from tests.integration.scripted_model import EXAMPLE, ScriptedModel, scripted_model, why

both_ways = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


@pytest.fixture
def scripted():
    with scripted_model() as server:
        yield server


@both_ways
@pytest.mark.parametrize("status", [400, 401, 429, 500, 503])
def test_a_server_that_refuses_leaves_it_to_the_rules(scripted, status, stream):
    scripted.fault(status=status, times=None)
    answer = scripted.ask(EXAMPLE, stream=stream)
    assert answer.engine == "rules"
    assert str(status) in why(answer)
    assert answer.spec.machine_type == "e2-standard-2"
    assert len(scripted.received) == (2 if status in (429, 500, 503) else 1)


@both_ways
@pytest.mark.parametrize("trouble", [{"status": 429}, {"status": 500}, {"status": 503}, {"drop": True}])
def test_a_passing_trouble_is_tried_again_once(scripted, trouble, stream):
    scripted.fault(**trouble)
    assert scripted.ask(EXAMPLE, stream=stream).engine == "model"
    assert scripted.pauses == [0.5]


def test_a_busy_server_is_given_the_time_that_it_asks_for(scripted):
    scripted.fault(status=429, detail={"retry_after": 3})
    assert scripted.ask(EXAMPLE).engine == "model"
    assert scripted.pauses == [3.0]


def test_a_server_that_asks_for_more_time_than_there_is_is_not_waited_for(scripted):
    scripted.fault(status=429, detail={"retry_after": 3600})
    answer = scripted.ask(EXAMPLE)
    assert answer.engine == "rules"
    assert scripted.pauses == []


@both_ways
def test_a_slow_model_is_not_waited_for(scripted, stream):
    scripted.fault(delay=3600)
    began = time.monotonic()
    answer = scripted.ask(EXAMPLE, within=0.3, stream=stream)
    assert time.monotonic() - began < 5
    assert answer.engine == "rules"
    assert "within 0.3 s" in why(answer)


def test_a_stream_that_stalls_is_not_waited_for(scripted):
    scripted.fault(delay=3600, detail={"stall": 64})
    answer = scripted.ask(EXAMPLE, within=0.3, stream=True)
    assert answer.engine == "rules"
    assert "within 0.3 s" in why(answer)


@both_ways
def test_the_repair_has_only_the_time_that_is_left(scripted, stream):
    scripted.answers(workloads=["warp-drive"])
    scripted.fault(delay=3600)
    began = time.monotonic()
    answer = scripted.ask(EXAMPLE, within=0.6, stream=stream)
    assert time.monotonic() - began < 5
    assert answer.engine == "rules"


@both_ways
def test_a_connection_that_is_cut_twice_leaves_it_to_the_rules(scripted, stream):
    scripted.fault(drop=True, times=None)
    answer = scripted.ask(EXAMPLE, stream=stream)
    assert answer.engine == "rules"
    assert "could not be reached" in why(answer)


def test_a_stream_that_breaks_off_leaves_it_to_the_rules(scripted):
    scripted.fault(times=None, detail={"cut": 64})
    answer = scripted.ask(EXAMPLE, stream=True)
    assert answer.engine == "rules"
    assert "broke off" in why(answer)
    assert answer.spec.machine_type == "e2-standard-2"


@both_ways
def test_a_model_that_declines_leaves_it_to_the_rules(scripted, stream):
    scripted.fault(detail={"refusal": "I would rather not."})
    answer = scripted.ask(EXAMPLE, stream=stream)
    assert answer.engine == "rules"
    assert "declined" in why(answer)


@both_ways
def test_an_empty_answer_leaves_it_to_the_rules(scripted, stream):
    scripted.fault(detail={"content": ""})
    answer = scripted.ask(EXAMPLE, stream=stream)
    assert answer.engine == "rules"
    assert "empty" in why(answer)


@both_ways
def test_an_answer_that_was_cut_at_the_most_tokens_is_not_used(scripted, stream):
    scripted.fault(times=None, detail={"content": '{"explanation": "It goes on and on', "finish": "length"})
    answer = scripted.ask(EXAMPLE, stream=stream)
    assert answer.engine == "rules"
    assert len(scripted.received) == 2


@both_ways
def test_no_server_at_all_leaves_it_to_the_rules(stream):
    answer = ScriptedModel("http://127.0.0.1:9").ask("redis", stream=stream)
    assert answer.engine == "rules"
    assert answer.spec.packages == ("redis",)

"""Models judged by what was held back, and the switch to one and back: as in test_learning."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.errors import Conflict, Invalid, NotFound
from shared.suggestion.model.chosen import KNOWN_FOR, ChosenModel
from tests.integration.lessons import (
    CONFIGURED,
    HOBBIES,
    approve,
    engine_of,
    request_about,
    sides,
)
from tests.integration.people import ADDRESS, records

pytest_plugins = ("tests.integration.learners",)


# The evaluation


def test_an_evaluation_goes_on_where_the_last_call_ended_and_pays_for_nothing_twice(root, taught, monkeypatch):
    monkeypatch.setattr("shared.services.learning.evaluating.A_CALL", 3)
    tuned = taught.tuned(root)
    first = taught.evaluating.go_on(tuned)
    assert first["candidate"]["scored"] + first["current"]["scored"] == 3
    assert not first["candidate"]["complete"]
    taught.judge(tuned)
    asked = taught.store.tokens_since(timedelta(days=1))
    taught.judge(tuned)
    assert taught.store.tokens_since(timedelta(days=1)) == asked


def test_an_evaluation_stops_at_its_budget(root, taught):
    tuned = taught.tuned(root)
    taught.limit = 1
    with pytest.raises(Conflict) as refused:
        taught.judge(tuned)
    assert refused.value.code == "evaluation_budget"
    taught.move(timedelta(days=1, minutes=1).total_seconds())
    assert taught.evaluating.report(tuned)["candidate"]["scored"] == 1
    with pytest.raises(Conflict):
        taught.judge(tuned)
    assert taught.evaluating.report(tuned)["current"]["scored"] == 1


def test_what_the_provider_could_not_answer_is_no_score(root, taught):
    tuned = taught.tuned(root)
    taught.fault("chat.completions", status=500, times=None)
    report = taught.evaluating.go_on(tuned)
    assert "500" in report["problem"]
    assert report["candidate"]["scored"] == report["current"]["scored"] == 0
    taught.heal()
    assert taught.judge(tuned)["problem"] is None


def test_an_answer_that_is_not_accepted_counts_as_fallen_back(root, taught):
    taught.fault("chat.completions", times=None, detail={"content": "no JSON at all"})
    report = taught.evaluating.go_on(CONFIGURED)
    assert report["candidate"]["fell_back"] == 1.0


def test_a_model_that_is_not_there_is_not_judged(taught):
    with pytest.raises(NotFound) as refused:
        taught.evaluating.go_on("ft:scripted-1:local:none:1")
    assert refused.value.code == "no_such_model"


def test_nothing_to_judge_by_is_said(engine, ada, there):
    with pytest.raises(Conflict) as refused:
        there.evaluating.go_on(CONFIGURED)
    assert refused.value.code == "nothing_held_back"


# The switch


def test_a_switch_by_force_needs_a_reason_and_is_recorded_with_it(root, taught):
    tuned = taught.tuned(root)
    with pytest.raises(Invalid):
        taught.choosing.switch(root, tuned, force=True, reason=" ")
    taught.choosing.switch(root, tuned, force=True, reason="a demonstration")
    (record,) = records(taught.engine, "model.switched")
    assert record.before == {"model": None}
    assert (record.after["model"], record.after["forced"]) == (tuned, "a demonstration")
    assert (record.actor_id, record.address) == (root.id, ADDRESS)
    assert taught.choosing.models()["history"][0]["actor"] == "root@example.com"


def test_new_examples_want_a_new_judgement(engine, root, ada, taught):
    tuned = taught.tuned(root)
    taught.judge(tuned)
    new = next(
        f"{hobby} and {other}"
        for hobby in HOBBIES
        for other in HOBBIES
        if sides((f"{hobby} and {other}",))["held_back"]
    )
    approve(engine, ada, request_about(new), {"packages": ("redis", "wordpress")})
    with pytest.raises(Conflict) as refused:
        taught.choosing.switch(root, tuned, force=False, reason=None)
    assert refused.value.code == "not_evaluated"


def test_only_what_was_tuned_here_can_be_switched_to(root, taught):
    with pytest.raises(NotFound):
        taught.choosing.switch(root, "gpt-9", force=True, reason="curiosity")


def test_a_tuned_model_that_was_deleted_is_answered_for_by_the_configured_one(root, taught):
    tuned = taught.tuned(root)
    taught.choosing.switch(root, tuned, force=True, reason="a demonstration")
    taught.client.models.delete(tuned)
    answered = taught.suggesting().suggest("ada", request_about("gliding"))
    assert engine_of(answered) == (
        f"The model {tuned} is gone, and {CONFIGURED} completed what the rules read.",
        CONFIGURED,
    )


def test_a_running_copy_follows_a_switch_within_half_a_minute(root, taught):
    tuned, now = taught.tuned(root), [0.0]
    copy = ChosenModel(CONFIGURED, taught.store.chosen, taught.model, lambda: now[0])
    assert copy.name == CONFIGURED
    taught.choosing.switch(root, tuned, force=True, reason="a demonstration")
    assert copy.name == CONFIGURED
    now[0] += KNOWN_FOR
    assert KNOWN_FOR <= 30
    assert copy.name == tuned

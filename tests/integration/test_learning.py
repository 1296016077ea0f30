"""Fine-tuning from end to end: real PostgreSQL, OpenAI's own client, the scripted provider over the wire."""

from __future__ import annotations

import json

import pytest

from shared.domain.errors import Conflict
from shared.domain.paging import Page
from shared.suggestion.model.tuning import OpenAITuning
from tests.integration.lessons import (
    CONFIGURED,
    HOBBIES,
    a_lesson,
    approve,
    consents,
    engine_of,
    request_about,
    sides,
)
from tests.integration.people import person, records

pytest_plugins = ("tests.integration.learners",)


# Examples


def test_examples_are_counted_by_side_and_by_why_others_are_left_out(engine, ada, there):
    a_lesson(engine, ada)
    approve(engine, ada, "nginx", setup="failed")
    approve(engine, ada, request_about("chess"))
    approve(engine, person(engine, "eve@example.com").id, "kafka")
    counts = there.exporting.counts()
    assert (counts["train"], counts["held_back"]) == (sides()["train"], sides()["held_back"])
    assert counts["left_out"] == {"no_consent": 1, "duplicate": 1, "setup_failed": 1}
    assert counts["approvals"] == len(HOBBIES) + 3
    assert counts["edited"] == {"packages": len(HOBBIES) - 1}  # the newest about chess was approved as suggested


def test_a_consent_withdrawn_takes_its_examples_away(engine, ada, taught):
    assert list(taught.exporting.lines("train"))
    consents(engine, ada, yes=False)
    assert list(taught.exporting.lines("train")) == []
    assert taught.exporting.counts()["left_out"] == {"no_consent": len(HOBBIES)}


def test_an_extension_is_known_from_the_audit_log(engine, ada, there):
    name = approve(engine, ada, "redis for development")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO audit_log (actor_kind, actor_id, action, vm_id, vm_number) "
            f"VALUES ('user', '{ada}', 'extended', 'id-{name}', 7)"
        )
    assert there.exporting.counts()["came_of"] == {"extended": 1}


def test_the_two_files_hold_everything_once(taught):
    train, held_back = (list(taught.exporting.lines(side)) for side in ("train", "held_back"))
    assert (len(train), len(held_back)) == (sides()["train"], sides()["held_back"])
    assert set(train).isdisjoint(held_back)
    assert all(
        [each["role"] for each in json.loads(line)["messages"]] == ["system", "user", "assistant"] for line in train
    )


def test_no_account_no_machine_and_no_address_is_in_a_file(engine, ada, there):
    name = approve(engine, ada, "redis, ask ada@example.com or 203.0.113.9")
    told = "".join([*there.exporting.lines("train"), *there.exporting.lines("held_back")])
    assert "redis" in told
    for personal in (ada, name, "ada@example.com", "203.0.113.9"):
        assert personal not in told


# The job


def start_and_die(root, there, monkeypatch, call: str, before: bool) -> None:
    """Start a job in a process that is killed just before a call to the provider, or just after it."""
    real = getattr(OpenAITuning, call)

    def killed(self, *told):
        if not before:
            real(self, *told)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(OpenAITuning, call, killed)
        with pytest.raises(KeyboardInterrupt):
            there.start(root)


def test_the_whole_way_from_approvals_to_the_tuned_model_and_back(root, taught):
    request = request_about("gliding")  # nobody's yet
    before = taught.suggesting().suggest("ada", request)
    assert before.engine == "model"
    assert "wordpress" not in before.spec.packages

    job = taught.start(root)
    shown = taught.training.job(job)
    assert (shown["state"], shown["examples"]) == ("validating_files", sides()["train"])
    taught.move(60)
    shown = taught.training.job(job)
    assert (shown["state"], shown["error"], shown["problem"]) == ("succeeded", None, None)
    assert shown["trained_tokens"] > 0
    assert "successfully completed" in shown["events"][0]["message"]
    tuned = shown["tuned_model"]

    with pytest.raises(Conflict) as refused:
        taught.choosing.switch(root, tuned, force=False, reason=None)
    assert refused.value.code == "not_evaluated"

    report = taught.judge(tuned)
    assert report["held_back"] == sides()["held_back"]
    assert report["candidate"]["all_right"] > report["current"]["all_right"]
    assert report["candidate"]["fields"]["workloads"] == 1.0
    assert report["current"]["fields"]["workloads"] == 0.0
    assert report["candidate"]["tokens"] > 0

    assert taught.choosing.switch(root, tuned, force=False, reason=None)["current"] == tuned
    answered = taught.suggesting().suggest("ada", request)
    assert engine_of(answered)[1] == tuned
    assert "wordpress" in answered.spec.packages

    back = taught.choosing.switch(root, CONFIGURED, force=False, reason=None)
    assert back["current"] == CONFIGURED
    assert "wordpress" not in taught.suggesting().suggest("ada", request).spec.packages
    assert [(each["from"], each["to"]) for each in back["history"]] == [(tuned, CONFIGURED), (CONFIGURED, tuned)]


def test_the_same_key_starts_one_job_and_another_waits_for_its_end(root, taught):
    first = taught.start(root, "one")
    assert taught.start(root, "one") == first
    with pytest.raises(Conflict) as refused:
        taught.start(root, "two")
    assert refused.value.code == "job_in_progress"
    assert len(taught.remote_jobs()) == 1
    taught.move(120)
    assert taught.training.job(first)["state"] == "succeeded"
    assert taught.start(root, "two") != first
    assert len(taught.files()) == 1, "the same examples are the same file"


def test_a_key_used_for_another_job_is_refused(root, taught):
    taught.start(root, "one")
    with pytest.raises(Conflict) as refused:
        taught.start(root, "one", suffix="other")
    assert refused.value.code == "idempotency_key_reused"


def test_too_few_examples_are_refused_with_how_many_are_needed(engine, root, ada, there):
    a_lesson(engine, ada, HOBBIES[:5])
    with pytest.raises(Conflict) as refused:
        there.start(root)
    assert refused.value.code == "too_few_examples"
    assert refused.value.extra["needed"] == 10
    assert there.files() == there.remote_jobs() == []
    a_lesson(engine, ada, HOBBIES[5:])
    assert there.start(root), "the key was not used up"


def test_a_crash_between_upload_and_job_makes_neither_twice(root, taught, monkeypatch):
    start_and_die(root, taught, monkeypatch, "create", before=True)
    assert (len(taught.files()), len(taught.remote_jobs())) == (1, 0)
    (shown,) = taught.training.jobs(Page()).items
    assert shown["state"] == "preparing"
    taught.move(150)  # the claim of the one that died has lapsed
    assert taught.training.job(shown["id"])["state"] == "validating_files"
    assert (len(taught.files()), len(taught.remote_jobs())) == (1, 1)


def test_a_crash_after_the_upload_and_before_it_was_written_down_finds_the_file_again(root, taught, monkeypatch):
    start_and_die(root, taught, monkeypatch, "upload", before=False)
    taught.move(150)
    (shown,) = taught.training.jobs(Page()).items
    assert shown["state"] == "validating_files"
    assert (len(taught.files()), len(taught.remote_jobs())) == (1, 1)


def test_a_job_whose_creation_was_not_answered_is_found_by_its_mark(root, taught):
    taught.fault("fine_tuning.jobs.create", lose_response=True)
    job = taught.start(root)
    shown = taught.training.job(job)
    assert shown["state"] == "preparing"
    assert shown["problem"]
    assert len(taught.remote_jobs()) == 1
    taught.move(150)
    assert taught.training.job(job)["state"] == "succeeded"
    assert len(taught.remote_jobs()) == 1


def test_a_provider_that_is_busy_is_asked_again_later(root, taught):
    taught.fault("files.create", status=429, reason="rate_limit_exceeded")
    job = taught.start(root)
    assert "429" in taught.training.job(job)["problem"]
    taught.move(150)
    shown = taught.training.job(job)
    assert (shown["state"], shown["problem"]) == ("validating_files", None)


def test_a_provider_that_refuses_fails_the_job_with_its_words(root, taught):
    taught.fault("fine_tuning.jobs.create", status=400, reason="model_not_available", message="cannot be fine-tuned")
    shown = taught.training.job(taught.start(root))
    assert shown["state"] == "failed"
    assert "cannot be fine-tuned" in shown["error"]
    assert taught.start(root, "again"), "the next may be started"


def test_a_job_that_fails_says_why_and_gives_no_model(root, taught):
    error = {"code": "invalid_training_file", "message": "The file does not please."}
    taught.fault("fine_tuning.jobs.create", operation_error=error)
    job = taught.start(root)
    taught.move(60)
    shown = taught.training.job(job)
    assert (shown["state"], shown["tuned_model"]) == ("failed", None)
    assert "does not please" in shown["error"]
    assert [each["model"] for each in taught.choosing.models()["candidates"]] == [CONFIGURED]


def test_a_job_is_cancelled_at_the_providers(root, taught):
    job = taught.start(root)
    assert taught.training.cancel(root, job)["state"] == "cancelled"
    assert [each.status for each in taught.remote_jobs()] == ["cancelled"]
    with pytest.raises(Conflict) as refused:
        taught.training.cancel(root, job)
    assert refused.value.code == "job_ended"
    assert len(records(taught.engine, "fine_tuning.cancelled")) == 1


def test_a_job_that_was_never_made_is_cancelled_without_being_made(root, taught):
    taught.fault("files.create", status=503)
    job = taught.start(root)
    assert taught.training.cancel(root, job)["state"] == "cancelling"
    taught.move(150)
    assert taught.training.job(job)["state"] == "cancelled"
    assert taught.remote_jobs() == []


def test_a_job_is_not_asked_about_at_every_look(root, taught):
    job = taught.start(root)
    taught.fault("fine_tuning.jobs.retrieve", status=500, times=None)
    assert taught.training.job(job)["problem"] is None
    taught.move(11)
    shown = taught.training.job(job)
    assert (shown["state"], shown["tuned_model"]) == ("validating_files", None)
    assert "500" in shown["problem"]


def test_without_a_model_nothing_is_started(root, taught):
    training = taught.training
    training.tuning = None
    with pytest.raises(Conflict) as refused:
        training.start(root, "key", None, None, None)
    assert refused.value.code == "no_model"

"""Idempotency-Key on real PostgreSQL: one write a key, whatever happens to the first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import text

from shared.db import idempotency
from shared.db.idempotency import PostgresIdempotency
from shared.domain.errors import Conflict
from tests.integration.people import move, person


@pytest.fixture
def keys(engine) -> PostgresIdempotency:
    return PostgresIdempotency(engine)


@pytest.fixture
def ada(engine) -> str:
    return person(engine, "ada@example.com").id


def answered(engine, user_id: str, document: dict[str, object]) -> None:
    with engine.begin() as connection:
        idempotency.answer(connection, user_id, "k", 202, document)


def test_the_first_goes_on_and_the_second_gets_its_answer(engine, keys, ada):
    assert keys.begin(ada, "k", "approve", "digest") is None
    answered(engine, ada, {"name": "django-001"})
    assert keys.begin(ada, "k", "approve", "digest") == (202, {"name": "django-001"})


def test_a_key_is_its_accounts_own(engine, keys, ada):
    keys.begin(ada, "k", "approve", "digest")
    assert keys.begin(person(engine, "eve@example.com").id, "k", "approve", "other") is None


@pytest.mark.parametrize(("action", "digest"), [("extend", "digest"), ("approve", "another")])
def test_a_key_used_for_something_else_is_refused(engine, keys, ada, action, digest):
    keys.begin(ada, "k", "approve", "digest")
    answered(engine, ada, {})
    with pytest.raises(Conflict) as refused:
        keys.begin(ada, "k", action, digest)
    assert refused.value.code == "idempotency_key_reused"


def test_of_many_at_once_one_goes_on(keys, ada):
    def begin(_: int) -> str:
        try:
            return "goes on" if keys.begin(ada, "k", "approve", "digest") is None else "answered"
        except Conflict as refused:
            return refused.code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(begin, range(8))) == ["goes on"] + ["in_progress"] * 7


def test_one_that_died_is_taken_over_after_a_minute_and_only_once(engine, keys, ada):
    keys.begin(ada, "k", "approve", "digest")
    move(engine, timedelta(seconds=59))
    with pytest.raises(Conflict) as refused:
        keys.begin(ada, "k", "approve", "digest")
    assert (refused.value.code, refused.value.extra) == ("in_progress", {"retry_after": 1})
    move(engine, timedelta(seconds=61))
    assert keys.begin(ada, "k", "approve", "digest") is None
    with pytest.raises(Conflict):
        keys.begin(ada, "k", "approve", "digest")


def test_what_was_refused_leaves_the_key_free(keys, ada):
    keys.begin(ada, "k", "approve", "digest")
    keys.abandon(ada, "k")
    assert keys.begin(ada, "k", "approve", "another") is None


def test_an_answer_is_never_replaced_or_abandoned(engine, keys, ada):
    keys.begin(ada, "k", "approve", "digest")
    answered(engine, ada, {"first": True})
    with pytest.raises(Conflict):
        answered(engine, ada, {"first": False})
    keys.abandon(ada, "k")
    assert keys.begin(ada, "k", "approve", "digest") == (202, {"first": True})


def test_the_answer_is_kept_or_lost_with_the_callers_transaction(engine, keys, ada):
    keys.begin(ada, "k", "approve", "digest")
    with engine.connect() as connection:
        idempotency.answer(connection, ada, "k", 202, {"name": "lost"})
        connection.rollback()
    with engine.begin() as connection:
        idempotency.answer(connection, ada, "k", 202, {"name": "kept"})
    assert keys.begin(ada, "k", "approve", "digest") == (202, {"name": "kept"})


def test_one_that_was_taken_over_undoes_what_it_did(engine, keys, ada):
    keys.begin(ada, "k", "approve", "digest")
    move(engine, timedelta(seconds=61))
    keys.begin(ada, "k", "approve", "digest")
    answered(engine, ada, {"name": "the second's"})
    with engine.connect() as connection:
        connection.execute(text("UPDATE users SET max_vms = 99"))
        with pytest.raises(Conflict):
            idempotency.answer(connection, ada, "k", 202, {"name": "the first's"})
    with engine.begin() as connection:
        assert connection.execute(text("SELECT max_vms FROM users")).scalar_one() == 10


def test_keys_are_forgotten_after_a_day(engine, keys, ada):
    keys.begin(ada, "old", "approve", "digest")
    move(engine, timedelta(hours=25))
    keys.begin(ada, "new", "approve", "digest")
    assert keys.forget_old() == 1
    assert keys.begin(ada, "old", "extend", "digest") is None

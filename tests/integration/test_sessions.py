"""Sessions on real PostgreSQL: how they begin and end, and how often anybody may try."""

from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, text

from shared import auth
from shared.db.accounts import PostgresAccounts
from shared.db.credentials import PostgresCredentials
from shared.domain.accounts import Account
from shared.domain.errors import Forbidden, Invalid, TooMany, Unauthenticated
from tests.integration import people
from tests.integration.people import ADDRESS, IDLE, LONGEST, PASSWORD, ROOT, accounts, move, records

ADA = "ada@example.com"


def signed_in(engine: Engine) -> str:
    """A new person's session cookie."""
    accounts(engine).sign_up(ADA, PASSWORD, None, ADDRESS)
    return accounts(engine).sign_in(ADA, PASSWORD, ADDRESS).cookie


def whose(engine: Engine, cookie: str) -> Account | None:
    return PostgresCredentials(engine).session(auth.digest(cookie), IDLE)


def test_signing_in_begins_a_session_that_says_who_it_is(engine):
    accounts(engine).sign_up(ADA, PASSWORD, None, ADDRESS)
    opened = accounts(engine).sign_in(" ADA@example.com", PASSWORD, ADDRESS)
    account = whose(engine, opened.cookie)
    assert (account.email, account.role) == (ADA, "user")
    assert opened.csrf_token == auth.csrf_token(opened.cookie)
    assert opened.user["email"] == ADA


def test_a_sign_in_replaces_the_browsers_session(engine):
    before = signed_in(engine)
    after = accounts(engine).sign_in(ADA, PASSWORD, ADDRESS, auth.digest(before)).cookie
    assert after != before
    assert whose(engine, before) is None
    assert whose(engine, after) is not None


def test_a_wrong_password_and_an_unknown_address_are_told_alike(engine):
    accounts(engine).sign_up(ADA, PASSWORD, None, ADDRESS)
    told = []
    for email in (ADA, "nobody@example.com"):
        with pytest.raises(Unauthenticated) as refused:
            accounts(engine).sign_in(email, "wrong horse battery", ADDRESS)
        told.append((refused.value.code, refused.value.detail))
    assert told[0] == told[1] == ("credentials_invalid", "The e-mail or the password is wrong.")
    assert [record.outcome for record in records(engine, "session.opened")] == ["refused"]


def test_sign_out_ends_the_session_at_once(engine):
    cookie = signed_in(engine)
    actor = auth.Caller(whose(engine, cookie).user_id, ADA, "user", "session", ADDRESS).actor
    accounts(engine).sign_out(actor, auth.digest(cookie))
    assert whose(engine, cookie) is None
    accounts(engine).sign_out(actor, auth.digest(cookie))
    assert len(records(engine, "session.closed")) == 1


def test_a_session_unseen_for_too_long_ends_and_one_in_use_does_not(engine):
    cookie = signed_in(engine)
    move(engine, IDLE - timedelta(minutes=5))
    assert whose(engine, cookie) is not None
    move(engine, 2 * IDLE - timedelta(minutes=10))
    assert whose(engine, cookie) is not None
    move(engine, 3 * IDLE)
    assert whose(engine, cookie) is None


def test_a_session_in_use_ends_too_at_its_longest(engine):
    cookie = signed_in(engine)
    step = IDLE - timedelta(minutes=5)
    for number in range(1, int(LONGEST / step) + 1):
        move(engine, number * step)
        assert whose(engine, cookie) is not None
    move(engine, LONGEST)
    assert whose(engine, cookie) is None


def test_being_seen_is_written_at_most_once_a_minute(engine):
    cookie = signed_in(engine)

    def version() -> str:
        with engine.begin() as connection:
            return connection.execute(text("SELECT xmin::text FROM sessions")).scalar_one()

    first = version()
    for _ in range(3):
        whose(engine, cookie)
    assert version() == first
    move(engine, timedelta(seconds=61))
    whose(engine, cookie)
    second = version()
    whose(engine, cookie)
    assert first != second == version()


def test_a_disabled_account_is_told_so_only_with_the_right_password(engine):
    made = accounts(engine).sign_up(ADA, PASSWORD, None, ADDRESS)
    people.administering(engine).change_user(ROOT, made["id"], disabled=True)
    with pytest.raises(Unauthenticated):
        accounts(engine).sign_in(ADA, "wrong horse battery", ADDRESS)
    with pytest.raises(Forbidden) as refused:
        accounts(engine).sign_in(ADA, PASSWORD, ADDRESS)
    assert refused.value.code == "account_disabled"


def test_an_outdated_hash_is_made_anew_at_the_next_sign_in(engine):
    actor = people.person(engine, ADA)
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE users SET password_hash = :weak WHERE id = :id"), {"weak": weak, "id": actor.id}
        )
    accounts(engine).sign_in(ADA, PASSWORD, ADDRESS)
    kept = PostgresAccounts(engine).login(ADA).password_hash
    assert not auth.outdated(kept)
    assert auth.verify_password(kept, PASSWORD)


# How often


def test_guessing_at_one_account_is_stopped_from_every_address(engine):
    accounts(engine).sign_up(ADA, PASSWORD, None, "192.0.2.200")
    for number in range(3):
        with pytest.raises(Unauthenticated):
            accounts(engine, limit=3).sign_in(ADA, "wrong horse battery", f"192.0.2.{number}")
    with pytest.raises(TooMany) as refused:
        accounts(engine, limit=3).sign_in(ADA, PASSWORD, "192.0.2.99")
    assert 0 < refused.value.extra["retry_after"] <= 7200
    move(engine, timedelta(hours=2))
    accounts(engine, limit=3).sign_in(ADA, PASSWORD, "192.0.2.99")


def test_guessing_at_many_accounts_from_one_network_is_stopped(engine):
    for number in range(15):
        with pytest.raises(Unauthenticated):
            accounts(engine, limit=3).sign_in(f"p{number}@example.com", PASSWORD, f"2001:db8::{number:x}")
    with pytest.raises(TooMany):
        accounts(engine, limit=3).sign_in("p15@example.com", PASSWORD, "2001:db8::ff")
    with pytest.raises(Unauthenticated):
        accounts(engine, limit=3).sign_in("p15@example.com", PASSWORD, "2001:db8:0:1::1")


def test_signing_in_properly_is_not_counted_against_the_person(engine):
    accounts(engine).sign_up(ADA, PASSWORD, None, ADDRESS)
    for _ in range(5):
        accounts(engine, limit=3).sign_in(ADA, PASSWORD, ADDRESS)


def test_sign_ups_from_one_address_are_limited(engine):
    for _ in range(5):
        with pytest.raises(Invalid):
            accounts(engine, limit=1).sign_up("no address", PASSWORD, None, ADDRESS)
    with pytest.raises(TooMany):
        accounts(engine, limit=1).sign_up(ADA, PASSWORD, None, ADDRESS)

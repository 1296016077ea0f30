"""Accounts on real PostgreSQL: sign-up, sessions, preferences, API tokens, and the pages of the audit log they fill."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, text

from shared import auth
from shared.db.accounts import PostgresAccounts
from shared.db.administration import PostgresAdministration
from shared.db.credentials import PostgresCredentials
from shared.domain.accounts import Account, Preferences
from shared.domain.errors import Conflict, Forbidden, Invalid, NotFound, Refusal, TooMany, Unauthenticated
from shared.domain.paging import Page
from tests.integration import people
from tests.integration.people import ADDRESS, IDLE, LONGEST, PASSWORD, ROOT, accounts, move, records

ADA = "ada@example.com"


def invited(engine: Engine, email: str | None = None, role="user", lasts=timedelta(days=7)) -> str:
    secret = auth.new_secret()
    PostgresAdministration(engine).invite(ROOT, auth.new_id(), auth.digest(secret), email, role, lasts)
    return secret


def signed_in(engine: Engine) -> str:
    """A new person's session cookie."""
    accounts(engine).sign_up(ADA, PASSWORD, None, ADDRESS)
    return accounts(engine).sign_in(ADA, PASSWORD, ADDRESS).cookie


def whose(engine: Engine, cookie: str) -> Account | None:
    return PostgresCredentials(engine).session(auth.digest(cookie), IDLE)


# Sign-up


def test_an_open_sign_up_gives_the_role_user_and_the_default_quotas(engine):
    made = accounts(engine).sign_up(" Ada@Example.com", PASSWORD, None, ADDRESS)
    me = accounts(engine).me(made["id"])
    assert (me["email"], me["role"]) == (ADA, "user")
    assert me["quotas"] == {"max_vms": 10, "max_vcpus": 32, "max_monthly": "500.00", "currency": "USD"}
    assert me["used"] == {"vms": 0, "vcpus": 0}
    assert me["preferences"] == {"policy": "priority", "ssh_public_key": None, "timezone": None, "theme": None}
    (record,) = records(engine, "account.created")
    assert (record.actor_id, record.address, record.after) == (made["id"], ADDRESS, {"email": ADA, "role": "user"})


def test_nothing_that_signs_in_is_kept_in_the_clear(engine):
    cookie = signed_in(engine)
    with engine.begin() as connection:
        kept = str(connection.execute(text("SELECT u.*, s.* FROM users u JOIN sessions s ON true")).all())
        kept += str(connection.execute(text("SELECT * FROM audit_log")).all())
    assert PASSWORD not in kept
    assert cookie not in kept
    assert auth.csrf_token(cookie) not in kept
    assert "$argon2id$" in kept


def test_a_second_account_with_the_same_address_is_refused_plainly(engine):
    accounts(engine).sign_up(ADA, PASSWORD, None, ADDRESS)
    with pytest.raises(Conflict) as refused:
        accounts(engine).sign_up("ADA@example.com", "another good one", None, ADDRESS)
    assert refused.value.code == "email_taken"
    assert len(records(engine, "account.created")) == 1


def test_by_invitation_only_means_that(engine):
    with pytest.raises(Forbidden) as refused:
        accounts(engine, "invitation").sign_up(ADA, PASSWORD, None, ADDRESS)
    assert refused.value.code == "invitation_required"


def test_an_invitation_gives_its_role_once(engine):
    secret = invited(engine, role="auditor")
    use = accounts(engine, "invitation")
    assert use.sign_up(ADA, PASSWORD, secret, ADDRESS)["role"] == "auditor"
    with pytest.raises(Forbidden) as refused:
        use.sign_up("eve@example.com", PASSWORD, secret, ADDRESS)
    assert refused.value.code == "invitation_invalid"


def test_one_invitation_used_by_many_at_once_makes_one_account(engine):
    secret = invited(engine, role="admin")
    use = accounts(engine, "invitation", limit=100)

    def try_it(number: int) -> str:
        try:
            return use.sign_up(f"p{number}@example.com", PASSWORD, secret, ADDRESS)["role"]
        except Refusal as refusal:
            return refusal.code

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(try_it, range(8)))
    assert sorted(outcomes) == ["admin"] + ["invitation_invalid"] * 7


def test_an_invitation_refused_for_another_reason_can_still_be_used(engine):
    people.person(engine, "taken@example.com")
    secret = invited(engine)
    with pytest.raises(Conflict):
        accounts(engine).sign_up("taken@example.com", PASSWORD, secret, ADDRESS)
    assert accounts(engine).sign_up(ADA, PASSWORD, secret, ADDRESS)["email"] == ADA


def test_an_invitation_is_for_its_address_alone(engine):
    secret = invited(engine, email=ADA, role="admin")
    with pytest.raises(Forbidden):
        accounts(engine).sign_up("eve@example.com", PASSWORD, secret, ADDRESS)
    assert accounts(engine).sign_up(ADA, PASSWORD, secret, ADDRESS)["role"] == "admin"


def test_an_invited_address_cannot_be_taken_by_somebody_without_the_invitation(engine):
    secret = invited(engine, email=ADA, role="admin")
    with pytest.raises(Forbidden) as refused:
        accounts(engine, "open").sign_up(ADA, PASSWORD, None, ADDRESS)
    assert refused.value.code == "invitation_required"
    assert accounts(engine, "open").sign_up(ADA, PASSWORD, secret, ADDRESS)["role"] == "admin"


def test_an_invitation_ends(engine):
    secret = invited(engine)
    move(engine, timedelta(days=7, seconds=1))
    with pytest.raises(Forbidden):
        accounts(engine).sign_up(ADA, PASSWORD, secret, ADDRESS)


@pytest.mark.parametrize(
    ("email", "password", "code"), [("ada", PASSWORD, "email_invalid"), (ADA, "short", "password_weak")]
)
def test_what_no_account_can_have_is_refused(engine, email, password, code):
    with pytest.raises(Invalid) as refused:
        accounts(engine).sign_up(email, password, None, ADDRESS)
    assert refused.value.code == code


# Sessions


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


# Preferences


def test_preferences_that_are_sent_change_and_the_others_stay(engine):
    ada = people.person(engine, ADA)
    use = accounts(engine)
    use.prefer(ada, Preferences(policy="greenest", timezone="Europe/Paris"))
    me = use.prefer(ada, Preferences(theme="dark"))
    assert me["preferences"] == {
        "policy": "greenest",
        "ssh_public_key": None,
        "timezone": "Europe/Paris",
        "theme": "dark",
    }
    assert use.prefer(ada, Preferences(timezone=None))["preferences"]["timezone"] is None
    first = records(engine, "preferences.changed")[0]
    assert first.before == {"policy": None, "timezone": None}
    assert first.after == {"policy": "greenest", "timezone": "Europe/Paris"}


@pytest.mark.parametrize("timezone", ["Paris", "Europe", "../etc/passwd", "", "a\0b"])
def test_a_time_zone_that_nobody_knows_is_refused(timezone):
    with pytest.raises(ValueError, match="IANA"):
        Preferences(timezone=timezone)


def test_what_live_vms_use_is_counted_and_what_is_gone_is_not(engine):
    ada, eve = people.person(engine, ADA), people.person(engine, "eve@example.com")
    people.vm(engine, ada.id, vcpus=2, state="RUNNING", region="us-west1")
    people.vm(engine, ada.id, vcpus=4, state="REQUESTED")
    people.vm(engine, ada.id, vcpus=8, state="DELETED")
    people.vm(engine, eve.id, vcpus=16)
    assert accounts(engine).me(ada.id)["used"] == {"vms": 2, "vcpus": 6}


# API tokens


def test_a_token_is_shown_once_and_works_until_it_is_deleted(engine):
    ada = people.person(engine, ADA)
    use, credentials = accounts(engine), PostgresCredentials(engine)
    made = use.create_token(ada, "  nightly   build ")
    assert made["name"] == "nightly build"
    assert credentials.token(auth.digest(made["token"])) == Account(ada.id, ADA, "user")
    (listed,) = use.tokens(ada.id, Page()).items
    assert listed["last_used_at"] is not None
    assert "token" not in listed
    use.delete_token(ada, made["id"])
    assert credentials.token(auth.digest(made["token"])) is None
    assert [record.action for record in records(engine)[-2:]] == ["token.created", "token.deleted"]
    assert made["token"] not in str(records(engine))


def test_another_persons_token_is_not_there(engine):
    ada, eve = people.person(engine, ADA), people.person(engine, "eve@example.com")
    made = accounts(engine).create_token(ada, "build")
    with pytest.raises(NotFound):
        accounts(engine).delete_token(eve, made["id"])
    assert accounts(engine).tokens(eve.id, Page()).items == []
    assert PostgresCredentials(engine).token(auth.digest(made["token"])) is not None


def test_tokens_come_in_pages_that_leave_none_out(engine):
    ada = people.person(engine, ADA)
    made = {accounts(engine).create_token(ada, f"t{number}")["id"] for number in range(5)}
    seen, page = [], Page(size=2)
    while True:
        listing = accounts(engine).tokens(ada.id, page)
        seen += [token["id"] for token in listing.items]
        if listing.next is None:
            break
        page = Page(2, listing.next)
    assert len(seen) == 5
    assert set(seen) == made


def test_tokens_are_limited_also_when_made_at_once(engine):
    ada = people.person(engine, ADA)
    store = PostgresAccounts(engine)

    def make(number: int) -> bool:
        try:
            store.create_token(ada, auth.new_id(), f"t{number}", auth.digest(auth.new_token()), most=3)
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(make, range(8))) == 3


@pytest.mark.parametrize("name", ["", "   ", "x" * 101, "bell\x07"])
def test_a_token_needs_a_proper_name(engine, name):
    with pytest.raises(Invalid):
        accounts(engine).create_token(people.person(engine, ADA), name)

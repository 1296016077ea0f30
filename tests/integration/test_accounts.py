"""Accounts on real PostgreSQL: sign-up, preferences, API tokens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from shared import auth
from shared.db.accounts import PostgresAccounts
from shared.db.administration import PostgresAdministration
from shared.db.credentials import PostgresCredentials
from shared.domain.accounts import Account, Preferences
from shared.domain.errors import Conflict, Forbidden, Invalid, NotFound, Refusal
from shared.domain.paging import Page
from tests.integration import people
from tests.integration.people import ADDRESS, PASSWORD, ROOT, accounts, move, records

ADA = "ada@example.com"


def invited(engine: Engine, email: str | None = None, role="user", lasts=timedelta(days=7)) -> str:
    secret = auth.new_secret()
    PostgresAdministration(engine).invite(ROOT, auth.new_id(), auth.digest(secret), email, role, lasts)
    return secret


# Sign-up


def test_an_open_sign_up_gives_the_role_user_and_the_default_quotas(engine):
    made = accounts(engine).sign_up(" Ada@Example.com", PASSWORD, None, ADDRESS)
    me = accounts(engine).me(made["id"])
    assert (me["email"], me["role"]) == (ADA, "user")
    assert me["quotas"] == {"max_vms": 10, "max_vcpus": 32, "max_monthly": "500.00", "currency": "USD"}
    assert me["used"] == {"vms": 0, "vcpus": 0}
    assert me["preferences"] == {
        "policy": "priority",
        "ssh_public_key": None,
        "timezone": None,
        "theme": None,
        "learn_from_requests": False,
        "idle_stop": "off",
        "mail_about": None,
    }
    (record,) = records(engine, "account.created")
    assert (record.actor_id, record.address, record.after) == (made["id"], ADDRESS, {"email": ADA, "role": "user"})


def test_nothing_that_signs_in_is_kept_in_the_clear(engine):
    accounts(engine).sign_up(ADA, PASSWORD, None, ADDRESS)
    cookie = accounts(engine).sign_in(ADA, PASSWORD, ADDRESS).cookie
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
        "learn_from_requests": False,
        "idle_stop": "off",
        "mail_about": None,
    }
    assert use.prefer(ada, Preferences(timezone=None))["preferences"]["timezone"] is None
    first = records(engine, "preferences.changed")[0]
    assert first.before == {"policy": None, "timezone": None}
    assert first.after == {"policy": "greenest", "timezone": "Europe/Paris"}


@pytest.mark.parametrize("timezone", ["Paris", "Europe", "../etc/passwd", "", "a\0b"])
def test_a_time_zone_that_nobody_knows_is_refused(timezone):
    with pytest.raises(ValueError, match=r"IANA|NUL"):
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

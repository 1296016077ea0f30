"""Passwords, random secrets, and whose credential it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher

from shared import auth
from shared.domain.accounts import Account
from shared.domain.errors import Invalid, Unauthenticated

ADA = Account("u1", "ada@example.com", "user")


class Store:
    """One live session and one token, kept by their hashes."""

    def __init__(self) -> None:
        self.cookie, self.api_token = auth.new_secret(), auth.new_token()
        self.asked: list[str] = []

    def session(self, id_hash: str, idle: timedelta) -> Account | None:
        self.asked.append(id_hash)
        return ADA if id_hash == auth.digest(self.cookie) and idle == timedelta(hours=1) else None

    def token(self, token_hash: str) -> Account | None:
        self.asked.append(token_hash)
        return ADA if token_hash == auth.digest(self.api_token) else None


def test_a_password_is_kept_as_argon2id_with_owasps_parameters():
    kept = auth.hash_password("correct horse battery")
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert auth.verify_password(kept, "correct horse battery")
    assert not auth.verify_password(kept, "correct horse Battery")


def test_the_same_password_typed_on_another_keyboard_is_the_same():
    kept = auth.hash_password("cafe\u0301 au lait")  # e and a combining accent
    assert auth.verify_password(kept, "caf\u00e9 au lait")


def test_an_unknown_account_costs_a_real_verification_and_never_passes(monkeypatch):
    verified = []
    verify = PasswordHasher.verify

    def counting(self, kept, password):
        verified.append(kept)
        return verify(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", counting)
    assert not auth.verify_password(None, "anything at all")
    assert verified == [auth.NOBODY]
    assert not auth.outdated(auth.NOBODY), "the decoy must cost what a real hash costs"


def test_a_damaged_hash_lets_nobody_in():
    assert not auth.verify_password("not a hash", "correct horse battery")


def test_an_endless_password_is_not_hashed():
    kept = auth.hash_password("x1y2" * 60)
    assert not auth.verify_password(kept, "x1y2" * 60)


def test_a_hash_with_weaker_parameters_is_outdated():
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse battery")
    assert auth.outdated(weak)
    assert auth.verify_password(weak, "correct horse battery")
    assert not auth.outdated(auth.hash_password("correct horse battery"))


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "x" * 9,
        "a" * 10,
        "aabbaabbaabb",
        "Password123",
        "ADA.LOVELACE@example.com",
        "ada.lovelace",
        "z9Y8" * 51,
    ],
)
def test_a_guessable_password_is_refused(password):
    with pytest.raises(Invalid) as refused:
        auth.check_password(password, "ada.lovelace@example.com")
    assert refused.value.code == "password_weak"
    assert password not in refused.value.detail


@pytest.mark.parametrize(
    "password", ["ten chars!", "correct horse battery staple", "日本語のパスワードです", "z9Y8" * 50]
)
def test_a_good_password_is_taken(password):
    auth.check_password(password, "ada.lovelace@example.com")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ada@Example.COM ", "ada@example.com"),
        ("a.b+c_d@sub.example.co.uk", "a.b+c_d@sub.example.co.uk"),
        ("x@xn--bcher-kva.example", "x@xn--bcher-kva.example"),
    ],
)
def test_an_email_is_kept_in_lower_case(typed, kept):
    assert auth.checked_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "ada@",
        "@example.com",
        "ada@example",
        "a..b@example.com",
        ".a@example.com",
        "a.@example.com",
        "a b@example.com",
        "ada@-example.com",
        "ada@example..com",
        "ada@example.com\nbcc: eve@example.com",
        "ada@exämple.com",
        "<ada@example.com>",
        f"{'a' * 65}@example.com",
        f"a@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 63}.com",
        "ada@127.0.0.1",
    ],
)
def test_what_is_no_plain_address_is_refused(typed):
    with pytest.raises(Invalid) as refused:
        auth.checked_email(typed)
    assert refused.value.code == "email_invalid"


def test_random_secrets_have_256_bits_and_differ():
    made = {auth.new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(len(secret) == 43 for secret in made)  # 32 bytes in base64url


def test_the_csrf_token_belongs_to_one_session_and_does_not_reveal_it():
    one, other = auth.new_secret(), auth.new_secret()
    assert auth.csrf_token(one) == auth.csrf_token(one)
    assert auth.csrf_token(one) != auth.csrf_token(other)
    assert auth.csrf_token(one) != auth.digest(one), "what the database keeps must not be enough to forge it"


def test_a_live_session_and_a_token_say_whose_they_are():
    store = Store()
    who = auth.Auth(store, idle=timedelta(hours=1))
    assert who.session(store.cookie) == ADA
    assert who.bearer(store.api_token) == ADA
    assert store.cookie not in store.asked
    assert store.api_token not in store.asked


def test_an_unknown_session_is_unauthenticated():
    with pytest.raises(Unauthenticated) as refused:
        auth.Auth(Store(), idle=timedelta(hours=1)).session("made up")
    assert refused.value.code == "session_ended"


@pytest.mark.parametrize("token", ["", "made up", "vmc_made_up", "vmc_\udcff"])
def test_an_unknown_token_is_unauthenticated(token):
    with pytest.raises(Unauthenticated) as refused:
        auth.Auth(Store(), idle=timedelta(hours=1)).bearer(token)
    assert refused.value.code == "token_invalid"


def test_a_caller_never_prints_what_their_session_is_kept_by():
    caller = auth.Caller("u1", "ada@example.com", "admin", "session", "192.0.2.1", session="kept", csrf_token="told")
    assert "kept" not in repr(caller)
    assert "told" not in repr(caller)
    assert (caller.actor.kind, caller.admin_actor.kind) == ("user", "admin")
    assert caller.actor.address == "192.0.2.1"

"""Who is calling: passwords, session cookies and API tokens.

Every random value here has 256 bits, is shown to its owner once, and is kept only as its SHA-256: with that much
chance in it a fast hash is enough. Passwords have little, so they get argon2id.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
import unicodedata
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Literal, Protocol

from shared.domain.accounts import Account, Role
from shared.domain.errors import Invalid, Unauthenticated
from shared.domain.vm import Actor

if TYPE_CHECKING:
    from argon2 import PasswordHasher

TOKEN_PREFIX = "vmc_"  # noqa: S105 so that scanners for leaked secrets can tell what they found
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200

# Checked when the e-mail is unknown, so that the time taken says nothing about who has an account.
# Made with the parameters of `_hasher`; the password behind it was random and is not kept.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$qw6c7sUfq6cfh90Au12L3w$EVsykC09bs2JxayYDZPK15IcVP+kwKRzD/hVhHXvFZk"

_EMAIL = re.compile(
    r"(?=.{6,254}\Z)(?=[^@]{1,64}@)[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])\Z"
)
# The head of the public lists of leaked passwords, as far as it is long enough to get here.
_FIRST_GUESSES = """
    1234567890 12345678910 0123456789 0987654321 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc q1w2e3r4t5 qwertyuiop
    qwerty12345 qwerty123456 qwerty1234 asdfghjkl; asdfghjkl1 zxcvbnm123 password12 password123 password1234
    passw0rd123 p@ssword123 p@ssw0rd123 administrator admin12345 admin123456 letmein123 letmein1234 welcome123
    welcome1234 iloveyou12 iloveyou123 changeme123 changeme1234 abcdefghij abcd123456 abc1234567 football123
    baseball123 princess123 sunshine123 superman123 trustno1trustno1 correcthorsebatterystaple
"""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes this request, by which credential, and from where.

    `session` (the SHA-256 that the session is kept by) and `csrf_token` are None for a token.
    """

    user_id: str
    email: str
    role: Role
    via: Literal["session", "token"]
    address: str
    session: str | None = field(default=None, repr=False)
    csrf_token: str | None = field(default=None, repr=False)

    @property
    def actor(self) -> Actor:
        """The caller in the audit log, acting for themself."""
        return Actor("user", self.user_id, self.address)

    @property
    def admin_actor(self) -> Actor:
        """The caller in the audit log, acting as an administrator."""
        return Actor("admin", self.user_id, self.address)


class CredentialStore(Protocol):
    """Where sessions and tokens are kept. A disabled user has none that work."""

    def session(self, id_hash: str, idle: timedelta) -> Account | None:
        """Whose live session it is: neither past its absolute end nor unseen for `idle`. Notes that it was seen, at
        most once a minute."""

    def token(self, token_hash: str) -> Account | None:
        """Whose token it is. Notes that it was used, at most once a minute."""


class Auth:
    """Says whose a credential is. `idle`: how long a session lasts unseen; its absolute end is set at sign-in."""

    def __init__(self, store: CredentialStore, idle: timedelta) -> None:
        self.store = store
        self.idle = idle

    def session(self, cookie: str) -> Account:
        """The account of a session cookie's value; Unauthenticated `session_ended` if there is none."""
        account = self.store.session(digest(cookie), self.idle)
        if account is None:
            raise Unauthenticated("session_ended", "Your session has ended: sign in again.")
        return account

    def bearer(self, token: str) -> Account:
        """The account of an API token; Unauthenticated `token_invalid` if there is none."""
        account = self.store.token(digest(token)) if token.startswith(TOKEN_PREFIX) else None
        if account is None:
            raise Unauthenticated("token_invalid", "This API token is not valid: make a new one on the account page.")
        return account


def new_secret() -> str:
    """256 random bits for a cookie or an invitation, in characters that URLs and headers accept."""
    return secrets.token_urlsafe(32)


def new_token() -> str:
    """256 random bits as an API token."""
    return TOKEN_PREFIX + new_secret()


def new_id() -> str:
    """128 random bits to name a row by."""
    return secrets.token_hex(16)


def digest(secret: str) -> str:
    """SHA-256 (hex): how a random secret is kept and found again."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def csrf_token(session_secret: str) -> str:
    """The token that goes with a session: derived from the cookie's value, which no other site can read."""
    return hmac.new(session_secret.encode("utf-8", "surrogateescape"), b"csrf", hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Equality that takes the same time wherever the two differ."""
    return hmac.compare_digest(one.encode("utf-8", "surrogateescape"), other.encode("utf-8", "surrogateescape"))


def checked_email(text: str) -> str:
    """The address in lower case; Invalid `email_invalid` unless it is a plain one (ASCII, a domain with a dot)."""
    email = text.strip().lower()
    if not _EMAIL.match(email):
        raise Invalid("email_invalid", "This is not an e-mail address.")
    return email


def check_password(password: str, email: str) -> None:
    """Invalid `password_weak` unless it is 10 to 200 characters, not the e-mail, and not among the first guesses."""
    plain = unicodedata.normalize("NFKC", password).casefold()
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        because = f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters."
    elif plain in (email, email.partition("@")[0]):
        because = "The password must not be your e-mail address."
    elif plain in _FIRST_GUESSES.split() or len(set(plain)) < 4:
        because = "This password is among the first that anybody would try."
    else:
        return
    raise Invalid("password_weak", because)


def hash_password(password: str) -> str:
    """argon2id, with its parameters and salt in the text."""
    with _slots():
        return _hasher().hash(unicodedata.normalize("NFKC", password))


def verify_password(kept: str | None, password: str) -> bool:
    """Whether the password is the one that was hashed. With no hash the same work is done, and it is not."""
    from argon2.exceptions import InvalidHashError, VerificationError

    if len(password) > LONGEST_PASSWORD:
        password, kept = "", None
    try:
        with _slots():
            _hasher().verify(kept or NOBODY, unicodedata.normalize("NFKC", password))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Whether the hash was made with other parameters than today's, and should be made anew."""
    return _hasher().check_needs_rehash(kept)


@cache
def _hasher() -> PasswordHasher:
    """OWASP's parameters for argon2id: 19 MiB, two passes, one lane."""
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _slots() -> threading.BoundedSemaphore:
    """At most four hashes at a time: a flood of sign-ins must not take a small function's memory."""
    return threading.BoundedSemaphore(4)

"""Use case: accounts, as their owners use them: sign up, sign in and out, preferences, API tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from shared import auth
from shared.domain.accounts import Account, ApiToken, Login, Preferences, Quotas, Signup, User
from shared.domain.errors import Forbidden, Invalid, Unauthenticated
from shared.domain.money import written
from shared.domain.paging import Listing, Page
from shared.domain.vm import Actor
from shared.services.limiting import Limit
from shared.services.views import moment

MOST_TOKENS = 50
LONGEST_NAME = 100


class AccountStore(Protocol):
    """Accounts in PostgreSQL. Each method is one transaction, with its audit record."""

    def create(
        self, actor: Actor, email: str, password_hash: str, quotas: Quotas, invitation_hash: str | None
    ) -> Account:
        """A new account with the actor's id. Uses the invitation up and gives its role. Conflict `email_taken`;
        Forbidden `invitation_invalid`, or `invitation_required` where the address was invited and none is shown."""

    def login(self, email: str) -> Login | None:
        """What a sign-in with this address is judged by, None if there is no such account."""

    def refused(self, actor: Actor, because: str) -> None:
        """Write down a sign-in that was refused."""

    def open_session(
        self, actor: Actor, id_hash: str, length: timedelta, ended: str | None, rehash: str | None
    ) -> None:
        """Begin a session, end the one before, and keep a better hash of the password if there is one."""

    def close_session(self, actor: Actor, id_hash: str) -> None:
        """End a session; done already if there is none."""

    def user(self, user_id: str) -> User:
        """The account with its quotas and what is used of them. NotFound `no_such_user`."""

    def prefer(self, actor: Actor, changed: Mapping[str, Any]) -> None:
        """Set these preferences, and leave the others as they are."""

    def create_token(self, actor: Actor, token_id: str, name: str, token_hash: str, most: int) -> ApiToken:
        """A token for the actor. Conflict `too_many_tokens` if they have `most` already."""

    def tokens(self, user_id: str, page: Page) -> Listing[ApiToken]:
        """A user's tokens."""

    def delete_token(self, actor: Actor, token_id: str) -> None:
        """It no longer works. NotFound `no_such_token` unless it is the actor's."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that began: the cookie's value, what goes with it, and how long it may last at the longest."""

    cookie: str
    csrf_token: str
    longest: timedelta
    user: Mapping[str, Any]


class Accounts:
    """`limit` is on tries to sign up or in; `longest` is a session's absolute end; `quotas` are a new account's."""

    def __init__(
        self, store: AccountStore, limit: Limit, *, signup: Signup, longest: timedelta, quotas: Quotas
    ) -> None:
        self.store = store
        self.limit = limit
        self.signup = signup
        self.longest = longest
        self.quotas = quotas

    def sign_up(self, email: str, password: str, invitation: str | None, address: str) -> dict[str, Any]:
        """A new account. An invitation gives its role, nothing else gives any but `user`.

        An address that has an account already is told so (`email_taken`). To hide it would need a message to that
        address, which is not sent here, and would leave a person who forgot their account with one that never works.
        Where sign-up is by invitation only holders of one get that far; elsewhere the limit makes a search slow.
        """
        self.limit.from_address(address)
        email = auth.checked_email(email)
        auth.check_password(password, email)
        if invitation is None and self.signup == "invitation":
            raise Forbidden("invitation_required", "Sign-up is by invitation: ask an administrator for a link.")
        actor = Actor("user", auth.new_id(), address)
        invited = auth.digest(invitation) if invitation is not None else None
        account = self.store.create(actor, email, auth.hash_password(password), self.quotas, invited)
        return {"id": account.user_id, "email": account.email, "role": account.role}

    def sign_in(self, email: str, password: str, address: str, before: str | None = None) -> Opened:
        """A new session, never the one that the browser had `before` (the SHA-256 of its cookie), which ends.

        Unauthenticated `credentials_invalid` says the same, and takes as long, whether or not there is such an
        account; Forbidden `account_disabled` is for who knew the password.
        """
        email = email.strip().lower()[:254]
        self.limit.hit(email, address)
        login = self.store.login(email)
        right = auth.verify_password(login.password_hash if login else None, password)
        if login is None:
            raise _wrong()
        actor = Actor("user", login.account.user_id, address)
        if not right:
            self.store.refused(actor, "wrong password")
            raise _wrong()
        if login.disabled:
            self.store.refused(actor, "account disabled")
            raise Forbidden("account_disabled", "An administrator has disabled this account.")
        cookie = auth.new_secret()
        rehash = auth.hash_password(password) if auth.outdated(login.password_hash) else None
        self.store.open_session(actor, auth.digest(cookie), self.longest, before, rehash)
        self.limit.forgive(email)
        return Opened(cookie, auth.csrf_token(cookie), self.longest, self.me(actor.id))

    def sign_out(self, actor: Actor, session: str) -> None:
        """The session (the SHA-256 of its cookie) ends at once."""
        self.store.close_session(actor, session)

    def me(self, user_id: str) -> dict[str, Any]:
        """The account as its owner sees it."""
        user = self.store.user(user_id)
        return {
            "id": user.id,
            "email": user.email,
            "role": user.role,
            "preferences": user.preferences.model_dump(mode="json"),
            "quotas": quotas_view(user.quotas),
            "used": {"vms": user.vms, "vcpus": user.vcpus},
            "signup": self.signup,
        }

    def prefer(self, actor: Actor, preferences: Preferences) -> dict[str, Any]:
        """Set the preferences that were sent (null unsets one), and leave the others; the account as it is then."""
        changed = preferences.model_dump(mode="json", exclude_unset=True)
        if changed:
            self.store.prefer(actor, changed)
        return self.me(actor.id)

    def create_token(self, actor: Actor, name: str) -> dict[str, Any]:
        """A token with the whole of the account's rights; this is the only time that it is shown."""
        plain = " ".join(name.split())
        if not (plain and len(plain) <= LONGEST_NAME and plain.isprintable()):
            raise Invalid("name_invalid", f"Name the token by what it is for, in 1 to {LONGEST_NAME} characters.")
        token = auth.new_token()
        made = self.store.create_token(actor, auth.new_id(), plain, auth.digest(token), MOST_TOKENS)
        return _token(made) | {"token": token}

    def tokens(self, user_id: str, page: Page) -> Listing[dict[str, Any]]:
        """The account's tokens, without what was shown once."""
        found = self.store.tokens(user_id, page)
        return Listing([_token(token) for token in found.items], found.next)

    def delete_token(self, actor: Actor, token_id: str) -> None:
        """The token stops working at once."""
        self.store.delete_token(actor, token_id)


def quotas_view(quotas: Quotas) -> dict[str, Any]:
    """As the API shows them: money as a string of US dollars."""
    return {
        "max_vms": quotas.max_vms,
        "max_vcpus": quotas.max_vcpus,
        "max_monthly": written(quotas.max_monthly),
        "currency": "USD",
    }


def _token(token: ApiToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "created_at": moment(token.created_at),
        "last_used_at": moment(token.last_used_at),
    }


def _wrong() -> Unauthenticated:
    return Unauthenticated("credentials_invalid", "The e-mail or the password is wrong.")

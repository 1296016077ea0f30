"""Accounts as their owners change them. Each change is one transaction with its audit record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.db.auditing import Trail
from shared.db.models import ApiToken as TokenRow
from shared.db.models import Invitation as InvitationRow
from shared.db.models import Session, table
from shared.db.users import USERS, read_user
from shared.domain.accounts import Account, ApiToken, Login, Quotas, Role, User
from shared.domain.errors import Conflict, Forbidden, NotFound
from shared.domain.paging import Listing, Page, cut
from shared.domain.vm import Actor

SESSIONS, TOKENS, INVITATIONS = table(Session), table(TokenRow), table(InvitationRow)
NOW = func.platform_now()
SHOWN = (TOKENS.c.id, TOKENS.c.name, TOKENS.c.created_at, TOKENS.c.last_used_at)


class PostgresAccounts:
    """`trace` gives the id of the request being served, for the audit records."""

    def __init__(self, engine: Engine, trace: Callable[[], str | None] = lambda: None) -> None:
        self.engine = engine
        self.trail = Trail(trace)

    def create(
        self, actor: Actor, email: str, password_hash: str, quotas: Quotas, invitation_hash: str | None
    ) -> Account:
        """A new account, with the id of `actor`. An invitation is used up in the same transaction and gives its role;
        an address that somebody has invited needs that invitation."""
        with self.engine.begin() as connection:
            role = self._redeem(connection, actor, email, invitation_hash)
            made = connection.execute(
                upsert(USERS)
                .values(
                    id=actor.id,
                    email=email,
                    password_hash=password_hash,
                    role=role,
                    max_vms=quotas.max_vms,
                    max_vcpus=quotas.max_vcpus,
                    max_monthly=quotas.max_monthly,
                )
                .on_conflict_do_nothing(index_elements=["email"])
            )
            if not made.rowcount:
                raise Conflict("email_taken", "There is an account with this e-mail already: sign in instead.")
            self.trail.record(connection, actor, "account.created", after={"email": email, "role": role})
        return Account(actor.id, email, role)

    def login(self, email: str) -> Login | None:
        """What a sign-in with this address is judged by, None if there is no such account."""
        query = select(USERS.c.id, USERS.c.role, USERS.c.password_hash, USERS.c.disabled).where(USERS.c.email == email)
        with self.engine.begin() as connection:
            found = connection.execute(query).first()
        return Login(Account(found.id, email, found.role), found.password_hash, found.disabled) if found else None

    def refused(self, actor: Actor, because: str) -> None:
        """Write down a sign-in that was refused."""
        with self.engine.begin() as connection:
            self.trail.record(connection, actor, "session.opened", because, outcome="refused")

    def open_session(
        self, actor: Actor, id_hash: str, length: timedelta, ended: str | None, rehash: str | None
    ) -> None:
        """A session until `length` from now. In the same transaction `ended`, the browser's session before, ends,
        and `rehash` becomes the user's password hash."""
        with self.engine.begin() as connection:
            if ended is not None:
                connection.execute(delete(SESSIONS).where(SESSIONS.c.id_hash == ended))
            connection.execute(
                insert(SESSIONS).values(
                    id_hash=id_hash, user_id=actor.id, expires_at=NOW + length, address=actor.address or ""
                )
            )
            if rehash is not None:
                connection.execute(update(USERS).where(USERS.c.id == actor.id).values(password_hash=rehash))
            self.trail.record(connection, actor, "session.opened")

    def close_session(self, actor: Actor, id_hash: str) -> None:
        """The session ends; done already if there is none."""
        with self.engine.begin() as connection:
            if connection.execute(delete(SESSIONS).where(SESSIONS.c.id_hash == id_hash)).rowcount:
                self.trail.record(connection, actor, "session.closed")

    def user(self, user_id: str) -> User:
        """The account with its quotas and what is used of them."""
        with self.engine.begin() as connection:
            found = read_user(connection, user_id)
        if found is None:
            raise NotFound("no_such_user", "There is no such account.")
        return found

    def prefer(self, actor: Actor, changed: Mapping[str, Any]) -> None:
        """Set these preferences, and leave the others as they are."""
        with self.engine.begin() as connection:
            mine = USERS.c.id == actor.id
            before = connection.execute(select(USERS.c.preferences).where(mine).with_for_update()).scalar_one()
            connection.execute(update(USERS).where(mine).values(preferences={**before, **changed}))
            old = {name: before.get(name) for name in changed}
            self.trail.record(connection, actor, "preferences.changed", before=old, after=changed)

    def create_token(self, actor: Actor, token_id: str, name: str, token_hash: str, most: int) -> ApiToken:
        """A token for the actor; Conflict `too_many_tokens` if they have `most` already."""
        with self.engine.begin() as connection:
            connection.execute(select(USERS.c.id).where(USERS.c.id == actor.id).with_for_update())
            count = select(func.count()).select_from(TOKENS).where(TOKENS.c.user_id == actor.id)
            if connection.execute(count).scalar_one() >= most:
                raise Conflict("too_many_tokens", f"You have {most} tokens: delete one that you no longer need.")
            made = insert(TOKENS).values(id=token_id, user_id=actor.id, name=name, token_hash=token_hash)
            row = connection.execute(made.returning(*SHOWN)).one()
            self.trail.record(connection, actor, "token.created", name, after={"id": token_id, "name": name})
        return ApiToken(*row)

    def tokens(self, user_id: str, page: Page) -> Listing[ApiToken]:
        """A user's tokens, by id."""
        query = select(*SHOWN).where(TOKENS.c.user_id == user_id).order_by(TOKENS.c.id).limit(page.size + 1)
        if page.after is not None:
            query = query.where(TOKENS.c.id > page.after)
        with self.engine.begin() as connection:
            found = [ApiToken(*row) for row in connection.execute(query)]
        return cut(found, page, lambda each: each.id)

    def delete_token(self, actor: Actor, token_id: str) -> None:
        """It no longer works. NotFound unless it is the actor's."""
        gone = delete(TOKENS).where(TOKENS.c.id == token_id, TOKENS.c.user_id == actor.id).returning(TOKENS.c.name)
        with self.engine.begin() as connection:
            name = connection.execute(gone).scalar_one_or_none()
            if name is None:
                raise NotFound("no_such_token", "There is no such token.")
            self.trail.record(connection, actor, "token.deleted", name, before={"id": token_id, "name": name})

    def _redeem(self, connection: Connection, actor: Actor, email: str, invitation_hash: str | None) -> Role:
        """The role that the invitation gives; `user` without one."""
        open_ones = INVITATIONS.c.used_at.is_(None) & (INVITATIONS.c.expires_at > NOW)
        if invitation_hash is None:
            kept = select(INVITATIONS.c.id).where(open_ones, INVITATIONS.c.email == email).limit(1)
            if connection.execute(kept).first():
                raise Forbidden("invitation_required", "This address was invited: sign up with the invitation's link.")
            return "user"
        theirs = INVITATIONS.c.email.is_(None) | (INVITATIONS.c.email == email)
        used = (
            update(INVITATIONS)
            .where(open_ones, theirs, INVITATIONS.c.token_hash == invitation_hash)
            .values(used_at=NOW, used_by=actor.id)
        )
        role: Role | None = connection.execute(used.returning(INVITATIONS.c.role)).scalar_one_or_none()
        if role is None:
            told = "This invitation is for another address, was used, or has ended: ask for a new one."
            raise Forbidden("invitation_invalid", told)
        return role

"""Sessions and API tokens as every request looks them up: one read, and a write at most once a minute."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, Row, func, select, update

from shared.db.models import ApiToken, Session, User, table
from shared.domain.accounts import Account

USERS, SESSIONS, TOKENS = table(User), table(Session), table(ApiToken)
NOW = func.platform_now()
FRESH = timedelta(minutes=1)  # how exactly "last seen" is known
WHO = (USERS.c.id, USERS.c.email, USERS.c.role)


class PostgresCredentials:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def session(self, id_hash: str, idle: timedelta) -> Account | None:
        """Whose live session it is: neither past its end, nor unseen for `idle`, nor a disabled user's."""
        stale = (SESSIONS.c.seen_at < NOW - FRESH).label("stale")
        live = (
            select(*WHO, stale)
            .join(USERS, USERS.c.id == SESSIONS.c.user_id)
            .where(SESSIONS.c.id_hash == id_hash, USERS.c.disabled.is_(False))
            .where(SESSIONS.c.expires_at > NOW, SESSIONS.c.seen_at > NOW - idle)
        )
        with self.engine.begin() as connection:
            found = connection.execute(live).first()
            if found is not None and found.stale:
                seen = update(SESSIONS).where(SESSIONS.c.id_hash == id_hash)
                connection.execute(seen.values(seen_at=NOW))
        return _account(found)

    def token(self, token_hash: str) -> Account | None:
        """Whose token it is, unless that user is disabled."""
        stale = func.coalesce(TOKENS.c.last_used_at < NOW - FRESH, True).label("stale")
        live = (
            select(*WHO, stale)
            .join(USERS, USERS.c.id == TOKENS.c.user_id)
            .where(TOKENS.c.token_hash == token_hash, USERS.c.disabled.is_(False))
        )
        with self.engine.begin() as connection:
            found = connection.execute(live).first()
            if found is not None and found.stale:
                used = update(TOKENS).where(TOKENS.c.token_hash == token_hash)
                connection.execute(used.values(last_used_at=NOW))
        return _account(found)


def _account(found: Row[tuple[str, str, str, bool]] | None) -> Account | None:
    return Account(found.id, found.email, found.role) if found is not None else None

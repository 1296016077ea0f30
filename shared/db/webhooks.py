"""Accounts' webhooks, each change in one transaction with its audit record."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.db.auditing import Trail
from shared.db.models import WebhookRow, table
from shared.domain.notices import Webhook
from shared.domain.vm import Actor

WEBHOOKS = table(WebhookRow)
SHOWN = (WEBHOOKS.c.id, WEBHOOKS.c.url, WEBHOOKS.c.created_at)


class PostgresWebhooks:
    """`trace` gives the id of the request being served, for the audit records."""

    def __init__(self, engine: Engine, trace: Callable[[], str | None] = lambda: None) -> None:
        self.engine = engine
        self.trail = Trail(trace)

    def webhook(self, user_id: str) -> Webhook | None:
        """The account's, None if it has none."""
        with self.engine.begin() as connection:
            found = connection.execute(select(*SHOWN).where(WEBHOOKS.c.user_id == user_id)).first()
        return Webhook(*found) if found else None

    def set_webhook(self, actor: Actor, webhook_id: str, url: str) -> Webhook:
        """The actor's from now on, in the place of one before."""
        fresh = {"id": webhook_id, "url": url, "created_at": func.platform_now()}
        made = upsert(WEBHOOKS).values(user_id=actor.id, **fresh)
        made = made.on_conflict_do_update(index_elements=["user_id"], set_=fresh)
        with self.engine.begin() as connection:
            row = connection.execute(made.returning(*SHOWN)).one()
            self.trail.record(connection, actor, "webhook.set", url, after={"id": webhook_id, "url": url})
        return Webhook(*row)

    def delete_webhook(self, actor: Actor) -> None:
        """The actor has none; done already if so."""
        gone = delete(WEBHOOKS).where(WEBHOOKS.c.user_id == actor.id).returning(WEBHOOKS.c.id, WEBHOOKS.c.url)
        with self.engine.begin() as connection:
            if row := connection.execute(gone).first():
                self.trail.record(connection, actor, "webhook.deleted", row.url, before={"id": row.id, "url": row.url})

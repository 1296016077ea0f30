"""The audit log: what accounts and administrators did, and the search over everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, func, insert, or_, select

from shared.db.models import Audit, User, table
from shared.db.vm_models import VmRow
from shared.domain.accounts import AuditRecord
from shared.domain.errors import Invalid
from shared.domain.paging import Listing, Page, cut
from shared.domain.vm import Actor

AUDIT, USERS, VMS = table(Audit), table(User), table(VmRow)


class Trail:
    """Writes records; `trace` gives the id of the request being served."""

    def __init__(self, trace: Callable[[], str | None] = lambda: None) -> None:
        self.trace = trace

    def record(
        self,
        connection: Connection,
        actor: Actor,
        action: str,
        detail: str = "",
        *,
        outcome: str = "done",
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """Write it down, in the transaction of what was done. `before` and `after` are plain JSON."""
        connection.execute(
            insert(AUDIT).values(
                actor_kind=actor.kind,
                actor_id=actor.id,
                address=actor.address,
                action=action,
                detail=detail,
                outcome=outcome,
                before=before,
                after=after,
                trace_id=self.trace(),
            )
        )


class PostgresAuditLog:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def search(
        self, viewer: str | None, vm: str | None, actor: str | None, action: str | None, page: Page
    ) -> Listing[AuditRecord]:
        """The newest first. `viewer`: only this user's own records and those of their VMs (None: everybody's);
        `vm`: a VM's name; `actor`: an e-mail, or the id of a user or a part."""
        query = (
            select(AUDIT, func.coalesce(USERS.c.email, AUDIT.c.actor_id).label("actor"))
            .outerjoin(USERS, USERS.c.id == AUDIT.c.actor_id)
            .order_by(AUDIT.c.id.desc())
            .limit(page.size + 1)
        )
        if viewer is not None:
            own = select(VMS.c.id).where(VMS.c.owner_id == viewer)
            query = query.where(or_(AUDIT.c.actor_id == viewer, AUDIT.c.vm_id.in_(own)))
        if vm:
            query = query.where(AUDIT.c.vm_name == vm)
        if actor:
            query = query.where(or_(AUDIT.c.actor_id == actor, USERS.c.email == actor.strip().lower()))
        if action:
            query = query.where(AUDIT.c.action == action)
        if page.after is not None:
            query = query.where(AUDIT.c.id < _number(page.after))
        with self.engine.begin() as connection:
            found = [_audit_record(row) for row in connection.execute(query).mappings()]
        return cut(found, page, lambda each: str(each.id))


def _number(cursor: str) -> int:
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 19):
        raise Invalid("page_token_invalid", "Use a next_page_token as it was given.")
    return int(cursor)


def _audit_record(row: RowMapping) -> AuditRecord:
    same = set(AuditRecord.__dataclass_fields__) - {"vm"}
    return AuditRecord(vm=row["vm_name"], **{name: row[name] for name in same})

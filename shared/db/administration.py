"""What administrators change. Each change is one transaction with its audit record, before and after."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.db.auditing import Trail
from shared.db.models import Invitation as InvitationRow
from shared.db.models import PlatformSettings, Project, Region, Session, table
from shared.db.users import USERS, read_user, user, users_with_use
from shared.domain.accounts import Invitation, Role, User
from shared.domain.errors import NotFound
from shared.domain.money import written
from shared.domain.paging import Listing, Page, cut
from shared.domain.vm import Actor

INVITATIONS, REGIONS, PROJECT = table(InvitationRow), table(Region), table(Project)
SETTINGS, SESSIONS = table(PlatformSettings), table(Session)
NOW = func.platform_now()
SHOWN = tuple(INVITATIONS.c[name] for name in Invitation.__dataclass_fields__)


class PostgresAdministration:
    """`trace` gives the id of the request being served, for the audit records."""

    def __init__(self, engine: Engine, trace: Callable[[], str | None] = lambda: None) -> None:
        self.engine = engine
        self.trail = Trail(trace)

    def users(self, page: Page) -> Listing[User]:
        """Everybody, by e-mail."""
        query = users_with_use().order_by(USERS.c.email).limit(page.size + 1)
        if page.after is not None:
            query = query.where(USERS.c.email > page.after)
        with self.engine.begin() as connection:
            found = [user(row) for row in connection.execute(query).mappings()]
        return cut(found, page, lambda each: each.email)

    def change_user(self, actor: Actor, user_id: str, change: Callable[[User, int], User]) -> User:
        """What `change` makes of the user and the number of other administrators who can sign in. All of these are
        locked meanwhile, so that no two demote each other."""
        with self.engine.begin() as connection:
            admins = select(USERS.c.id).where(USERS.c.role == "admin", USERS.c.disabled.is_(False))
            others = connection.execute(admins.order_by(USERS.c.id).with_for_update()).scalars().all()
            connection.execute(select(USERS.c.id).where(USERS.c.id == user_id).with_for_update())
            before = read_user(connection, user_id)
            if before is None:
                raise NotFound("no_such_user", "There is no such user.")
            after = change(before, len(set(others) - {user_id}))
            if after != before:
                self._write_user(connection, actor, before, after)
            return after

    def invite(
        self, actor: Actor, invitation_id: str, token_hash: str, email: str | None, role: Role, lasts: timedelta
    ) -> Invitation:
        """A new single-use way in."""
        made = insert(INVITATIONS).values(
            id=invitation_id,
            token_hash=token_hash,
            email=email,
            role=role,
            created_by=actor.id,
            expires_at=NOW + lasts,
        )
        with self.engine.begin() as connection:
            row = connection.execute(made.returning(*SHOWN)).one()
            told = {"id": invitation_id, "email": email, "role": role}
            self.trail.record(connection, actor, "invitation.created", email or "", after=told)
        return Invitation(*row)

    def invitations(self, page: Page) -> Listing[Invitation]:
        """Those that can still be used, by id."""
        query = select(*SHOWN).where(INVITATIONS.c.used_at.is_(None), INVITATIONS.c.expires_at > NOW)
        if page.after is not None:
            query = query.where(INVITATIONS.c.id > page.after)
        with self.engine.begin() as connection:
            rows = connection.execute(query.order_by(INVITATIONS.c.id).limit(page.size + 1))
            found = [Invitation(*row) for row in rows]
        return cut(found, page, lambda each: each.id)

    def withdraw(self, actor: Actor, invitation_id: str) -> None:
        """It can no longer be used. NotFound if it was, or never was there."""
        gone = delete(INVITATIONS).where(INVITATIONS.c.id == invitation_id, INVITATIONS.c.used_at.is_(None))
        with self.engine.begin() as connection:
            row = connection.execute(gone.returning(INVITATIONS.c.email, INVITATIONS.c.role)).first()
            if row is None:
                raise NotFound("no_such_invitation", "There is no such invitation that is still open.")
            told = {"id": invitation_id, "email": row.email, "role": row.role}
            self.trail.record(connection, actor, "invitation.withdrawn", row.email or "", before=told)

    def change_region(self, actor: Actor, region_id: str, changes: Mapping[str, Any]) -> None:
        """Set these columns of a region. NotFound if there is none of that id."""
        with self.engine.begin() as connection:
            this = REGIONS.c.id == region_id
            row = connection.execute(select(REGIONS).where(this).with_for_update()).mappings().first()
            if row is None:
                raise NotFound("no_such_region", f"There is no region {region_id}.")
            new = {name: value for name, value in changes.items() if row[name] != value}
            if new:
                connection.execute(update(REGIONS).where(this).values(new))
                old = {name: row[name] for name in new}
                self.trail.record(connection, actor, "region.changed", region_id, before=old, after=new)

    def change_rule_limit(self, actor: Actor, limit: int) -> None:
        """How many firewall rules the VMs may have together."""
        with self.engine.begin() as connection:
            was = connection.execute(select(PROJECT.c.firewall_rule_limit).with_for_update()).scalar_one()
            if was != limit:
                connection.execute(update(PROJECT).values(firewall_rule_limit=limit))
                old, new = {"firewall_rule_limit": was}, {"firewall_rule_limit": limit}
                self.trail.record(connection, actor, "settings.changed", before=old, after=new)

    def creation_paused(self) -> bool:
        """Whether approvals are refused at this time."""
        with self.engine.begin() as connection:
            return bool(connection.execute(select(SETTINGS.c.creation_paused)).scalar_one_or_none())

    def pause_creation(self, actor: Actor, paused: bool) -> None:
        """Refuse approvals from now on, or no longer."""
        with self.engine.begin() as connection:
            connection.execute(upsert(SETTINGS).values(id=1).on_conflict_do_nothing())
            was = connection.execute(select(SETTINGS.c.creation_paused).with_for_update()).scalar_one()
            if was != paused:
                connection.execute(update(SETTINGS).values(creation_paused=paused))
                old, new = {"creation_paused": was}, {"creation_paused": paused}
                self.trail.record(connection, actor, "settings.changed", before=old, after=new)

    def _write_user(self, connection: Connection, actor: Actor, before: User, after: User) -> None:
        columns = _columns(after)
        connection.execute(update(USERS).where(USERS.c.id == after.id).values(columns))
        if after.disabled:
            connection.execute(delete(SESSIONS).where(SESSIONS.c.user_id == after.id))
        old, new = _told(before), _told(after)
        differ = [name for name in new if new[name] != old[name]]
        self.trail.record(
            connection,
            actor,
            "user.changed",
            after.email,
            before={name: old[name] for name in differ},
            after={name: new[name] for name in differ},
        )


def _columns(person: User) -> dict[str, Any]:
    """What an administrator may change of a user."""
    return {
        "role": person.role,
        "disabled": person.disabled,
        "max_vms": person.quotas.max_vms,
        "max_vcpus": person.quotas.max_vcpus,
        "max_monthly": person.quotas.max_monthly,
    }


def _told(person: User) -> dict[str, Any]:
    return _columns(person) | {"max_monthly": written(person.quotas.max_monthly)}

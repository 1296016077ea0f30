"""Brings the registry up to date: the schema, the limits on first use, and the first administrator's way in.

    python -m shared.migrate

Run before a deployment, with the configuration of the functions. Prints the administrator's single-use link when there
is no administrator yet: nobody becomes one by signing up with ADMIN_EMAIL alone.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from shared import auth, bootstrap
from shared.catalog.regions import DEFAULT_REGIONS
from shared.db.migrating import upgrade
from shared.db.models import Invitation, Project, Region, User, table

INVITATIONS, USERS = table(Invitation), table(User)
LINK_VALID = timedelta(days=7)


def main() -> None:
    settings, engine = bootstrap.settings(), bootstrap.engine()
    upgrade(engine)
    seed_limits(engine, settings.region_vcpu_limit, settings.region_address_limit, settings.firewall_rule_limit)
    if settings.admin_email and (secret := invite_first_admin(engine, auth.checked_email(settings.admin_email))):
        print(f"{settings.public_url.rstrip('/')}/signup?invitation={secret}")


def seed_limits(engine: Engine, vcpus: int, addresses: int, rules: int) -> None:
    """The platform's regions with their limits, and the project's, as far as they are not there; what an administrator
    has changed stays."""
    limits = {"vcpu_limit": vcpus, "address_limit": addresses}
    rows = [{"id": each.id, "priority": each.priority, "fallback": each.fallback, **limits} for each in DEFAULT_REGIONS]
    project = upsert(table(Project)).values(id=1, firewall_rule_limit=rules)
    with engine.begin() as connection:
        connection.execute(upsert(table(Region)).values(rows).on_conflict_do_nothing())
        connection.execute(project.on_conflict_do_nothing())


def invite_first_admin(engine: Engine, email: str) -> str | None:
    """A fresh single-use secret for the first administrator, in place of any unused one; None if there is one."""
    with engine.begin() as connection:
        if connection.execute(select(USERS.c.id).where(USERS.c.role == "admin").limit(1)).first():
            return None
        now = func.platform_now()
        connection.execute(
            update(INVITATIONS)
            .where(INVITATIONS.c.email == email, INVITATIONS.c.used_at.is_(None))
            .values(expires_at=now)
        )
        secret = auth.new_secret()
        connection.execute(
            insert(INVITATIONS).values(
                id=auth.new_id(),
                token_hash=auth.digest(secret),
                email=email,
                role="admin",
                expires_at=now + LINK_VALID,
            )
        )
        return secret


if __name__ == "__main__":
    main()

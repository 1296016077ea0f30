"""People, their VMs' rows and the database's clock, for the tests of accounts and administration."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine, insert, select, text

from shared import auth
from shared.db.accounts import PostgresAccounts
from shared.db.administration import PostgresAdministration
from shared.db.limits import PostgresLimiter
from shared.db.models import Audit, table
from shared.db.registry import PostgresRegistry
from shared.db.vm_models import VmRow
from shared.db.vm_reads import PostgresVmReads
from shared.domain.accounts import Quotas, Role
from shared.domain.vm import Actor
from shared.services.accounts import Accounts
from shared.services.administering import Administering
from shared.services.limiting import Limit

ADDRESS = "203.0.113.7"
PASSWORD = "correct horse battery"
QUOTAS = Quotas(max_vms=10, max_vcpus=32, max_monthly=Decimal("500"))
LONGEST = timedelta(days=14)
IDLE = timedelta(hours=12)
ROOT = Actor("admin", "root", "198.51.100.1")

_numbers = itertools.count(1)
_BLANK = {"int": 0, "str": "", "object": {}, "Decimal": Decimal(1), "timedelta": timedelta(0)}


def accounts(engine: Engine, signup: Any = "open", limit: int = 10) -> Accounts:
    """The use case on that database; the limit counts per hour."""
    counted = Limit(PostgresLimiter(engine), "sign_in", limit, timedelta(hours=1))
    return Accounts(PostgresAccounts(engine), counted, signup=signup, longest=LONGEST, quotas=QUOTAS)


def administering(engine: Engine) -> Administering:
    reads = PostgresVmReads(engine, PostgresRegistry(engine))
    return Administering(PostgresAdministration(engine), reads.regions, "https://vm.example.com/")


def person(engine: Engine, email: str, role: Role = "user") -> Actor:
    """Somebody with an account, PASSWORD and that role, without the cost of hashing."""
    actor = Actor("user", auth.new_id(), ADDRESS)
    PostgresAccounts(engine).create(actor, email, auth.NOBODY, QUOTAS, None)
    with engine.begin() as connection:
        connection.execute(text("UPDATE users SET role = :role WHERE id = :id"), {"role": role, "id": actor.id})
    return actor


def vm(engine: Engine, owner: str, *, vcpus: int = 2, state: str = "RUNNING", region: str | None = None) -> str:
    """A VM's row with nothing in it that accounts do not look at; its name."""
    name = f"django-{next(_numbers):03d}"
    row: dict[str, Any] = {
        column.name: _blank(column.type.python_type) for column in table(VmRow).columns if not column.nullable
    }
    row |= {"id": f"id-{name}", "name": name, "owner_id": owner, "vcpus": vcpus, "state": state}
    row |= {"region": region, "reserved_region": region, "reserved_vcpus": vcpus if region else None}
    with engine.begin() as connection:
        connection.execute(insert(table(VmRow)).values(row))
    return name


def records(engine: Engine, action: str | None = None) -> list[Any]:
    """The audit log, oldest first."""
    log = table(Audit)
    query = select(log).order_by(log.c.id)
    with engine.begin() as connection:
        return list(connection.execute(query if action is None else query.where(log.c.action == action)))


def move(engine: Engine, by: timedelta) -> None:
    """Move the database's clock."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "CREATE OR REPLACE FUNCTION platform_now() RETURNS timestamptz LANGUAGE sql AS "
                f"$$SELECT clock_timestamp() + interval '{by.total_seconds()} seconds'$$"
            )
        )


def _blank(kind: type) -> Any:
    return datetime.now(UTC) if kind is datetime else _BLANK[kind.__name__]

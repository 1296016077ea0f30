"""A user's row with what their live VMs add up to, as the registry and its administrators read it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select, true

from shared.db.models import User as UserRow
from shared.db.models import table
from shared.db.vm_models import VmRow
from shared.domain.accounts import Preferences, Quotas, User
from shared.domain.life import TERMINAL

USERS, VMS = table(UserRow), table(VmRow)


def users_with_use() -> Select[Any]:
    """Every column of the users, and `vms` and `vcpus`: how many live VMs they have, and those VMs' vCPUs."""
    live = (
        select(
            func.count().label("vms"),
            func.coalesce(func.sum(VMS.c.vcpus), 0).label("vcpus"),
        )
        .where(VMS.c.owner_id == USERS.c.id, VMS.c.state.not_in(TERMINAL))
        .lateral("live")
    )
    return select(USERS, live.c.vms, live.c.vcpus).join_from(USERS, live, onclause=true())


def read_user(connection: Connection, user_id: str) -> User | None:
    """One user, None if there is none of that id."""
    row = connection.execute(users_with_use().where(USERS.c.id == user_id)).mappings().first()
    return user(row) if row is not None else None


def user(row: RowMapping) -> User:
    """The domain's user of a row of `users_with_use`."""
    return User(
        id=row["id"],
        email=row["email"],
        role=row["role"],
        disabled=row["disabled"],
        preferences=Preferences.model_construct(**row["preferences"]),
        quotas=Quotas(row["max_vms"], row["max_vcpus"], row["max_monthly"]),
        created_at=row["created_at"],
        vms=int(row["vms"]),
        vcpus=int(row["vcpus"]),
    )

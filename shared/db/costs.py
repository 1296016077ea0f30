"""What costs are read from: one account's VMs, or everybody's, as their bills see them, and what its month may cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Engine, Numeric, RowMapping, Select, Text, and_, case, cast, func, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.models import Audit, User, table
from shared.db.vm_models import Receipt, VmRow
from shared.domain.costs import Payer, Use
from shared.domain.errors import NotFound
from shared.domain.life import TERMINAL, State
from shared.domain.quote import Rate, Stretch, Tariff

VMS, USERS, AUDIT, RECEIPTS = table(VmRow), table(User), table(Audit), table(Receipt)
_RATES, _PAST = TypeAdapter(tuple[Rate, ...]), TypeAdapter(tuple[Tariff, ...])
_MOMENT, _SPAN = TypeAdapter(datetime), TypeAdapter(timedelta)
ENDED = func.coalesce(VMS.c.ended_at, case((VMS.c.state.in_(TERMINAL), VMS.c.deleted_at)))


class PostgresCosts:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def account(self, owner_id: str | None) -> Payer:
        """Whose costs they are, at the database's time; NotFound `no_such_user`. None: everybody, without a quota."""
        first = select(func.min(VMS.c.started_at))
        if owner_id is None:
            with self.engine.begin() as connection:
                row = connection.execute(select(func.platform_now(), first.scalar_subquery())).one()
            return Payer(now=row[0], since=row[1])
        since = first.where(VMS.c.owner_id == USERS.c.id).scalar_subquery()
        approved = approved_this_month(owner_id).scalar_subquery()
        query = select(func.platform_now(), since, USERS.c.email, USERS.c.max_monthly, approved)
        with self.engine.begin() as connection:
            found = connection.execute(query.where(USERS.c.id == owner_id)).one_or_none()
        if found is None:
            raise NotFound("no_such_user", "There is no such account.")
        return Payer(*found)

    def uses(self, owner_id: str | None, begin: datetime, end: datetime) -> Sequence[Use]:
        """Every VM that cost anything in [begin, end), or that is still to start. One query: `vms_of_owner` finds an
        owner's; what was stopped and started again brings its stretches along from its events."""
        condition = [VMS.c.created_at < end, _costing(begin, end)]
        if owner_id is not None:
            condition.append(VMS.c.owner_id == owner_id)
        with self.engine.begin() as connection:
            return [_use(row) for row in connection.execute(_uses().where(*condition)).mappings()]

    def emails(self, owner_ids: Sequence[str]) -> dict[str, str]:
        """The address of each account."""
        query = select(USERS.c.id, USERS.c.email).where(USERS.c.id.in_(owner_ids))
        with self.engine.begin() as connection:
            return {row.id: row.email for row in connection.execute(query)}


def approved_this_month(owner_id: str) -> Select[tuple[Decimal]]:
    """What has been approved for an account since the month began (UTC): the ceilings of its VMs of this month, save
    of those that never came up, and by how much those of older ones were raised in it. A sum counts in the month in
    which it was approved, once."""
    month = func.date_trunc("month", func.platform_now(), "UTC")
    owned = VMS.c.owner_id == owner_id
    ceilings = select(func.sum(VMS.c.approved_total)).where(
        owned, VMS.c.created_at >= month, VMS.c.state != State.FAILED
    )
    raised = cast(AUDIT.c.after["approved_total"].astext, Numeric) - cast(
        AUDIT.c.before["approved_total"].astext, Numeric
    )
    by_vm = (
        select(func.sum(raised))
        .where(AUDIT.c.vm_id == VMS.c.id, AUDIT.c.at >= month, AUDIT.c.before["approved_total"].astext.is_not(None))
        .correlate(VMS)
    )
    older = select(func.sum(by_vm.scalar_subquery())).where(
        owned, VMS.c.created_at < month, VMS.c.updated_at >= month, VMS.c.state != State.FAILED
    )
    return select(
        func.coalesce(ceilings.scalar_subquery(), 0) + func.coalesce(older.scalar_subquery(), 0),
    )


def _costing(begin: datetime, end: datetime) -> Any:
    lived = and_(VMS.c.started_at < end, or_(ENDED.is_(None), begin < ENDED))
    return or_(lived, and_(VMS.c.started_at.is_(None), VMS.c.state.not_in(TERMINAL)))


def _uses() -> Select[Any]:
    """The columns that a Use is made of. `stretches`: of a VM that has been stopped, the events that ended a run."""
    ended_a_run = (
        select(
            func.jsonb_agg(
                func.jsonb_build_object(
                    "began",
                    AUDIT.c.before["running_since"],
                    "ran_before",
                    AUDIT.c.before["ran_before"],
                    "ran_after",
                    AUDIT.c.after["ran_before"],
                    "to_state",
                    AUDIT.c.to_state,
                )
            )
        )
        .where(AUDIT.c.vm_id == VMS.c.id, AUDIT.c.before["running_since"].astext.is_not(None))
        .correlate(VMS)
        .scalar_subquery()
    )
    settled = cast(RECEIPTS.c.document["metered"]["total"].astext, Numeric) + cast(
        RECEIPTS.c.document["late"]["total"].astext, Numeric
    )
    stopped = VMS.c.ran_before > timedelta(0)
    same = ("name", "owner_id", "region", "state", "started_at", "expires_at", "running_since", "lease", "past")
    return select(
        *(VMS.c[name] for name in same),
        cast(VMS.c.rates, Text).label("rates"),
        VMS.c.spec["machine_type"].astext.label("machine_type"),
        case((VMS.c.started_at.is_(None), cast(VMS.c.quote["total"].astext, Numeric)), else_=0).label("quoted"),
        ENDED.label("ended_at"),
        settled.label("settled"),
        case((stopped, func.coalesce(ended_a_run, cast([], JSONB)))).label("stretches"),
    ).outerjoin_from(VMS, RECEIPTS, RECEIPTS.c.vm_id == VMS.c.id)


@lru_cache(maxsize=1024)
def _rates(document: str) -> tuple[Rate, ...]:
    """Of machines alike in one region they are the same: read once."""
    return _RATES.validate_json(document)


def _use(row: RowMapping) -> Use:
    return Use(
        vm=row["name"],
        owner=row["owner_id"],
        machine_type=row["machine_type"],
        region=row["region"],
        state=State(row["state"]),
        rates=_rates(row["rates"]),
        started_at=row["started_at"],
        expires_at=row["expires_at"],
        ended_at=row["ended_at"],
        ran=tuple(_ran(row)),
        settled=row["settled"],
        quoted=row["quoted"],
        lease=row["lease"],
        past=_PAST.validate_python(row["past"]) if row["past"] else (),
    )


def _ran(row: RowMapping) -> list[Stretch]:
    """When it ran: in one stretch if it was never stopped, else as its events tell, and in the one that goes on."""
    if row["stretches"] is None:
        never_ran = row["started_at"] is None or (row["running_since"] is None and row["ended_at"] is None)
        return [] if never_ran else [(row["started_at"], None)]
    told = [stretch for event in row["stretches"] for stretch in _stretch(event)]
    return told if row["running_since"] is None else [*told, (row["running_since"], None)]


def _stretch(event: Mapping[str, Any]) -> list[Stretch]:
    """An event that ended a run says since when it ran and by how much its running time grew; the last one of all, that
    the run went on until the end."""
    began = _MOMENT.validate_python(event["began"])
    if event["ran_after"] is not None:
        return [(began, began + _SPAN.validate_python(event["ran_after"]) - _SPAN.validate_python(event["ran_before"]))]
    return [(began, None)] if event["to_state"] in TERMINAL else []

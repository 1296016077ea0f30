"""Measured use in PostgreSQL: what was measured, what owners want of it, and the moves that follow from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Engine, delete, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.db import notices
from shared.db.models import User, table
from shared.db.registry import PostgresRegistry
from shared.db.use_models import IdleStopRow, UseLook, VmUse
from shared.db.vm_models import VmRow
from shared.domain.life import TERMINAL, State
from shared.domain.notices import NoticeKind
from shared.domain.use import OFF, IdleStop, Sample, parse_idle_stop
from shared.domain.vm import Event, Vm

USE, STOPS, LOOKS = table(VmUse), table(IdleStopRow), table(UseLook)
VMS, USERS = table(VmRow), table(User)
NOW = func.platform_now()
CHOICE = (STOPS.c.after, STOPS.c.counts_from, STOPS.c.warned_at, STOPS.c.stops_at)
_SAMPLES = TypeAdapter(tuple[Sample, ...])
_UNWARNED: Mapping[str, Any] = {"warned_at": None, "stops_at": None}


class PostgresUse:
    def __init__(self, engine: Engine, registry: PostgresRegistry) -> None:
        self.engine = engine
        self.registry = registry

    def due(self, every: timedelta) -> bool:
        """Whether it is time to look again; then this caller is the one who does."""
        look = upsert(LOOKS).values(id=1, looked_at=NOW)
        again = look.on_conflict_do_update(
            index_elements=["id"], set_={"looked_at": NOW}, where=LOOKS.c.looked_at <= NOW - every
        )
        with self.engine.begin() as connection:
            return connection.execute(again.returning(LOOKS.c.id)).first() is not None

    def running(self) -> Sequence[tuple[Vm, IdleStop | None]]:
        """Every machine that runs, with what its owner chose; those chosen for first."""
        vms = self.registry.readable(VMS.c.state == State.RUNNING, VMS.c.running_since.is_not(None))
        with self.engine.begin() as connection:
            query = select(STOPS.c.vm_id, *CHOICE).where(STOPS.c.vm_id.in_([vm.id for vm in vms]))
            chosen = {vm_id: IdleStop(*values) for vm_id, *values in connection.execute(query)}
        return sorted(((vm, chosen.get(vm.id)) for vm in vms), key=lambda pair: pair[1] is None)

    def keep(self, measured: Mapping[str, Sequence[Sample]]) -> None:
        """The latest measuring of each VM, in the place of the one before."""
        if not measured:
            return
        rows = [
            {"vm_id": vm_id, "samples": _SAMPLES.dump_python(tuple(samples), mode="json")}
            for vm_id, samples in measured.items()
        ]
        fresh = upsert(USE).values(rows)
        changed = {"samples": fresh.excluded.samples, "measured_at": NOW}
        with self.engine.begin() as connection:
            connection.execute(fresh.on_conflict_do_update(index_elements=["vm_id"], set_=changed))

    def measured(self, vm_id: str) -> tuple[Sequence[Sample], datetime] | None:
        """The samples of the latest measuring, oldest first, and when it was; None before the first."""
        query = select(USE.c.samples, USE.c.measured_at).where(USE.c.vm_id == vm_id)
        with self.engine.begin() as connection:
            found = connection.execute(query).first()
        return (_SAMPLES.validate_python(found.samples), found.measured_at) if found else None

    def chosen(self, vm_id: str) -> IdleStop | None:
        """What its owner chose for a VM."""
        with self.engine.begin() as connection:
            found = connection.execute(select(*CHOICE).where(STOPS.c.vm_id == vm_id)).first()
        return IdleStop(*found) if found else None

    def choose(self, before: Vm, after: timedelta | None, event: Event) -> Vm | None:
        """Keep an owner's choice, counted from now on and without a warning; None when somebody else moved the VM."""
        return self._moved(before, before, event, {"after": after, "counts_from": NOW, **_UNWARNED})

    def warn(self, before: Vm, stops_at: datetime, event: Event, told: Mapping[str, Any]) -> Vm | None:
        """Say that an idle machine will be stopped, by event and notices; None when somebody else moved it."""
        return self._moved(before, before, event, {"warned_at": NOW, "stops_at": stops_at}, ("idle", told))

    def take_back(self, before: Vm, event: Event) -> Vm | None:
        """The machine is in use again; None when somebody else moved it."""
        return self._moved(before, before, event, _UNWARNED)

    def stop(self, before: Vm, after: Vm, event: Event, told: Mapping[str, Any]) -> Vm | None:
        """Have an idle machine stopped; None when somebody else moved it."""
        return self._moved(before, after, event, _UNWARNED, ("idle_stopped", told))

    def _moved(
        self,
        before: Vm,
        after: Vm,
        event: Event,
        choice: Mapping[str, Any],
        notice: tuple[NoticeKind, Mapping[str, Any]] | None = None,
    ) -> Vm | None:
        """The compare-and-set with its event, the choice and the notice, in one transaction."""
        with self.engine.begin() as connection:
            done = self.registry.apply_in(connection, before, after, event, wake=before != after)
            if done is None:
                return None
            written = upsert(STOPS).values(vm_id=before.id, **choice)
            connection.execute(written.on_conflict_do_update(index_elements=["vm_id"], set_=dict(choice)))
            if notice is not None:
                notices.enqueue(connection, done, notice[0], idle=notice[1])
            return done


def forget_gone(connection: Connection) -> None:
    """What was measured of machines that are gone, and wanted of them."""
    gone = select(VMS.c.id).where(VMS.c.state.in_(TERMINAL))
    for rows in (USE, STOPS):
        connection.execute(delete(rows).where(rows.c.vm_id.in_(gone)))


def arm(connection: Connection, user_id: str, vm_id: str, wish: str | None) -> None:
    """Inside an approval: what was wished for the new VM (`off`, or a length), else what the account prefers."""
    if wish is None:
        preferences = connection.execute(select(USERS.c.preferences).where(USERS.c.id == user_id)).scalar_one()
        wish = preferences.get("idle_stop") or OFF
    connection.execute(upsert(STOPS).values(vm_id=vm_id, after=parse_idle_stop(wish)))

"""A row for a machine that the registry has lost, in one transaction with its event."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.db.models import NameCounter, Region, User, table
from shared.db.registry import PostgresRegistry
from shared.db.vm_models import VmRow
from shared.domain.errors import Conflict
from shared.domain.vm import Event, Vm

VMS, USERS, REGIONS = table(VmRow), table(User), table(Region)


class PostgresAdoptions:
    def __init__(self, engine: Engine, registry: PostgresRegistry) -> None:
        self.engine = engine
        self.registry = registry

    def adopt(self, vm: Vm, event: Event) -> Vm:
        """The row, under its name or, where that is taken, the next of its stem; the row as it is where there is one
        already. Two at once make one."""
        with self.engine.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"adopt {vm.id}"))))
            if connection.execute(select(VMS.c.id).where(VMS.c.id == vm.id)).first() is None:
                self._make(connection, vm, event)
        loaded = self.registry.load(vm.id)
        assert loaded is not None
        return loaded[0]

    def _make(self, connection: Connection, vm: Vm, event: Event) -> None:
        if connection.execute(select(USERS.c.id).where(USERS.c.id == vm.owner_id)).first() is None:
            raise Conflict("owner_unknown", f"Its owner {vm.owner_id} has no account here: destroy it.")
        if connection.execute(select(REGIONS.c.id).where(REGIONS.c.id == vm.region)).first() is None:
            raise Conflict("not_adoptable", f"It is in {vm.region}, which is no region of this platform: destroy it.")
        named = replace(vm, name=self._name(connection, vm.name))
        self.registry.create(connection, named, event, anew=True)

    def _name(self, connection: Connection, name: str) -> str:
        """The name, and no later VM's; the next of its stem where it is taken."""
        stem, _, number = name.rpartition("-")
        if connection.execute(select(VMS.c.id).where(VMS.c.name == name)).first() is not None:
            return self.registry.next_name(connection, stem)
        counter = upsert(NameCounter).values(stem=stem, last=int(number))
        latest = func.greatest(NameCounter.last, counter.excluded.last)
        connection.execute(counter.on_conflict_do_update(index_elements=["stem"], set_={"last": latest}))
        return name

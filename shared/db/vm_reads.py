"""What status and the relay read of VMs: one, a page of them, their events, their receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select

from shared.db.models import Audit, PlatformSettings, table
from shared.db.region_use import region_settings
from shared.db.registry import PostgresRegistry
from shared.db.vm_models import Receipt, SealRow, VmRow
from shared.domain.life import TERMINAL
from shared.domain.regions import RegionSetting
from shared.domain.vm import Vm

VMS, AUDIT, RECEIPTS, SEALS = table(VmRow), table(Audit), table(Receipt), table(SealRow)
SETTINGS = table(PlatformSettings)
SHOWN = ("vm_number", "action", "at", "actor_kind", "actor_id", "detail", "from_state", "to_state")


class PostgresVmReads:
    def __init__(self, engine: Engine, registry: PostgresRegistry) -> None:
        self.engine = engine
        self.registry = registry

    def by_name(self, name: str) -> Vm | None:
        """The VM of that public name."""
        loaded = self.registry.load_by_name(name)
        return loaded[0] if loaded else None

    def page(
        self, owner_id: str | None, states: Sequence[str], size: int, before: tuple[datetime, str] | None
    ) -> list[Vm]:
        """VMs, newest first: of one owner, or all; in those states, or any; older than the cursor."""
        conditions: list[Any] = []
        if owner_id is not None:
            conditions.append(VMS.c.owner_id == owner_id)
        if states:
            conditions.append(VMS.c.state.in_(states))
        if before is not None:
            created_at, vm_id = before
            older = (VMS.c.created_at < created_at) | ((VMS.c.created_at == created_at) & (VMS.c.id < vm_id))
            conditions.append(older)
        return self.registry.select(*conditions, order=(VMS.c.created_at.desc(), VMS.c.id.desc()), limit=size)

    def living(self, owner_id: str) -> list[Vm]:
        """What a watcher of all of an owner's VMs starts with."""
        return self.registry.select(VMS.c.owner_id == owner_id, VMS.c.state.not_in(TERMINAL))

    def events(self, vm_id: str, after: int, limit: int) -> list[Mapping[str, Any]]:
        """A VM's events with numbers above `after`, in order."""
        query = (
            select(*(AUDIT.c[name] for name in SHOWN))
            .where(AUDIT.c.vm_id == vm_id, AUDIT.c.vm_number > after)
            .order_by(AUDIT.c.vm_number)
            .limit(limit)
        )
        with self.engine.begin() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def receipt(self, vm_id: str) -> Mapping[str, Any] | None:
        """Its receipt, once it has one, with the number and hash of the seal over it, once that is made."""
        sealed = RECEIPTS.outerjoin(SEALS, SEALS.c.receipt_of == RECEIPTS.c.vm_id)
        query = select(RECEIPTS.c.document, SEALS.c.number, SEALS.c.hash).select_from(sealed)
        with self.engine.begin() as connection:
            found = connection.execute(query.where(RECEIPTS.c.vm_id == vm_id)).one_or_none()
        if found is None:
            return None
        seal = {"number": found.number, "hash": found.hash} if found.number is not None else None
        return {**found.document, "seal": seal}

    def regions(self) -> list[RegionSetting]:
        """Every region with its use, as it is now."""
        with self.engine.begin() as connection:
            return region_settings(connection, lock=False)

    def placed(self) -> list[tuple[str, str, str]]:
        """Region, name and owner of every VM that counts against a region."""
        query = select(VMS.c.reserved_region, VMS.c.name, VMS.c.owner_id).where(VMS.c.reserved_region.is_not(None))
        with self.engine.begin() as connection:
            return [tuple(row) for row in connection.execute(query.order_by(VMS.c.name))]

    def paused(self) -> bool:
        """Whether an administrator has paused the creation of VMs."""
        with self.engine.begin() as connection:
            return bool(connection.execute(select(SETTINGS.c.creation_paused)).scalar_one_or_none())

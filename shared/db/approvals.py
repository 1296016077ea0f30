"""The approval's one transaction: what it is judged by, and the VM that comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, func, select

from shared.db import idempotency, use
from shared.db.costs import approved_this_month
from shared.db.models import PlatformSettings, User, table
from shared.db.models import Quote as QuoteRow
from shared.db.region_use import region_settings
from shared.db.registry import PostgresRegistry
from shared.db.vm_models import VmRow
from shared.domain.life import TERMINAL
from shared.domain.quote import Quote
from shared.domain.vm import Event, Ledger, Vm

VMS, USERS, QUOTES = table(VmRow), table(User), table(QuoteRow)
SETTINGS = table(PlatformSettings)

Approve = Callable[[Ledger], tuple[Vm, str, Event]]


class PostgresApprovals:
    def __init__(self, engine: Engine, registry: PostgresRegistry) -> None:
        self.engine = engine
        self.registry = registry

    def approve(
        self,
        user_id: str,
        spec_digest: str,
        key: str,
        decide: Approve,
        answer: Callable[[Vm], Mapping[str, Any]],
        idle_stop: str | None = None,
    ) -> Vm:
        with self.engine.begin() as connection:
            vm, stem, event = decide(self._ledger(connection, user_id, spec_digest))
            named = replace(vm, name=self.registry.next_name(connection, stem))
            made = self.registry.create(connection, named, event)
            use.arm(connection, user_id, made.id, idle_stop)
            idempotency.answer(connection, user_id, key, 202, answer(made))
            return made

    def change(
        self,
        caller_id: str,
        key: str,
        before: Vm,
        decide: Callable[[Ledger], tuple[Vm, Event]],
        answer: Callable[[Vm], Mapping[str, Any]],
        *,
        reserving: bool,
    ) -> Vm | None:
        with self.engine.begin() as connection:
            after, event = decide(self._ledger(connection, before.owner_id, None, lock_regions=reserving))
            changed = self.registry.apply_in(connection, before, after, event, wake=True)
            if changed is not None:
                idempotency.answer(connection, caller_id, key, 202, answer(changed))
            return changed

    def _ledger(
        self, connection: Connection, user_id: str, spec_digest: str | None, *, lock_regions: bool = False
    ) -> Ledger:
        """The account's row is locked, so that two approvals of one account count each other."""
        account = connection.execute(
            select(USERS.c.max_vms, USERS.c.max_vcpus, USERS.c.max_monthly, func.platform_now().label("now"))
            .where(USERS.c.id == user_id)
            .with_for_update(key_share=True)
        ).one()
        paused = connection.execute(select(SETTINGS.c.creation_paused)).scalar_one_or_none()
        live_vms, live_vcpus, month_total = self._use(connection, user_id)
        return Ledger(
            now=account.now,
            paused=bool(paused),
            max_vms=account.max_vms,
            max_vcpus=account.max_vcpus,
            max_monthly=account.max_monthly,
            live_vms=live_vms,
            live_vcpus=live_vcpus,
            month_total=month_total,
            regions=region_settings(connection, lock=lock_regions),
            quote=self._quote(connection, user_id, spec_digest, account.now) if spec_digest else None,
        )

    def _use(self, connection: Connection, user_id: str) -> tuple[int, int, Decimal]:
        """Live VMs, their vCPUs (whether or not they are placed yet), and what was approved this month."""
        alive = VMS.c.state.not_in(TERMINAL)
        row = connection.execute(
            select(
                func.count().filter(alive),
                func.coalesce(func.sum(VMS.c.vcpus).filter(alive), 0),
                approved_this_month(user_id).scalar_subquery(),
            ).where(VMS.c.owner_id == user_id)
        ).one()
        return int(row[0]), int(row[1]), Decimal(row[2])

    def _quote(self, connection: Connection, user_id: str, spec_digest: str, now: datetime) -> Quote | None:
        """The latest quote that this account was given for exactly this spec, if one is still valid."""
        latest = (
            select(QUOTES.c.document)
            .where(QUOTES.c.user_id == user_id, QUOTES.c.spec_digest == spec_digest)
            .where(QUOTES.c.valid_until > now, QUOTES.c.vm_id.is_(None))
            .order_by(QUOTES.c.valid_until.desc())
            .limit(1)
        )
        document = connection.execute(latest).scalar_one_or_none()
        return Quote.model_validate(document) if document else None

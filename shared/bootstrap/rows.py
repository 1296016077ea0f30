"""The registry's rows, as several use cases read and write them."""

from __future__ import annotations

from functools import cache

from shared import bootstrap, log
from shared.db.approvals import PostgresApprovals
from shared.db.idempotency import PostgresIdempotency
from shared.db.registry import PostgresRegistry
from shared.db.use import PostgresUse
from shared.db.vm_reads import PostgresVmReads


@cache
def registry() -> PostgresRegistry:
    return PostgresRegistry(bootstrap.engine(), log.trace_id.get)


@cache
def idempotency() -> PostgresIdempotency:
    return PostgresIdempotency(bootstrap.engine())


@cache
def approvals() -> PostgresApprovals:
    return PostgresApprovals(bootstrap.engine(), registry())


@cache
def reads() -> PostgresVmReads:
    return PostgresVmReads(bootstrap.engine(), registry())


@cache
def use() -> PostgresUse:
    return PostgresUse(bootstrap.engine(), registry())

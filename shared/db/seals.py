"""The chain of seals in PostgreSQL, and what it seals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any

from sqlalchemy import Connection, Engine, Text, cast, func, insert, select, union_all

from shared.db.models import Audit, table
from shared.db.vm_models import Receipt, SealRow
from shared.domain.seals import Head, Kind, Seal, Sealed, chain, fork

AUDIT, RECEIPTS, SEALS = table(Audit), table(Receipt), table(SealRow)
LOCK = 0x5EA1  # advisory: one sealer at a time, whatever else is locked
# A record's number is given before its transaction commits: one that took so long that as many others came before it
# is found by `unsealed`, not by every tick.
LATE = 10_000
COLUMNS = tuple(AUDIT.columns.keys())


class PostgresSeals:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def seal(self, limit: int) -> int:
        """Seal the oldest unsealed receipts and audit records, in one transaction; how many."""
        with self.engine.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
            made = list(chain(_head(connection), _unsealed(connection, limit)))
            if made:
                connection.execute(insert(SEALS), [_columns(each) for each in made])
            return len(made)

    def fork(self, connection: Connection, archive: Head) -> None:
        """Go on after the archive's chain, in the caller's transaction."""
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
        made, document = fork(_head(connection), archive)
        connection.execute(insert(SEALS).values(_columns(made) | {"fork": document}))

    def head(self) -> Head | None:
        """The newest seal; None while there is none."""
        with self.engine.begin() as connection:
            return _head(connection)

    def stretch(self, after: int, limit: int) -> Sequence[Sealed]:
        """The seals that follow a number, each with what it seals as it is now."""
        query = (
            select(SEALS, RECEIPTS.c.document, *(AUDIT.c[name].label(f"record_{name}") for name in COLUMNS))
            .outerjoin(RECEIPTS, RECEIPTS.c.vm_id == SEALS.c.receipt_of)
            .outerjoin(AUDIT, AUDIT.c.id == SEALS.c.audit_id)
            .where(SEALS.c.number > after)
            .order_by(SEALS.c.number)
            .limit(limit)
        )
        with self.engine.begin() as connection:
            return [_sealed(row) for row in connection.execute(query).mappings()]

    def unsealed(self) -> int:
        """How many receipts and audit records have no seal."""
        audit = select(AUDIT.c.id).outerjoin(SEALS, SEALS.c.audit_id == AUDIT.c.id).where(SEALS.c.number.is_(None))
        receipts = select(RECEIPTS.c.vm_id).outerjoin(SEALS, SEALS.c.receipt_of == RECEIPTS.c.vm_id)
        both = union_all(
            select(cast(audit.subquery().c.id, Text)), select(receipts.where(SEALS.c.number.is_(None)).subquery())
        )
        with self.engine.begin() as connection:
            return int(connection.execute(select(func.count()).select_from(both.subquery())).scalar_one())


def _head(connection: Connection) -> Head | None:
    newest = select(SEALS.c.number, SEALS.c.hash).order_by(SEALS.c.number.desc()).limit(1)
    row = connection.execute(newest).first()
    return Head(row.number, row.hash) if row else None


def _unsealed(connection: Connection, limit: int) -> list[tuple[Kind, str, Mapping[str, Any]]]:
    receipts = (
        select(RECEIPTS.c.vm_id, RECEIPTS.c.document)
        .outerjoin(SEALS, SEALS.c.receipt_of == RECEIPTS.c.vm_id)
        .where(SEALS.c.number.is_(None))
        .order_by(RECEIPTS.c.created_at, RECEIPTS.c.vm_id)
        .limit(limit)
    )
    found: list[tuple[Kind, str, Mapping[str, Any]]] = [
        ("receipt", row.vm_id, row.document) for row in connection.execute(receipts)
    ]
    floor = select(func.coalesce(func.max(SEALS.c.audit_id), 0) - LATE).scalar_subquery()
    records = (
        select(AUDIT)
        .outerjoin(SEALS, SEALS.c.audit_id == AUDIT.c.id)
        .where(AUDIT.c.id > floor, SEALS.c.number.is_(None))
        .order_by(AUDIT.c.id)
        .limit(limit)
    )
    for record in connection.execute(records).mappings():
        found.append(("audit", str(record["id"]), _document(record)))
    return found


def _document(record: Mapping[Any, Any], prefix: str = "") -> Mapping[str, Any]:
    """An audit record as JSON, the same whenever it is read."""
    values = {name: record[f"{prefix}{name}"] for name in COLUMNS}
    return {**values, "at": values["at"].astimezone(UTC).isoformat()}


def _columns(seal: Seal) -> dict[str, Any]:
    return {
        "number": seal.number,
        "audit_id": int(seal.subject) if seal.kind == "audit" else None,
        "receipt_of": seal.subject if seal.kind == "receipt" else None,
        "digest": seal.digest,
        "before": seal.before,
        "hash": seal.hash,
    }


def _sealed(row: Mapping[Any, Any]) -> Sealed:
    kind, subject, document = _what(row)
    return Sealed(Seal(row["number"], kind, subject, row["digest"], row["before"], row["hash"]), document)


def _what(row: Mapping[Any, Any]) -> tuple[Kind, str, Mapping[str, Any] | None]:
    """Kind and subject of what is sealed, and its document; None where it is not there any more."""
    if row["fork"] is not None:
        return "fork", str(row["fork"]["archive"]), row["fork"]
    if row["audit_id"] is None:
        return "receipt", row["receipt_of"], row["document"]
    document = _document(row, "record_") if row["record_id"] is not None else None
    return "audit", str(row["audit_id"]), document

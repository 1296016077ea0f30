"""The tables of a VM's life. Column names are the field names of `shared.domain.vm.Vm` and `Attempt`;
`end_task_for`, the end that already has its Cloud Tasks task, and `warned_until`, up to when the warnings before the
end are done with, are the registry's own."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.models import NOW, Base
from shared.domain.life import TERMINAL, State

ALIVE = f"state NOT IN ({', '.join(repr(state.value) for state in sorted(TERMINAL))})"


class VmRow(Base):
    __tablename__ = "vms"
    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(s.value) for s in State)})", name="known_state"),
        CheckConstraint("(reserved_region IS NULL) = (reserved_vcpus IS NULL)", name="whole_reservation"),
        Index("vms_due", "next_look_at", postgresql_where=text(ALIVE)),
        Index("vms_ending", "expires_at", postgresql_where=text(ALIVE)),
        Index("vms_reserved", "reserved_region", postgresql_where=text("reserved_region IS NOT NULL")),
        Index("vms_of_owner", "owner_id", "created_at"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    spec: Mapped[dict[str, Any]]
    vcpus: Mapped[int]
    quote: Mapped[dict[str, Any]]
    approved_total: Mapped[Decimal]
    requester_address: Mapped[str]
    login_user: Mapped[str]
    public_key: Mapped[str | None]
    suggestion_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    updated_at: Mapped[datetime] = mapped_column(server_default=NOW)
    lease: Mapped[timedelta]
    deadline_at: Mapped[datetime | None]
    state: Mapped[str]
    wanted: Mapped[str]
    reason: Mapped[str | None]
    reason_detail: Mapped[str | None]
    engine: Mapped[str]
    state_location: Mapped[str | None]
    version: Mapped[int]
    event_number: Mapped[int]
    claimed_by: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    next_look_at: Mapped[datetime | None]
    looks: Mapped[int]
    failures: Mapped[int]
    setup: Mapped[str]
    steps: Mapped[list[Any]]
    setup_log: Mapped[str | None]
    region: Mapped[str | None]
    zone: Mapped[str | None]
    reserved_region: Mapped[str | None] = mapped_column(ForeignKey("regions.id"))
    reserved_vcpus: Mapped[int | None]
    instance_name: Mapped[str | None]
    instance_id: Mapped[str | None]
    external_ip: Mapped[str | None]
    host_keys: Mapped[dict[str, Any]]
    password_key_sent_at: Mapped[datetime | None]
    encrypted_password: Mapped[str | None]
    revealed_at: Mapped[datetime | None]
    operation: Mapped[dict[str, Any] | None]
    switch_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    labelled_end: Mapped[datetime | None]
    end_task_for: Mapped[datetime | None]
    warned_until: Mapped[datetime | None]
    running_since: Mapped[datetime | None]
    ran_before: Mapped[timedelta]
    ran_late: Mapped[timedelta] = mapped_column(server_default="0")
    ended_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    rates: Mapped[list[Any]]
    past: Mapped[list[Any]] = mapped_column(server_default="[]")
    change: Mapped[dict[str, Any] | None]
    placement: Mapped[list[Any]]


class AttemptRow(Base):
    """Every try at a place, written before its insert is sent and kept after its end."""

    __tablename__ = "attempts"
    vm_id: Mapped[str] = mapped_column(ForeignKey("vms.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    region: Mapped[str]
    zone: Mapped[str]
    instance_name: Mapped[str]
    request_id: Mapped[str] = mapped_column(unique=True)
    outcome: Mapped[str]
    operation: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    error_scope: Mapped[str | None]
    error_code: Mapped[str | None]
    error_detail: Mapped[str | None]
    zones_with_room: Mapped[list[Any]]


class DeletedVm(Base):
    """The history of what is gone: what it was in the cloud, where, from when to when, and why it ended."""

    __tablename__ = "deleted_vms"
    vm_id: Mapped[str] = mapped_column(ForeignKey("vms.id"), primary_key=True)
    name: Mapped[str]
    owner_id: Mapped[str] = mapped_column(index=True)
    outcome: Mapped[str]
    reason: Mapped[str]
    instance_id: Mapped[str | None]
    region: Mapped[str | None]
    zone: Mapped[str | None]
    state_location: Mapped[str | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime]


class Receipt(Base):
    """The proof that everything of a VM is gone, and what it cost."""

    __tablename__ = "receipts"
    vm_id: Mapped[str] = mapped_column(ForeignKey("vms.id"), primary_key=True)
    document: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class SealRow(Base):
    """A seal over one audit record, one receipt, or the fork after a restored backup (see shared.domain.seals).
    Append-only, by a trigger; its foreign keys keep what it seals from being deleted."""

    __tablename__ = "seals"
    __table_args__ = (CheckConstraint("num_nonnulls(audit_id, receipt_of, fork) = 1", name="seals_one_thing"),)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    audit_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("audit_log.id"), unique=True)
    receipt_of: Mapped[str | None] = mapped_column(ForeignKey("receipts.vm_id"), unique=True)
    fork: Mapped[dict[str, Any] | None]
    digest: Mapped[str]
    before: Mapped[str]
    hash: Mapped[str]
    sealed_at: Mapped[datetime] = mapped_column(server_default=NOW)

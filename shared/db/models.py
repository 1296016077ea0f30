"""The tables. Money is numeric(14,4) in US dollars, times are timestamptz, documents are jsonb."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Interval,
    Numeric,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NOW = text("platform_now()")


class Base(DeclarativeBase):
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text(),
        date: Date(),
        datetime: DateTime(timezone=True),
        timedelta: Interval(),
        Decimal: Numeric(14, 4),
        dict[str, Any]: JSONB(none_as_null=True),
        list[Any]: JSONB(none_as_null=True),
    }


def table(model: type[Base]) -> Table:
    """A model's table, for statements that name columns rather than load objects."""
    found = model.__table__
    assert isinstance(found, Table)
    return found


class User(Base):
    """An account. `password_hash` is argon2id. The quotas bound what its live VMs may add up to."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("role IN ('user', 'auditor', 'admin')", name="known_role"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(server_default="user")
    preferences: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    max_vms: Mapped[int]
    max_vcpus: Mapped[int]
    max_monthly: Mapped[Decimal]
    disabled: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class Session(Base):
    """A signed-in browser. Only the SHA-256 of the cookie's random value is kept."""

    __tablename__ = "sessions"
    id_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    seen_at: Mapped[datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    address: Mapped[str]


class ApiToken(Base):
    """A token for programs: shown once, kept as its SHA-256."""

    __tablename__ = "api_tokens"
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    last_used_at: Mapped[datetime | None]


class Invitation(Base):
    """A single-use way in, with the role it gives; bound to an address if one is named."""

    __tablename__ = "invitations"
    id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str | None]
    role: Mapped[str] = mapped_column(server_default="user")
    created_by: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[str | None]


class PlatformSettings(Base):
    """One row: the switches that an administrator turns. `model` answers requests in the configured one's place."""

    __tablename__ = "settings"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    creation_paused: Mapped[bool] = mapped_column(server_default="false")
    model: Mapped[str | None]


class Project(Base):
    """One row: the limit that the project sets beside the regions' own. Locked before them while a choice is made."""

    __tablename__ = "project"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("firewall_rule_limit >= 0", name="rule_limit_not_negative"),
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    firewall_rule_limit: Mapped[int]


class Region(Base):
    """A region that VMs may go to. Locked while a choice is made; what is used is summed over the VMs, never stored."""

    __tablename__ = "regions"
    __table_args__ = (
        CheckConstraint("vcpu_limit >= 0", name="limit_not_negative"),
        CheckConstraint("address_limit >= 0", name="address_limit_not_negative"),
    )
    id: Mapped[str] = mapped_column(primary_key=True)
    priority: Mapped[int]
    fallback: Mapped[bool]
    vcpu_limit: Mapped[int]
    address_limit: Mapped[int] = mapped_column(server_default="8")
    drained: Mapped[bool] = mapped_column(server_default="false")


class Suggestion(Base):
    """What was asked and what was answered, whole."""

    __tablename__ = "suggestions"
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    request: Mapped[str]
    outcome: Mapped[str]
    engine: Mapped[str]
    document: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class Quote(Base):
    """A price given to one account for exactly one spec (by its digest), for as long as it is valid."""

    __tablename__ = "quotes"
    __table_args__ = (Index("quotes_for_approval", "user_id", "spec_digest", "valid_until"),)
    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    spec_digest: Mapped[str]
    vm_id: Mapped[str | None]
    document: Mapped[dict[str, Any]]
    valid_until: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class NameCounter(Base):
    """The last number given to a stem (`django` → 1 → `django-001`). Only ever grows, so names are never used twice."""

    __tablename__ = "name_counters"
    stem: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int]


class Audit(Base):
    """Who did what, from where, before and after. Append-only: a trigger refuses update and delete.

    `vm_number` is the VM's own event number: these rows are also what its watchers read.
    """

    __tablename__ = "audit_log"
    __table_args__ = (
        UniqueConstraint("vm_id", "vm_number", name="one_event_a_number"),
        Index("audit_by_actor", "actor_id", "id"),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=NOW)
    actor_kind: Mapped[str]
    actor_id: Mapped[str]
    address: Mapped[str | None]
    action: Mapped[str]
    outcome: Mapped[str] = mapped_column(server_default="done")
    detail: Mapped[str] = mapped_column(server_default="")
    vm_id: Mapped[str | None]
    vm_name: Mapped[str | None]
    vm_number: Mapped[int | None]
    from_state: Mapped[str | None]
    to_state: Mapped[str | None]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    trace_id: Mapped[str | None]


class OutboxRow(Base):
    """A message to be sent after the commit that wrote it."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("outbox_unsent", "id", postgresql_where=text("sent_at IS NULL")),
        Index("outbox_unsent_of_vm", "vm_id", postgresql_where=text("sent_at IS NULL")),
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    kind: Mapped[str]
    vm_id: Mapped[str]
    body: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(server_default="0")
    last_error: Mapped[str | None]


class WebhookRow(Base):
    """Where an account's notices go as HTTPS requests. The secret that signs them is derived from the id, and is kept
    nowhere."""

    __tablename__ = "webhooks"
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(unique=True)
    url: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class DeadLetter(Base):
    """A message that was given up, for an administrator: Pub/Sub's dead letters, and what left the outbox untaken.
    `source` names it where it comes from, so that one collected twice is one."""

    __tablename__ = "dead_letters"
    __table_args__ = (Index("dead_letters_open", "id", postgresql_where=text("resolved_at IS NULL")),)
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    source: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    vm_id: Mapped[str | None]
    body: Mapped[dict[str, Any]]
    attempts: Mapped[int]
    reason: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=NOW)
    resolved_at: Mapped[datetime | None]
    resolution: Mapped[str | None]


class Reconciliation(Base):
    """What a sweep found in the cloud that the registry does not explain, and what it did about it."""

    __tablename__ = "reconciliations"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=NOW)
    document: Mapped[dict[str, Any]]


class IdempotencyKey(Base):
    """The answer to a write, kept so that the same key gets the same answer; null while the first is being made."""

    __tablename__ = "idempotency_keys"
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    action: Mapped[str]
    request_digest: Mapped[str]
    status: Mapped[int | None]
    document: Mapped[dict[str, Any] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW, index=True)


class RateWindow(Base):
    """How often something was done in one window, for limits that all copies of a function share."""

    __tablename__ = "rate_windows"
    key: Mapped[str] = mapped_column(primary_key=True)
    window_start: Mapped[datetime] = mapped_column(primary_key=True)
    count: Mapped[int]

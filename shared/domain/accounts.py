"""Accounts: who may sign in, what they may do, and what they prefer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import field_validator

from shared.domain.login_key import checked_public_key
from shared.domain.notices import NoticeKind
from shared.domain.regions import Policy
from shared.domain.spec import Model
from shared.domain.use import OFF, WrittenIdleStop

Role = Literal["user", "auditor", "admin"]
Signup = Literal["open", "invitation"]
Theme = Literal["light", "dark"]


class Preferences(Model):
    """What an account's requests start from. `timezone` is an IANA name; without a `theme` the device's is used.
    `learn_from_requests`: whether what it asks and approves, without personal data, may be used to improve suggestions.
    `mail_about`: which notices come by mail, all of them where it is null. `idle_stop`: after being idle for how long a
    new VM is stopped, `off` for never.
    """

    policy: Policy = "priority"
    ssh_public_key: str | None = None
    timezone: str | None = None
    theme: Theme | None = None
    mail_about: list[NoticeKind] | None = None
    learn_from_requests: bool = False
    idle_stop: WrittenIdleStop = OFF

    @field_validator("ssh_public_key")
    @classmethod
    def _proper_key(cls, value: str | None) -> str | None:
        return checked_public_key(value) if value is not None else None

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                ZoneInfo(value)
            except (KeyError, ValueError, OSError):  # unknown; not a relative path; a folder
                raise ValueError("an IANA time zone is written like Europe/Paris") from None
        return value


@dataclass(frozen=True, slots=True)
class Quotas:
    """What an account's live VMs may add up to, and what may be approved for it in a month (US dollars)."""

    max_vms: int
    max_vcpus: int
    max_monthly: Decimal


@dataclass(frozen=True, slots=True)
class Account:
    """Whose credential it is."""

    user_id: str
    email: str
    role: Role


@dataclass(frozen=True, slots=True)
class User:
    """An account as the registry has it; `vms` and `vcpus` are those of its live VMs."""

    id: str
    email: str
    role: Role
    disabled: bool
    preferences: Preferences
    quotas: Quotas
    created_at: datetime
    vms: int = 0
    vcpus: int = 0


@dataclass(frozen=True, slots=True)
class Login:
    """What a sign-in is judged by."""

    account: Account
    password_hash: str
    disabled: bool


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token for programs, without the token itself."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """A single-use way in, without its secret; only for `email` if it names one."""

    id: str
    email: str | None
    role: Role
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One line of the audit log. `actor` is the person's e-mail where there is a person, else the part's name."""

    id: int
    at: datetime
    actor_kind: str
    actor_id: str
    actor: str
    action: str
    outcome: str
    detail: str
    vm: str | None
    from_state: str | None
    to_state: str | None
    address: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None

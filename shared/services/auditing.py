"""Use case: reading the audit log."""

from __future__ import annotations

from typing import Any, Protocol

from shared.domain.accounts import AuditRecord
from shared.domain.paging import Listing, Page
from shared.services.views import moment


class AuditLog(Protocol):
    def search(
        self, viewer: str | None, vm: str | None, actor: str | None, action: str | None, page: Page
    ) -> Listing[AuditRecord]:
        """The newest first. `viewer`: only this user's own records and those of their VMs (None: everybody's);
        `vm`: a VM's name; `actor`: an e-mail, or the id of a user or a part of the platform."""


class Auditing:
    def __init__(self, log: AuditLog) -> None:
        self.log = log

    def search(
        self,
        user_id: str,
        page: Page,
        *,
        everybody: bool,
        vm: str | None = None,
        actor: str | None = None,
        action: str | None = None,
    ) -> Listing[dict[str, Any]]:
        """What was done, the newest first. With `everybody` (auditors, administrators) all of it; else what the user
        did and what happened to their VMs, and there nobody else's name or address."""
        found = self.log.search(None if everybody else user_id, vm, actor if everybody else None, action, page)
        return Listing([_view(each, everybody or each.actor_id == user_id) for each in found.items], found.next)


def _view(record: AuditRecord, known: bool) -> dict[str, Any]:
    person = record.actor_kind in ("user", "admin")
    return {
        "id": record.id,
        "at": moment(record.at),
        "actor_kind": record.actor_kind,
        "actor": record.actor if known or not person else None,
        "action": record.action,
        "outcome": record.outcome,
        "detail": record.detail,
        "vm": record.vm,
        "from_state": record.from_state,
        "to_state": record.to_state,
        "before": record.before,
        "after": record.after,
        "address": record.address if known else None,
    }

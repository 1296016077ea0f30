"""What a move of a VM writes beside its row, in one transaction: its audit record and the messages it promises."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert

from shared.db import rows
from shared.db.models import Audit, OutboxRow
from shared.domain.vm import Event, Vm, changes

QUIET = frozenset({"version", "claimed_by", "claimed_until", "next_look_at", "updated_at", "looks", "event_number"})
APPROVED = ("suggestion_id", "spec", "approved_total", "lease", "vcpus", "requester_address", "public_key")


def record(connection: Connection, before: Vm | None, after: Vm, event: Event, trace_id: str | None) -> None:
    """The audit record of one move (`before` None: the VM's first), with all that it changed."""
    differ = changes(before, after) if before else {}
    shown = {name: pair for name, pair in differ.items() if name not in QUIET}
    if before is None:
        shown = {name: (None, getattr(after, name)) for name in APPROVED}
    connection.execute(
        insert(Audit).values(
            actor_kind=event.actor.kind,
            actor_id=event.actor.id,
            address=event.actor.address,
            action=event.kind,
            detail=event.detail,
            vm_id=after.id,
            vm_name=after.name,
            vm_number=after.event_number,
            from_state=before.state.value if before else None,
            to_state=after.state.value,
            before={name: rows.recorded(pair[0]) for name, pair in shown.items()},
            after={name: rows.recorded(pair[1]) for name, pair in shown.items()},
            trace_id=trace_id,
        )
    )


def enqueue(connection: Connection, kind: str, vm_id: str, body: dict[str, Any]) -> None:
    """Promise a message (see Message), to be sent once this transaction is committed."""
    connection.execute(insert(OutboxRow).values(kind=kind, vm_id=vm_id, body=body))

"""The receipt: every resource of a VM read back as not found, and what it cost against what was quoted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from shared.domain.life import REASONS, State
from shared.domain.money import written
from shared.domain.quote import total
from shared.domain.vm import Vm
from shared.services.provisioning.machine import firewall_name, secret_name
from shared.services.views import moment


def receipt(vm: Vm, outcome: State, environment: str, checked_at: datetime) -> dict[str, Any]:
    """The document, for a VM all of whose resources have just been read back as not found. `metered` is what the
    approved rates come to up to the end; `late` what was used after it, by the same rates. `seal` is told by whoever
    reads it: what is sealed cannot hold its own seal."""
    ended = vm.ended_at or checked_at
    metered, late = _costs(vm, ended)
    return {
        "vm": vm.name,
        "outcome": outcome.value,
        "reason": {"code": vm.reason.value, "text": REASONS[vm.reason]} if vm.reason else None,
        "resources": [
            {"kind": kind, "id": name, "found": False, "checked_at": moment(checked_at)}
            for kind, name in _resources(vm, environment)
        ],
        "state_location": vm.state_location,
        "currency": vm.quote.currency,
        "quoted": {
            "total": written(vm.quote.total),
            "approved_total": written(vm.approved_total),
            "lease": vm.spec.duration,
            "region": vm.quote.region,
        },
        "metered": metered,
        "late": late,
        "started_at": moment(vm.started_at),
        "expires_at": moment(vm.expires_at),
        "ended_at": moment(ended),
        "deleted_at": moment(checked_at),
        "seal": None,
    }


def _resources(vm: Vm, environment: str) -> list[tuple[str, str]]:
    places = [(attempt.zone, attempt.instance_name) for attempt in vm.attempts if attempt.sent_at is not None]
    listed = [("instance", f"{zone}/{name}") for zone, name in places]
    listed += [("disk", f"{zone}/{name}") for zone, name in places]
    listed.append(("firewall rule", firewall_name(environment, vm.id)))
    listed.append(("secret", secret_name(environment, vm.id)))
    return listed


def _costs(vm: Vm, ended: datetime) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """What was used up to the end of the lease, and after it. Nothing is metered before Compute reported a start."""
    until = min(ended, vm.expires_at) if vm.expires_at else ended
    lines, whole = vm.bill(until), vm.bill(ended)
    metered = {"total": written(total(lines)), "lines": [line.model_dump(mode="json") for line in lines]}
    late = max(total(whole) - total(lines), Decimal(0))
    seconds = max(int((ended - until).total_seconds()), 0)
    return metered, {"total": written(late), "seconds": seconds}

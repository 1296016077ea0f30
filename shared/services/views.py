"""A VM as the API shows it, from the row alone: the live document and GET answer the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from shared.domain.life import REASONS
from shared.domain.money import written
from shared.domain.vm import Vm

SSH_PORT, RDP_PORT = 22, 3389


def moment(value: datetime | None) -> str | None:
    """RFC 3339 in UTC, whole seconds or finer as it comes."""
    return value.isoformat().replace("+00:00", "Z") if value else None


def vm_view(vm: Vm) -> dict[str, Any]:
    """Plain JSON: money as strings, times as RFC 3339."""
    return {
        "name": vm.name,
        "owner": vm.owner_id,
        "state": vm.state.value,
        "wanted": vm.wanted.value,
        "reason": vm.reason.value if vm.reason else None,
        "reason_text": _because(vm),
        "setup": vm.setup.value,
        "setup_log": vm.setup_log,
        "spec": vm.spec.model_dump(mode="json"),
        "quote": vm.quote.model_dump(mode="json"),
        "approved_total": written(vm.approved_total),
        "currency": vm.quote.currency,
        "region": vm.region,
        "zone": vm.zone,
        "instance_id": vm.instance_id,
        "external_ip": vm.external_ip,
        "engine": vm.engine,
        "state_location": vm.state_location,
        "started_at": moment(vm.started_at),
        "expires_at": moment(vm.expires_at),
        "switch_at": moment(vm.switch_at),
        "created_at": moment(vm.created_at),
        "updated_at": moment(vm.updated_at),
        "deleted_at": moment(vm.deleted_at),
        "number": vm.event_number,
        "change": _change(vm),
        "steps": [asdict(step) | {"at": moment(step.at)} for step in vm.steps],
        "placement": [asdict(verdict) for verdict in vm.placement],
        "login": login_view(vm),
    }


def login_view(vm: Vm) -> Mapping[str, Any]:
    """How to get in: never a secret, only whether one waits to be revealed."""
    return {
        "user": vm.login_user,
        "method": "rdp" if vm.windows else "ssh",
        "port": RDP_PORT if vm.windows else SSH_PORT,
        "host": vm.external_ip,
        "host_keys": dict(vm.host_keys),
        "revealed": vm.revealed_at is not None,
        "own_key": vm.public_key is not None,
    }


def _change(vm: Vm) -> Mapping[str, Any] | None:
    """What is approved to be changed and is still to come about, and the operation that it is at."""
    change = vm.change
    if change is None:
        return None
    end = vm.started_at + change.lease if change.lease and vm.started_at else None
    return {
        "machine_type": change.machine_type,
        "disk_gib": change.disk_gib,
        "expires_at": moment(end),
        "restarts": change.restarts,
        "step": vm.operation.kind if vm.operation else vm.due,
    }


def _because(vm: Vm) -> str | None:
    if vm.reason is None:
        return None
    sentence = REASONS[vm.reason]
    return f"{sentence}: {vm.reason_detail}" if vm.reason_detail else sentence

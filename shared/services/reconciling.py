"""Both ways between the cloud and the registry: what has no live row, and what a row has lost.

Only resources with our labels, or our name prefix where there are none, in our environment are ever looked at. What no
row past its end explains is destroyed a few at a time, however many there are: a fault of ours must not empty a
project. A plan is made first, so that a dry run shows exactly what a real one would do.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from shared.domain.life import TERMINAL, Figures, Outcome, State
from shared.domain.machine import LABEL_END, LABEL_ID, Instance
from shared.domain.vm import Vm
from shared.services.provisioning.turn import Platform
from shared.services.views import moment

_RULE = re.compile(rf"{LABEL_ID}=(\w+) {LABEL_END}=(\d+)$")


@dataclass(frozen=True)
class Found:
    """A resource of ours in the cloud. `end`: as its label or description tells it; None if that cannot be read."""

    kind: str
    name: str
    zone: str | None
    vm_id: str | None
    end: datetime | None
    created_at: datetime | None = None
    going: bool = False  # it is being deleted or stopped already


@dataclass(frozen=True)
class Verdict:
    """What is to become of a resource, and why: destroy (in a sweep's turn), keep (quarantined, or on its way out
    already) or ask (an administrator decides)."""

    found: Found
    action: str
    because: str
    limited: bool = True  # counts against what one sweep may destroy: no row at its end explains it
    unknown: bool = False  # no row knows it, be it at its end or not


@dataclass(frozen=True)
class Plan:
    """What one look at the cloud leads to. `most`: how many may be destroyed by one sweep; `lost`: ids of VMs whose
    machine is not there as the row has it."""

    at: datetime
    seen: int
    most: int
    verdicts: tuple[Verdict, ...]
    lost: tuple[str, ...]

    def report(self) -> dict[str, Any]:
        """For the administrator: plain JSON."""
        told = [
            {**asdict(v.found), "end": moment(v.found.end), "created_at": moment(v.found.created_at)}
            | {"action": v.action, "because": v.because}
            for v in self.verdicts
        ]
        return {
            "at": moment(self.at),
            "seen": self.seen,
            "most": self.most,
            "resources": told,
            "lost": list(self.lost),
        }


def plan(platform: Platform) -> Plan:
    """Read the cloud first and the registry after it, so that a VM made in between is not taken for an orphan."""
    instances = platform.compute.instances()
    found = [_instance(each) for each in instances] + _others(platform)
    alive = {vm.id: vm for vm in platform.registry.alive()}
    strangers = sorted({each.vm_id for each in found if each.vm_id and each.vm_id not in alive})
    terminal = platform.registry.terminal(strangers)
    now = platform.registry.clock()
    judged = [_judge(each, alive, terminal, now, platform.figures) for each in found]
    verdicts = tuple(verdict for verdict in judged if verdict)
    return Plan(now, len(found), at_most(len(found), platform.figures), verdicts, _lost(alive.values(), instances))


def at_most(seen: int, figures: Figures) -> int:
    """How many one sweep may destroy: the smaller of a number and a share of what was seen, never less than one."""
    return max(1, min(figures.sweep_at_most, int(seen * figures.sweep_share)))


def destroy(platform: Platform, verdict: Verdict, request_id: str) -> None:
    """Start destroying one resource; gone already is well."""
    found = verdict.found
    if found.kind == "instance" and found.zone:
        platform.compute.delete(found.zone, found.name, request_id)
    elif found.kind == "disk" and found.zone:
        platform.compute.delete_disk(found.zone, found.name)
    elif found.kind == "firewall rule":
        platform.compute.close_firewall(found.name, request_id)
    elif found.kind == "secret":
        platform.secrets.delete(found.name)


def _instance(instance: Instance) -> Found:
    labels = instance.labels
    return Found(
        "instance",
        instance.name,
        instance.zone,
        labels.get(LABEL_ID),
        _end(labels.get(LABEL_END)),
        instance.created_at,
        going=instance.status == "STOPPING",
    )


def _others(platform: Platform) -> list[Found]:
    """Disks that no machine uses, firewall rules, secrets."""
    found = [
        Found("disk", disk.name, disk.zone, disk.labels.get(LABEL_ID), _end(disk.labels.get(LABEL_END)))
        for disk in platform.compute.disks()
        if not disk.in_use
    ]
    for rule in platform.compute.firewalls():
        told = _RULE.match(rule.description)
        vm_id, end = (told.group(1), _end(told.group(2))) if told else (None, None)
        found.append(Found("firewall rule", rule.name, None, vm_id, end))
    for name, labels in platform.secrets.list():
        found.append(Found("secret", name, None, labels.get(LABEL_ID), _end(labels.get(LABEL_END))))
    return found


def _judge(
    found: Found, alive: Mapping[str, Vm], terminal: Mapping[str, Vm], now: datetime, figures: Figures
) -> Verdict | None:
    """None for what a live row explains."""
    vm_id = found.vm_id or ""
    if vm_id in alive:
        return _duplicate(found, alive[vm_id], now, figures)
    if found.going:
        return Verdict(found, "keep", "it is on its way out")
    # The state is read again here: what is not limited in number must not hang on one query's conditions alone.
    if vm_id in terminal and terminal[vm_id].state in TERMINAL:
        return Verdict(found, "destroy", f"{terminal[vm_id].name} is at its end", limited=False)
    if found.end is None:
        return Verdict(found, "ask", "no row knows it, and it does not say when its end is", unknown=True)
    if found.end <= now:
        return Verdict(found, "destroy", "no row knows it, and its end has come", unknown=True)
    return Verdict(found, "keep", f"no row knows it; its end is {moment(found.end)}", unknown=True)


def _duplicate(found: Found, vm: Vm, now: datetime, figures: Figures) -> Verdict | None:
    """A second machine for one request: one that is at none of the places where the row may have a machine."""
    if found.kind != "instance" or vm.state is State.DELETING:
        return None
    places = {(a.zone, a.instance_name) for a in vm.attempts if a.outcome is not Outcome.EMPTY}
    if (found.zone, found.name) in places:
        return None
    if found.created_at is not None and now - found.created_at < figures.duplicate_grace:
        return Verdict(found, "keep", f"a second machine of {vm.name}, within its grace")
    return Verdict(found, "destroy", f"a second machine of {vm.name}")


def _lost(alive: Any, instances: Sequence[Instance]) -> tuple[str, ...]:
    """Rows that say RUNNING or STOPPED of a machine that is not there, or is otherwise. A list may lag behind, so the
    VM is only looked at again, by name."""
    statuses = {(each.zone, each.name): each.status for each in instances}
    expected = {State.RUNNING: {"RUNNING"}, State.STOPPED: {"TERMINATED"}}
    return tuple(
        vm.id
        for vm in alive
        if vm.state in expected
        and vm.operation is None
        and statuses.get((vm.zone, vm.instance_name)) not in expected[vm.state]
    )


def _end(seconds: str | None) -> datetime | None:
    """Epoch seconds as a time; None where they are none that a calendar has."""
    if seconds is None or not (seconds.isascii() and seconds.isdecimal()):
        return None
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None

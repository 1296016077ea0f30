"""What was approved to be changed on a machine that is there, part by part: its disk grows in place; its type and its
termination time are set while it is stopped.

A part has come about when Compute's own resource shows it, whatever became of the call or its operation: so one that
was sent twice, or whose answer was lost, ends the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from shared.catalog.machines import known_machine_type, with_machine_type
from shared.domain.life import Reason, State
from shared.domain.machine import Instance
from shared.domain.quote import Rate, Tariff
from shared.domain.spec import format_duration
from shared.domain.vm import Change, Operation, Vm
from shared.services.provisioning.turn import Turn

PARTS = {"resize_disk": "disk_grown", "set_machine_type": "machine_type_set", "set_termination": "termination_time_set"}
_PRECISION = timedelta(seconds=1)  # of a termination time, as it is written and read back
_MINUTE = timedelta(minutes=1)  # what a lease is counted in


def send(turn: Turn, operation: Operation) -> str:
    """Send the part's call; the operation's name."""
    vm, compute = turn.vm, turn.platform.compute
    change, zone, name = vm.change, vm.zone, vm.instance_name
    assert change is not None
    assert zone is not None
    assert name is not None
    if operation.kind == "set_machine_type":
        return compute.set_machine_type(zone, name, change.machine_type or "", operation.request_id)
    if operation.kind == "set_termination":
        assert change.switch_at is not None
        return compute.set_termination(zone, name, change.switch_at, operation.request_id)
    return compute.resize_disk(zone, name, change.disk_gib or 0, operation.request_id)


def made(turn: Turn, kind: str, instance: Instance) -> Vm | None:
    """The row with that part made, as Compute shows it; None if it does not."""
    vm, change = turn.vm, turn.vm.change
    assert change is not None
    if kind == "resize_disk":
        disk = turn.platform.compute.disk(instance.zone, instance.name)
        grown = disk is not None and disk.size_gib >= (change.disk_gib or 0)
        return _grown(vm, change, turn.now) if grown else None
    if kind == "set_machine_type":
        return _retyped(vm, change, turn.now) if instance.machine_type == change.machine_type else None
    assert change.switch_at is not None
    if instance.termination_set is None or instance.termination_set < change.switch_at - _PRECISION:
        return None
    set_ = replace(vm, switch_at=instance.termination_set)
    return _less(set_, replace(change, switch_at=None))


def counted(vm: Vm) -> Vm:
    """The row with the longer lease of its change, now that the machine's own termination time is read back as later,
    and with the change done. What the row has been given since is never shortened by it."""
    lease = vm.change.lease if vm.change else None
    if lease is None or lease <= vm.lease or vm.started_at is None:
        return replace(vm, change=None)
    spec = vm.spec.model_copy(update={"duration": format_duration(lease)})
    return replace(vm, change=None, lease=lease, spec=spec, expires_at=vm.started_at + lease)


def up(vm: Vm, instance: Instance) -> Vm:
    """What the machine's running again means for a change: nothing more to do on a stopped one, or not yet. A lease
    counts only once its switch is read back from the machine that runs, and never for longer than that lets it."""
    change, armed = vm.change, instance.termination_at
    if change is None or change.stopped or change.disk_gib is not None:
        return _as_armed(vm, armed)
    if change.lease is None or vm.started_at is None or _lasts(armed, vm.started_at + change.lease):
        return _as_armed(counted(vm), armed)
    told = f"the machine deletes itself at {armed.isoformat() if armed else 'no known time'}"
    return _as_armed(replace(dropped(vm), reason=Reason.CHANGE_REFUSED, reason_detail=told), armed)


def _as_armed(vm: Vm, armed: datetime | None) -> Vm:
    """The row with no later end than the machine that runs gives itself: its owner is told, and warned, of the end that
    will come. An extension, approved as any other, sets that time anew."""
    if armed is None or vm.started_at is None or vm.expires_at is None or _lasts(armed, vm.expires_at):
        return vm
    lease = max((armed - vm.started_at) // _MINUTE, 1) * _MINUTE
    spec = vm.spec.model_copy(update={"duration": format_duration(lease)})
    told = f"the machine deletes itself at {armed.isoformat()}, before its end: extend it to have that changed"
    shorter = replace(vm, lease=lease, spec=spec, expires_at=vm.started_at + lease)
    return replace(shorter, reason=Reason.CHANGE_REFUSED, reason_detail=told)


def _lasts(armed: datetime | None, end: datetime) -> bool:
    """Whether the machine's own termination time lets it run until then."""
    return armed is not None and armed >= end - _PRECISION


def dropped(vm: Vm) -> Vm:
    """The row without what is still to come of its change: it is what it is, and is counted and approved as that."""
    if vm.change is None:
        return vm
    vcpus = known_machine_type(vm.spec.machine_type).reserved_vcpus
    return replace(vm.unchanged(), vcpus=vcpus, reserved_vcpus=vcpus if vm.reserved_region else None)


def ways_on(vm: Vm) -> str:
    """What can be done about a start that was refused after the machine's type was changed; empty for any other."""
    before = vm.change.type_before if vm.change else None
    if before is None:
        return ""
    return f"; it is {vm.spec.machine_type} now: start it again later, or resize it back to {before}"


def _grown(vm: Vm, change: Change, now: datetime) -> Vm:
    spec = vm.spec.model_copy(update={"disk_gib": change.disk_gib})
    charged = _charged(vm, now, (*_of(vm.rates, running=True), *_of(change.rates, running=False)))
    return _less(replace(charged, spec=spec), replace(change, disk_gib=None))


def _retyped(vm: Vm, change: Change, now: datetime) -> Vm:
    spec = with_machine_type(vm.spec, change.machine_type or "")
    vcpus = known_machine_type(spec.machine_type).reserved_vcpus
    charged = _charged(vm, now, (*_of(change.rates, running=True), *_of(vm.rates, running=False)))
    reserved = vcpus if vm.reserved_region else None
    there = replace(charged, spec=spec, vcpus=vcpus, reserved_vcpus=reserved)
    return _less(there, replace(change, machine_type=None, type_before=vm.spec.machine_type))


def _less(vm: Vm, left: Change) -> Vm:
    """The row with a part of its change made, and what is left of it. What came about is approved for good; a machine
    that was running is still to be started again."""
    left = replace(left, quote_before=vm.quote, approved_before=vm.approved_total)
    after = replace(vm, change=left, operation=None, deadline_at=None, looks=0, reason=None, reason_detail=None)
    restarting = left.restarts and vm.state is State.STOPPED
    return after if left.stopped or left.disk_gib is not None or restarting else counted(after)


def _charged(vm: Vm, now: datetime, rates: tuple[Rate, ...]) -> Vm:
    """The row with other rates from now on."""
    return replace(vm, rates=rates, past=(*vm.past, Tariff(rates=vm.rates, meter=vm.meter(now))))


def _of(rates: Sequence[Rate], *, running: bool) -> list[Rate]:
    return [rate for rate in rates if rate.running is running]

"""RUNNING and STOPPED: stop, start and change as wanted, and what is observed when nobody here did anything.

A stop's vCPUs are given back when Compute confirms it, unless it is for a change after which the machine runs again; a
start's were reserved by whoever asked for it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from shared.domain.errors import CloudError, Scope
from shared.domain.life import Reason, State, Wanted
from shared.domain.machine import Instance
from shared.domain.vm import Operation, Vm
from shared.services.provisioning import access, changing
from shared.services.provisioning.changing import PARTS
from shared.services.provisioning.labelling import follow_end
from shared.services.provisioning.runs import note_runs
from shared.services.provisioning.turn import Turn, dying

Step = tuple[Vm, str | None, str]  # what is to be written down: the row after it, and its event's kind and detail


def running(turn: Turn) -> None:
    """Stop it if that is wanted; otherwise see that it is still there, and as it should be."""
    if _under_way(turn) or (instance := _observed(turn)) is None:
        return
    vm = turn.vm
    if instance.status == "TERMINATED":
        turn.apply(_at_rest(turn, instance, Reason.POWERED_OFF), "powered_off")
        return
    if instance.status == "RUNNING":
        note_runs(turn, instance)
    if instance.external_ip != vm.external_ip:
        turn.apply(replace(turn.vm, external_ip=instance.external_ip), "address_changed")
    follow_end(turn, instance)
    if access.password_awaited(turn):  # its set-up's time was over first
        turn.wait()
        return
    turn.rest(replace(turn.vm, looks=0, failures=0))


def stopped(turn: Turn) -> None:
    """Start it if that is wanted; otherwise see that it is still there, and still stopped."""
    if _under_way(turn) or (instance := _observed(turn)) is None:
        return
    vm = turn.vm
    if instance.status == "RUNNING":
        # Started by somebody else: it runs, so it counts; what is wanted of it is still that it stops.
        counted = replace(_up(vm, instance), reserved_region=vm.region, reserved_vcpus=vm.vcpus)
        turn.apply(counted, "found_running")
        return
    follow_end(turn, instance)
    turn.rest(replace(turn.vm, looks=0, failures=0))


def _under_way(turn: Turn) -> bool:
    """Whether an operation is in flight, and so followed, or something else is wanted, and so one is begun."""
    operation = turn.vm.operation
    if operation is not None and _wanted_again(turn.vm, operation):
        turn.apply(replace(turn.vm, operation=replace(operation, given_up_at=None, asked=None)))
    elif operation is not None:
        _follow(turn, operation)
    elif turn.vm.due is not None:
        turn.apply(_with_operation(turn, turn.vm.due))
    else:
        return False
    return True


def _observed(turn: Turn) -> Instance | None:
    """The instance, or None after the row was sent on its way out because the instance is gone."""
    instance = _instance(turn)
    if instance is None:
        turn.apply(*_vanished(turn))
    return instance


def _instance(turn: Turn) -> Instance | None:
    vm = turn.vm
    assert vm.zone is not None
    assert vm.instance_name is not None
    return turn.platform.compute.instance(vm.zone, vm.instance_name)


def _vanished(turn: Turn) -> Step:
    doubt = turn.platform.doubts.doubt()  # after a restored backup it may have ended long ago, nobody knows when
    return dying(turn.vm, _why_gone(turn), doubt), "vanished", doubt or ""


def _why_gone(turn: Turn) -> Reason:
    vm = turn.vm
    if vm.switch_at is not None and vm.switch_at <= turn.now:
        return Reason.SWITCH
    return Reason.PREEMPTED if vm.spec.spot else Reason.VANISHED


def _with_operation(turn: Turn, kind: str) -> Vm:
    """The row with an operation about to be sent: its requestId is written down first."""
    vm = turn.vm
    deadline = turn.now + turn.platform.figures.power_deadline
    operation = Operation(kind, turn.request_id(kind, vm.event_number))
    return replace(vm, operation=operation, deadline_at=vm.deadline_at or deadline, looks=0)


def _follow(turn: Turn, operation: Operation) -> None:
    """Send the operation, or see how it stands. Its deadline is judged after that look: what came about while nobody
    looked is not undone."""
    if operation.given_up_at is not None:
        _settle(turn, operation, operation.given_up_at)
    elif operation.name is None and not turn.late:
        _send(turn, operation)
    elif (end := turn.seen(lambda: _end(turn, operation))) is not None:
        turn.apply(*end)
    elif turn.late:
        turn.apply(*_given_up(turn, operation, "Compute Engine did not finish it in time", final=False))
    else:
        turn.wait()


def _send(turn: Turn, operation: Operation) -> None:
    vm = turn.vm
    assert vm.zone is not None
    assert vm.instance_name is not None
    turn.before_write()
    try:
        if operation.kind in PARTS:
            name = changing.send(turn, operation)
        else:
            send = turn.platform.compute.stop if operation.kind == "stop" else turn.platform.compute.start
            name = send(vm.zone, vm.instance_name, operation.request_id)
    except CloudError as error:
        if error.unknown_outcome or error.scope in (Scope.TRANSIENT, Scope.RATE):
            raise
        turn.apply(*_refused(turn, operation, error.detail))
        return
    turn.apply(replace(vm, operation=replace(operation, name=name)))


def _end(turn: Turn, operation: Operation) -> Step | None:
    """How it ended, by what Compute shows; None while it may still come about."""
    vm = turn.vm
    assert vm.zone is not None
    view = turn.platform.compute.operation(vm.zone, operation.name) if operation.name else None
    if view is not None and not view.done:
        return None
    if view is not None and view.error is not None:
        return _refused(turn, operation, view.error.detail)
    instance = _instance(turn)
    if instance is None:
        return _vanished(turn)
    if operation.kind in PARTS:
        final = operation.name is not None  # an answer that was lost may be of a call that is still under way
        return _judged(turn, operation, instance, "Compute Engine did not do it", final=final)
    if operation.kind == "stop" and instance.status == "TERMINATED":
        return _at_rest(turn, instance, _asked(vm)), "stopped", ""
    if operation.kind == "start" and instance.status == "RUNNING" and instance.termination_at is not None:
        return _up(vm, instance), "started", ""
    return None


def _refused(turn: Turn, operation: Operation, why: str) -> Step:
    """A part of a change may have come about all the same, by an earlier call whose answer was lost."""
    if operation.kind not in PARTS:
        return _given_up(turn, operation, why, final=True)
    instance = _instance(turn)
    return _vanished(turn) if instance is None else _judged(turn, operation, instance, why)


def _judged(turn: Turn, operation: Operation, instance: Instance, why: str, *, final: bool = True) -> Step:
    """Whether a part of a change has come about, by what Compute shows. If not, no more of it is tried. What it ran at
    the rates that it had is known first: it may have been off for a while."""
    note_runs(turn, instance)
    after = changing.made(turn, operation.kind, instance)
    return (after, PARTS[operation.kind], "") if after else _given_up(turn, operation, why, final=final)


def _given_up(turn: Turn, operation: Operation, why: str, *, final: bool) -> Step:
    """The row's state stays, and the reason says why. What may still come is followed until it is settled: a start
    keeps its vCPUs, since another VM must not be given them meanwhile; a stop that comes late is the one that was
    asked for."""
    vm = replace(turn.vm, deadline_at=None, reason_detail=why, looks=0)
    pending = None if final else replace(operation, given_up_at=turn.now, asked=_asked(vm))
    if operation.kind == "start":
        why += changing.ways_on(vm)
        stays = replace(changing.counted(vm), wanted=Wanted.STOPPED, reason=Reason.START_REFUSED, reason_detail=why)
        held = stays if pending else replace(stays, reserved_region=None, reserved_vcpus=None)
        return replace(held, operation=pending), "start_refused", why
    if vm.change is None:
        stays = replace(vm, operation=pending, wanted=Wanted.RUNNING, reason=Reason.STOP_FAILED)
        return stays, "stop_failed", why
    stays = replace(vm if pending else changing.dropped(vm), operation=pending, reason=Reason.CHANGE_REFUSED)
    return stays, "change_refused", f"{operation.kind}: {why}"


def _settle(turn: Turn, operation: Operation, given_up_at: datetime) -> None:
    """What became of a start that was given up: a machine that runs after all is stopped again; one that does not,
    once nothing can come of the start any more, gives its vCPUs back. A stop, and a part of a change, may still come;
    if nothing can come of it any more, no more of the change is tried."""
    vm = turn.vm
    assert vm.zone is not None
    view = turn.platform.compute.operation(vm.zone, operation.name) if operation.name else None
    if view is not None and not view.done:
        turn.wait()
        return
    instance = _observed(turn)
    if instance is None:
        return
    settled = view is not None or turn.now >= given_up_at + turn.platform.figures.settle
    if operation.kind == "stop" and instance.status == "TERMINATED":
        turn.apply(_at_rest(turn, instance, operation.asked), "stopped")
    elif operation.kind == "stop" and settled:
        told = None if vm.change is None else "change_refused"  # what was approved for it is approved no more
        turn.apply(replace(changing.dropped(vm), operation=None, looks=0), told, f"stop: {vm.reason_detail or ''}")
    elif operation.kind in PARTS and settled:
        turn.apply(*_judged(turn, operation, instance, vm.reason_detail or "Compute Engine did not do it"))
    elif operation.kind == "start" and instance.status == "RUNNING":
        turn.apply(replace(_up(vm, instance), wanted=Wanted.STOPPED), "found_running")
    elif (
        operation.kind == "start"
        and instance.status == "TERMINATED"
        and turn.now >= given_up_at + turn.platform.figures.settle
    ):
        turn.apply(replace(vm, operation=None, reserved_region=None, reserved_vcpus=None, looks=0))
    else:
        turn.wait()


def _wanted_again(vm: Vm, operation: Operation) -> bool:
    """Whether a stop that was given up, and may still come, has been asked for anew."""
    return operation.kind == "stop" and operation.given_up_at is not None and vm.wanted is Wanted.STOPPED


def _asked(vm: Vm) -> Reason | None:
    """Why it was to be stopped, where it was not by a person or for a change."""
    return Reason.IDLE if vm.reason is Reason.IDLE else None


def _at_rest(turn: Turn, instance: Instance, reason: Reason | None) -> Vm:
    vm = turn.vm.powered_off(instance.last_stopped_at or turn.now)
    restarts = vm.change is not None and vm.change.restarts
    return replace(
        vm,
        state=State.STOPPED,
        wanted=Wanted.RUNNING if restarts else Wanted.STOPPED,
        reason=reason,
        reason_detail=None,
        operation=None,
        deadline_at=None,
        external_ip=None,
        reserved_region=vm.reserved_region if restarts else None,
        reserved_vcpus=vm.reserved_vcpus if restarts else None,
        looks=0,
    )


def _up(vm: Vm, instance: Instance) -> Vm:
    vm = changing.up(vm, instance)
    told = vm.reason is Reason.CHANGE_REFUSED  # of the change that it was stopped for
    return replace(
        vm,
        state=State.RUNNING,
        reason=vm.reason if told else None,
        reason_detail=vm.reason_detail if told else None,
        operation=None,
        deadline_at=None,
        external_ip=instance.external_ip,
        switch_at=instance.termination_at or vm.switch_at,
        running_since=instance.last_started_at,
        looks=0,
    )

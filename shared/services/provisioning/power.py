"""RUNNING and STOPPED: stop and start as wanted, and what is observed when nobody here did anything.

A stop's vCPUs are given back when Compute confirms it; a start's were reserved by whoever asked for it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.errors import CloudError, Scope
from shared.domain.life import Reason, State, Wanted
from shared.domain.machine import Instance
from shared.domain.vm import Operation, Vm
from shared.services.provisioning.labelling import follow_end
from shared.services.provisioning.turn import Turn, dying


def running(turn: Turn) -> None:
    """Stop it if that is wanted; otherwise see that it is still there, and as it should be."""
    if _under_way(turn, Wanted.STOPPED, "stop") or (instance := _observed(turn)) is None:
        return
    vm = turn.vm
    if instance.status == "TERMINATED":
        turn.apply(_at_rest(turn, instance, Reason.POWERED_OFF), "powered_off")
        return
    if instance.external_ip != vm.external_ip:
        turn.apply(replace(vm, external_ip=instance.external_ip), "address_changed")
    follow_end(turn, instance)
    turn.rest(replace(turn.vm, looks=0, failures=0))


def stopped(turn: Turn) -> None:
    """Start it if that is wanted; otherwise see that it is still there, and still stopped."""
    if _under_way(turn, Wanted.RUNNING, "start") or (instance := _observed(turn)) is None:
        return
    vm = turn.vm
    if instance.status == "RUNNING":
        # Started by somebody else: it runs, so it counts; what is wanted of it is still that it stops.
        counted = replace(_up(vm, instance), reserved_region=vm.region, reserved_vcpus=vm.vcpus)
        turn.apply(counted, "found_running")
        return
    follow_end(turn, instance)
    turn.rest(replace(turn.vm, looks=0, failures=0))


def _under_way(turn: Turn, other: Wanted, kind: str) -> bool:
    """Whether an operation is in flight, and so followed, or the other state is wanted, and so one is begun."""
    if turn.vm.operation is not None:
        _follow(turn, turn.vm.operation)
    elif turn.vm.wanted is other:
        turn.apply(_with_operation(turn, kind))
    else:
        return False
    return True


def _observed(turn: Turn) -> Instance | None:
    """The instance, or None after the row was sent on its way out because the instance is gone."""
    vm = turn.vm
    assert vm.zone is not None
    assert vm.instance_name is not None
    instance = turn.platform.compute.instance(vm.zone, vm.instance_name)
    if instance is None:
        turn.apply(dying(vm, _why_gone(turn)), "vanished")
    return instance


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
    """Send the operation, or see how it stands."""
    vm = turn.vm
    assert vm.zone is not None
    if operation.given_up_at is not None:
        _settle(turn, operation, operation.given_up_at)
    elif vm.deadline_at is not None and vm.deadline_at <= turn.now:
        _give_up(turn, operation, "Compute Engine did not finish it in time", final=False)
    elif operation.name is None:
        _send(turn, operation)
    else:
        view = turn.platform.compute.operation(vm.zone, operation.name)
        if view is not None and not view.done:
            turn.wait()
        elif view is not None and view.error is not None:
            _give_up(turn, operation, view.error.detail, final=True)
        else:
            _done(turn, operation)


def _send(turn: Turn, operation: Operation) -> None:
    vm = turn.vm
    assert vm.zone is not None
    assert vm.instance_name is not None
    turn.before_write()
    send = turn.platform.compute.stop if operation.kind == "stop" else turn.platform.compute.start
    try:
        name = send(vm.zone, vm.instance_name, operation.request_id)
    except CloudError as error:
        if error.unknown_outcome or error.scope in (Scope.TRANSIENT, Scope.RATE):
            raise
        _give_up(turn, operation, error.detail, final=True)
        return
    turn.apply(replace(vm, operation=replace(operation, name=name)))


def _done(turn: Turn, operation: Operation) -> None:
    instance = _observed(turn)
    if instance is None:
        return
    if operation.kind == "stop" and instance.status == "TERMINATED":
        turn.apply(_at_rest(turn, instance, None), "stopped")
    elif operation.kind == "start" and instance.status == "RUNNING" and instance.termination_at is not None:
        turn.apply(_up(turn.vm, instance), "started")
    else:
        turn.wait()


def _give_up(turn: Turn, operation: Operation, why: str, *, final: bool) -> None:
    """The row's state stays, and the reason says why. A start that may still come keeps its vCPUs until it is settled:
    another VM must not be given them meanwhile."""
    vm = replace(turn.vm, deadline_at=None, reason_detail=why, looks=0)
    if operation.kind == "stop":
        stays = replace(vm, operation=None, wanted=Wanted.RUNNING, reason=Reason.STOP_FAILED)
        turn.apply(stays, "stop_failed", why)
        return
    refused = replace(vm, wanted=Wanted.STOPPED, reason=Reason.START_REFUSED)
    if final:
        refused = replace(refused, operation=None, reserved_region=None, reserved_vcpus=None)
    else:
        refused = replace(refused, operation=replace(operation, given_up_at=turn.now))
    turn.apply(refused, "start_refused", why)


def _settle(turn: Turn, operation: Operation, given_up_at: datetime) -> None:
    """What became of a start that was given up: a machine that runs after all is stopped again; one that does not,
    once nothing can come of the start any more, gives its vCPUs back."""
    vm = turn.vm
    assert vm.zone is not None
    view = turn.platform.compute.operation(vm.zone, operation.name) if operation.name else None
    if view is not None and not view.done:
        turn.wait()
        return
    instance = _observed(turn)
    if instance is None:
        return
    if instance.status == "RUNNING":
        turn.apply(replace(_up(vm, instance), wanted=Wanted.STOPPED), "found_running")
    elif instance.status == "TERMINATED" and turn.now >= given_up_at + turn.platform.figures.settle:
        turn.apply(replace(vm, operation=None, reserved_region=None, reserved_vcpus=None, looks=0))
    else:
        turn.wait()


def _at_rest(turn: Turn, instance: Instance, reason: Reason | None) -> Vm:
    vm = turn.vm
    until = instance.last_stopped_at or turn.now
    ran = max(until - vm.running_since, timedelta(0)) if vm.running_since else timedelta(0)
    return replace(
        vm,
        state=State.STOPPED,
        wanted=Wanted.STOPPED,
        reason=reason,
        reason_detail=None,
        operation=None,
        deadline_at=None,
        external_ip=None,
        reserved_region=None,
        reserved_vcpus=None,
        running_since=None,
        ran_before=vm.ran_before + ran,
        looks=0,
    )


def _up(vm: Vm, instance: Instance) -> Vm:
    return replace(
        vm,
        state=State.RUNNING,
        reason=None,
        reason_detail=None,
        operation=None,
        deadline_at=None,
        external_ip=instance.external_ip,
        switch_at=instance.termination_at or vm.switch_at,
        running_since=instance.last_started_at,
        looks=0,
    )

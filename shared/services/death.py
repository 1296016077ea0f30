"""DELETING: everything of the VM's is deleted, and deleted again, until the cloud confirms that none of it is there.

Absence is success. It counts at once where Compute has said what became of every insert; where one insert's outcome is
unknown, only when read again at least two minutes after it was last sent. Never gives up; loud after a while.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from shared.domain.life import Outcome, State
from shared.domain.machine import LABEL_ID, Disk, Instance
from shared.domain.vm import Attempt, Event, Vm
from shared.services.machine import firewall_name, secret_name
from shared.services.receipts import receipt
from shared.services.turn import PLATFORM, Turn

log = logging.getLogger(__name__)


def deleting(turn: Turn) -> None:
    """One pass over all that the VM may have; the receipt once a whole pass has found nothing."""
    if turn.vm.deadline_at is None:
        turn.apply(replace(turn.vm, deadline_at=turn.now + turn.platform.figures.loud_after))
    instances, disks = _instances(turn), _disks(turn)
    _note_what_ran(turn, instances)
    left = [_delete_instance(turn, each) for each in instances]
    left += [_delete_disk(turn, each) for each in disks if not each.in_use]
    left += _delete_access(turn)
    if not instances and turn.vm.ended_at is None:
        turn.apply(replace(turn.vm, ended_at=turn.now, external_ip=None))
    if left or disks or not all(_settled(turn, attempt) for attempt in turn.vm.attempts):
        _again(turn, left)
    else:
        _finish(turn)


def _finish(turn: Turn) -> None:
    vm = turn.vm
    after = replace(
        vm,
        state=State.DELETED if vm.started_at is not None else State.FAILED,
        deleted_at=turn.now,
        deadline_at=None,
        reserved_region=None,
        reserved_vcpus=None,
        running_since=None,
        claimed_by=None,
        claimed_until=None,
    )
    document = receipt(vm, after.state, turn.platform.environment, turn.now)
    event = Event(after.state.value.lower(), PLATFORM, vm.reason_detail or "")
    done = turn.platform.registry.finish(vm, after, event, document)
    turn.finished(done)


def _again(turn: Turn, left: Sequence[str]) -> None:
    vm = turn.vm
    if vm.deadline_at is not None and vm.deadline_at <= turn.now:
        log.error("a VM will not die", extra={"vm": vm.id, "vm_name": vm.name, "left": list(left)})
    turn.wait()


def _instances(turn: Turn) -> list[Instance]:
    """By label in every zone, and by name where an attempt was made: a label is listed late, a name is read at once."""
    vm, compute = turn.vm, turn.platform.compute
    found = {(each.zone, each.name): each for each in compute.instances(vm.id)}
    for attempt in _sent(vm):
        named = compute.instance(attempt.zone, attempt.instance_name)
        if named is not None and named.labels.get(LABEL_ID) == vm.id:
            found[named.zone, named.name] = named
    return list(found.values())


def _disks(turn: Turn) -> list[Disk]:
    vm, compute = turn.vm, turn.platform.compute
    found = {(each.zone, each.name): each for each in compute.disks(vm.id)}
    for attempt in _sent(vm):
        named = compute.disk(attempt.zone, attempt.instance_name)
        if named is not None and named.labels.get(LABEL_ID) == vm.id:
            found[named.zone, named.name] = named
    return list(found.values())


def _note_what_ran(turn: Turn, instances: Sequence[Instance]) -> None:
    """A machine that ran without our having seen it up has cost money: its start belongs on the receipt."""
    vm = turn.vm
    ran = [each for each in instances if each.last_started_at is not None]
    if vm.started_at is None and ran:
        first = min(ran, key=lambda each: each.last_started_at or turn.now)
        assert first.last_started_at is not None
        started = replace(
            vm,
            instance_id=first.id,
            started_at=first.last_started_at,
            running_since=first.last_started_at,
            expires_at=first.last_started_at + vm.lease,
        )
        turn.apply(started, "had_started", first.name)


def _delete_instance(turn: Turn, instance: Instance) -> str:
    if instance.status != "STOPPING":
        turn.before_write()
        request_id = turn.request_id("delete", instance.zone, instance.name, turn.vm.looks)
        turn.platform.compute.delete(instance.zone, instance.name, request_id)
    return f"instance {instance.name}"


def _delete_disk(turn: Turn, disk: Disk) -> str:
    turn.before_write()
    turn.platform.compute.delete_disk(disk.zone, disk.name)
    return f"disk {disk.name}"


def _delete_access(turn: Turn) -> list[str]:
    """The firewall rule and the secret. What they let in or out goes first when the machine does not."""
    platform, vm = turn.platform, turn.vm
    left = []
    rule = firewall_name(platform.environment, vm.id)
    if platform.compute.firewall(rule) is not None:
        turn.before_write()
        platform.compute.close_firewall(rule, turn.request_id("close", rule, vm.looks))
        left.append(f"firewall rule {rule}")
    secret = secret_name(platform.environment, vm.id)
    if platform.secrets.exists(secret):
        turn.before_write()
        platform.secrets.delete(secret)
        left.append(f"secret {secret}")
    return left


def _settled(turn: Turn, attempt: Attempt) -> bool:
    """Whether nothing can come of the attempt's insert any more."""
    if attempt.outcome is not Outcome.SENT or attempt.sent_at is None:
        return True
    if attempt.operation is not None:
        view = turn.platform.compute.operation(attempt.zone, attempt.operation)
        if view is not None:
            return view.done
    return turn.now >= attempt.sent_at + turn.platform.figures.settle


def _sent(vm: Vm) -> list[Attempt]:
    return [attempt for attempt in vm.attempts if attempt.sent_at is not None]

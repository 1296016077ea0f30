"""DELETING: everything of the VM's is deleted, and deleted again, until the cloud confirms that none of it is there.

Absence is success. It counts at once where Compute has said what became of every insert; where one insert's outcome is
unknown, only when read again at least two minutes after it was last sent. Never gives up; loud after a while.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from shared.domain.errors import CloudError
from shared.domain.life import Outcome, State
from shared.domain.machine import LABEL_ID, Disk, Instance
from shared.domain.vm import Attempt, Event
from shared.services.provisioning.machine import firewall_name, secret_name
from shared.services.provisioning.receipts import receipt
from shared.services.provisioning.turn import PLATFORM, Turn

log = logging.getLogger(__name__)


def deleting(turn: Turn) -> None:
    """One pass over all that the VM may have; the receipt once a whole pass has found nothing.

    The ways in are closed first, then what is known by name goes, then what its label finds: one that cannot be had or
    deleted keeps no other alive.
    """
    if turn.vm.deadline_at is None:
        turn.apply(replace(turn.vm, deadline_at=turn.now + turn.platform.figures.loud_after))
    problems: list[CloudError] = []
    left: set[str] = set()
    seen = True  # whether every way to find a machine has answered
    for part in (_close_rule, _delete_secret, _delete_named, _delete_labelled):
        try:
            left.update(part(turn))
        except CloudError as error:
            problems.append(error)
            seen = seen and part not in (_delete_named, _delete_labelled)
    if seen and not any(each.startswith("instance") for each in left) and turn.vm.ended_at is None:
        turn.apply(replace(turn.vm, ended_at=_ended(turn), external_ip=None))
    if problems:
        _warn_if_late(turn, left)
        raise problems[0]
    if left or not all(_settled(turn, attempt) for attempt in turn.vm.attempts):
        _warn_if_late(turn, left)
        turn.wait()
    else:
        _finish(turn)


def _ended(turn: Turn) -> datetime:
    """When the machine ended, for the receipt: now that it is read as gone, unless its own switch came before."""
    vm = turn.vm
    if vm.running_since is not None and vm.switch_at is not None:
        return min(turn.now, vm.switch_at)
    return turn.now


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


def _warn_if_late(turn: Turn, left: Iterable[str]) -> None:
    vm = turn.vm
    if vm.deadline_at is not None and vm.deadline_at <= turn.now:
        log.error("a VM will not die", extra={"vm": vm.id, "vm_name": vm.name, "left": sorted(left)})


def _close_rule(turn: Turn) -> Iterator[str]:
    platform = turn.platform
    rule = firewall_name(platform.environment, turn.vm.id)
    if platform.compute.firewall(rule) is not None:
        turn.before_write()
        platform.compute.close_firewall(rule, turn.request_id("close", rule, turn.vm.looks))
        yield f"firewall rule {rule}"


def _delete_secret(turn: Turn) -> Iterator[str]:
    platform = turn.platform
    secret = secret_name(platform.environment, turn.vm.id)
    if platform.secrets.exists(secret):
        turn.before_write()
        platform.secrets.delete(secret)
        yield f"secret {secret}"


def _delete_named(turn: Turn) -> Iterator[str]:
    """What stands at a place where an attempt was made and carries our id: a name is read at once, a label late."""
    compute, vm = turn.platform.compute, turn.vm
    places = [(attempt.zone, attempt.instance_name) for attempt in vm.attempts if attempt.sent_at is not None]
    for zone, name in places:
        instance = compute.instance(zone, name)
        if instance is not None and instance.labels.get(LABEL_ID) == vm.id:
            yield _delete_instance(turn, instance)
    for zone, name in places:
        disk = compute.disk(zone, name)
        if disk is not None and disk.labels.get(LABEL_ID) == vm.id:
            yield _delete_disk(turn, disk)


def _delete_labelled(turn: Turn) -> Iterator[str]:
    """Whatever else carries our id, in any zone."""
    for instance in turn.platform.compute.instances(turn.vm.id):
        yield _delete_instance(turn, instance)
    for disk in turn.platform.compute.disks(turn.vm.id):
        yield _delete_disk(turn, disk)


def _delete_instance(turn: Turn, instance: Instance) -> str:
    _note_what_ran(turn, instance)
    if instance.status != "STOPPING":
        turn.before_write()
        request_id = turn.request_id("delete", instance.zone, instance.name, turn.vm.looks)
        turn.platform.compute.delete(instance.zone, instance.name, request_id)
    return f"instance {instance.name}"


def _delete_disk(turn: Turn, disk: Disk) -> str:
    if not disk.in_use:
        turn.before_write()
        turn.platform.compute.delete_disk(disk.zone, disk.name)
    return f"disk {disk.name}"


def _note_what_ran(turn: Turn, instance: Instance) -> None:
    """A machine that ran without our having seen it up has cost money: its start belongs on the receipt. One that is
    there has not ended, whatever an earlier pass read."""
    vm = turn.vm
    started = instance.last_started_at
    if vm.started_at is None and started is not None:
        seen = replace(
            vm,
            instance_id=instance.id,
            started_at=started,
            running_since=started,
            expires_at=started + vm.lease,
            ended_at=None,
        )
        turn.apply(seen, "had_started", instance.name)
    elif vm.ended_at is not None:
        turn.apply(replace(vm, ended_at=None))


def _settled(turn: Turn, attempt: Attempt) -> bool:
    """Whether nothing can come of the attempt's insert any more."""
    if attempt.outcome is not Outcome.SENT or attempt.sent_at is None:
        return True
    if attempt.operation is not None:
        view = turn.platform.compute.operation(attempt.zone, attempt.operation)
        if view is not None:
            return view.done
    return turn.now >= attempt.sent_at + turn.platform.figures.settle

"""When a machine had power, as Compute tells it: a stop, a start or an end that nobody here has seen."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from shared.domain.errors import CloudError
from shared.domain.machine import Instance
from shared.services.provisioning.turn import Turn

log = logging.getLogger(__name__)


def note_runs(turn: Turn, instance: Instance) -> None:
    """Tell each in a record of its own, from which what the machine cost is read. Of stops and starts that nobody saw
    Compute knows the last of each."""
    started, stopped = instance.last_started_at, instance.last_stopped_at
    if stopped is not None and turn.vm.running_since is not None and stopped > turn.vm.running_since:
        turn.apply(turn.vm.powered_off(stopped), "had_stopped", instance.name)
    if turn.vm.running_since is None and started is not None and (stopped is None or stopped < started):
        turn.apply(replace(turn.vm, running_since=started), "had_started", instance.name)


def note_last_runs(turn: Turn, instance: Instance) -> None:
    """When the machine had power belongs on the receipt, as Compute tells it: a start, or a stop, that nobody here has
    seen too. Each is told in a record of its own, from which what it cost is read. A second machine, found by label, is
    no run of the one that served; and one that is there has not ended, whatever an earlier pass read."""
    started = instance.last_started_at
    if turn.vm.ended_at is not None and turn.vm.instance_id in (None, instance.id):
        turn.apply(replace(turn.vm, ended_at=None))
    if turn.vm.started_at is None and started is not None:
        end = started + turn.vm.lease
        first = replace(turn.vm, instance_id=instance.id, started_at=started, running_since=started, expires_at=end)
        turn.apply(first, "had_started", instance.name)
    if instance.id == turn.vm.instance_id:
        note_runs(turn, instance)


def found_gone(turn: Turn) -> datetime:
    """When the machine ended, for the receipt: now that it is read as gone, unless its own switch came before."""
    vm = turn.vm
    if vm.running_since is not None and vm.switch_at is not None:
        return min(turn.now, vm.switch_at)
    return turn.now


def gone_since(turn: Turn) -> datetime | None:
    """When the machine went, for the receipt: found gone as told, unless Compute tells that it was gone before. A
    reaper that was down for an hour is not the owner's expense. That Compute does not answer holds the receipt back
    for a while."""
    vm = turn.vm
    if vm.ended_at is None or vm.instance_id is None:
        return vm.ended_at
    try:
        went = _went(turn, vm.instance_id)
    except CloudError as error:
        if turn.now < vm.ended_at + turn.platform.figures.loud_after:
            raise
        log.warning("when a VM's machine went cannot be read", extra={"vm": vm.id, "code": error.code})
        return vm.ended_at
    return vm.ended_at if went is None else min(vm.ended_at, max(went, vm.started_at or went))


def _went(turn: Turn, instance_id: str) -> datetime | None:
    """As Compute tells it, by name: of one that was not seen to come up, every place that was tried may be its."""
    for attempt in reversed(turn.vm.attempts):
        if attempt.sent_at is not None:
            went = turn.platform.compute.went_at(attempt.zone, attempt.instance_name, instance_id)
            if went is not None:
                return went
    return None

"""When a machine had power, as Compute tells it: a stop, or a start, that nobody here has seen."""

from __future__ import annotations

from dataclasses import replace

from shared.domain.machine import Instance
from shared.services.provisioning.turn import Turn


def note_runs(turn: Turn, instance: Instance) -> None:
    """Tell each in a record of its own, from which what the machine cost is read. Of stops and starts that nobody saw
    Compute knows the last of each."""
    started, stopped = instance.last_started_at, instance.last_stopped_at
    if stopped is not None and turn.vm.running_since is not None and stopped > turn.vm.running_since:
        turn.apply(turn.vm.powered_off(stopped), "had_stopped", instance.name)
    if turn.vm.running_since is None and started is not None and (stopped is None or stopped < started):
        turn.apply(replace(turn.vm, running_since=started), "had_started", instance.name)

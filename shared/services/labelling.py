"""The label that tells an orphan's end follows the start and every extension."""

from __future__ import annotations

from dataclasses import replace

from shared.domain.machine import Instance
from shared.services.machine import labels
from shared.services.turn import Turn


def follow_end(turn: Turn, instance: Instance) -> None:
    """Relabel the instance if its label no longer tells the row's end."""
    vm = turn.vm
    if vm.expires_at is None or vm.labelled_end == vm.expires_at:
        return
    turn.before_write()
    turn.platform.compute.label(instance, labels(turn.platform.environment, vm, vm.expires_at))
    turn.apply(replace(vm, labelled_end=vm.expires_at))

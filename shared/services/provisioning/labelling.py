"""What tells an orphan's end, labels and the firewall rule's description, follows the start and every extension."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from shared.domain.machine import Instance
from shared.services.provisioning.machine import firewall_rule, labels, secret_name
from shared.services.provisioning.turn import Turn


def follow_end(turn: Turn, instance: Instance) -> None:
    """Tell the row's end anew wherever it is told, if it has moved. The instance comes last, so that a crash in
    between does it all again."""
    platform, vm = turn.platform, turn.vm
    if vm.expires_at is None or vm.labelled_end == vm.expires_at:
        return
    told = labels(platform.environment, vm, vm.expires_at)
    turn.before_write()
    platform.secrets.label(secret_name(platform.environment, vm.id), told)
    rule = firewall_rule(platform.environment, vm, platform.access_ranges, platform.figures)
    if platform.compute.firewall(rule.name) is not None:  # somebody may have deleted it by hand
        turn.before_write()
        platform.compute.describe_firewall(rule.name, rule.description)
    for name in instance.disks:
        disk = platform.compute.disk(instance.zone, name)
        if disk is not None:
            turn.before_write()
            platform.compute.label_disk(disk, told)
    turn.before_write()
    platform.compute.label(instance, told)
    turn.apply(replace(vm, labelled_end=vm.expires_at))


def told_end(seconds: str | None) -> datetime | None:
    """A label's epoch seconds as a time; None where they are none that a calendar has."""
    if seconds is None or not (seconds.isascii() and seconds.isdecimal()):
        return None
    try:
        return datetime.fromtimestamp(int(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None

"""What a VM's machines show that its row does not know of, as after a restored backup; and when that stays its end.

A row's own end, or its deadline, is not trusted while the database is in doubt and the cloud contradicts it: a lost
extension, or a lost birth, would be a machine destroyed within its time. What people order goes on, and so does every
row that its machine agrees with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from shared.domain.life import TERMINAL, Figures, Outcome, State, Wanted
from shared.domain.machine import LABEL_END, Instance
from shared.domain.vm import Vm
from shared.services.provisioning.labelling import told_end

_PRECISION = timedelta(seconds=1)  # of a label


class Unlike(StrEnum):
    """In what a machine is unlike its row."""

    LATER_END = "later_end"
    UNKNOWN_MACHINE = "unknown_machine"
    STARTED = "started"
    OTHER_TYPE = "other_type"
    GONE = "gone"
    UNDER_WAY = "under_way"


@dataclass(frozen=True)
class Difference:
    """`end`: the latest that a machine's label tells."""

    what: Unlike
    because: str
    end: datetime | None = None


def difference(vm: Vm, machines: Sequence[Instance], figures: Figures) -> Difference | None:
    """What the machines that carry the VM's id show and its row does not know; None where they agree, and for a VM that
    is on its way out or at its end. The weightiest first."""
    if vm.state in TERMINAL or vm.state is State.DELETING:
        return None
    end = latest_label(machines)
    if end is not None and vm.attempts and end > _latest_told(vm, figures) + _PRECISION:
        ends = f"ends {vm.expires_at.isoformat(timespec='seconds')}" if vm.expires_at else "has no end yet"
        return Difference(Unlike.LATER_END, f"its label says {end.isoformat()}, its row {ends}", end)
    places = {(each.zone, each.instance_name) for each in vm.attempts if each.outcome is not Outcome.EMPTY}
    at_home = [each for each in machines if (each.zone, each.name) in places]
    if machines and not at_home:
        where = ", ".join(f"{each.zone}/{each.name}" for each in machines)
        return Difference(Unlike.UNKNOWN_MACHINE, f"it has a machine that its row does not know: {where}", end)
    return _unlike_itself(vm, at_home)


def latest_label(machines: Sequence[Instance]) -> datetime | None:
    """The latest end that a label of theirs tells."""
    return max(filter(None, (told_end(each.labels.get(LABEL_END)) for each in machines)), default=None)


def disputed(
    vm: Vm, machines: Sequence[Instance], now: datetime, figures: Figures, restored_at: datetime | None
) -> Difference | None:
    """The difference that keeps a clock from ending the VM, another machine from being made for it, and one that was
    started since from being stopped, while the database is in doubt; None where its life goes on. `restored_at`: when
    it was found to be a restored one, unless an administrator has gone on since."""
    found = difference(vm, machines, figures)
    over = vm.expires_at is not None and vm.expires_at <= now
    if found is not None and found.what is Unlike.LATER_END:
        return found if over or vm.expires_at is None else None
    if found is not None and found.what is Unlike.UNKNOWN_MACHINE:
        return found
    overdue = vm.started_at is None and vm.deadline_at is not None and vm.deadline_at <= now
    if overdue and machines:  # its owner may have stopped it since
        return Difference(Unlike.UNKNOWN_MACHINE, "its machine is there, and its row knows of none that was up")
    being_made = vm.state in (State.REQUESTED, State.PROVISIONING) and vm.started_at is None
    if being_made and not overdue and not machines and restored_at is not None and vm.created_at < restored_at:
        told = "it is not made for now: its machine may have been made, and deleted, since the backup"
        return Difference(Unlike.UNDER_WAY, told)
    at_rest = (vm.state, vm.wanted, vm.operation) == (State.STOPPED, Wanted.STOPPED, None)
    if at_rest and not over and any(each.status == "RUNNING" for each in machines):
        return Difference(
            Unlike.STARTED, "its machine runs, its row says that it is stopped: start it, or it is stopped"
        )
    return None


def _unlike_itself(vm: Vm, at_home: Sequence[Instance]) -> Difference | None:
    if vm.state not in (State.RUNNING, State.STOPPED) or vm.operation is not None or vm.change is not None:
        return None
    machine = next((each for each in at_home if (each.zone, each.name) == (vm.zone, vm.instance_name)), None)
    if machine is None:
        return Difference(Unlike.GONE, "its machine is not there")
    if machine.machine_type and machine.machine_type != vm.spec.machine_type:
        told = f"its machine is {machine.machine_type}, its row says {vm.spec.machine_type}"
        return Difference(Unlike.OTHER_TYPE, told)
    return None


def _latest_told(vm: Vm, figures: Figures) -> datetime:
    """The latest end that this row can have told its machine: its own, or what the label said before the machine was
    up, by the last insert and the longest time that one may take."""
    told = [vm.expires_at, vm.labelled_end]
    if vm.labelled_end is None:
        sent = (each.sent_at or vm.created_at for each in vm.attempts)
        told += [at + figures.up_deadline_windows + vm.lease for at in sent]
    return max(filter(None, told))

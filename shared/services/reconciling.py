"""Both ways between the cloud and the registry: what has no live row, and what a row has lost.

Only resources with our labels, or our name prefix where there are none, in our environment are ever looked at. What no
row past its end explains is destroyed a few at a time, however many there are: a fault of ours must not empty a
project. More of it at once than a few sweeps destroy is not touched until an administrator has seen it: a selector gone
mad takes everything, a lost VM leaves three resources. A plan is made first, so that a dry run shows exactly what a
real one would do. A kind that cannot be listed keeps no other from being judged, and nothing follows from what a list
with gaps does not show.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any
from zlib import crc32

from shared.domain.errors import CloudError
from shared.domain.holds import OrphanFacts, Seen
from shared.domain.life import TERMINAL, Figures, Outcome, State
from shared.domain.machine import LABEL_ID, Instance
from shared.domain.vm import Vm
from shared.services import inventory
from shared.services.inventory import DISK, FIREWALL_RULE, INSTANCE, SECRET, Found, Inventory
from shared.services.provisioning.doubting import Difference, Unlike, difference, disputed
from shared.services.provisioning.turn import Platform
from shared.services.views import moment

Tell = Callable[[str, str, str], None]  # an audit record: action, detail, outcome

UNSEEN = (
    3  # sweeps' worth of what no row explains go unseen: one VM's machine, rule and secret, in the smallest project
)
_UNSEEN = "too many at once to go without an administrator having seen them"
_FROM_ABSENCE = (
    Unlike.GONE,
    Unlike.UNKNOWN_MACHINE,
    Unlike.UNDER_WAY,
)  # concluded from a machine that is not shown at its place


_EXPECTED = {State.RUNNING: "RUNNING", State.STOPPED: "TERMINATED"}


@dataclass(frozen=True)
class Verdict:
    """What is to become of a resource, and why: destroy (in a sweep's turn), hold (it would be destroyed, were this
    database not in doubt), keep (quarantined, or on its way out already) or ask (an administrator decides)."""

    found: Found
    action: str
    because: str
    limited: bool = True  # counts against what one sweep may destroy: no row at its end explains it
    unknown: bool = False  # no row knows it, be it at its end or not


@dataclass(frozen=True)
class Ending:
    """A row past its end: the sweep ends it, or holds it back (`disputed`: why)."""

    vm: Vm
    disputed: Difference | None


class Allowance:
    """What is left of what one sweep may destroy; the sweep and a dry run of it are both judged by this."""

    def __init__(self, most: int) -> None:
        self.left = most

    def permits(self, verdict: Verdict) -> bool:
        return verdict.action == "destroy" and not (verdict.limited and self.left == 0)

    def spend(self, verdict: Verdict) -> None:
        self.left -= verdict.limited


@dataclass(frozen=True)
class Plan:
    """What one look at the cloud leads to. `most`: how many may be destroyed by one sweep; `lost`: ids of VMs whose
    machine is not there as the row has it; `unlike`: those whose machine shows what the row does not know; `doubt`: why
    this database may not be the newest; `missing`: by kind, why its list is not whole;
    `refused`: how many are held back because they are too many at once, or such a hold stands."""

    at: datetime
    seen: int
    most: int
    verdicts: tuple[Verdict, ...]
    lost: tuple[str, ...]
    unlike: tuple[tuple[Vm, Difference], ...] = ()
    ends: tuple[Ending, ...] = ()
    doubt: str | None = None
    missing: Mapping[str, CloudError] = field(default_factory=dict)
    refused: int = 0

    def whole(self) -> Plan:
        """This, if all could be read; raises CloudError, why not. For what is to be seen as the whole."""
        for why in self.missing.values():
            raise why
        return self

    @property
    def unread(self) -> dict[str, str]:
        """The kinds whose lists are not whole, and the code of what kept them from it."""
        return {kind: why.code for kind, why in self.missing.items()}

    @property
    def selected(self) -> int:
        """How many resources that no row at its end explains this would destroy, in however many sweeps."""
        return sum(map(_counts, self.verdicts))

    def in_turn(self, ahead: int = 0) -> tuple[Verdict, ...]:
        """As a sweep takes them, so many minutes ahead. What is limited begins with another one each minute: one that
        will not go does not use up the others' sweeps. Not simply with the next, as sweeps may miss every other
        minute."""
        free = tuple(each for each in self.verdicts if not _counts(each))
        counted = tuple(each for each in self.verdicts if _counts(each))
        minute = int(self.at.timestamp() // 60) + ahead
        first = crc32(str(minute).encode()) % max(len(counted), 1)
        return (*free, *counted[first:], *counted[:first])

    def foretold(self, ahead: int = 0) -> tuple[Verdict, ...]:
        """What a sweep destroys so many minutes ahead, if each of them goes."""
        allowance, chosen = Allowance(self.most), []
        for verdict in self.in_turn(ahead):
            if allowance.permits(verdict):
                chosen.append(verdict)
                allowance.spend(verdict)
        return tuple(chosen)

    def report(self, ahead: int = 0) -> dict[str, Any]:
        """For the administrator: plain JSON. `this_sweep`: whether it is destroyed by the one of so many minutes
        ahead."""
        chosen = {id(each) for each in self.foretold(ahead)}
        told = [
            {**asdict(v.found), "end": moment(v.found.end), "created_at": moment(v.found.created_at)}
            | {"action": v.action, "because": v.because, "this_sweep": id(v) in chosen}
            for v in self.verdicts
        ]
        return {
            "at": moment(self.at),
            "seen": self.seen,
            "most": self.most,
            "doubt": self.doubt,
            "refused": self.refused,
            "unread": self.unread,
            "resources": told,
            "lost": list(self.lost),
            "unlike": [
                {"vm": vm.name, "what": each.what.value, "because": each.because, "end": moment(each.end)}
                for vm, each in self.unlike
            ],
            "ends": [
                {"vm": each.vm.name, "end": moment(each.vm.expires_at), "action": "hold" if each.disputed else "end"}
                for each in self.ends
            ],
        }


def _counts(verdict: Verdict) -> bool:
    """Whether a sweep destroys only so many of such."""
    return verdict.limited and verdict.action == "destroy"


def plan(platform: Platform) -> Plan:
    """Read the cloud first and the registry after it, so that a VM made in between is not taken for an orphan."""
    seen = inventory.take(platform)
    found = seen.found
    alive = {vm.id: vm for vm in platform.registry.alive()}
    strangers = sorted({each.vm_id for each in found if each.vm_id and each.vm_id not in alive})
    unread = platform.registry.unended(strangers)  # alive, and of a form that this revision cannot read
    terminal = platform.registry.terminal(strangers)
    now, doubt = platform.registry.clock(), platform.doubts.doubt()
    restored_at = platform.doubts.restored_at() if doubt is not None else None
    explained = [each for each in found if each.vm_id not in unread]
    judged = [_judge(each, alive, terminal, now, platform.figures) for each in explained]
    most = at_most(len(found), platform.figures)
    held = [_held(verdict, doubt) for verdict in judged if verdict]
    unseen = _too_many(held, most, platform.doubts.seen())
    verdicts = tuple(replace(v, action="hold", because=f"{v.because}; {_UNSEEN}") if v in unseen else v for v in held)
    dispute = partial(disputed, now=now, figures=platform.figures, restored_at=restored_at)
    unlike, ends = _rows(alive.values(), seen, now, dispute if doubt is not None else _undisputed, platform.figures)
    lost = _lost(alive.values(), seen)
    return Plan(now, len(found), most, verdicts, lost, unlike, ends, doubt, seen.missing, len(unseen))


def _too_many(verdicts: Collection[Verdict], most: int, seen: Seen) -> frozenset[Verdict]:
    """What is not to be destroyed because no administrator has seen it, and it is more than goes unseen."""
    unseen = frozenset(each for each in verdicts if _counts(each) and _facts(each.found) not in seen.orphans)
    return unseen if seen.awaited or len(unseen) > UNSEEN * most else frozenset()


def _facts(found: Found) -> OrphanFacts:
    return found.kind, found.zone, found.name, moment(found.end)


def _held(verdict: Verdict, doubt: str | None) -> Verdict:
    """Nothing is destroyed by a database that may have forgotten why it is there."""
    if doubt is None or verdict.action != "destroy":
        return verdict
    return replace(verdict, action="hold", because=f"{verdict.because}; {doubt}")


def _rows(
    alive: Collection[Vm],
    seen: Inventory,
    now: datetime,
    dispute: Callable[[Vm, Sequence[Instance]], Difference | None],
    figures: Figures,
) -> tuple[tuple[tuple[Vm, Difference], ...], tuple[Ending, ...]]:
    """What rows do not know of their machines, and those past their end, oldest first."""
    machines: dict[str, list[Instance]] = {}
    for each in seen.instances:
        machines.setdefault(each.labels.get(LABEL_ID, ""), []).append(each)
    unlike = []
    for vm in alive:
        its = machines.get(vm.id, ())
        found = difference(vm, its, figures) or dispute(vm, its)
        if found and (found.what not in _FROM_ABSENCE or seen.covers(vm.zone)):
            unlike.append((vm, found))
    over = sorted(
        (vm.expires_at, vm.id, vm)
        for vm in alive
        if vm.expires_at is not None and vm.expires_at <= now and vm.state is not State.DELETING
    )
    ends = [Ending(vm, dispute(vm, machines.get(vm.id, ()))) for _, _, vm in over]
    return tuple(unlike), tuple(ends)


def _undisputed(vm: Vm, machines: Sequence[Instance]) -> None:
    """Of a database that nobody doubts."""


def at_most(seen: int, figures: Figures) -> int:
    """How many one sweep may destroy: the smaller of a number and a share of what was seen, never less than one."""
    return max(1, min(figures.sweep_at_most, int(seen * figures.sweep_share)))


def destroy(platform: Platform, verdict: Verdict, request_id: str, tell: Tell) -> None:
    """Start destroying one resource; gone already is well. No VM's row tells of its end, so it is written down before
    that is asked for, and what came of it after. Raises CloudError."""
    detail = f"{verdict.found.kind} {verdict.found.name}: {verdict.because}"
    tell("orphan.destroying", detail, "done")
    try:
        _send(platform, verdict.found, request_id)
    except CloudError as error:
        tell("orphan.destroyed", detail, "unknown" if error.unknown_outcome else "refused")
        raise
    tell("orphan.destroyed", detail, "done")


def _send(platform: Platform, found: Found, request_id: str) -> None:
    if found.kind == INSTANCE and found.zone:
        platform.compute.delete(found.zone, found.name, request_id)
    elif found.kind == DISK and found.zone:
        platform.compute.delete_disk(found.zone, found.name)
    elif found.kind == FIREWALL_RULE:
        platform.compute.close_firewall(found.name, request_id)
    elif found.kind == SECRET:
        platform.secrets.delete(found.name)


def _judge(
    found: Found, alive: Mapping[str, Vm], terminal: Mapping[str, Vm], now: datetime, figures: Figures
) -> Verdict | None:
    """None for what a live row explains."""
    vm_id = found.vm_id or ""
    if vm_id in alive:
        return _duplicate(found, alive[vm_id], now, figures)
    if found.going:
        return Verdict(found, "keep", "it is on its way out")
    # The state is read again here: what is not limited in number must not hang on one query's conditions alone.
    if vm_id in terminal and terminal[vm_id].state in TERMINAL:
        return Verdict(found, "destroy", f"{terminal[vm_id].name} is at its end", limited=False)
    if found.end is None:
        return Verdict(found, "ask", "no row knows it, and it does not say when its end is", unknown=True)
    if found.end <= now:
        return Verdict(found, "destroy", "no row knows it, and its end has come", unknown=True)
    return Verdict(found, "keep", f"no row knows it; its end is {moment(found.end)}", unknown=True)


def _duplicate(found: Found, vm: Vm, now: datetime, figures: Figures) -> Verdict | None:
    """A second machine for one request: one that is at none of the places where the row may have a machine."""
    if found.kind != INSTANCE or vm.state is State.DELETING:
        return None
    places = {(a.zone, a.instance_name) for a in vm.attempts if a.outcome is not Outcome.EMPTY}
    if (found.zone, found.name) in places:
        return None
    if found.created_at is not None and now - found.created_at < figures.duplicate_grace:
        return Verdict(found, "keep", f"a second machine of {vm.name}, within its grace")
    return Verdict(found, "destroy", f"a second machine of {vm.name}")


def _lost(alive: Collection[Vm], seen: Inventory) -> tuple[str, ...]:
    """Rows that say RUNNING or STOPPED of a machine that is not there, or is otherwise, or was. A list may lag behind,
    so the VM is only looked at again, by name; not where a whole zone is left out, since that would be all of its
    VMs."""
    shown = {(each.zone, each.name): each for each in seen.instances}
    at_rest = (vm for vm in alive if vm.state in _EXPECTED and vm.operation is None)
    its = ((vm, shown.get((vm.zone or "", vm.instance_name or ""))) for vm in at_rest)
    return tuple(vm.id for vm, found in its if (_otherwise(vm, found) if found else seen.covers(vm.zone)))


def _otherwise(vm: Vm, found: Instance) -> bool:
    """Whether its machine is in another state than its row, or was stopped and started since."""
    stopped, since = found.last_stopped_at, vm.running_since
    return found.status != _EXPECTED[vm.state] or (stopped is not None and since is not None and stopped > since)

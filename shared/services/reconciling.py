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
from dataclasses import replace
from datetime import datetime
from functools import partial

from shared.domain.errors import CloudError
from shared.domain.holds import OrphanFacts, Seen
from shared.domain.life import TERMINAL, Figures, Outcome, State
from shared.domain.machine import LABEL_ID, Instance
from shared.domain.vm import Vm
from shared.services import inventory
from shared.services.inventory import DISK, FIREWALL_RULE, INSTANCE, SECRET, Found, Inventory
from shared.services.provisioning.doubting import Difference, Unlike, difference, disputed
from shared.services.provisioning.turn import Platform
from shared.services.sweep_plan import Ending, Plan, Verdict
from shared.services.views import moment

Tell = Callable[[str, str, str], None]  # an audit record: action, detail, outcome

# Sweeps' worth of what no row explains that go unseen: one VM's machine, rule and secret, in the smallest project.
UNSEEN = 3
_UNSEEN = "too many at once to go without an administrator having seen them"
# Concluded from a machine that is not shown at its place.
_FROM_ABSENCE = (Unlike.GONE, Unlike.UNKNOWN_MACHINE, Unlike.UNDER_WAY)
_EXPECTED = {State.RUNNING: "RUNNING", State.STOPPED: "TERMINATED"}


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
    unseen = frozenset(each for each in verdicts if each.counted and _facts(each.found) not in seen.orphans)
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

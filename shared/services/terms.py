"""What an owner may have changed of the terms of a VM that is there: its end, its machine type, its disk.

Pure, inside the approval's transaction: the row as it is and what it is judged by, in; the row as approved, out. What
Compute still has to do about it is the row's `change`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from shared.catalog.machines import known_machine_type, machine_type, with_machine_type
from shared.domain.errors import Conflict, Invalid
from shared.domain.life import TERMINAL, Figures, State, Wanted, up_deadline
from shared.domain.money import written
from shared.domain.quote import Quote
from shared.domain.regions import RegionSetting, room, too_small
from shared.domain.spec import Spec, format_duration
from shared.domain.vm import Change, Ledger, Vm
from shared.services.provisioning.changing import dropped
from shared.services.provisioning.placement import without
from shared.services.requesting import check_money
from shared.services.whole_life import outlives_switch, rates_of

MINUTE = timedelta(minutes=1)
STATES = (State.RUNNING, State.STOPPED)

# What the VM's whole life costs under that spec, at that time and with the regions as they are.
WholeLife = Callable[[Vm, Spec, datetime, Sequence[RegionSetting]], Quote]


@dataclass(frozen=True)
class Resize:
    """What is to become of the machine; None: as it is. `approved_total`: the new ceiling for the VM's whole life."""

    machine_type: str | None
    disk_gib: int | None
    approved_total: Decimal


def extended(
    vm: Vm, ledger: Ledger, by: timedelta, approved_total: Decimal, whole_life: WholeLife, figures: Figures
) -> Vm:
    """A later end. Beyond the machine's own termination time it counts as far as that at once, and in full when Compute
    has confirmed a later one."""
    now, lease = ledger.now, vm.lease + by
    _check_extendable(vm, lease, now, figures)
    spec = vm.spec.model_copy(update={"duration": format_duration(lease)})
    quote = _affordable(vm, ledger, spec, approved_total, whole_life)
    approved = replace(vm, quote=quote, approved_total=max(approved_total, vm.approved_total))
    if not outlives_switch(vm, lease):
        return _with_lease(approved, lease)
    return _extended_beyond(vm, approved, now, lease, figures)


def ended_as_told(
    vm: Vm, ledger: Ledger, end: datetime, switch_at: datetime | None, approved_total: Decimal, whole_life: WholeLife
) -> Vm:
    """The end that its machine's label tells: an extension that a restored database has lost, approved anew. Its own
    end may have come meanwhile. A label tells whole seconds, a lease lasts whole minutes. A change that was under way
    when the backup was made is of a time before that end: what came of it the machine shows."""
    assert vm.started_at is not None
    lease = -((vm.started_at - end) // MINUTE) * MINUTE
    spec = vm.spec.model_copy(update={"duration": format_duration(lease)})
    settled = vm if vm.change is None else replace(dropped(vm), operation=None, deadline_at=None)
    settled = replace(settled, switch_at=switch_at or vm.switch_at)
    quote = _affordable(settled, ledger, spec, approved_total, whole_life)
    approved = max(approved_total, settled.approved_total)
    return _with_lease(replace(settled, quote=quote, approved_total=approved), lease)


def resized(
    vm: Vm,
    ledger: Ledger,
    wish: Resize,
    whole_life: WholeLife,
    check: Callable[[Spec, Spec, datetime], None],
) -> Vm:
    """Another machine type, a larger disk, or both. The larger of both machines' vCPUs is counted, against the region
    where it runs and against the account, until Compute confirms the change."""
    _check_resizable(vm, ledger.now)
    spec = altered(vm.spec, wish.machine_type, wish.disk_gib)
    if spec == vm.spec:
        raise Invalid("nothing_to_change", "Name another machine type, or a larger disk.")
    check(vm.spec, spec, ledger.now)
    rates = rates_of(vm, spec)
    other = spec.machine_type != vm.spec.machine_type
    vcpus = max(vm.vcpus, known_machine_type(spec.machine_type).reserved_vcpus)
    running = vm.state is State.RUNNING
    if other:
        _check_room(vm, ledger, known_machine_type(spec.machine_type).reserved_vcpus, running=running)
    quote = _affordable(vm, ledger, spec, wish.approved_total, whole_life)
    return replace(
        vm,
        quote=quote,
        approved_total=max(wish.approved_total, vm.approved_total),
        vcpus=vcpus,
        reserved_vcpus=vcpus if running else None,
        reason=None,
        reason_detail=None,
        change=Change(
            quote_before=vm.quote,
            approved_before=vm.approved_total,
            restarts=running and other,
            machine_type=spec.machine_type if other else None,
            disk_gib=spec.disk_gib if spec.disk_gib != vm.spec.disk_gib else None,
            rates=rates,
        ),
    )


def check_changeable(vm: Vm, spec: Spec, now: datetime, figures: Figures) -> None:
    """Raise what an approval of that spec would be refused for at this time, be its price and the room as they may."""
    if longer := spec.lease - vm.spec.lease:
        _check_extendable(vm, vm.lease + longer, now, figures)
    if (spec.machine_type, spec.disk_gib) != (vm.spec.machine_type, vm.spec.disk_gib):
        _check_resizable(vm, now)


def altered(spec: Spec, name: str | None, disk_gib: int | None) -> Spec:
    """The spec with that machine type and disk size (None: its own), as far as a VM that is there can become so."""
    other = spec
    if name is not None and name != spec.machine_type:
        before, after = known_machine_type(spec.machine_type), machine_type(name)
        if after is None:
            raise Invalid("spec_invalid", f"There is no machine type {name}.")
        if before.bundled_ssd_gib or after.bundled_ssd_gib:
            raise Invalid(
                "local_ssd", "A machine with local SSDs cannot change its type, nor become one: make a new VM."
            )
        if (before.gpu is None) != (after.gpu is None):
            raise Invalid("gpu", "A machine with GPUs of its own becomes only another such one: make a new VM.")
        other = with_machine_type(spec, name)
    if disk_gib is not None and disk_gib < spec.disk_gib:
        raise Invalid("disk_shrinks", f"A disk only grows: it has {spec.disk_gib} GiB.")
    return other.model_copy(update={"disk_gib": disk_gib or spec.disk_gib})


def _check_room(vm: Vm, ledger: Ledger, vcpus: int, *, running: bool) -> None:
    """The machine's new type fits its region, now if it runs, and the account's quota."""
    own = next(each for each in ledger.regions if each.id == vm.region)
    if because := too_small(own, vcpus):
        raise Conflict("above_every_limit", f"{own.id} can never hold it: {because}. An administrator can raise it.")
    if running and (because := room(without(vm, own), max(vcpus, vm.vcpus))):
        raise Conflict("no_room", f"{own.id} has no room for it now: {because}.")
    others = ledger.live_vcpus - vm.vcpus
    if vcpus > vm.vcpus and others + vcpus > ledger.max_vcpus:
        have = f"Your other VMs have {others} of {ledger.max_vcpus} vCPUs"
        raise Conflict("quota_exceeded", f"{have}, and it would need {vcpus}; delete one or choose a smaller machine.")


def _check_extendable(vm: Vm, lease: timedelta, now: datetime, figures: Figures) -> None:
    if vm.state in TERMINAL or vm.state is State.DELETING or _ended(vm, now):
        raise Conflict("past_end", "Its time is up; it can no longer be extended.")
    _check_settled(vm)
    if lease > figures.longest_lease:
        longest = format_duration(figures.longest_lease)
        raise Invalid("too_long", f"A lease may last {longest} at the most, extensions included.")
    if vm.started_at is None or outlives_switch(vm, lease):
        _check_switch(vm, now, lease, figures)


def _check_settled(vm: Vm) -> None:
    if vm.change is not None:
        raise Conflict("changing", "It is being changed at this moment; ask again when that is done.")


def _check_resizable(vm: Vm, now: datetime) -> None:
    if _ended(vm, now):
        raise Conflict("past_end", "Its time is up; it can no longer be resized.")
    _check_settled(vm)
    if not _at_rest(vm):
        raise Conflict("not_resizable", f"It is {vm.state.value.lower()}; resize it once it is running, or stopped.")


def _check_switch(vm: Vm, now: datetime, lease: timedelta, figures: Figures) -> None:
    """Raise Conflict `beyond_switch` where the machine's own termination time comes first and cannot be changed."""
    end = (vm.started_at or now + up_deadline(vm.spec, figures)) + lease
    if vm.switch_at is None or end <= vm.switch_at:
        return
    until = vm.switch_at.isoformat()
    if not _at_rest(vm):
        told = f"The machine deletes itself at {until}; extend it to before that, or once it is set up and at rest."
        raise Conflict("beyond_switch", told)
    _check_in_time(vm, now, figures)
    if end > now + figures.longest_switch - MINUTE:
        longest = format_duration(figures.longest_switch)
        raise Conflict("beyond_switch", f"A machine cannot be told to end later than {longest} from now.")


def _check_in_time(vm: Vm, now: datetime, figures: Figures) -> None:
    """Raise Conflict `beyond_switch` unless the change is sure to be over, done or given up, before the end that counts
    meanwhile: what runs is stopped, changed and started, each within its own deadline."""
    assert vm.switch_at is not None
    running = vm.state is State.RUNNING
    takes = (3 if running else 1) * figures.power_deadline
    if vm.switch_at - MINUTE >= now + takes:
        return
    told = f"The machine deletes itself at {vm.switch_at.isoformat()}, and it is too late to change that"
    instead = "Extend it to before that" + (", or stop it and extend it then." if running else ".")
    raise Conflict("beyond_switch", f"{told}: it may take {format_duration(takes)}. {instead}")


def _extended_beyond(vm: Vm, approved: Vm, now: datetime, lease: timedelta, figures: Figures) -> Vm:
    assert vm.started_at is not None
    assert vm.switch_at is not None
    at_once = max(vm.lease, (vm.switch_at - vm.started_at) // MINUTE * MINUTE)
    longer = at_once > vm.lease  # by what it costs more, the approval stands whatever becomes of the rest
    change = Change(
        quote_before=approved.quote if longer else vm.quote,
        approved_before=approved.approved_total if longer else vm.approved_total,
        restarts=vm.state is State.RUNNING,
        lease=lease,
        switch_at=min(vm.started_at + lease + max(figures.switch_headroom, lease), now + figures.longest_switch),
    )
    return replace(_with_lease(approved, at_once), change=change, reason=None, reason_detail=None)


def _with_lease(vm: Vm, lease: timedelta) -> Vm:
    spec = vm.spec.model_copy(update={"duration": format_duration(lease)})
    return replace(vm, lease=lease, spec=spec, expires_at=vm.started_at + lease if vm.started_at else None)


def _affordable(vm: Vm, ledger: Ledger, spec: Spec, approved_total: Decimal, whole_life: WholeLife) -> Quote:
    """The Quote of the whole life. Conflict `ceiling_too_low` carries it, where it comes to more than is approved."""
    quote = whole_life(vm, spec, ledger.now, ledger.regions)
    if approved_total < quote.total:
        told = f"Its whole life would cost {written(quote.total)} {quote.currency}; approve at least that."
        raise Conflict("ceiling_too_low", told, quote=quote.model_dump(mode="json"))
    check_money(ledger, max(approved_total - vm.approved_total, Decimal(0)))
    return quote


def _at_rest(vm: Vm) -> bool:
    """Whether the machine runs, or is stopped, and is wanted so, with nothing in flight."""
    as_wanted = (vm.state, vm.wanted) in ((State.RUNNING, Wanted.RUNNING), (State.STOPPED, Wanted.STOPPED))
    return as_wanted and vm.operation is None


def _ended(vm: Vm, now: datetime) -> bool:
    return vm.expires_at is not None and vm.expires_at <= now

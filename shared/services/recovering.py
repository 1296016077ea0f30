"""Use case: what a restored database has lost about a row is taken over from its machine, as an administrator decides.

Each can be asked again and comes to the same: what the row knows by then is no difference any more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from shared.catalog.machines import known_machine_type
from shared.domain.errors import Conflict, Invalid, NotFound, Refusal
from shared.domain.life import Outcome, Setup, State, Wanted
from shared.domain.machine import Instance
from shared.domain.money import written
from shared.domain.quote import Meter, Tariff, bill, total
from shared.domain.vm import Actor, Event, Ledger, Vm
from shared.services import terms
from shared.services.orphans import as_it_is, lease_began, made_as_told, placed
from shared.services.owning import TRIES
from shared.services.ports import Approvals, Idempotency
from shared.services.provisioning.description import Description
from shared.services.provisioning.doubting import Unlike, difference, latest_label
from shared.services.provisioning.turn import Platform
from shared.services.relay import Relay
from shared.services.requesting import digest
from shared.services.terms import WholeLife
from shared.services.views import moment, vm_view


class Recovering:
    def __init__(
        self,
        platform: Platform,
        approvals: Approvals,
        idempotency: Idempotency,
        relay: Relay,
        whole_life: WholeLife,
    ) -> None:
        self.platform = platform
        self.approvals = approvals
        self.idempotency = idempotency
        self.relay = relay
        self.whole_life = whole_life

    def take_end(self, actor: Actor, name: str, approved_total: Decimal) -> dict[str, Any]:
        """The end that the machine's label tells becomes the row's, by the rules of an extension. Conflict
        `ceiling_too_low` with the Quote of the whole life, `quota_exceeded`, `nothing_lost` where no label tells a
        later end."""
        vm, machines = self._read(name)
        found = difference(vm, machines, self.platform.figures)
        if vm.started_at is None or found is None or found.end is None or found.what is not Unlike.LATER_END:
            told = latest_label(machines)
            if told is not None and vm.expires_at is not None and told <= vm.expires_at < told + terms.MINUTE:
                return vm_view(vm)
            raise Conflict("nothing_lost", f"No machine of {name} tells a later end than its row.")
        longest = self.platform.figures.longest_lease
        if found.end - vm.started_at > longest:
            raise Invalid("too_long", "Its label tells a longer lease than any may be: destroy it, or let it end.")
        key = f"take-end-{vm.id}-{int(found.end.timestamp())}"
        if given := self.idempotency.begin(actor.id, key, "take-end", digest(name, written(approved_total))):
            return dict(given[1])
        try:
            return self._write_end(actor, key, name, approved_total)
        except Refusal:
            self.idempotency.abandon(actor.id, key)
            raise

    def take_machine(self, actor: Actor, name: str) -> dict[str, Any]:
        """The machine that a VM has, and whose birth its row has lost, becomes the row's: its lease counts from its
        start. One that was resized is from now on what it is, at the catalogue's prices, approved up to its end by who
        decides so. Conflict `nothing_lost`, or `not_adoptable` where there is not exactly one, running or stopped, or
        what it is has no price."""
        for _ in range(TRIES):
            vm, machines = self._read(name)
            found = difference(vm, machines, self.platform.figures)
            if found is not None and found.what is Unlike.OTHER_TYPE:
                after, told = _as_resized(vm, machines, self.platform), Event("resize_taken", actor, found.because)
            elif vm.started_at is not None:
                return vm_view(vm)
            elif vm.state is State.DELETING or not machines:
                raise Conflict("nothing_lost", f"{name} has no machine that its row does not know.")
            else:
                after = _with_machine(vm, machines, self.platform)
                told = Event("adopted", actor, after.zone or "")
            done = self.platform.registry.apply(vm, after, told, wake=True)
            if done is not None:
                self.relay.flush(vm.id)
                return vm_view(done)
        raise Conflict("busy", "The VM is changing at this moment; try again.")

    def _write_end(self, actor: Actor, key: str, name: str, approved_total: Decimal) -> dict[str, Any]:
        for _ in range(TRIES):
            vm, machines = self._read(name)
            found = difference(vm, machines, self.platform.figures)
            if found is None or found.end is None or found.what is not Unlike.LATER_END:
                raise Conflict("busy", "The VM is changing at this moment; try again.")
            told = Event("end_taken", actor, f"from its machine's label: {moment(found.end)}")
            decide = self._deciding(vm, machines, found.end, approved_total, told)
            done = self.approvals.change(actor.id, key, vm, decide, vm_view, reserving=False)
            if done is not None:
                self.relay.flush(vm.id)
                return vm_view(done)
        raise Conflict("busy", "The VM is changing at this moment; try again.")

    def _deciding(
        self, vm: Vm, machines: Sequence[Instance], end: datetime, approved_total: Decimal, told: Event
    ) -> Callable[[Ledger], tuple[Vm, Event]]:
        switch_at = next((each.switch_at for each in machines if each.name == vm.instance_name), None)

        def decide(ledger: Ledger) -> tuple[Vm, Event]:
            return terms.ended_as_told(vm, ledger, end, switch_at, approved_total, self.whole_life), told

        return decide

    def _read(self, name: str) -> tuple[Vm, Sequence[Instance]]:
        loaded = self.platform.registry.load_by_name(name)
        if loaded is None:
            raise NotFound("no_such_vm", f"There is no VM {name}.")
        return loaded[0], self.platform.compute.instances(loaded[0].id)


def _as_resized(vm: Vm, machines: Sequence[Instance], platform: Platform) -> Vm:
    """The row with its machine's type and disk. When it became so is lost: it counts from now on, up to its end."""
    assert vm.expires_at is not None
    instance = next(each for each in machines if (each.zone, each.name) == (vm.zone, vm.instance_name))
    there = as_it_is(Description.of(vm), instance, platform)
    vcpus = known_machine_type(there.spec.machine_type).reserved_vcpus
    now = platform.registry.clock()
    so_far, left = vm.meter(now), max(vm.expires_at - now, timedelta(0))
    past = (*vm.past, Tariff(rates=vm.rates, meter=so_far))
    whole = Meter(running=so_far.running + left, existing=so_far.existing + left)
    return replace(
        vm,
        spec=there.spec,
        rates=there.rates,
        past=past,
        vcpus=vcpus,
        reserved_vcpus=vcpus if vm.reserved_region else None,
        approved_total=max(vm.approved_total, total(bill(there.rates, whole, past))),
    )


def _with_machine(vm: Vm, machines: Sequence[Instance], platform: Platform) -> Vm:
    """The row with its machine up; what is left of its set-up goes on from there, or is over where it is stopped."""
    instance = machines[0]
    if len(machines) > 1:
        raise Conflict("not_adoptable", f"{vm.name} has more than one machine: destroy it.")
    began = lease_began(instance)
    there = placed(replace(vm, rates=made_as_told(instance).rates), instance, began)
    known = next((each for each in vm.attempts if (each.zone, each.instance_name) == (there.zone, instance.name)), None)
    place = known or replace(there.attempts[0], number=len(vm.attempts) + 1)
    return replace(
        replace(there, attempts=vm.attempts).with_attempt(replace(place, outcome=Outcome.UP)),
        state=State.PROVISIONING,
        wanted=Wanted.RUNNING,
        setup=Setup.RUNNING,
        switch_at=instance.switch_at,
        started_at=began,
        expires_at=began + vm.lease,
        deadline_at=platform.registry.clock() + platform.figures.setup_deadline,
        looks=0,
        failures=0,
    )

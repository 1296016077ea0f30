"""Where a VM goes: the next place that has room, costs no more than was approved, and has not refused it yet.

Pure: it sees the regions as locked by the registry's transaction, and says what becomes of the row.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from shared.catalog.machines import zones_with
from shared.catalog.prices import MissingPrice, NotOffered, rates
from shared.catalog.regions import regions as catalogue
from shared.domain.errors import Scope
from shared.domain.life import Figures, Outcome, Reason, State, switch_time, up_deadline
from shared.domain.money import written
from shared.domain.quote import Meter, Rate, bill, total
from shared.domain.regions import RegionSetting, excluded, order, room, too_small
from shared.domain.vm import Attempt, Event, Verdict, Vm
from shared.services.provisioning.turn import PLATFORM, dying

_SAME_PLACE = frozenset({Scope.ATTEMPT, Scope.TRANSIENT, Scope.RATE})  # what says nothing against the place itself


def place(
    vm: Vm,
    settings: Sequence[RegionSetting],
    now: datetime,
    figures: Figures,
    short: Mapping[str, str] | None = None,
) -> tuple[Vm, Event]:
    """The row with a place reserved and an attempt planned there, or on its way out with NO_ROOM and the trace.

    The order is the one that the quote showed (the account's policy at that moment), the wish first. `short`: the
    regions where Compute's own quotas have no room for it, and why.
    """
    trace = list(vm.placement)
    if len(vm.attempts) < figures.places:
        for setting in order(settings, vm.spec.region, vm.quote.rank):
            verdict, prices = _judge(vm, setting, short or {})
            zone = next(_zones_left(vm, setting.id, figures), None) if verdict is None else None
            if zone is not None:
                trace.append(Verdict(setting.id, "chosen", _roomy(vm, setting), zone))
                return _placed(replace(vm, placement=tuple(trace), rates=prices), setting.id, zone, now, figures)
            if verdict is None:
                verdict = Verdict(setting.id, "used_up", "every zone of it has been tried")
            trace.append(verdict)
    full = {verdict.region for verdict in trace if verdict.verdict == "no_room"}
    possible = [setting for setting in settings if setting.id in full]
    lost = dying(replace(vm, placement=tuple(trace)), Reason.NO_ROOM, _expected(possible))
    return lost, Event("no_room", PLATFORM, f"{len(vm.attempts)} places tried")


def without(vm: Vm, setting: RegionSetting) -> RegionSetting:
    """The region's use without what this VM holds itself."""
    rules = setting.rules if vm.region is None else replace(setting.rules, used=setting.rules.used - 1)
    if vm.reserved_region != setting.id:
        return replace(setting, rules=rules)
    vcpus = setting.used_vcpus - (vm.reserved_vcpus or 0)
    return replace(setting, used_vcpus=vcpus, used_addresses=setting.used_addresses - 1, rules=rules)


def _judge(vm: Vm, setting: RegionSetting, short: Mapping[str, str]) -> tuple[Verdict | None, tuple[Rate, ...]]:
    """Why not here (None if here), and what it costs here."""
    vcpus = vm.vcpus
    if any(a.region == setting.id and a.error_scope is Scope.REGION for a in vm.attempts):
        return Verdict(setting.id, "refused", "Compute Engine has refused it in this region"), ()
    if because := excluded(setting, vm.spec.region):
        return Verdict(setting.id, "excluded", because), ()
    try:
        prices = rates(vm.spec, setting.id)
    except (NotOffered, MissingPrice) as error:
        return Verdict(setting.id, error.code, error.detail), ()
    price = total(bill(prices, Meter(running=vm.lease, existing=vm.lease)))
    if price > vm.approved_total:
        dear = f"{written(price)} is above the approved {written(vm.approved_total)} {vm.quote.currency}"
        return Verdict(setting.id, "too_dear", dear), ()
    if because := too_small(setting, vcpus) or room(without(vm, setting), vcpus):
        return Verdict(setting.id, "no_room", because), ()
    if setting.id in short:
        return Verdict(setting.id, "no_quota", short[setting.id]), ()
    return None, prices


def _zones_left(vm: Vm, region: str, figures: Figures) -> Iterator[str]:
    """The region's zones that may still be tried: those Compute named as having room first, never one that is out of
    stock; one where only the name was taken again, up to the tries at a place."""
    zones = catalogue()[region].zones
    if vm.spec.gpu is not None and (having := zones_with(vm.spec.gpu.type, region)) is not None:
        zones = having
    named = {zone for attempt in vm.attempts for zone in attempt.zones_with_room}
    for zone in sorted(zones, key=lambda each: each not in named):
        tried = [a for a in vm.attempts if a.zone == zone and a.outcome in (Outcome.LOST, Outcome.EMPTY)]
        again = all(attempt.error_scope in _SAME_PLACE for attempt in tried)
        if again and len(tried) < figures.tries_at_a_place:
            yield zone


def _placed(vm: Vm, region: str, zone: str, now: datetime, figures: Figures) -> tuple[Vm, Event]:
    number = len(vm.attempts) + 1
    name = vm.name if number == 1 else f"{vm.name}-{number}"
    attempt = Attempt(number, region, zone, name, request_id=str(uuid.uuid4()))
    first = vm.state is State.REQUESTED
    up_by = now + up_deadline(vm.spec, figures) if first or vm.deadline_at is None else vm.deadline_at
    after = replace(
        vm.with_attempt(attempt),
        state=State.PROVISIONING,
        region=region,
        zone=zone,
        reserved_region=region,
        reserved_vcpus=vm.vcpus,
        deadline_at=up_by,
        switch_at=switch_time(now, up_by, vm.lease, figures),
        looks=0,
        failures=0,
    )
    return after, Event("placed", PLATFORM, zone)


def _roomy(vm: Vm, setting: RegionSetting) -> str:
    free = without(vm, setting).free_vcpus
    return f"{free} of {setting.vcpu_limit} vCPUs free, {vm.vcpus} needed"


def _expected(settings: Sequence[RegionSetting]) -> str:
    ends = [setting.next_end for setting in settings if setting.next_end is not None]
    return f"room is expected at {min(ends).isoformat()}" if ends else "when room comes is not known"

"""Use case: what an administrator does about what the registry does not explain: destroy it sooner, or adopt it.

Only what a reconciliation finds, so only what has our labels or our name prefix in our environment; and never what a
living row explains. Each can be asked again and comes to the same.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Protocol

from pydantic import ValidationError

from shared.catalog.machines import known_machine_type, with_machine_type
from shared.catalog.prices import MissingPrice, NotOffered, rates
from shared.domain.errors import Conflict, Invalid, NotFound
from shared.domain.life import TERMINAL, Outcome, Setup, State, Wanted
from shared.domain.machine import LABEL_ID, LABEL_OWNER, Instance
from shared.domain.quote import Meter, bill, total
from shared.domain.spec import format_duration
from shared.domain.vm import Actor, Attempt, Event, Vm
from shared.services import reconciling
from shared.services.provisioning.description import Description
from shared.services.provisioning.turn import Platform
from shared.services.relay import Relay
from shared.services.sweep_plan import Verdict
from shared.services.views import moment, vm_view

_ID = re.compile(r"^(instance|disk|firewall-rule|secret)\.([a-z0-9-]+)\.([a-z0-9-]+)$")


class Trail(Protocol):
    def orphan(self, action: str, detail: str, outcome: str, actor: Actor) -> None:
        """Write into the audit log what became of an orphan, and by whom."""


class Adoptions(Protocol):
    def adopt(self, vm: Vm, event: Event) -> Vm:
        """The row, made in one transaction with its event, under its name or, where that is taken, the next of its
        stem. The row as it is where there is one already. Conflict `owner_unknown`."""


class Orphans:
    def __init__(self, platform: Platform, adoptions: Adoptions, trail: Trail, relay: Relay) -> None:
        self.platform = platform
        self.adoptions = adoptions
        self.trail = trail
        self.relay = relay

    def listed(self) -> dict[str, Any]:
        """What no living row explains, as the cloud is now, and what the next sweeps would do with each."""
        plan = reconciling.plan(self.platform)
        shown = [orphan_view(verdict) for verdict in plan.verdicts]
        return {"at": moment(plan.at), "unread": plan.unread, "orphans": shown}

    def destroy(self, actor: Actor, orphan_id: str) -> dict[str, Any]:
        """Start destroying it now. One that is gone, or on its way out, is answered so. Conflict `not_an_orphan`."""
        verdict = self._verdict(orphan_id)
        if verdict is None:
            return {"id": orphan_id, "state": "gone"}
        if not verdict.found.going:
            decided = replace(verdict, because="an administrator decided so")
            reconciling.destroy(self.platform, decided, str(uuid.uuid4()), partial(self.trail.orphan, actor=actor))
        return {"id": orphan_id, "state": "going"}

    def adopt(self, actor: Actor, orphan_id: str) -> dict[str, Any]:
        """A VM for it: of the owner and with the end that its labels name, as what it says it was made as, approved up
        to its price at that end. Asked again, that VM. Conflict `not_adoptable` where something of that is missing."""
        kind, zone, name = _parts(orphan_id)
        instance = self.platform.compute.instance(zone, name) if kind == "instance" else None
        verdict = self._found(orphan_id)
        if verdict is None:
            if instance is not None and (known := self._adopted(instance)) is not None:
                return vm_view(known)
            raise NotFound("no_such_orphan", f"There is no orphan {orphan_id}.")
        if instance is None or not verdict.unknown or verdict.found.going:
            raise Conflict("not_adoptable", "Only a machine that no VM was ever made for can be adopted.")
        adopted = self.adoptions.adopt(_row(instance, verdict, self.platform), Event("adopted", actor))
        self.relay.flush(adopted.id)
        return vm_view(adopted)

    def _found(self, orphan_id: str) -> Verdict | None:
        """What the reconciliation says of it, as the cloud is now; None where that finds no such orphan. Raises
        CloudError where it may only not be shown."""
        plan = reconciling.plan(self.platform)
        found = next((each for each in plan.verdicts if _id(each) == orphan_id), None)
        if found is None:
            plan.whole()
        return found

    def _verdict(self, orphan_id: str) -> Verdict | None:
        """The same; Conflict where it is there and a living VM explains it."""
        kind, zone, name = _parts(orphan_id)
        verdict = self._found(orphan_id)
        if verdict is None and self._there(kind, zone, name):
            raise Conflict("not_an_orphan", f"A VM of the registry explains {name}: act on that.")
        return verdict

    def _adopted(self, instance: Instance) -> Vm | None:
        """The VM whose machine it is already, if there is one."""
        loaded = self.platform.registry.load(instance.labels.get(LABEL_ID, ""))
        if loaded is None or loaded[0].state in TERMINAL:
            return None
        vm = loaded[0]
        return vm if (vm.zone, vm.instance_name) == (instance.zone, instance.name) else None

    def _there(self, kind: str, zone: str, name: str) -> bool:
        """Whether the cloud has it and it is one of ours."""
        compute = self.platform.compute
        if kind == "instance":
            return any((each.zone, each.name) == (zone, name) for each in compute.instances())
        if kind == "disk":
            return any((each.zone, each.name) == (zone, name) for each in compute.disks())
        if kind == "firewall-rule":
            return any(each.name == name for each in compute.firewalls())
        return any(each == name for each, _ in self.platform.secrets.list())


def _id(verdict: Verdict) -> str:
    found = verdict.found
    return f"{found.kind.replace(' ', '-')}.{found.zone or 'global'}.{found.name}"


def _parts(orphan_id: str) -> tuple[str, str, str]:
    match = _ID.match(orphan_id)
    if match is None:
        raise NotFound("no_such_orphan", f"There is no orphan {orphan_id}.")
    return match[1], match[2], match[3]


def orphan_view(verdict: Verdict) -> dict[str, Any]:
    found = verdict.found
    return {
        "id": _id(verdict),
        "kind": found.kind,
        "name": found.name,
        "zone": found.zone,
        "end": moment(found.end),
        "created_at": moment(found.created_at),
        "action": verdict.action,
        "because": verdict.because,
        "adoptable": verdict.unknown and found.kind == "instance" and verdict.action == "keep" and not found.going,
    }


def _row(instance: Instance, verdict: Verdict, platform: Platform) -> Vm:
    """The row that the machine would have, were its own not lost."""
    made_as = as_it_is(made_as_told(instance), instance, platform)
    end, vm_id, owner_id = verdict.found.end, verdict.found.vm_id, instance.labels.get(LABEL_OWNER)
    now = platform.registry.clock()
    if end is None or end <= now or not vm_id or not owner_id:
        raise Conflict("not_adoptable", "Its labels do not name its id, its owner and an end to come: destroy it.")
    started = lease_began(instance)
    facts = {name: getattr(made_as, name) for name in Description.model_fields}
    facts["spec"] = made_as.spec.model_copy(update={"duration": format_duration(end - started)})
    row = Vm(
        id=vm_id,
        owner_id=owner_id,
        vcpus=known_machine_type(made_as.spec.machine_type).reserved_vcpus,
        suggestion_id=None,
        created_at=instance.created_at,
        updated_at=now,
        lease=end - started,
        deadline_at=None,
        setup=Setup.DONE,
        switch_at=instance.switch_at,
        started_at=started,
        expires_at=end,
        labelled_end=end,
        **facts,
    )
    return placed(replace(row, approved_total=_ceiling(row)), instance, started)


def _ceiling(row: Vm) -> Decimal:
    """What was approved at its birth, or its price up to the end that it tells: an extension's approval is lost with
    the row that had it, and is given anew by adopting."""
    return max(row.approved_total, total(bill(row.rates, Meter(running=row.lease, existing=row.lease))))


def placed(row: Vm, instance: Instance, started: datetime) -> Vm:
    """The row with where its machine is and how it is. What it ran before its present run nobody saw: all of it.
    Conflict `not_adoptable` of one between states, or without a switch: nothing runs that only we could end."""
    if instance.status not in ("RUNNING", "TERMINATED"):
        raise Conflict("not_adoptable", f"It is {instance.status.lower()}; try again when it runs or is stopped.")
    running = instance.status == "RUNNING"
    if running and instance.termination_at is None:
        raise Conflict("not_adoptable", f"{instance.name} does not end by itself: destroy it.")
    region = instance.zone.rpartition("-")[0]
    place = Attempt(1, region, instance.zone, instance.name, str(uuid.uuid4()), Outcome.UP, sent_at=instance.created_at)
    until = instance.last_started_at if running else instance.last_stopped_at
    return replace(
        row,
        state=State.RUNNING if running else State.STOPPED,
        wanted=Wanted.RUNNING if running else Wanted.STOPPED,
        region=region,
        zone=instance.zone,
        reserved_region=region if running else None,
        reserved_vcpus=row.vcpus if running else None,
        instance_name=instance.name,
        instance_id=instance.id,
        external_ip=instance.external_ip,
        running_since=instance.last_started_at if running else None,
        ran_before=max((until or started) - started, timedelta(0)),
        attempts=(place,),
    )


def lease_began(instance: Instance) -> datetime:
    """When its lease began. A later start hides the first; then it is taken to have begun when it was made."""
    first = instance.last_started_at if instance.last_stopped_at is None else None
    return first or instance.created_at


def as_it_is(made_as: Description, instance: Instance, platform: Platform) -> Description:
    """What a resize has made of it since, at the catalogue's prices: those that were approved are lost."""
    disk = platform.compute.disk(instance.zone, instance.disks[0]) if instance.disks else None
    size = disk.size_gib if disk else made_as.spec.disk_gib
    if (instance.machine_type, size) == (made_as.spec.machine_type, made_as.spec.disk_gib):
        return made_as
    try:
        spec = with_machine_type(made_as.spec, instance.machine_type).model_copy(update={"disk_gib": size})
        return made_as.model_copy(update={"spec": spec, "rates": rates(spec, instance.zone.rpartition("-")[0])})
    except (NotOffered, MissingPrice, KeyError) as unpriced:
        raise Conflict("not_adoptable", f"It was resized, and has no price now: {unpriced}. Destroy it.") from None


def made_as_told(instance: Instance) -> Description:
    try:
        return Description.model_validate_json(instance.made_as or "")
    except (ValidationError, Invalid):
        told = "It does not say what it was made as: destroy it, or leave it to its end."
        raise Conflict("not_adoptable", told) from None

"""VMs that look for a place, the default regions, and how a choice between them turned out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from shared.catalog.regions import DEFAULT_REGIONS, regions
from shared.domain.errors import Scope
from shared.domain.life import Figures, Outcome, State
from shared.domain.spec import Spec
from shared.domain.vm import Attempt, Vm
from shared.services.provisioning.placement import place
from shared.services.quoting import Market
from tests.asking import NOW, settings
from tests.unit.a_vm import SPEC, a_vm

FIGURES = Figures()
IN_ORDER = [region.id for region in DEFAULT_REGIONS]
FULL = {"used_vcpus": 8}
EVERY_FULL = {name.replace("-", "_"): FULL for name in IN_ORDER}


def requested(spec: Spec = SPEC, *, market: Market | None = None, ceiling: str | None = None, **changes: object) -> Vm:
    """A VM that was just approved at the dearest region's price, or at `ceiling`."""
    agreed = {"approved_total": Decimal(ceiling)} if ceiling else {}
    return a_vm(spec, market, **agreed, **changes)


def tried(vm: Vm, zone: str, scope: Scope, *, roomy: tuple[str, ...] = ()) -> Vm:
    """The VM after one more attempt, in that zone, was refused and its place read back as empty."""
    number = len(vm.attempts) + 1
    refused = Attempt(
        number,
        zone.rpartition("-")[0],
        zone,
        f"django-001-{number}",
        f"request-{number}",
        Outcome.EMPTY,
        error_scope=scope,
        zones_with_room=roomy,
    )
    up_by = NOW + FIGURES.up_deadline
    return replace(vm.with_attempt(refused), state=State.PROVISIONING, deadline_at=up_by)


def placed(vm: Vm, now: datetime = NOW, **changes: dict[str, object]) -> Vm:
    return place(vm, settings(**changes), now, FIGURES)[0]


def because(vm: Vm) -> dict[str, tuple[str, str]]:
    return {verdict.region: (verdict.verdict, verdict.because) for verdict in vm.placement}


def zones_of(region: str) -> tuple[str, ...]:
    return regions()[region].zones

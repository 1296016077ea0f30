"""The VM that the tests of the rules start from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shared.catalog.machines import known_machine_type
from shared.domain.life import Figures
from shared.domain.spec import Spec
from shared.domain.vm import Vm
from shared.services.quoting import Market, quote
from tests.asking import NOW, settings

SPEC = Spec(machine_type="e2-standard-2", os_image="ubuntu-2604-lts-amd64", disk_gib=20, disk_type="pd-balanced")


def a_vm(spec: Spec = SPEC, market: Market | None = None, **changes: Any) -> Vm:
    """Ann's django-001, approved at NOW at the dearest region's price in `market` (the default regions); `changes` are
    fields that are otherwise."""
    quoted = quote(spec, market or Market(settings()), NOW)
    vm = Vm(
        id="k2345abcdefg",
        name="django-001",
        owner_id="ann",
        spec=spec,
        vcpus=known_machine_type(spec.machine_type).reserved_vcpus,
        quote=quoted,
        approved_total=quoted.max_total,
        requester_address="203.0.113.7",
        login_user="vmuser",
        public_key=None,
        suggestion_id=None,
        created_at=NOW,
        updated_at=NOW,
        lease=spec.lease,
        deadline_at=NOW + Figures().requested_deadline,
    )
    return replace(vm, **changes)

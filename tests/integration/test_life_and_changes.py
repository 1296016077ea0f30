"""A worker killed at any call of a change, before or after its effect: sweeps alone bring it about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from shared.domain.life import State
from shared.services.terms import Resize
from tests.integration.calm import SWEEP
from tests.integration.disorder import SMALL
from tests.integration.google_account import google_account
from tests.integration.mortal import Workers
from tests.integration.world import WHO, World, world

__all__ = ["google_account"]

CALLS = 16  # more than a worker makes in one go


@pytest.fixture
def here(engine: Engine) -> Iterator[World]:
    with world(engine, latency=1.0) as made:
        yield made


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_change_goes_on_where_a_worker_was_killed(here: World, after: bool) -> None:
    """Every VM's worker dies at another call; the one that goes on dies at another again."""
    here.limit(1000)
    workers = Workers(here)
    vms = [here.approve(SMALL) for _ in range(CALLS)]
    here.deliver(2000)
    ends = {vm_id: here.vm(vm_id).expires_at for vm_id in vms}
    lived = []
    for call, vm_id in enumerate(vms, 1):
        name = here.vm(vm_id).name
        if call % 2:
            here.owning.resize(WHO, name, Resize("e2-standard-4", 40, Decimal(1000)), f"resize{call}")
        else:
            here.owning.extend(WHO, name, timedelta(days=7), Decimal(1000), f"extend{call}")
    for later in range(3):
        for call, vm_id in enumerate(vms, 1):
            workers.fate.calls, workers.fate.after = call + later, after
            lived.append(workers.provision(vm_id))
        here.move(95)  # the claims of the dead lapse
    for _ in range(12):
        here.mail.due.clear()
        here.move(SWEEP.total_seconds())
        assert workers.sweep()
    assert not all(lived)
    for call, vm_id in enumerate(vms, 1):
        vm, end = here.vm(vm_id), ends[vm_id]
        assert end is not None
        assert (vm.state, vm.change, vm.operation, vm.reason) == (State.RUNNING, None, None, None), call
        if call % 2:
            assert (vm.spec.machine_type, vm.spec.disk_gib, vm.reserved_vcpus, len(vm.past)) == (
                "e2-standard-4",
                40,
                4,
                2,
            )
        else:
            assert vm.expires_at == end + timedelta(days=7)
    made = {each["labels"]["vmc-id"]: each["machine_type"] for each in here.cloud()["instances"]}
    assert made == {vm_id: here.vm(vm_id).spec.machine_type for vm_id in vms}

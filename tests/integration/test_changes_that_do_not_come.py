"""A change of which a part comes late, or never: what it is approved for covers that, and then is approved no more."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import text

from shared.db.costs import approved_this_month
from shared.domain.errors import Conflict
from shared.domain.life import Reason, State
from shared.domain.spec import RegionWish
from shared.domain.vm import Vm
from shared.services.terms import Resize
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.world import DJANGO, OWNER, WHO, World

LARGE = DJANGO.model_copy(
    update={"machine_type": "e2-standard-4", "duration": "10h", "region": RegionWish(must="us-west1")}
)


def running(here: World, **changes: str) -> Vm:
    spec = LARGE.model_copy(update=changes)
    vm_id = here.approve(spec, total=here.quote(OWNER, spec).total)
    here.deliver()
    assert here.vm(vm_id).state is State.RUNNING
    return here.vm(vm_id)


def resize_for_the_least(here: World, vm: Vm, machine_type: str, disk_gib: int) -> None:
    """Approve exactly what it is said to cost."""
    with pytest.raises(Conflict) as refused:
        here.owning.resize(WHO, vm.name, Resize(machine_type, disk_gib, Decimal("0.0001")), next(here.keys))
    total = Decimal(refused.value.extra["quote"]["total"])
    here.owning.resize(WHO, vm.name, Resize(machine_type, disk_gib, total), next(here.keys))


def assert_within_approval(here: World, vm_id: str) -> None:
    here.to_end(vm_id)
    receipt = here.receipt(vm_id)
    assert Decimal(receipt["metered"]["total"]) <= Decimal(receipt["quoted"]["approved_total"])


def test_a_larger_disk_is_approved_for_even_if_the_cheaper_type_is_refused(here: World) -> None:
    vm = running(here)
    here.fault(method="instances.setMachineType", status=400, reason="invalid", message="not in this zone")
    resize_for_the_least(here, vm, "e2-standard-2", 200)
    here.deliver()
    after = here.vm(vm.id)
    assert (after.state, after.reason, after.spec.disk_gib) == (State.RUNNING, Reason.CHANGE_REFUSED, 200)
    assert_within_approval(here, vm.id)


def test_a_larger_disk_is_approved_for_while_the_cheaper_type_is_waited_for(here: World) -> None:
    vm = running(here)
    here.fault(method="instances.stop", delay=180.0)
    resize_for_the_least(here, vm, "e2-standard-2", 2000)
    here.deliver()
    after = here.vm(vm.id)
    assert (after.reason, after.spec.disk_gib, after.spec.machine_type) == (None, 2000, "e2-standard-2")
    assert_within_approval(here, vm.id)


def test_a_change_whose_stop_never_came_is_told_and_approved_no_more(here: World) -> None:
    vm = running(here, duration="20d")
    with here.engine.begin() as connection:  # of an earlier month: its raises alone count in this one
        connection.execute(text("UPDATE vms SET created_at = created_at - interval '40 days'"))
        before = connection.execute(approved_this_month(OWNER)).scalar_one()
    here.fault(method="instances.stop", delay=1500.0, operation_error={"code": "INTERNAL_ERROR"})
    here.owning.resize(WHO, vm.name, Resize("e2-standard-8", None, vm.approved_total + 100), next(here.keys))
    here.sweeps(40)
    after = here.vm(vm.id)
    assert (after.change, after.operation, after.approved_total) == (None, None, vm.approved_total)
    number, document = here.mail.live[vm.name]
    assert (number, document["change"]) == (after.event_number, None)
    assert Decimal(document["approved_total"]) == vm.approved_total
    with here.engine.begin() as connection:
        assert connection.execute(approved_this_month(OWNER)).scalar_one() == before

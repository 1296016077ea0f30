"""What an administrator decides about what a restored database has lost, and how it is seen before it goes on."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from local.postgres import Server
from shared.db.adopting import PostgresAdoptions
from shared.db.upkeep import PostgresUpkeep
from shared.domain.errors import Conflict, NotFound
from shared.domain.life import Reason, State
from shared.domain.quote import total
from shared.services.orphans import Orphans
from shared.services.terms import Resize
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.outside import Bucket
from tests.integration.restoring import (
    HOUR,
    ROOT,
    SHORT,
    Backup,
    actions,
    extend,
    go_on,
    holding,
    items,
    recovering,
    running,
    settle,
)
from tests.integration.world import WHO, World


def test_the_labels_end_is_taken_within_the_rules_of_an_extension(extended: tuple[World, str]) -> None:
    restored, vm_id = extended
    restored.move(10 * 60)
    restored.sweep()
    name, lost = restored.vm(vm_id).name, restored.vm(vm_id).expires_at
    with pytest.raises(Conflict, match="ceiling_too_low") as refused:
        recovering(restored).take_end(ROOT, name, Decimal("0.0001"))
    quoted = Decimal(refused.value.extra["quote"]["total"])
    taken = recovering(restored).take_end(ROOT, name, quoted)
    assert recovering(restored).take_end(ROOT, name, quoted)["name"] == taken["name"]
    vm = restored.vm(vm_id)
    assert (vm.expires_at, vm.approved_total) == (lost + HOUR, quoted)
    assert "later_end" not in items(restored)
    go_on(restored)
    restored.sweeps(3)
    assert restored.vm(vm_id).state is State.RUNNING
    assert restored.to_end(vm_id).reason is Reason.EXPIRED
    receipt = restored.receipt(vm_id)
    assert Decimal(receipt["metered"]["total"]) <= Decimal(receipt["quoted"]["approved_total"])


def test_what_was_lost_is_adopted_and_lives_on(server: Server, here: World, bucket: Bucket) -> None:
    here.sweep()
    backup = Backup(server, here)
    vm_id = running(here)
    here.sweep()
    with backup.restored() as restored:
        restored.sweep()
        adoptions = PostgresAdoptions(restored.engine, restored.registry)
        orphans = Orphans(restored.platform, adoptions, PostgresUpkeep(restored.engine), restored.relay)
        orphans.adopt(ROOT, items(restored)["orphan"]["id"])
        assert restored.vm(vm_id).name == here.vm(vm_id).name
        assert items(restored) == {}
        go_on(restored)
        assert restored.to_end(vm_id).state is State.DELETED


@pytest.mark.parametrize("since", ["running", "stopped"])
@pytest.mark.parametrize("born", ["not yet placed", "placed"])
def test_a_birth_that_was_lost_makes_no_second_machine_and_loses_none(
    server: Server, here: World, bucket: Bucket, born: str, since: str
) -> None:
    vm_id = here.approve(SHORT)
    if born == "placed":
        here.fault(method="instances.insert", delay=60.0)
        here.advancer.advance(vm_id)
    here.sealing.tick()
    backup = Backup(server, here)
    settle(here)
    assert here.vm(vm_id).state is State.RUNNING
    if since == "stopped":
        here.owning.stop(WHO, here.vm(vm_id).name, next(here.keys))
        settle(here)
        assert here.vm(vm_id).state is State.STOPPED
    here.sweep()
    here.move(20 * 60)
    with backup.restored() as restored:
        restored.sweeps(3)
        assert restored.names("instances") == [here.vm(vm_id).instance_name]
        name = restored.vm(vm_id).name
        assert items(restored)["unknown_machine"]["decisions"] == ["take-machine", "destroy"]
        recovering(restored).take_machine(ROOT, name)
        assert recovering(restored).take_machine(ROOT, name)["name"] == name
        go_on(restored)
        restored.sweeps(3)
        vm = restored.vm(vm_id)
        assert vm.state is here.vm(vm_id).state
        assert abs(vm.expires_at - here.vm(vm_id).expires_at) <= timedelta(minutes=2), "a stop hides the start"
        assert restored.to_end(vm_id).state is State.DELETED
        assert restored.names("instances") == []


def test_a_resize_that_was_lost_is_taken_as_the_machine_is(server: Server, here: World, bucket: Bucket) -> None:
    vm_id = running(here)
    name = here.vm(vm_id).name
    here.sweep()
    backup = Backup(server, here)
    here.owning.resize(WHO, name, Resize("e2-standard-4", 60, Decimal(1000)), next(here.keys))
    settle(here)
    assert here.vm(vm_id).spec.machine_type == "e2-standard-4"
    here.sweep()
    with backup.restored() as restored:
        restored.sweep()
        assert items(restored)["other_type"]["decisions"] == ["take-machine", "destroy"]
        before = restored.vm(vm_id).approved_total
        for _ in range(2):
            assert recovering(restored).take_machine(ROOT, name)["name"] == name
        vm = restored.vm(vm_id)
        assert (vm.spec, set(vm.rates), vm.reserved_vcpus) == (here.vm(vm_id).spec, set(here.vm(vm_id).rates), 4)
        assert vm.approved_total > before
        assert items(restored) == {}
        go_on(restored)
        restored.sweeps(1)
        assert restored.to_end(vm_id).reason is Reason.EXPIRED
        receipt = restored.receipt(vm_id)
        assert Decimal(receipt["metered"]["total"]) <= Decimal(receipt["quoted"]["approved_total"])


def test_a_list_that_has_changed_since_it_was_seen_is_to_be_seen_again(extended: tuple[World, str]) -> None:
    restored, vm_id = extended
    restored.sweep()
    seen = holding(restored).view(dry_run=False)["hold"]["seen"]
    restored.move(600)
    assert holding(restored).view(dry_run=False)["hold"]["seen"] == seen, "time alone changes nothing"
    restored.owning.delete(WHO, restored.vm(vm_id).name)
    with pytest.raises(Conflict, match="list_changed"):
        holding(restored).go_on(ROOT, seen)
    assert restored.holds.standing() is not None


def test_going_on_twice_is_recorded_once(extended: tuple[World, str]) -> None:
    restored, _ = extended
    restored.sweep()
    seen = holding(restored).view(dry_run=False)["hold"]["seen"]
    for _ in range(2):
        assert holding(restored).go_on(ROOT, seen) == {"hold": None}
    assert actions(restored).count("restore.seen") == 1


def test_a_taken_end_is_not_lost_to_a_change_that_the_backup_caught_in_its_middle(
    server: Server, here: World, bucket: Bucket
) -> None:
    vm_id = running(here)
    name = here.vm(vm_id).name
    here.owning.extend(WHO, name, timedelta(days=7), Decimal(1000), next(here.keys))
    here.fault(method="instances.stop", delay=60.0)
    here.advancer.advance(vm_id)
    here.sealing.tick()
    backup = Backup(server, here)
    settle(here)
    extend(here, vm_id, timedelta(days=1))
    here.sweep()
    with backup.restored() as restored:
        assert restored.vm(vm_id).operation.kind == "stop"
        assert restored.vm(vm_id).change.lease == timedelta(days=7, hours=1)
        restored.sweep()
        recovering(restored).take_end(ROOT, name, Decimal(2000))
        go_on(restored)
        restored.sweeps(12)
        vm = restored.vm(vm_id)
        assert (vm.state, vm.change, vm.operation, vm.reason) == (State.RUNNING, None, None, None)
        assert abs(vm.expires_at - here.vm(vm_id).expires_at) <= timedelta(minutes=1)
        assert vm.approved_total == Decimal(2000)
        assert total(vm.bill(vm.expires_at)) <= vm.quote.total
        assert here.compute.instance(vm.zone, vm.instance_name).termination_at > vm.expires_at


def test_the_end_of_a_stopped_machine_is_taken_with_the_switch_that_its_start_will_arm(
    server: Server, here: World, bucket: Bucket
) -> None:
    here.sweep()
    vm_id = running(here)
    here.sweep()
    backup = Backup(server, here)
    extend(here, vm_id, 7 * 24 * HOUR)
    here.owning.stop(WHO, here.vm(vm_id).name, next(here.keys))
    settle(here)
    here.sweep()
    with backup.restored() as restored:
        restored.sweep()
        recovering(restored).take_end(ROOT, restored.vm(vm_id).name, Decimal(1000))
        vm, known = restored.vm(vm_id), here.vm(vm_id)
        assert (vm.expires_at, vm.switch_at) == (known.expires_at, known.switch_at)


def test_seen_and_gone_on_with_the_rows_end_counts(extended: tuple[World, str]) -> None:
    restored, vm_id = extended
    restored.move(10 * 60)
    restored.sweep()
    go_on(restored)
    restored.sweeps(3)
    assert restored.vm(vm_id).state is State.DELETED
    assert restored.names("instances") == []


def test_what_is_as_its_row_says_has_nothing_to_be_taken(here: World, bucket: Bucket) -> None:
    vm_id = here.approve(SHORT)
    with pytest.raises(Conflict, match="nothing_lost"):
        recovering(here).take_machine(ROOT, here.vm(vm_id).name)
    with pytest.raises(Conflict, match="nothing_lost"):
        recovering(here).take_end(ROOT, here.vm(vm_id).name, Decimal(1000))
    with pytest.raises(NotFound):
        recovering(here).take_end(ROOT, "nobody-001", Decimal(1000))

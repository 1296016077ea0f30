"""A database restored from a backup destroys nothing that an administrator has not seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from local.postgres import Server
from shared.db.adopting import PostgresAdoptions
from shared.db.approvals import PostgresApprovals
from shared.db.idempotency import PostgresIdempotency
from shared.db.models import Audit, table
from shared.db.upkeep import PostgresUpkeep
from shared.domain.errors import CloudError, Conflict, NotFound
from shared.domain.life import Reason, State
from shared.domain.vm import Actor
from shared.services.holding import Holding
from shared.services.orphans import Orphans
from shared.services.recovering import Recovering
from tests.integration.disorder import SMALL
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.instead import Instead, down
from tests.integration.restoring import Backup, Bucket
from tests.integration.world import OWNER, WHO, World

ROOT = Actor("admin", OWNER, "198.51.100.1")
HOUR = timedelta(hours=1)
SHORT = SMALL.model_copy(update={"duration": "1h"})


@pytest.fixture
def bucket(here: World) -> Bucket:
    here.sealing.archive = Bucket()
    return here.sealing.archive


def settle(here: World) -> None:
    """Deliver what is due soon, and not yet what is for an end."""
    here.deliver(until=here.now() + timedelta(minutes=3))


def running(here: World) -> str:
    vm_id = here.approve(SHORT)
    settle(here)
    assert here.vm(vm_id).state is State.RUNNING
    return vm_id


def extend(here: World, vm_id: str, by: timedelta = HOUR) -> None:
    """And its label follows."""
    here.owning.extend(WHO, here.vm(vm_id).name, by, Decimal(1000), next(here.keys))
    settle(here)
    assert here.vm(vm_id).labelled_end == here.vm(vm_id).expires_at


def holding(here: World) -> Holding:
    return Holding(here.platform, here.holds, here.sealing)


def recovering(here: World) -> Recovering:
    approvals = PostgresApprovals(here.engine, here.registry)
    return Recovering(here.platform, approvals, PostgresIdempotency(here.engine), here.relay, here._whole_life)


def items(here: World) -> dict[str, dict]:
    """VMs and machines that the hold lists, by what they are."""
    listed = holding(here).view(dry_run=False)["hold"]["items"]
    return {each["what"]: each for each in listed if each["kind"] in ("vm", "instance")}


def go_on(here: World) -> None:
    held = holding(here)
    held.go_on(ROOT, held.view(dry_run=False)["hold"]["seen"])


def actions(here: World) -> list[str]:
    audit = table(Audit)
    with here.engine.begin() as connection:
        return list(connection.execute(select(audit.c.action).order_by(audit.c.id)).scalars())


@pytest.fixture
def extended(server: Server, here: World, bucket: Bucket) -> Iterator[tuple[World, str]]:
    """A restored world whose VM was extended by an hour after the backup, five minutes before its former end."""
    vm_id = running(here)
    here.sweep()
    backup = Backup(server, here)
    extend(here, vm_id)
    here.sweep()
    here.move(55 * 60)
    with backup.restored() as restored:
        yield restored, vm_id


def test_an_extension_that_was_lost_destroys_no_machine(extended: tuple[World, str]) -> None:
    restored, vm_id = extended
    restored.move(8 * 60)
    restored.sweeps(2)
    assert restored.vm(vm_id).state is State.RUNNING
    restored.advancer.end(vm_id, restored.vm(vm_id).expires_at)
    restored.advancer.advance(vm_id)
    assert restored.vm(vm_id).state is State.RUNNING
    assert restored.names("instances") == [restored.vm(vm_id).instance_name]
    assert items(restored)["later_end"]["decisions"] == ["take-end", "destroy"]
    assert actions(restored).count("restore.found") == 1


def test_live_documents_that_were_told_more_are_told_anew(extended: tuple[World, str]) -> None:
    restored, vm_id = extended
    name = restored.vm(vm_id).name
    restored.mail.live[name] = (restored.vm(vm_id).event_number + 5, {"state": "of the lost database"})
    restored.sweeps(2)
    assert restored.mail.live[name][0] == restored.vm(vm_id).event_number
    assert restored.mail.live[name][1]["state"] == "RUNNING"


def test_a_task_that_comes_before_the_first_sweep_destroys_nothing_either(extended: tuple[World, str]) -> None:
    restored, vm_id = extended
    restored.move(10 * 60)
    restored.advancer.end(vm_id, restored.vm(vm_id).expires_at)
    assert restored.vm(vm_id).state is State.RUNNING


def test_the_labels_end_is_taken_within_the_rules_of_an_extension(extended: tuple[World, str]) -> None:
    restored, vm_id = extended
    restored.move(10 * 60)
    restored.sweep()
    name, lost = restored.vm(vm_id).name, restored.vm(vm_id).expires_at
    with pytest.raises(Conflict, match="ceiling_too_low") as refused:
        recovering(restored).take_end(ROOT, name, Decimal("0.0001"))
    total = Decimal(refused.value.extra["quote"]["total"])
    taken = recovering(restored).take_end(ROOT, name, total)
    assert recovering(restored).take_end(ROOT, name, total)["name"] == taken["name"]
    vm = restored.vm(vm_id)
    assert (vm.expires_at, vm.approved_total) == (lost + HOUR, total)
    assert "later_end" not in items(restored)
    go_on(restored)
    restored.sweeps(3)
    assert restored.vm(vm_id).state is State.RUNNING
    assert restored.to_end(vm_id).reason is Reason.EXPIRED
    receipt = restored.receipt(vm_id)
    assert Decimal(receipt["metered"]["total"]) <= Decimal(receipt["quoted"]["approved_total"])


def test_seen_and_gone_on_with_the_rows_end_counts(extended: tuple[World, str]) -> None:
    restored, vm_id = extended
    restored.move(10 * 60)
    restored.sweep()
    go_on(restored)
    restored.sweeps(3)
    assert restored.vm(vm_id).state is State.DELETED
    assert restored.names("instances") == []


def test_a_death_that_a_person_orders_goes_on(extended: tuple[World, str]) -> None:
    restored, vm_id = extended
    restored.sweeps(2)
    restored.owning.delete(WHO, restored.vm(vm_id).name)
    restored.sweeps(2)
    assert restored.vm(vm_id).state is State.DELETED


def test_a_row_that_its_machine_agrees_with_dies_on_time(server: Server, here: World, bucket: Bucket) -> None:
    vm_id = running(here)
    here.sweep()
    backup = Backup(server, here)
    running(here)
    here.sweep()
    with backup.restored() as restored:
        restored.move(61 * 60)
        restored.sweeps(3)
        assert restored.holds.standing() is not None
        assert restored.vm(vm_id).state is State.DELETED
        assert len(restored.names("instances")) == 1


def test_no_orphan_and_no_second_machine_is_destroyed_until_the_list_is_seen(
    server: Server, here: World, bucket: Bucket
) -> None:
    here.sweep()
    backup = Backup(server, here)
    vm_id = running(here)
    here.sweep()
    with backup.restored() as restored:
        restored.move(3 * 3600)
        restored.sweeps(3)
        assert restored.names("instances") == [here.vm(vm_id).instance_name]
        assert items(restored)["orphan"]["decisions"] == ["destroy"]
        go_on(restored)
        restored.sweeps(3)
        assert restored.names("instances") == restored.names("firewalls") == []
        assert restored.holds.standing() is None


def test_a_name_that_the_cloud_shows_is_not_given_again(server: Server, here: World, bucket: Bucket) -> None:
    here.sweep()
    backup = Backup(server, here)
    names = {here.vm(running(here)).name for _ in range(2)}
    here.sweep()
    with backup.restored() as restored:
        restored.sweep()
        fresh = restored.vm(restored.approve(SHORT)).name
        assert names == {"ubuntu-001", "ubuntu-002"}
        assert fresh == "ubuntu-003"


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


@pytest.mark.parametrize("born", ["not yet placed", "placed"])
def test_a_birth_that_was_lost_makes_no_second_machine_and_loses_none(
    server: Server, here: World, bucket: Bucket, born: str
) -> None:
    vm_id = here.approve(SHORT)
    if born == "placed":
        here.fault(method="instances.insert", delay=60.0)
        here.advancer.advance(vm_id)
    here.sealing.tick()
    backup = Backup(server, here)
    settle(here)
    assert here.vm(vm_id).state is State.RUNNING
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
        assert (vm.state, vm.started_at, vm.expires_at) == (
            State.RUNNING,
            here.vm(vm_id).started_at,
            here.vm(vm_id).expires_at,
        )
        assert restored.to_end(vm_id).state is State.DELETED
        assert restored.names("instances") == []


def test_a_machine_that_died_after_the_backup_is_told_of_as_gone(server: Server, here: World, bucket: Bucket) -> None:
    vm_id = running(here)
    here.sweep()
    backup = Backup(server, here)
    here.owning.delete(WHO, here.vm(vm_id).name)
    here.sweeps(2)
    assert here.vm(vm_id).state is State.DELETED
    with backup.restored() as restored:
        held = holding(restored)
        assert held.check() == 1
        assert items(restored)["gone"]["name"] == here.vm(vm_id).name
        restored.sweeps(2)
        assert restored.vm(vm_id).reason is Reason.VANISHED
        assert "a backup was restored" in (restored.vm(vm_id).reason_detail or "")


def test_a_hold_stands_though_the_cloud_cannot_be_listed_and_its_list_comes_later(
    server: Server, here: World, bucket: Bucket
) -> None:
    here.sweep()
    backup = Backup(server, here)
    running(here)
    here.sweep()
    with backup.restored() as restored:
        cloud = restored.platform
        restored.advancer.platform = replace(cloud, compute=Instead(restored.compute, instances=down))
        assert restored.sweep()["held"] == "timed_out"
        hold = restored.holds.standing()
        assert hold is not None
        assert hold.listed is None
        restored.advancer.platform = cloud
        assert restored.sweep()["held"] == 1
        assert {each["what"] for each in restored.holds.standing().listed} == {"orphan"}
        assert restored.holds.standing().id == hold.id


# The seals


def test_the_chain_goes_on_with_a_fork_and_is_whole(extended: tuple[World, str]) -> None:
    restored, _ = extended
    told = restored.sweep()
    assert (told["held"], told["sealed"]) == (1, "forked")
    assert not restored.sealing.verify().view()["whole"]
    go_on(restored)
    assert restored.sweep()["sealed"] > 0
    found = restored.sealing.verify()
    assert found.problems == ()
    assert len(found.restores) == 1
    assert found.unsealed == 0
    restored.sweep()
    assert restored.holds.standing() is None
    assert restored.holds.doubt() is None


def test_a_backup_from_before_a_fork_is_a_restore_again(server: Server, extended: tuple[World, str]) -> None:
    restored, _ = extended
    backup = Backup(server, restored)
    restored.sweep()
    go_on(restored)
    restored.sweep()
    with backup.restored() as again:
        assert again.sweep()["held"] == 1
        go_on(again)
        assert again.sweep()["sealed"] > 0
        assert again.sealing.verify().problems == ()


def test_an_outage_of_the_bucket_raises_no_hold_and_lifts_none(extended: tuple[World, str]) -> None:
    restored, vm_id = extended
    bucket = restored.sealing.archive
    bucket.down = True
    restored.move(8 * 60)
    restored.sweeps(2)
    assert restored.holds.standing() is None
    assert restored.vm(vm_id).state is State.RUNNING, "whether it is the newest is not known"
    bucket.down = False
    restored.sweep()
    seen = holding(restored).view(dry_run=False)["hold"]["seen"]
    bucket.down = True
    restored.sweeps(2)
    with pytest.raises(CloudError):
        holding(restored).go_on(ROOT, seen)
    assert restored.holds.standing() is not None


def test_an_outage_of_the_bucket_keeps_no_vm_alive_and_seals_nothing(here: World, bucket: Bucket) -> None:
    vm_id = running(here)
    here.sweep()
    bucket.down = True
    here.move(61 * 60)
    here.sweeps(3)
    assert here.vm(vm_id).state is State.DELETED
    assert here.holds.standing() is None
    bucket.down = False
    assert here.sweep()["sealed"] > 0
    assert here.sealing.verify().problems == ()


def test_another_tick_in_between_is_not_taken_for_a_restore(here: World, bucket: Bucket) -> None:
    running(here)

    def heads(after: int) -> list:
        vars(bucket).pop("heads")
        here.sealing.tick()
        return bucket.heads(after)

    bucket.heads = heads
    assert not here.sealing.behind()


# The decision


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


def test_what_is_as_its_row_says_has_nothing_to_be_taken(here: World, bucket: Bucket) -> None:
    vm_id = here.approve(SHORT)
    with pytest.raises(Conflict, match="nothing_lost"):
        recovering(here).take_machine(ROOT, here.vm(vm_id).name)
    with pytest.raises(Conflict, match="nothing_lost"):
        recovering(here).take_end(ROOT, here.vm(vm_id).name, Decimal(1000))
    with pytest.raises(NotFound):
        recovering(here).take_end(ROOT, "nobody-001", Decimal(1000))

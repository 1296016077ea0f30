"""A database restored from a backup destroys nothing that an administrator has not seen."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from local.postgres import Server
from shared.domain.errors import CloudError, PartialList
from shared.domain.life import Reason, State
from shared.domain.machine import Instance
from shared.services.provisioning.turn import Platform
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.instead import DOWN, Instead, down, killed
from tests.integration.outside import Bucket
from tests.integration.restoring import (
    SHORT,
    Backup,
    actions,
    go_on,
    holding,
    items,
    running,
    settle,
)
from tests.integration.world import WHO, World


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


def test_what_is_left_as_it_is_does_not_come_before_everybody_with_every_sweep(extended: tuple[World, str]) -> None:
    restored, vm_id = extended
    other = running(restored)
    restored.sweep()
    restored.move(10 * 60)
    restored.sweep()
    assert restored.registry.due(10) == []
    restored.move(55 * 60)
    assert set(restored.registry.due(10)) == {vm_id, other}
    restored.sweep()
    assert restored.vm(other).state is State.DELETING
    assert vm_id not in restored.registry.due(10)
    go_on(restored)
    assert restored.registry.due(1) == [vm_id]


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


def test_a_death_that_a_person_orders_goes_on(extended: tuple[World, str]) -> None:
    restored, vm_id = extended
    restored.sweeps(2)
    restored.owning.delete(WHO, restored.vm(vm_id).name)
    restored.sweeps(2)
    assert restored.vm(vm_id).state is State.DELETED


def test_a_machine_that_was_started_since_is_not_stopped_again(server: Server, here: World, bucket: Bucket) -> None:
    vm_id = running(here)
    name = here.vm(vm_id).name
    here.owning.stop(WHO, name, next(here.keys))
    settle(here)
    here.sweep()
    backup = Backup(server, here)
    here.owning.start(WHO, name, next(here.keys))
    settle(here)
    here.sweep()
    with backup.restored() as restored:
        restored.sweeps(3)
        assert [each["status"] for each in restored.cloud()["instances"]] == ["RUNNING"]
        assert items(restored)["started"]["decisions"] == ["destroy"]
        restored.owning.start(WHO, name, next(here.keys))
        restored.sweeps(2)
        assert restored.vm(vm_id).state is State.RUNNING
        assert items(restored) == {}
        assert restored.to_end(vm_id).reason is Reason.EXPIRED


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


NO_LIST = (DOWN, PartialList((), ["asia-south2-a"]))


@pytest.mark.parametrize("why", NO_LIST, ids=lambda why: why.code)
def test_in_doubt_a_zone_that_cannot_be_reached_keeps_no_vm_from_its_end(here: World, why: CloudError) -> None:
    vm_id = running(here)
    here.holds.compared(archived=True)
    here.move(61 * 60)
    assert here.holds.doubt() is not None
    here.advancer.platform = unlisted(here, why)
    here.advancer.end(vm_id, here.vm(vm_id).expires_at)
    here.move(60)
    assert here.names("instances") == []


@pytest.mark.parametrize("why", NO_LIST, ids=lambda why: why.code)
def test_a_lost_extension_destroys_no_machine_though_it_cannot_be_listed(
    extended: tuple[World, str], why: CloudError
) -> None:
    restored, vm_id = extended
    restored.move(10 * 60)
    restored.advancer.platform = unlisted(restored, why)
    restored.advancer.end(vm_id, restored.vm(vm_id).expires_at)
    assert restored.vm(vm_id).state is State.RUNNING


def unlisted(here: World, why: CloudError) -> Platform:
    """The platform while machines cannot be listed, or not whole."""

    def instances(*_: str) -> list[Instance]:
        raise why

    return replace(here.platform, compute=Instead(here.compute, instances=instances))


def test_what_is_past_its_deadline_waits_no_longer_than_the_doubt(here: World, bucket: Bucket) -> None:
    here.sweep()
    here.fault(method="instances.insert", delay=3600.0)
    vm_id = here.approve(SHORT)
    here.advancer.advance(vm_id)
    here.mail.due.clear()
    assert (here.vm(vm_id).state, len(here.names("instances"))) == (State.PROVISIONING, 1)
    bucket.down = True
    here.move(20 * 60)
    here.sweep()
    assert here.vm(vm_id).state is State.PROVISIONING, "whether this is the newest database is not known"
    bucket.down = False
    here.move(60)
    here.sweep()
    assert here.vm(vm_id).state is not State.PROVISIONING


def test_a_machine_that_was_deleted_since_the_backup_is_not_made_again(
    server: Server, here: World, bucket: Bucket
) -> None:
    running(here)
    here.sweep()
    vm_id = here.approve(SHORT)
    platform = here.advancer.platform
    here.advancer.platform = replace(platform, compute=Instead(here.compute, open_firewall=killed))
    with suppress(KeyboardInterrupt):
        here.advancer.advance(vm_id)
    here.advancer.platform = platform
    assert here.vm(vm_id).state is State.PROVISIONING
    backup = Backup(server, here)
    here.move(91)
    here.sweeps(2)
    assert here.vm(vm_id).state is State.RUNNING
    here.owning.delete(WHO, here.vm(vm_id).name)
    here.sweeps(2)
    assert here.vm(vm_id).state is State.DELETED
    with backup.restored() as restored:
        restored.move(60)
        restored.sweeps(5)
        assert restored.names("instances") == ["ubuntu-001"]
        assert items(restored)["under_way"]["decisions"] == ["destroy"]
        fresh = restored.approve(SHORT)
        settle(restored)
        assert restored.vm(fresh).state is State.RUNNING, "what is asked for since goes on"
        restored.sweeps(15)
        assert restored.vm(vm_id).state is State.FAILED, "in its time"

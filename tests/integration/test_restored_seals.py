"""The chain of seals after a restored backup, and what its bucket's outage means."""

from __future__ import annotations

import pytest

from local.postgres import Server
from shared.domain.errors import CloudError
from shared.domain.life import State
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.outside import Bucket
from tests.integration.restoring import (
    ROOT,
    Backup,
    go_on,
    holding,
    running,
)
from tests.integration.world import World


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


def test_a_restore_is_found_though_a_hold_for_too_many_stands(extended: tuple[World, str]) -> None:
    restored, _ = extended
    restored.holds.refuse(restored.sealing.seals.head(), [], "too many")
    assert "a backup was restored" not in (restored.holds.doubt() or "")
    restored.sweep()
    hold = restored.holds.standing()
    assert (hold.restored, hold.listed is None) == (True, False)
    assert "a backup was restored" in restored.holds.doubt()

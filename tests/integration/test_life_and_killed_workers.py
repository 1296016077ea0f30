"""A worker killed between two steps of a VM's life: another goes on within minutes."""

from __future__ import annotations

import time

from shared.domain.life import Reason, State
from shared.services.provisioning import birth
from shared.services.provisioning.turn import Turn, dying
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.world import World


def taken(here: World, vm_id: str) -> Turn:
    """A worker's hold on the VM. Whatever a test does with it, the worker is killed afterwards: it never lets go."""
    claimed = here.registry.claim(vm_id, "killed", here.figures.claim)
    assert claimed is not None
    return Turn(here.platform, *claimed, time.monotonic())


def used(here: World, region: str) -> int:
    """The vCPUs that are reserved in the region."""
    return next(each.used_vcpus for each in here.market().settings if each.id == region)


def test_a_worker_killed_after_the_reservation_is_followed_within_minutes(here: World) -> None:
    vm_id = here.approve()
    birth.requested(taken(here, vm_id))
    here.deliver()  # the wake-up, delivered again while the dead worker's claim still holds
    here.sweeps(5)
    assert here.vm(vm_id).state is State.RUNNING


def test_a_worker_killed_after_the_insert_is_followed_within_minutes(here: World) -> None:
    vm_id = here.approve()
    turn = taken(here, vm_id)
    birth.requested(turn)
    birth.provisioning(turn)
    here.deliver()
    here.sweeps(5)
    assert here.vm(vm_id).state is State.RUNNING
    assert len(here.names("instances")) == 1


def test_a_vm_that_never_came_up_dies_though_the_worker_that_gave_it_up_was_killed(here: World) -> None:
    vm_id = here.approve()
    turn = taken(here, vm_id)
    birth.requested(turn)
    turn.apply(dying(turn.vm, Reason.DEADLINE), "deadline")
    here.deliver()
    here.sweeps(60)
    assert here.vm(vm_id).state is State.FAILED
    assert used(here, "us-west1") == 0

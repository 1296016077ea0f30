"""Guests that talk nonsense, fail at a package or are slow: the set-up ends all the same, and a password lets in."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.life import Setup, State
from shared.domain.machine import GuestReport
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.instead import Instead, down
from tests.integration.world import DJANGO, WHO, World

WINDOWS = DJANGO.model_copy(update={"os_image": "windows-2022", "packages": ("python3",), "disk_gib": 50})


def with_compute(here: World, **methods: Callable[..., Any]) -> None:
    here.advancer.platform = replace(here.platform, compute=Instead(here.compute, **methods))


def silent(here: World, minutes: int) -> None:
    """Nobody looks for so long, and what was to wake anybody is lost; then the sweep looks."""
    here.mail.due.clear()
    here.move(minutes * 60)
    here.sweep()


@pytest.mark.parametrize(
    "told",
    [
        "not JSON",
        json.dumps({"state": "done"}),
        json.dumps({"name": "a", "state": "done", "at": "yesterday"}),
        json.dumps({"name": "a", "state": "done", "at": "0001-01-01T00:00:00+10:00"}),
        json.dumps({"name": "a", "state": "done", "at": "2026-11-23T10:00:00Z", "detail": "\x00"}),
        json.dumps({"name": "a", "state": "done", "at": "2026-11-23T10:00:00Z", "detail": "\ud800"}),
    ],
)
def test_no_guest_attribute_keeps_a_machine_from_being_set_up(here: World, told: str) -> None:
    def report(zone: str, name: str) -> GuestReport:
        return GuestReport({**here.compute.guest_report(zone, name).setup, "step-01": told})

    with_compute(here, guest_report=report)
    vm_id = here.approve()
    here.sweeps(5)
    assert (here.vm(vm_id).state, here.vm(vm_id).setup) == (State.RUNNING, Setup.DONE)


def test_a_set_up_ends_at_its_deadline_though_the_labels_cannot_be_changed(here: World) -> None:
    here.fault(method="instances.setLabels", status=403, reason="forbidden", times=None)
    vm_id = here.approve()
    here.sweeps(50)
    assert here.vm(vm_id).state is State.RUNNING


def test_a_windows_machine_whose_package_failed_still_gets_its_password(here: World) -> None:
    here.fault(method="guest.step", detail={"log": "choco: no such thing"})
    here.fault(method="instances.setMetadata", delay=240)
    vm_id = here.approve(WINDOWS)
    here.deliver()
    here.sweeps(15)
    assert (here.vm(vm_id).state, here.vm(vm_id).setup) == (State.RUNNING, Setup.FAILED)
    assert here.owning.reveal(WHO, here.vm(vm_id).name).document["password"]


def test_a_windows_password_that_was_asked_for_twice_is_the_one_that_lets_in(here: World) -> None:
    shown_from = here.now() + timedelta(seconds=301)

    def serial(zone: str, name: str, port: int) -> str:
        return here.compute.serial_output(zone, name, port) if here.now() > shown_from else ""

    with_compute(here, serial_output=serial)
    vm_id = here.approve(WINDOWS)
    here.deliver()
    vm = here.vm(vm_id)
    inside = here.http.get(f"/_guest/{vm.name}").json()["passwords"]
    assert here.owning.reveal(WHO, vm.name).document["password"] == inside[vm.login_user]


def test_a_windows_machine_that_takes_long_to_boot_still_gets_its_password(here: World) -> None:
    here.fault(method="guest.boot", delay=600)  # the first boot's preparations, before its agent answers anybody
    vm_id = here.approve(WINDOWS)
    here.deliver()
    assert here.vm(vm_id).state is State.RUNNING
    assert here.owning.reveal(WHO, here.vm(vm_id).name).document["password"]


def test_a_set_up_that_was_done_while_nobody_looked_is_done(here: World) -> None:
    here.fault(method="guest.boot", delay=60)
    vm_id = here.approve()
    here.advancer.advance(vm_id)
    assert here.vm(vm_id).setup is Setup.RUNNING
    silent(here, 31)
    assert (here.vm(vm_id).state, here.vm(vm_id).setup, here.vm(vm_id).setup_log) == (State.RUNNING, Setup.DONE, None)


@pytest.mark.parametrize("asked", [True, False])
def test_a_windows_machine_that_was_set_up_while_nobody_looked_gets_its_password(here: World, asked: bool) -> None:
    here.fault(method="guest.boot", delay=300)
    if not asked:  # Secret Manager, or the metadata, cannot be had until its set-up's time is over
        here.fault(method="instances.setMetadata", status=403, reason="forbidden", times=1)
    vm_id = here.approve(WINDOWS)
    here.advancer.advance(vm_id)
    silent(here, 61 if asked else 31)
    silent(here, 6)
    vm = here.vm(vm_id)
    assert (vm.state, vm.setup, vm.setup_log) == (State.RUNNING, Setup.DONE, None)
    assert here.owning.reveal(WHO, vm.name).document["password"]


def test_a_windows_password_that_never_comes_is_awaited_no_longer_than_its_key_is_valid(here: World) -> None:
    with_compute(here, serial_output=lambda *_: "")
    vm_id = here.approve(WINDOWS)
    here.advancer.advance(vm_id)
    silent(here, 31)
    assert here.mail.due != []
    silent(here, 31)
    assert (here.vm(vm_id).state, here.mail.due) == (State.RUNNING, [])


def test_a_machine_is_ready_though_its_secret_cannot_be_labelled(here: World) -> None:
    here.advancer.platform = replace(here.platform, secrets=Instead(here.secrets, label=down))
    vm_id = here.approve()
    here.deliver(until=here.now() + timedelta(minutes=2))
    assert (here.vm(vm_id).state, here.vm(vm_id).setup) == (State.RUNNING, Setup.DONE)

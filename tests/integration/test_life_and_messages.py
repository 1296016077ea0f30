"""A part that takes no message, or one message that it never takes, holds up neither deaths nor other messages."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Any

import pytest

from shared.domain.life import State
from shared.domain.vm import Event
from shared.services.provisioning.turn import PLATFORM
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.instead import DOWN, Instead
from tests.integration.world import World


def test_deaths_do_not_wait_for_a_firestore_that_hangs(here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    vm_ids = [here.approve() for _ in range(3)]
    here.deliver()
    waited = 0.0
    real = time.monotonic

    def hang(*_: Any, **__: Any) -> None:
        nonlocal waited
        waited += 20
        raise DOWN

    here.relay.live = Instead(here.mail, write=hang)
    monkeypatch.setattr(time, "monotonic", lambda: real() + waited)
    for vm_id in vm_ids:  # something to tell of each: it waits in the outbox
        vm = here.vm(vm_id)
        here.registry.apply(vm, vm, Event("seen", PLATFORM))
    here.move(2 * 3600)
    for _ in range(5):
        here.sweep()
        here.move(60)
    assert [here.vm(vm_id).state for vm_id in vm_ids if here.vm(vm_id).state is State.RUNNING] == []


@pytest.mark.parametrize("fault", [DOWN, RuntimeError("a fault of ours")])
def test_a_message_that_always_fails_holds_up_no_other(here: World, fault: Exception) -> None:
    back = False

    def write(owner_id: str, vm_name: str, number: int, document: Any) -> None:
        if vm_name == "django-001" or not back:
            raise fault if back else DOWN
        here.mail.write(owner_id, vm_name, number, document)

    here.relay.live = Instead(here.mail, write=write)
    here.approve()
    here.approve()
    back = True
    for _ in range(6):
        here.move(31)
        with suppress(RuntimeError):
            here.relay.flush(limit=1)
    assert "django-002" in here.mail.live

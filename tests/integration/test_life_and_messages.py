"""A part that takes no message, or one message that it never takes, holds up neither deaths nor other messages."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from shared.db.notices import PostgresNotices
from shared.db.recording import enqueue
from shared.domain.life import State
from shared.domain.notices import Undelivered
from shared.domain.vm import Event
from shared.services.notifying import TRIES, Notifying
from shared.services.provisioning.turn import PLATFORM
from shared.services.relay import Relay
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


def test_an_event_while_a_document_is_told_anew_is_not_told_back(here: World) -> None:
    """After an adoption: the document of the row that was lost has a higher number than the new row will have soon."""
    vm_id = here.approve()
    here.deliver()
    vm = here.vm(vm_id)
    here.mail.live[vm.name] = (99, {"of": "the lost row"})
    other = Relay(here.registry, here.outbox, here.mail, here.mail, here.mail)

    def forget(owner_id: str, vm_name: str) -> None:
        """Another worker's step, and its flush, come just before."""
        here.relay.live = here.mail
        assert here.registry.apply(vm, replace(vm, failures=1), Event("next", PLATFORM))
        other.flush(vm_id)
        here.mail.forget(owner_id, vm_name)

    here.relay.live = Instead(here.mail, forget=forget)
    with here.engine.begin() as connection:
        enqueue(connection, "live", vm_id, {"number": vm.event_number, "anew": True})
    here.relay.flush(vm_id)
    assert here.mail.live[vm.name][0] == here.vm(vm_id).event_number == vm.event_number + 1


ENDED = 4


def of_ended_vms(here: World, hand_in: Callable[..., None]) -> Notifying:
    """What sends the mail about the ends of so many VMs, by a server that does that."""
    vm_ids = [here.approve() for _ in range(ENDED)]
    here.deliver()
    for vm_id in vm_ids:
        here.to_end(vm_id)
    notices, server = PostgresNotices(here.engine), Instead(None, send=hand_in)
    return Notifying(notices, here.now, server, Instead(None), "", "https://vm.example.com")


def test_one_recipient_whose_server_asks_long_keeps_no_others_mail(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[str] = []
    waited = 0.0
    real = time.monotonic

    def hand_in(to: str, subject: str, *_: str) -> None:
        nonlocal waited
        if "django-001" in subject:
            waited += 3
            raise Undelivered("450 try again later", one_recipient=True)
        taken.append(subject)

    notifying = of_ended_vms(here, hand_in)
    monkeypatch.setattr(time, "monotonic", lambda: real() + waited)
    notifying.send(time.monotonic() + 30)
    assert len(taken) == ENDED - 1


def test_mail_that_was_not_tried_because_the_server_hangs_is_not_given_up(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited, tried, back = 0.0, 0, False
    real = time.monotonic

    def hand_in(*_: str) -> None:
        nonlocal waited, tried
        tried += 1
        if not back:
            waited += 20
            raise Undelivered("the mail server could not be reached")

    notifying = of_ended_vms(here, hand_in)
    monkeypatch.setattr(time, "monotonic", lambda: real() + waited)
    for _ in range(TRIES + 2):
        notifying.send(time.monotonic() + 60)
        here.move(61)
    assert tried == TRIES + 2, "one a run"
    back = True
    here.move(3600)
    notifying.send(time.monotonic() + 60)
    assert tried == TRIES + 2 + ENDED

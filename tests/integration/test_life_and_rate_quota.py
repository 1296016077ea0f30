"""A rate quota that is used up comes back with the next minute: until then nothing is asked, whatever was refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from shared.domain.life import State
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.world import World

SPREAD = 10  # seconds after the minute's start, so that not everybody comes at once


@pytest.mark.parametrize(
    "method", ["firewalls.insert", "instances.insert", "zoneOperations.get", "instances.get", "disks.get"]
)
def test_a_call_that_is_one_too_many_waits_for_the_next_minute(here: World, method: str) -> None:
    here.move(80 - here.now().second)  # 20 seconds into a minute
    here.fault(method=method, status=403, reason="rateLimitExceeded", message="Rate Limit Exceeded")
    vm_id = here.approve()
    here.mail.due.clear()
    asked = here.now()
    here.advancer.advance(vm_id)
    ((again, *_),) = here.mail.due
    minute = asked.replace(second=0, microsecond=0) + timedelta(minutes=1)
    assert minute <= again < minute + timedelta(seconds=SPREAD)
    assert here.vm(vm_id).state is not State.DELETING
    here.deliver(until=again)
    here.deliver()
    vm = here.vm(vm_id)
    assert (vm.state, len(here.names("instances"))) == (State.RUNNING, 1)

"""An insert that got no answer, and is refused when it is sent again, may have made the machine all the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.errors import CloudError, Scope
from shared.domain.life import TERMINAL, Outcome, Reason, State
from shared.services.provisioning.advancing import Advancer
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.instead import Instead
from tests.integration.world import World

FORBIDDEN = CloudError("forbidden", "no permission", Scope.PROJECT)
NO_QUOTA = CloudError("quota_exceeded", "no quota", Scope.REGION)
refusals = pytest.mark.parametrize("refusal", [FORBIDDEN, NO_QUOTA], ids=lambda refusal: refusal.code)


class OnItsWay:
    """The first insert, whose client has given it up; every later one of that name is refused."""

    def __init__(self, here: World, refusal: CloudError) -> None:
        self.here, self.refusal = here, refusal
        self.held: tuple[Any, ...] = ()
        platform = replace(here.platform, compute=Instead(here.compute, insert=self.insert))
        here.advancer = Advancer(platform, here.relay)

    def insert(self, *given: Any) -> Any:
        if not self.held:
            self.held = given
            raise CloudError("timed_out", "no answer", Scope.TRANSIENT, unknown_outcome=True)
        if given[0].name == self.held[0].name:
            raise self.refusal
        return self.here.compute.insert(*given)

    def arrives(self) -> None:
        self.here.compute.insert(*self.held)

    def pass_by(self, seconds: int) -> None:
        self.here.deliver(until=self.here.now())
        for _ in range(seconds // 5):
            self.here.move(5)
            self.here.deliver(until=self.here.now())


@refusals
def test_a_machine_that_arrives_after_the_refusal_is_the_one(here: World, refusal: CloudError) -> None:
    vm_id, insert = here.approve(), OnItsWay(here, refusal)
    insert.pass_by(90)
    assert [each.outcome for each in here.vm(vm_id).attempts] == [Outcome.SENT]
    insert.arrives()
    insert.pass_by(60)
    here.deliver()
    assert here.vm(vm_id).state is State.RUNNING
    assert here.names("instances") == [here.vm(vm_id).instance_name]


@refusals
def test_the_refusal_counts_once_nothing_can_come_any_more(here: World, refusal: CloudError) -> None:
    vm_id, insert = here.approve(), OnItsWay(here, refusal)
    insert.pass_by(180)
    here.deliver()
    vm = here.vm(vm_id)
    if refusal is FORBIDDEN:
        assert (vm.state in TERMINAL, vm.reason, here.names("instances")) == (True, Reason.REFUSED, [])
    else:
        assert (vm.state, len(vm.attempts), here.names("instances")) == (State.RUNNING, 2, [vm.instance_name])

"""External addresses and firewall rules are reserved like vCPUs: in the choice's own transaction, by limits that an
administrator may change while requests are in flight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.domain.errors import Conflict
from shared.domain.life import Reason, State
from shared.domain.regions import RegionSetting, RuleUse
from shared.domain.vm import Vm
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.world import DJANGO, WHO, World

ALIVE = (State.PROVISIONING, State.RUNNING)


def setting(here: World, region: str = "us-west1") -> RegionSetting:
    return next(each for each in here.market().settings if each.id == region)


def said(vm: Vm, region: str) -> tuple[str, str]:
    """What was decided about a region, and why."""
    verdict = next(each for each in vm.placement if each.region == region)
    return verdict.verdict, verdict.because


def at_once(here: World, vm_ids: Sequence[str]) -> list[Vm]:
    """What becomes of them when a worker each takes them up at the same moment."""
    with ThreadPoolExecutor(len(vm_ids)) as workers:
        list(workers.map(here.advancer.advance, vm_ids))
    return [here.vm(vm_id) for vm_id in vm_ids]


def test_a_region_whose_addresses_are_taken_is_passed_over_and_the_trace_says_so(here: World) -> None:
    here.set_limits("us-west1", address_limit=1)
    first, second = here.approve(), here.approve()
    here.deliver()
    assert (here.vm(first).region, here.vm(second).region) == ("us-west1", "us-east1")
    assert said(here.vm(second), "us-west1") == ("no_room", "1 of 1 external addresses in use")
    assert (setting(here).used_addresses, setting(here, "us-east1").used_addresses) == (1, 1)


def test_a_stop_gives_its_address_back_and_a_start_finds_it_taken(here: World) -> None:
    here.set_limits("us-west1", address_limit=1)
    vm_id = here.approve()
    here.deliver()
    here.owning.stop(WHO, "django-001", "stop")
    here.deliver()
    assert (setting(here).used_addresses, setting(here).rules.used) == (0, 1)
    other = here.approve()
    here.deliver()
    assert here.vm(other).region == "us-west1"
    with pytest.raises(Conflict) as refused:
        here.owning.start(WHO, "django-001", "start")
    assert (refused.value.code, here.vm(vm_id).state) == ("no_room", State.STOPPED)
    assert "1 of 1 external addresses in use" in refused.value.detail
    here.owning.delete(WHO, "django-002")
    here.deliver()
    here.owning.start(WHO, "django-001", "start again")
    here.deliver()
    assert here.vm(vm_id).state is State.RUNNING


def test_a_firewall_rule_is_held_from_the_reservation_until_it_is_gone(here: World) -> None:
    here.set_rule_limit(1)
    vm_id = here.approve()
    here.deliver()
    here.owning.stop(WHO, "django-001", "stop")
    here.deliver()
    here.owning.start(WHO, "django-001", "start")  # needs no second one
    here.deliver()
    refused = here.approve()
    here.deliver()
    late = here.vm(refused)
    assert (late.state, late.reason) == (State.FAILED, Reason.NO_ROOM)
    assert {each.because for each in late.placement} == {"1 of 1 firewall rules of the project in use"}
    here.fault(method="firewalls.delete", status=503, reason="backendError", times=6)
    here.owning.delete(WHO, "django-001")
    here.advancer.advance(vm_id)
    assert (here.vm(vm_id).state, setting(here).rules) == (State.DELETING, RuleUse(1, 1))
    here.deliver()
    assert (here.vm(vm_id).state, setting(here).rules) == (State.DELETED, RuleUse(1, 0))


def test_a_quote_says_that_nothing_fits_now_where_the_rules_are_taken(here: World) -> None:
    here.set_rule_limit(1)
    here.approve()
    here.deliver()
    quoted = here.quote("owner", DJANGO)
    assert not quoted.fits_now
    assert quoted.regions[0].because == "full now: 1 of 1 firewall rules of the project in use"


def test_an_approval_is_refused_where_no_limit_lets_it_ever_be(here: World) -> None:
    made = here.quote("owner", DJANGO)
    here.set_limits(address_limit=0)
    with pytest.raises(Conflict) as refused:
        here.approve(total=made.max_total)
    assert refused.value.code == "above_every_limit"
    assert "its limit of 0 external addresses is below the 1 needed" in refused.value.detail
    here.set_limits(address_limit=8)
    here.set_rule_limit(0)
    with pytest.raises(Conflict, match="the project's limit of 0 firewall rules is below the 1 needed"):
        here.approve(total=made.max_total)


def test_workers_that_race_for_the_last_addresses_share_them_out_exactly(here: World) -> None:
    here.set_limits(address_limit=0)
    here.set_limits("us-west1", address_limit=1)
    here.set_limits("us-east1", address_limit=2)
    vms = at_once(here, [here.approve() for _ in range(6)])
    assert Counter(vm.region for vm in vms if vm.state in ALIVE) == {"us-west1": 1, "us-east1": 2}
    assert [vm.reason for vm in vms if vm.state not in ALIVE] == [Reason.NO_ROOM] * 3


def test_workers_that_race_for_the_last_rules_share_them_out_exactly(here: World) -> None:
    here.set_rule_limit(2)
    vms = at_once(here, [here.approve() for _ in range(5)])
    assert sum(vm.state in ALIVE for vm in vms) == 2
    assert len(here.names("firewalls")) == 2
    here.set_rule_limit(3)
    assert here.vm(at_once(here, [here.approve()])[0].id).state in ALIVE

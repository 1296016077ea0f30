"""Compute's own quotas, read over the wire before a choice: advice that saves an attempt, and never stops one."""

from __future__ import annotations

import pytest

from shared.domain.life import Reason, State
from shared.domain.spec import RegionWish
from shared.google.quotas import ComputeQuotas
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.world import DJANGO, World


@pytest.fixture
def heeding(here: World) -> World:
    here.heed_quotas()
    return here


def test_limits_and_usage_are_read_of_every_region_and_of_the_project(heeding: World) -> None:
    heeding.quota(us_west1={"CPUS": 24, "NVIDIA_T4_GPUS": 1}, project={"FIREWALLS": 200})
    heeding.approve()
    heeding.deliver()
    read = ComputeQuotas("demo", 20, heeding.compute_url).read()
    west = read.regions["us-west1"]
    assert (west["CPUS"].limit, west["CPUS"].usage) == (24, 2)
    assert west["IN_USE_ADDRESSES"].usage == 1
    assert west["NVIDIA_T4_GPUS"].limit == 1
    assert (read.project["FIREWALLS"].limit, read.project["FIREWALLS"].usage) == (200, 1)
    assert read.regions.keys() >= {each.id for each in heeding.market().settings}


def test_a_region_below_our_own_limit_is_passed_over_without_an_attempt(heeding: World) -> None:
    heeding.quota(us_west1={"CPUS": 1})
    vm_id = heeding.approve()
    heeding.deliver()
    vm = heeding.vm(vm_id)
    assert (vm.state, vm.region, len(vm.attempts)) == (State.RUNNING, "us-east1", 1)
    told = [(each.region, each.verdict, each.because) for each in vm.placement]
    assert told[0] == ("us-west1", "no_quota", "Compute Engine's quota CPUS: 0 of 1 in use, 2 needed")


def test_a_stale_reading_costs_an_attempt_and_nothing_else(heeding: World) -> None:
    first = heeding.approve()
    heeding.deliver()
    heeding.quota(us_west1={"CPUS": 2})
    second = heeding.approve()
    heeding.advancer.advance(second)
    heeding.deliver()
    vm = heeding.vm(second)
    assert (heeding.vm(first).region, vm.region) == ("us-west1", "us-east1")
    assert [each.error_code for each in vm.attempts] == ["quota_exceeded", None]


def test_room_that_has_come_is_seen_at_once(heeding: World) -> None:
    heeding.quota(us_west1={"IN_USE_ADDRESSES": 0})
    there = DJANGO.model_copy(update={"region": RegionWish(must="us-west1")})
    refused = heeding.approve(there)
    heeding.deliver()
    assert (heeding.vm(refused).state, heeding.vm(refused).reason) == (State.FAILED, Reason.NO_ROOM)
    heeding.quota(us_west1={"IN_USE_ADDRESSES": 1})
    heeding.move(6)
    taken = heeding.approve(there)
    heeding.deliver()
    assert heeding.vm(taken).state is State.RUNNING


@pytest.mark.parametrize("method", ["regions.list", "projects.get"])
def test_a_list_that_fails_stops_no_choice(heeding: World, method: str) -> None:
    heeding.fault(method=method, status=403, reason="rateLimitExceeded", message="Rate Limit Exceeded", times=100)
    vm_id = heeding.approve()
    heeding.deliver()
    assert (heeding.vm(vm_id).state, heeding.vm(vm_id).region) == (State.RUNNING, "us-west1")

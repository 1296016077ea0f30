"""Measured use answered with a size, over the emulated Cloud Monitoring, and the resize that it is one step from."""

from __future__ import annotations

from decimal import Decimal

from shared.services.terms import Resize
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.watched import LONG, Watched, watched  # noqa: F401
from tests.integration.world import WHO


def test_a_machine_that_is_too_large_is_told_the_smaller_one_and_becomes_it(watched: Watched) -> None:  # noqa: F811
    watched.use(cpu=0.08, network=40_000, memory=0.13)
    vm_id = watched.machine(idle_stop="off")
    watched.passes(50)
    assert watched.of(vm_id)["advice"] is None, "measured for too short a time"
    watched.passes(30)
    shown = watched.of(vm_id)
    assert (shown["use"]["cpu"], shown["use"]["network"], shown["use"]["memory"]) == (0.08, 40_000, 0.13)
    assert shown["use"]["measured"] == "1h10m"
    advice = shown["advice"]
    assert (advice["verdict"], advice["machine_type"]) == ("too_large", "e2-small")
    assert Decimal(advice["saving_hourly"]) == Decimal(advice["hourly"]) - Decimal(advice["hourly_after"])

    name = watched.here.vm(vm_id).name
    watched.here.owning.resize(WHO, name, Resize(advice["machine_type"], None, Decimal(1000)), "smaller")
    watched.here.deliver()
    vm = watched.here.vm(vm_id)
    assert vm.spec.machine_type == "e2-small"
    running = sum((rate.hourly for rate in vm.rates if rate.running), Decimal(0))
    assert Decimal(advice["hourly_after"]) == round(running, 4), "as it was told"
    assert watched.of(vm_id)["use"] is None, "what the former type did says nothing of this one"
    watched.use(cpu=0.32, network=40_000, memory=0.52)
    watched.passes(80)
    assert watched.of(vm_id)["advice"] is None


def test_a_machine_that_is_full_is_told_the_larger_one(watched: Watched) -> None:  # noqa: F811
    watched.use(cpu=0.97, network=40_000)
    vm_id = watched.machine(LONG)
    watched.passes(80)
    advice = watched.of(vm_id)["advice"]
    assert (advice["verdict"], advice["machine_type"]) == ("too_small", "e2-standard-4")
    assert advice["because"].startswith("It used 97 % of its CPU")

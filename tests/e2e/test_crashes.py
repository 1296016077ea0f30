"""kill -9 of the staged provision and reaper at a sample of the crash points that tests/faults finds, and messages that
come more than once: one VM, one machine."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from local.platform import Platform
from tests.e2e.api import Client, calm, fault, machines_of, sweep
from tests.e2e.gate import Gate, gate

INSERT = "/instances"
PARTS = ("provision", "reaper")


@pytest.fixture
def held(platform: Platform) -> Iterator[Gate]:
    """Provision's way to Compute leads through a gate, and the reaper's."""
    with gate(platform.address("compute")) as made:
        for part in PARTS:
            _restart(platform, part, COMPUTE_ENDPOINT=made.url)
        yield made
    for part in PARTS:
        _restart(platform, part)


def _restart(platform: Platform, part: str, **changed: str) -> None:
    if part in platform.processes:
        platform.processes[part].kill()
    before = dict(platform.overrides)
    platform.overrides |= changed
    platform.start_function(part)
    platform.processes[part].wait_until_listening()
    platform.overrides = before


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_provision_killed_around_the_insert_leaves_one_running_machine(
    platform: Platform, held: Gate, when: str
) -> None:
    client = Client(platform)
    held.hold(when, "POST", INSERT)
    name = client.machine("nginx for an hour")
    assert held.reached.wait(30)
    assert len(machines_of(platform, name)) == (0 if when == "before" else 1)
    platform.processes["provision"].kill()
    held.let_go()
    _restart(platform, "provision")
    platform.advance(120)  # the claim of the one that was killed has run out
    sweep(platform)
    assert client.until(name, "RUNNING")["setup"] == "done"
    assert len(machines_of(platform, name)) == 1
    assert client.events(name).count("approved") == 1
    client.http.delete(f"/api/vms/{name}").raise_for_status()


@pytest.mark.parametrize(("method", "call"), [("POST", "/firewalls"), ("POST", "/setLabels"), ("GET", "/operations/")])
def test_a_provision_killed_at_another_call_of_a_birth_leaves_one_running_machine(
    platform: Platform, held: Gate, method: str, call: str
) -> None:
    client = Client(platform)
    held.hold("after", method, call)
    name = client.machine("nginx for an hour")
    for _ in range(30):
        if held.reached.wait(1):
            break
        platform.advance(5)
    assert held.reached.is_set()
    platform.processes["provision"].kill()
    held.let_go()
    _restart(platform, "provision")
    platform.advance(120)
    sweep(platform)
    client.until(name, "RUNNING")
    assert len(machines_of(platform, name)) == 1
    client.http.delete(f"/api/vms/{name}").raise_for_status()


def test_a_reaper_killed_while_deleting_still_ends_in_a_receipt(platform: Platform, held: Gate) -> None:
    client = Client(platform)
    name = client.machine("nginx for an hour")
    client.until(name, "RUNNING")
    platform.processes["provision"].kill()
    platform.advance(3700)
    held.hold("after", "DELETE", INSERT)
    with ThreadPoolExecutor(1) as pool:
        swept = pool.submit(sweep, platform)
        assert held.reached.wait(30)
        platform.processes["reaper"].kill()
        held.let_go()
        assert swept.exception() is not None
    for part in PARTS:
        _restart(platform, part)
    platform.advance(120)
    sweep(platform)
    client.until(name, "DELETED")
    assert not any(each["found"] for each in client.get(f"/api/vms/{name}/receipt")["resources"])
    assert not machines_of(platform, name)


def test_a_provision_killed_while_deleting_still_ends_in_a_receipt(platform: Platform, held: Gate) -> None:
    client = Client(platform)
    name = client.machine("nginx for an hour")
    client.until(name, "RUNNING")
    held.hold("after", "DELETE", INSERT)
    client.http.delete(f"/api/vms/{name}").raise_for_status()
    assert held.reached.wait(30)
    platform.processes["provision"].kill()
    held.let_go()
    _restart(platform, "provision")
    platform.advance(120)
    sweep(platform)
    client.until(name, "DELETED")
    assert not any(each["found"] for each in client.get(f"/api/vms/{name}/receipt")["resources"])
    assert not machines_of(platform, name)


def test_a_message_delivered_three_times_makes_one_machine(platform: Platform) -> None:
    client = Client(platform)
    fault(platform, "pubsub", method="push", duplicate=2, times=3)
    try:
        name = client.machine("nginx for an hour")
        client.until(name, "RUNNING")
    finally:
        calm(platform, "pubsub")
    assert len(machines_of(platform, name)) == 1
    assert client.events(name).count("insert_sent") == 1
    client.http.delete(f"/api/vms/{name}").raise_for_status()


def test_with_pubsub_down_the_sweep_sends_what_was_promised(platform: Platform) -> None:
    client = Client(platform)
    fault(platform, "pubsub", method="publish", status=503, times=50)
    try:
        name = client.machine("nginx for an hour")
        assert client.vm(name)["state"] == "REQUESTED"
    finally:
        calm(platform, "pubsub")
    platform.advance(40)  # the outbox row's claim has run out
    sweep(platform)
    client.until(name, "RUNNING")
    client.http.delete(f"/api/vms/{name}").raise_for_status()


def test_with_tasks_down_the_sweep_still_kills_at_the_end(platform: Platform) -> None:
    client = Client(platform)
    name = client.machine("nginx for an hour")
    vm = client.until(name, "RUNNING")
    fault(platform, "tasks", method="tasks.create", status=503, times=1000)
    try:
        assert vm["expires_at"]
        platform.advance(3700)
        for _ in range(10):
            sweep(platform)
            platform.advance(60)
            if client.vm(name)["state"] == "DELETED":
                break
        assert client.vm(name)["state"] == "DELETED"
    finally:
        calm(platform, "tasks")
    assert not machines_of(platform, name)


def test_the_machine_dies_by_its_own_switch_when_the_platform_is_gone(platform: Platform) -> None:
    client = Client(platform)
    name = client.machine("nginx for an hour")
    client.until(name, "RUNNING")
    for part in ("provision", "reaper"):
        platform.processes[part].kill()
    try:
        platform.advance(27 * 3600)
        assert not machines_of(platform, name)
    finally:
        for part in ("provision", "reaper"):
            platform.start_function(part)
            platform.processes[part].wait_until_listening()
    sweep(platform)
    client.until(name, "DELETED", step=30)
    assert client.get(f"/api/vms/{name}/receipt")["late"]["seconds"] > 0

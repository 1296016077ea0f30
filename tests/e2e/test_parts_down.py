"""Messages that come more than once, and a part of the platform that is down: one VM, one machine, and its end all the
same."""

from __future__ import annotations

from local.platform import Platform
from tests.e2e.api import Client, calm, fault, machines_of, sweep


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

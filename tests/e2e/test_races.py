"""Fifty approvals at once for a region's last vCPUs: never one too many, and everybody gets an honest answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from local.platform import Platform
from tests.e2e.api import Client, cloud, sweep

LIMIT = 8


def test_fifty_approvals_for_the_last_two_vcpus(platform: Platform) -> None:
    client = Client(platform)
    me = client.get("/api/me")["id"]
    generous = {"max_vms": 200, "max_vcpus": 800, "max_monthly": "100000"}
    client.http.patch(f"/api/admin/users/{me}", json=generous).raise_for_status()
    only = {"region": {"must": "asia-south2"}}
    filling = [client.machine("nginx for an hour", **only, machine_type="e2-standard-2") for _ in range(3)]
    for name in filling:
        client.until(name, "RUNNING")
    suggestion = client.suggest("nginx for an hour")
    spec = {**suggestion["spec"], **only, "machine_type": "e2-standard-2"}
    quote = client.post("/api/quotes", {"spec": spec}).raise_for_status().json()
    wanted = {**suggestion, "spec": spec, "quote": quote}

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: client.approve(wanted), range(50)))
    assert {answer.status_code for answer in answers} == {202}
    names = [answer.json()["name"] for answer in answers]
    assert len(set(names)) == 50
    ends = []
    for name in names:
        ends.append(client.until(name, "RUNNING", "FAILED", step=1))
        assert _used(platform) <= LIMIT
    running = [vm for vm in ends if vm["state"] == "RUNNING"]
    assert len(running) == 1
    assert {vm["reason"] for vm in ends if vm["state"] == "FAILED"} == {"no_room"}
    assert all(vm["placement"] for vm in ends)
    for name in [*filling, running[0]["name"]]:
        client.http.delete(f"/api/vms/{name}").raise_for_status()
    sweep(platform)


def _used(platform: Platform) -> int:
    """vCPUs that the emulated cloud itself runs in the region (two a machine)."""
    return 2 * sum(each["zone"].startswith("asia-south2") for each in cloud(platform)["instances"])

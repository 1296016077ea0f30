"""The journey over the API, on staged functions in processes of their own and the emulated cloud."""

from __future__ import annotations

import subprocess
import uuid
from decimal import Decimal

import httpx
import pytest

from local.platform import Platform
from tests.e2e.api import Client, cloud, sweep


@pytest.fixture
def client(platform: Platform) -> Client:
    return Client(platform)


def test_a_sentence_becomes_a_machine_and_ends_in_a_receipt(platform: Platform, client: Client) -> None:
    suggestion = client.suggest()
    assert suggestion["spec"]["machine_type"] == "e2-standard-2"
    assert suggestion["spec"]["os_image"] == "ubuntu-2604-lts-amd64"
    assert suggestion["spec"]["packages"] == ["python3", "django", "postgresql", "redis"]
    assert suggestion["spec"]["duration"] == "2h"
    approved = client.approve(suggestion)
    assert approved.status_code == 202
    name = approved.json()["name"]
    assert approved.headers["Location"] == f"/api/vms/{name}"
    running = client.until(name, "RUNNING")
    assert running["setup"] == "done"
    assert running["login"]["host_keys"]
    receipt = client.to_receipt(name)
    assert receipt["outcome"] == "DELETED"
    assert receipt["reason"]["code"] == "expired"
    assert len(receipt["resources"]) == 4
    assert not any(resource["found"] for resource in receipt["resources"])
    assert Decimal(receipt["metered"]["total"]) <= Decimal(receipt["quoted"]["approved_total"])
    assert name not in [machine["name"] for machine in cloud(platform)["instances"]]


def test_a_receipt_is_sealed_by_the_next_sweep_and_can_be_verified(platform: Platform, client: Client) -> None:
    name = client.machine("nginx for an hour")
    client.until(name, "RUNNING")
    client.to_receipt(name)
    assert isinstance(sweep(platform)["sealed"], int)
    assert len(client.get(f"/api/vms/{name}/receipt")["seal"]["hash"]) == 64
    found = client.http.post("/api/admin/receipts:verify").raise_for_status().json()
    assert found["whole"], found["problems"]
    assert found["heads"] >= 1
    assert found["seals"] > len(client.events(name))


def test_the_same_idempotency_key_makes_one_vm_and_answers_the_same(client: Client) -> None:
    suggestion, key = client.suggest(), str(uuid.uuid4())
    first, again = client.approve(suggestion, key), client.approve(suggestion, key)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json()["name"] == first.json()["name"]
    other = client.suggest("a small nginx server")
    assert client.approve(other, key).json()["code"] == "idempotency_key_reused"
    client.http.delete(f"/api/vms/{first.json()['name']}").raise_for_status()


def test_an_approval_is_bound_to_the_quoted_spec_and_to_a_ceiling(client: Client) -> None:
    suggestion = client.suggest()
    tampered = {**suggestion, "spec": {**suggestion["spec"], "disk_gib": 500}}
    refused = client.approve(tampered)
    assert (refused.status_code, refused.json()["code"]) == (409, "quote_expired")
    assert Decimal(refused.json()["quote"]["total"]) > Decimal(suggestion["quote"]["total"])
    low = {**suggestion, "quote": {**suggestion["quote"], "max_total": "0.01"}}
    assert client.approve(low).json()["code"] == "ceiling_too_low"


def test_events_are_live_and_resume_from_any_number(client: Client) -> None:
    name = client.machine("nginx for an hour")
    client.until(name, "RUNNING")
    whole = []
    for event in client.stream(f"/api/vms/{name}/events"):
        whole.append(event)
        if event["data"]["kind"] == "running":
            break
    numbers = [int(event["id"]) for event in whole]
    assert numbers == list(range(1, len(numbers) + 1))
    third = next(iter(client.stream(f"/api/vms/{name}/events", last="2")))
    assert int(third["id"]) == 3
    mine = next(iter(client.stream("/api/events")))
    assert mine["data"]["kind"] == "current"
    stream = client.stream(f"/api/vms/{name}/events", last=str(numbers[-1]))
    client.http.delete(f"/api/vms/{name}").raise_for_status()
    assert next(stream)["data"]["kind"] == "delete_requested"


def test_stop_start_extend_and_reveal(client: Client) -> None:
    name = client.machine("nginx for an hour")
    running = client.until(name, "RUNNING")
    shown = client.post(f"/api/vms/{name}:reveal")
    assert "PRIVATE KEY" in shown.json()["private_key"]
    assert client.post(f"/api/vms/{name}:reveal").status_code == 410
    client.post(f"/api/vms/{name}:stop").raise_for_status()
    assert client.until(name, "STOPPED")["external_ip"] is None
    client.post(f"/api/vms/{name}:start").raise_for_status()
    assert client.until(name, "RUNNING")["external_ip"]
    longer = {**running["spec"], "duration": "3h"}
    quote = client.post("/api/quotes", {"spec": longer, "vm": name}).raise_for_status().json()
    low = client.post(f"/api/vms/{name}:extend", {"by": "2h", "approved_total": "0.01"})
    assert (low.status_code, low.json()["code"]) == (409, "ceiling_too_low")
    extended = client.post(f"/api/vms/{name}:extend", {"by": "2h", "approved_total": quote["total"]})
    assert extended.status_code == 202
    assert extended.json()["expires_at"] > running["expires_at"]
    client.http.delete(f"/api/vms/{name}").raise_for_status()
    assert client.until(name, "DELETED")["reason"] == "user"


def test_windows_is_logged_in_to_with_a_password(client: Client) -> None:
    name = client.machine("a small Windows Server 2022 machine for 1 hour")
    running = client.until(name, "RUNNING", step=15)
    assert running["login"]["method"] == "rdp"
    shown = client.post(f"/api/vms/{name}:reveal").raise_for_status().json()
    assert len(shown["password"]) >= 15
    client.http.delete(f"/api/vms/{name}").raise_for_status()


def test_other_peoples_things_are_not_there(platform: Platform, client: Client) -> None:
    name = client.machine("nginx for an hour")
    with httpx.Client(base_url=platform.url, timeout=30) as stranger:
        account = {"email": f"{uuid.uuid4().hex[:8]}@example.com", "password": "four unrelated words here"}
        stranger.post("/api/accounts", json=account).raise_for_status()
        opened = stranger.post("/api/session", json=account).raise_for_status()
        cookie = opened.headers["set-cookie"].partition(";")[0]
        headers = {"Cookie": cookie, "X-CSRF-Token": opened.json()["csrf_token"], "Idempotency-Key": "k"}
        assert stranger.get(f"/api/vms/{name}", headers=headers).status_code == 404
        assert stranger.delete(f"/api/vms/{name}", headers=headers).status_code == 404
        assert stranger.post(f"/api/vms/{name}:stop", headers=headers).status_code == 404
        assert stranger.delete(f"/api/vms/{name}", headers={"Cookie": cookie}).json()["code"] == "csrf_token_invalid"
        others = stranger.get("/api/regions", headers=headers).json()["regions"]
        assert not any(region["vms"] for region in others)
        assert sum(region["others"] for region in others) >= 1
        assert stranger.get("/api/admin/users", headers=headers).status_code == 403
    client.http.delete(f"/api/vms/{name}").raise_for_status()


def test_the_administrators_switches(client: Client) -> None:
    client.http.patch("/api/admin/settings", json={"creation_paused": True}).raise_for_status()
    try:
        assert client.approve(client.suggest()).json()["code"] == "creation_paused"
    finally:
        client.http.patch("/api/admin/settings", json={"creation_paused": False}).raise_for_status()
    client.http.patch("/api/admin/regions/us-west1", json={"drained": True}).raise_for_status()
    try:
        assert client.suggest()["quote"]["region"] == "us-east1"
    finally:
        client.http.patch("/api/admin/regions/us-west1", json={"drained": False}).raise_for_status()
    actions = [record["action"] for record in client.get("/api/audit", params={"page_size": 50})["records"]]
    assert any("region" in action for action in actions)


def test_the_api_describes_itself(client: Client) -> None:
    described = client.get("/api/openapi.json")
    assert described["openapi"].startswith("3.1")
    assert {"/api/suggestions", "/api/vms", "/api/vms/{name}:extend", "/api/admin/users"} <= described["paths"].keys()


def test_curl_with_the_printed_token_works(platform: Platform) -> None:
    command = ["curl", "-sf", "-H", f"Authorization: Bearer {platform.token}", f"{platform.url}/api/vms"]
    assert '"vms"' in subprocess.run(command, capture_output=True, text=True, check=True).stdout

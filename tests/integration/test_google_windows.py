"""Asking an emulated Windows machine for a password, through shared.google.compute."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from local.compute import make_app
from local.server import in_thread
from shared.domain.errors import CloudError, Scope
from shared.domain.machine import Machine
from shared.google.compute import ComputeEngine
from tests.integration.google_account import google_account

__all__ = ["google_account"]

ZONE = "us-west1-b"
MACHINE = Machine(
    name="windows-001-a",
    zone=ZONE,
    machine_type="e2-standard-4",
    image_project="windows-cloud",
    image_family="windows-2025",
    disk_gib=64,
    disk_type="pd-balanced",
    gpu=None,
    spot=False,
    network_tag="vmc-test-w2345",
    labels={"vmc-id": "w2345", "vmc-environment": "test"},
    metadata={"enable-guest-attributes": "TRUE", "enable-windows-ssh": "TRUE"},
    termination_time=datetime.now(UTC) + timedelta(hours=26),
)
SOON = (datetime.now(UTC) + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
PRIVATE_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def emulator() -> Iterator[str]:
    with in_thread(make_app(latency=0)) as url:
        yield url


@pytest.fixture
def compute(emulator: str) -> ComputeEngine:
    compute = ComputeEngine("demo", "test", "default", timeout=20, endpoint=emulator)
    compute.insert(MACHINE, str(uuid4()))
    return compute


def key(name: str) -> dict[str, Any]:
    numbers = PRIVATE_KEY.public_key().public_numbers()
    return {
        "userName": name,
        "modulus": base64.b64encode(numbers.n.to_bytes(256, "big")).decode(),
        "exponent": base64.b64encode(numbers.e.to_bytes(3, "big")).decode(),
        "expireOn": SOON,
        "hashFunction": "sha256",
    }


def said(compute: ComputeEngine) -> list[dict[str, Any]]:
    return [json.loads(line) for line in compute.serial_output(ZONE, MACHINE.name, 4).splitlines()]


def metadata(url: str) -> dict[str, str]:
    found = httpx.get(f"{url}/compute/v1/projects/demo/zones/{ZONE}/instances/{MACHINE.name}").json()
    return {item["key"]: item["value"] for item in found["metadata"]["items"]}


def test_the_agents_answer_decrypts_to_the_password(emulator: str, compute: ComputeEngine) -> None:
    compute.add_windows_key(ZONE, MACHINE.name, key("ann"))
    (answer,) = [line for line in said(compute) if line.get("userName") == "ann"]
    oaep = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
    password = PRIVATE_KEY.decrypt(base64.b64decode(answer["encryptedPassword"]), oaep).decode()
    assert httpx.get(f"{emulator}/_guest/{MACHINE.name}").json()["passwords"] == {"ann": password}


def test_the_other_items_stay(emulator: str, compute: ComputeEngine) -> None:
    compute.add_windows_key(ZONE, MACHINE.name, key("ann"))
    found = metadata(emulator)
    assert json.loads(found.pop("windows-keys")) == key("ann")
    assert found == MACHINE.metadata


def test_keys_added_at_once_are_all_there(emulator: str, compute: ComputeEngine) -> None:
    names = [f"user{number}" for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: compute.add_windows_key(ZONE, MACHINE.name, key(name)), names))
    lines = metadata(emulator)["windows-keys"].splitlines()
    assert sorted(json.loads(line)["userName"] for line in lines) == names


def test_a_lost_answer_adds_the_key_once(emulator: str, compute: ComputeEngine) -> None:
    httpx.post(f"{emulator}/_faults", json={"method": "instances.setMetadata", "lose_response": True})
    compute.add_windows_key(ZONE, MACHINE.name, key("ann"))
    assert len(metadata(emulator)["windows-keys"].splitlines()) == 1


def test_metadata_that_keeps_changing_is_given_up(emulator: str, compute: ComputeEngine) -> None:
    fault = {"method": "instances.setMetadata", "status": 412, "reason": "conditionNotMet", "times": None}
    httpx.post(f"{emulator}/_faults", json=fault)
    with pytest.raises(CloudError) as error:
        compute.add_windows_key(ZONE, MACHINE.name, key("ann"))
    assert error.value.scope is Scope.TRANSIENT
    assert httpx.get(f"{emulator}/_faults").json()[0]["taken"] == 11

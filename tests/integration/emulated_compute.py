"""The emulated Compute Engine that tests of shared.google.compute talk to, and the machine that they ask for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from local.compute import make_app
from local.server import in_thread
from shared.domain.machine import Machine
from shared.google.compute import ComputeEngine

ZONE = "us-west1-b"
MACHINE = Machine(
    name="django-001-a",
    zone=ZONE,
    machine_type="e2-standard-2",
    image_project="ubuntu-os-cloud",
    image_family="ubuntu-2604-lts-amd64",
    disk_gib=20,
    disk_type="pd-balanced",
    gpu=None,
    spot=False,
    network_tag="vmc-test-k2345",
    labels={"vmc-id": "k2345", "vmc-environment": "test", "vmc-owner": "ann"},
    metadata={"enable-guest-attributes": "TRUE"},
    termination_time=datetime.now(UTC) + timedelta(hours=26),
)


@pytest.fixture
def emulator() -> Iterator[str]:
    """A cloud in which everything is done at once."""
    with in_thread(make_app(latency=0)) as url:
        yield url


@pytest.fixture
def compute(emulator: str) -> ComputeEngine:
    return engine(emulator)


def engine(url: str, environment: str = "test") -> ComputeEngine:
    return ComputeEngine("demo", environment, "default", timeout=20, endpoint=url)


def new_id() -> str:
    return str(uuid4())


def arm(url: str, **fault: Any) -> None:
    assert httpx.post(f"{url}/_faults", json=fault).status_code == 201

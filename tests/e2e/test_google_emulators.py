"""The journey with Google's own emulators in place of ours, by endpoint settings alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.platform import Platform
from local.server import free_port
from tests.conformance.google_emulators import NotInstalled, google_firestore, google_pubsub
from tests.e2e.api import Client
from tests.e2e.conftest import ROOMY


@contextmanager
def platform_with(folder: Path, overrides: dict[str, str], without: str) -> Iterator[Platform]:
    here = Platform(
        folder,
        port=free_port(),
        latency=0.0,
        durable=False,
        overrides={**ROOMY, **overrides},
        without=frozenset({without}),
    )
    with here:
        yield here
    here.postgres.destroy()


def journey(platform: Platform) -> None:
    """From a sentence to a receipt, its live events included."""
    client = Client(platform)
    name = client.machine("nginx for an hour")
    kinds = []
    for event in client.stream(f"/api/vms/{name}/events"):
        kinds.append(event["data"]["kind"])
        if kinds[-1] == "running":
            break
    assert kinds[0] == "approved"
    receipt = client.to_receipt(name)
    assert receipt["outcome"] == "DELETED"
    assert not any(each["found"] for each in receipt["resources"])


def test_with_googles_firestore_emulator_the_journey_ends_in_a_receipt(tmp_path: Path) -> None:
    try:
        with google_firestore() as address:
            overrides = {"FIRESTORE_EMULATOR_HOST": address}
            with platform_with(tmp_path, overrides, "firestore") as platform:
                journey(platform)
    except NotInstalled as missing:
        pytest.skip(str(missing))


def test_with_googles_pubsub_emulator_the_journey_ends_in_a_receipt(tmp_path: Path) -> None:
    try:
        with google_pubsub() as address:
            overrides = {"PUBSUB_ENDPOINT": f"http://{address}"}
            with platform_with(tmp_path, overrides, "pubsub") as platform:
                journey(platform)
    except NotInstalled as missing:
        pytest.skip(str(missing))

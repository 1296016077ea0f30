"""The emulated Secret Manager, by Google's own client over REST."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import requests.exceptions
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud.secretmanager_v1 import SecretManagerServiceClient, SecretVersion

from local.secrets.api import SecretManager
from local.secrets.vault import crc32c
from local.server import free_port, in_thread

PROJECT = "projects/demo"
AUTOMATIC: dict[str, Any] = {"automatic": {}}


class Service:
    """A running emulator's address with a client of Google's."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client = SecretManagerServiceClient(
            transport="rest", credentials=AnonymousCredentials(), client_options={"api_endpoint": url}
        )

    def create(self, secret_id: str, **labels: str) -> str:
        secret = {"replication": AUTOMATIC, "labels": labels}
        return self.client.create_secret(parent=PROJECT, secret_id=secret_id, secret=secret, retry=None).name

    def add(self, secret: str, data: bytes) -> str:
        return self.client.add_secret_version(parent=secret, payload={"data": data}).name

    def arm(self, **fault: Any) -> None:
        assert httpx.post(self.url + "/_faults", json=fault).status_code == 201


@pytest.fixture
def service() -> Iterator[Service]:
    with in_thread(SecretManager().app()) as url:
        yield Service(url)


def test_a_secret_is_made_once_got_and_deleted(service: Service) -> None:
    name = service.create("vmc-1-key", vmc_vm="1", vmc_environment="dev")
    assert name == f"{PROJECT}/secrets/vmc-1-key"
    got = service.client.get_secret(name=name)
    assert dict(got.labels) == {"vmc_vm": "1", "vmc_environment": "dev"}
    assert "automatic" in got.replication
    with pytest.raises(exceptions.Conflict, match="already exists"):
        service.create("vmc-1-key")
    service.client.delete_secret(name=name)
    for gone in (service.client.get_secret, service.client.delete_secret):
        with pytest.raises(exceptions.NotFound):
            gone(name=name)


def test_a_payload_is_read_back_by_number_and_as_latest(service: Service) -> None:
    secret = service.create("key")
    with pytest.raises(exceptions.NotFound):
        service.client.access_secret_version(name=f"{secret}/versions/latest")
    first, second = service.add(secret, b"one"), service.add(secret, bytes(range(256)))
    assert [first, second] == [f"{secret}/versions/1", f"{secret}/versions/2"]
    assert service.client.access_secret_version(name=first).payload.data == b"one"
    latest = service.client.access_secret_version(name=f"{secret}/versions/latest")
    assert (latest.name, latest.payload.data) == (second, bytes(range(256)))
    assert latest.payload.data_crc32c == crc32c(bytes(range(256)))


def test_the_checksum_is_castagnolis_and_a_wrong_one_is_refused(service: Service) -> None:
    assert crc32c(b"123456789") == 0xE3069283  # the check value of CRC-32C
    secret = service.create("checked")
    payload = {"data": b"123456789", "data_crc32c": 0xE3069283}
    assert service.client.add_secret_version(parent=secret, payload=payload).client_specified_payload_checksum
    with pytest.raises(exceptions.BadRequest, match="checksum"):
        service.client.add_secret_version(parent=secret, payload={"data": b"other", "data_crc32c": 0xE3069283})


def test_a_destroyed_version_has_no_payload_left_and_stays_destroyed(service: Service) -> None:
    secret = service.create("key")
    version = service.add(secret, b"gone soon")
    destroyed = service.client.destroy_secret_version(name=version)
    assert destroyed.state == SecretVersion.State.DESTROYED
    assert destroyed.destroy_time is not None
    for refused in (
        service.client.access_secret_version,
        service.client.destroy_secret_version,
        service.client.enable_secret_version,
    ):
        with pytest.raises(exceptions.BadRequest, match="DESTROYED"):
            refused(name=version)
    with pytest.raises(exceptions.BadRequest, match="DESTROYED"):
        service.client.access_secret_version(name=f"{secret}/versions/latest")
    assert service.client.get_secret_version(name=version).state == SecretVersion.State.DESTROYED


def test_a_disabled_version_is_readable_again_once_enabled(service: Service) -> None:
    version = service.add(service.create("key"), b"pause")
    service.client.disable_secret_version(name=version)
    with pytest.raises(exceptions.BadRequest, match="DISABLED"):
        service.client.access_secret_version(name=version)
    service.client.enable_secret_version(name=version)
    assert service.client.access_secret_version(name=version).payload.data == b"pause"


def test_versions_are_listed_newest_first(service: Service) -> None:
    secret = service.create("key")
    names = [service.add(secret, b"%d" % number) for number in range(3)]
    assert [version.name for version in service.client.list_secret_versions(parent=secret)] == names[::-1]


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("", ["a-1", "a-2", "b-1"]),
        ("labels.vmc-vm=1", ["a-1", "b-1"]),
        ("labels.vmc-vm=1 AND labels.vmc-environment=dev", ["a-1"]),
        ("labels.vmc-environment:*", ["a-1", "a-2"]),
        ("name:a-", ["a-1", "a-2"]),
        ("labels.vmc-vm=9", []),
    ],
)
def test_secrets_are_found_by_label_and_name_over_pages(service: Service, expression: str, found: list[str]) -> None:
    service.create("a-1", **{"vmc-vm": "1", "vmc-environment": "dev"})
    service.create("a-2", **{"vmc-vm": "2", "vmc-environment": "dev"})
    service.create("b-1", **{"vmc-vm": "1"})
    request = {"parent": PROJECT, "filter": expression, "page_size": 1}
    assert [secret.name.rpartition("/")[2] for secret in service.client.list_secrets(request)] == found
    assert list(service.client.list_secrets({"parent": "projects/other", "filter": expression})) == []


def test_labels_follow_an_update_and_nothing_else_does(service: Service) -> None:
    name = service.create("key", end="1")
    updated = service.client.update_secret(
        secret={"name": name, "labels": {"end": "2"}}, update_mask={"paths": ["labels"]}
    )
    assert dict(updated.labels) == {"end": "2"}
    with pytest.raises(exceptions.BadRequest):
        service.client.update_secret(secret={"name": name}, update_mask={"paths": ["replication"]})


@pytest.mark.parametrize("wrong", ["Upper", "has.dot", "a@b", "x" * 64])
def test_labels_that_google_refuses_are_refused(service: Service, wrong: str) -> None:
    with pytest.raises(exceptions.BadRequest):
        service.create("key", owner=wrong)


def test_a_bad_id_a_missing_replication_and_a_huge_payload_are_refused(service: Service) -> None:
    with pytest.raises(exceptions.BadRequest):
        service.create("no.dots")
    with pytest.raises(exceptions.BadRequest, match="replication"):
        service.client.create_secret(parent=PROJECT, secret_id="key", secret={})
    with pytest.raises(exceptions.BadRequest, match="65536"):
        service.add(service.create("key"), b"x" * 65537)


def test_state_shows_which_secrets_there_are_and_never_what_is_in_them(service: Service) -> None:
    secret = service.create("key", vm="1")
    service.client.destroy_secret_version(name=service.add(secret, b"first-hidden"))
    service.add(secret, b"second-hidden")
    shown = httpx.get(service.url + "/_state")
    assert shown.json() == [{"name": secret, "labels": {"vm": "1"}, "versions": ["DESTROYED", "ENABLED"]}]


def test_a_change_whose_answer_is_lost_has_happened_a_refused_one_has_not(service: Service) -> None:
    service.arm(method="secrets.create", where={"secretId": "lost"}, lose_response=True)
    service.create("other")
    with pytest.raises(requests.exceptions.ConnectionError):
        service.create("lost")
    with pytest.raises(exceptions.Conflict):
        service.create("lost")
    service.arm(method="secrets.delete", status=403, reason="PERMISSION_DENIED", message="not you")
    with pytest.raises(exceptions.Forbidden, match="not you"):
        service.client.delete_secret(name=f"{PROJECT}/secrets/lost")
    service.client.delete_secret(name=f"{PROJECT}/secrets/lost")


@contextmanager
def process(folder: Path) -> Iterator[Service]:
    """The emulator as `make up` runs it."""
    port = free_port()
    command = [sys.executable, "-m", "local.secrets", "--port", str(port), "--state", str(folder)]
    running = subprocess.Popen(command)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                httpx.get(url + "/_health")
                break
            except httpx.TransportError:
                assert time.monotonic() < deadline, "the emulator did not start"
                time.sleep(0.05)
        yield Service(url)
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(20)


def test_secrets_survive_a_restart_in_a_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    with process(tmp_path) as service:
        secret = service.create("key", vm="1")
        service.add(secret, b"kept")
        service.client.destroy_secret_version(name=service.add(secret, b"cleared-for-good"))
    [kept] = tmp_path.glob("*.json")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert "Y2xlYXJlZC1mb3ItZ29vZA" not in kept.read_text()
    with process(tmp_path) as service:
        assert service.client.access_secret_version(name=f"{secret}/versions/1").payload.data == b"kept"
        with pytest.raises(exceptions.BadRequest, match="DESTROYED"):
            service.client.access_secret_version(name=f"{secret}/versions/2")

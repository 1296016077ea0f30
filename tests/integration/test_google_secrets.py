"""shared.google.secrets against the emulated Secret Manager."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.secrets.api import SecretManager
from local.server import in_thread
from shared.domain.errors import CloudError, Scope
from shared.google.secrets import SecretStore
from tests.integration.google_account import google_account

__all__ = ["google_account"]

LABELS = {"vmc-id": "k2345", "vmc-environment": "test"}


@pytest.fixture
def emulator() -> Iterator[str]:
    with in_thread(SecretManager().app()) as url:
        yield url


@pytest.fixture
def secrets(emulator: str) -> SecretStore:
    return SecretStore("demo", "test", emulator, timeout=20)


def arm(url: str, **fault: Any) -> None:
    assert httpx.post(f"{url}/_faults", json=fault).status_code == 201


def versions(url: str, secret_id: str) -> list[dict[str, Any]]:
    found = httpx.get(f"{url}/v1/projects/demo/secrets/{secret_id}/versions").json()
    return list(found.get("versions", []))


def test_what_is_put_can_be_read_listed_and_deleted(secrets: SecretStore) -> None:
    secrets.put("vmc-test-k2345", b"\x00key\xff", LABELS)
    assert secrets.read("vmc-test-k2345") == b"\x00key\xff"
    assert secrets.list() == [("vmc-test-k2345", LABELS)]
    assert secrets.delete("vmc-test-k2345")
    assert not secrets.exists("vmc-test-k2345")


def test_what_is_not_there_is_absent_and_no_error(secrets: SecretStore) -> None:
    assert secrets.read("none") is None
    assert not secrets.exists("none")
    assert not secrets.delete("none")
    assert secrets.list() == []


def test_a_secret_put_twice_keeps_its_first_payload(emulator: str, secrets: SecretStore) -> None:
    secrets.put("s", b"first", LABELS)
    secrets.put("s", b"second", LABELS)
    assert secrets.read("s") == b"first"
    assert len(versions(emulator, "s")) == 1


def test_a_put_that_stopped_half_way_is_finished_by_the_next(emulator: str, secrets: SecretStore) -> None:
    arm(emulator, method="secrets.addVersion", drop=True)
    with pytest.raises(CloudError) as stopped:
        secrets.put("s", b"payload", LABELS)
    assert stopped.value.unknown_outcome
    assert secrets.exists("s")
    assert secrets.read("s") is None
    secrets.put("s", b"payload", LABELS)
    assert secrets.read("s") == b"payload"


def test_a_lost_answer_makes_no_second_version(emulator: str, secrets: SecretStore) -> None:
    arm(emulator, method="secrets.addVersion", lose_response=True)
    with pytest.raises(CloudError) as lost:
        secrets.put("s", b"payload", LABELS)
    assert lost.value.unknown_outcome
    secrets.put("s", b"payload", LABELS)
    assert len(versions(emulator, "s")) == 1


def test_a_destroyed_version_reads_as_none_and_is_not_replaced(emulator: str, secrets: SecretStore) -> None:
    secrets.put("s", b"payload", LABELS)
    destroyed = httpx.post(f"{emulator}/v1/projects/demo/secrets/s/versions/1:destroy", json={})
    assert destroyed.status_code == 200
    assert secrets.read("s") is None
    secrets.put("s", b"payload", LABELS)
    assert secrets.read("s") is None


def test_another_environments_secrets_are_not_listed(emulator: str, secrets: SecretStore) -> None:
    SecretStore("demo", "live", emulator, timeout=20).put("theirs", b"x", {})
    secrets.put("ours", b"x", {})
    assert [secret_id for secret_id, _ in secrets.list()] == ["ours"]


def test_a_refusal_keeps_its_scope(emulator: str, secrets: SecretStore) -> None:
    arm(emulator, method="secrets.create", status=403, reason="PERMISSION_DENIED", message="no")
    with pytest.raises(CloudError) as refused:
        secrets.put("s", b"payload", LABELS)
    assert (refused.value.scope, refused.value.unknown_outcome) == (Scope.PROJECT, False)


def test_a_read_outlives_a_moments_fault(emulator: str, secrets: SecretStore) -> None:
    secrets.put("s", b"payload", LABELS)
    arm(emulator, method="secrets.*", status=503, reason="UNAVAILABLE")
    assert secrets.read("s") == b"payload"


def test_a_list_of_many_pages_is_whole(secrets: SecretStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.google.calls._PAGE_SIZE", 2)
    names = [f"s-{number}" for number in range(5)]
    for name in names:
        secrets.put(name, b"x", {})
    assert sorted(secret_id for secret_id, _ in secrets.list()) == names

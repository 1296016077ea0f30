"""The guest's side of an emulated instance: start-up scripts, host keys, serial ports, Windows accounts."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from google.api_core import exceptions
from google.cloud import compute_v1

from shared.catalog.workloads import SetupStep
from shared.services.provisioning import startup
from tests.conformance.compute_engine import Engine, running

PUBLISH = {"enable-guest-attributes": "TRUE"}
STEPS = [
    SetupStep(name="system packages", manager="apt", packages=("nginx",)),
    SetupStep(name="redis", manager="apt", packages=("redis-server",)),
]
LINUX = {**PUBLISH, "startup-script": startup.bash(STEPS)}
WINDOWS_IMAGE = {"source_image": "projects/windows-cloud/global/images/family/windows-2022", "disk_size_gb": 50}
WINDOWS_STEPS = [SetupStep(name="Git for Windows", manager="choco", packages=("git",))]
WINDOWS = {**PUBLISH, "windows-startup-script-ps1": startup.powershell(WINDOWS_STEPS)}


@pytest.fixture
def engine() -> Iterator[Engine]:
    with running() as engine:
        yield engine


@pytest.fixture
def slow() -> Iterator[Engine]:
    """An hour of latency: RUNNING after 3 h, booted after 4, a step each hour from then on."""
    with running(latency=3600) as engine:
        yield engine


def states(engine: Engine) -> dict[str, str]:
    steps = (json.loads(value) for key, value in sorted(engine.attributes().items()) if key.startswith("step-"))
    return {step["name"]: step["state"] for step in steps}


def test_the_script_that_ships_tells_of_each_step_and_its_end(engine: Engine) -> None:
    engine.insert(metadata=LINUX)
    assert states(engine) == {"system packages": "done", "redis": "done"}
    assert engine.attributes()["setup"] == "done"
    assert engine.attributes("vmc/setup") == {"setup": "done"}


def test_a_script_without_steps_tells_of_its_end(engine: Engine) -> None:
    engine.insert(metadata={**PUBLISH, "startup-script": startup.bash([])})
    assert engine.attributes() == {"setup": "done"}


def test_steps_are_told_while_they_run(slow: Engine) -> None:
    slow.insert(metadata=LINUX)
    slow.move(3.5 * 3600)
    assert slow.get().status == "RUNNING"
    with pytest.raises(exceptions.NotFound, match="'vmc/' of type 'Guest Attribute' was not found"):
        slow.attributes()
    slow.move(3600)
    assert states(slow) == {"system packages": "running"}
    slow.move(3600)
    assert states(slow) == {"system packages": "done", "redis": "running"}
    assert "setup" not in slow.attributes()


def test_a_step_that_fails_is_told_with_its_log_and_the_later_ones_run(engine: Engine) -> None:
    engine.fault("guest.step", where={"name": "system*", "instance": "vm-1"}, detail={"log": "E: no such package"})
    engine.insert(metadata=LINUX)
    assert states(engine) == {"system packages": "failed", "redis": "done"}
    assert engine.attributes()["setup"] == "failed"
    assert engine.attributes()["log"] == "E: no such package"


def test_a_guest_that_never_boots_tells_nothing(engine: Engine) -> None:
    engine.fault("guest.boot", drop=True)
    engine.insert(metadata=LINUX)
    assert engine.get().status == "RUNNING"
    with pytest.raises(exceptions.NotFound):
        engine.attributes()
    with pytest.raises(exceptions.NotFound):
        engine.attributes("hostkeys/")


def test_the_script_does_its_work_once_per_disk(engine: Engine) -> None:
    engine.insert(metadata=LINUX)
    before = engine.attributes()
    engine.fault("guest.step", times=None)
    engine.act("stop")
    engine.act("start")
    assert engine.attributes() == before


def test_a_script_that_lost_power_begins_again(slow: Engine) -> None:
    slow.insert(metadata=LINUX)
    slow.move(4.5 * 3600)
    slow.act("stop")
    slow.move(24 * 3600)
    assert states(slow) == {"system packages": "running"}
    slow.act("start")
    slow.move(24 * 3600)
    assert slow.attributes()["setup"] == "done"


def test_what_a_guest_was_doing_when_it_lost_power_is_not_done_later(slow: Engine) -> None:
    slow.fault("guest.step", delay=100 * 3600)
    slow.insert(metadata=LINUX)
    slow.move(5 * 3600)
    slow.act("stop")
    slow.move(3 * 3600)
    slow.act("start")
    slow.move(24 * 3600)
    before = slow.attributes()
    assert before["setup"] == "done"
    slow.move(200 * 3600)
    assert slow.attributes() == before


def test_nothing_is_published_unless_metadata_allows_it(engine: Engine) -> None:
    engine.insert(metadata={"startup-script": LINUX["startup-script"]})
    with pytest.raises(exceptions.NotFound):
        engine.attributes()


def test_the_host_key_is_an_ed25519_public_key(engine: Engine) -> None:
    engine.insert(metadata=PUBLISH)
    key = engine.attributes("hostkeys/")["ssh-ed25519"]
    serialization.load_ssh_public_key(f"ssh-ed25519 {key}".encode())


def test_a_serial_port_goes_on_where_one_stopped_reading(engine: Engine) -> None:
    engine.insert(metadata=LINUX)
    first = engine.serial(1)
    assert "redis: done" in first.contents
    assert engine.serial(1, first.next_).contents == ""
    engine.act("stop")
    engine.act("start")
    assert engine.serial(1, first.next_).contents.endswith("booted\n")


def test_windows_runs_its_own_script(engine: Engine) -> None:
    engine.insert(metadata={**WINDOWS, "startup-script": LINUX["startup-script"]}, disk=WINDOWS_IMAGE)
    assert states(engine) == {"Git for Windows": "done"}
    assert engine.attributes()["setup"] == "done"


class Account:
    """Somebody who asks Windows for a password."""

    def __init__(self, hash_function: str = "", **fields: Any) -> None:
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = self.private.public_key().public_numbers()
        self.algorithm = hashes.SHA256() if hash_function == "sha256" else hashes.SHA1()
        self.key = {
            "userName": "ann",
            "modulus": base64.b64encode(numbers.n.to_bytes(256, "big")).decode(),
            "exponent": base64.b64encode(numbers.e.to_bytes(3, "big")).decode(),
            "expireOn": (datetime.now(UTC) + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            **({"hashFunction": hash_function} if hash_function else {}),
            **fields,
        }

    def ask(self, engine: Engine) -> None:
        """Append the key to the metadata, as Google's protocol says."""
        metadata = engine.get().metadata
        items = {item.key: item.value for item in metadata.items}
        items["windows-keys"] = "\n".join([*items.get("windows-keys", "").splitlines(), json.dumps(self.key)])
        fresh = compute_v1.Metadata(
            fingerprint=metadata.fingerprint,
            items=[compute_v1.Items(key=key, value=value) for key, value in items.items()],
        )
        engine.act("set_metadata", metadata_resource=fresh)

    def password(self, engine: Engine) -> str:
        """The decrypted answer on serial port 4."""
        lines = [json.loads(line) for line in engine.serial(4).contents.splitlines()]
        (answer,) = (line for line in lines if line.get("modulus") == self.key["modulus"])
        oaep = padding.OAEP(mgf=padding.MGF1(self.algorithm), algorithm=self.algorithm, label=None)
        return self.private.decrypt(base64.b64decode(answer["encryptedPassword"]), oaep).decode()


@pytest.mark.parametrize("hash_function", ["", "sha256"])
def test_a_windows_password_comes_encrypted_for_its_key_alone(engine: Engine, hash_function: str) -> None:
    engine.insert(metadata=WINDOWS, disk=WINDOWS_IMAGE)
    assert json.loads(engine.serial(4).contents)["ready"] is True
    account = Account(hash_function)
    account.ask(engine)
    password = account.password(engine)
    assert len(password) >= 15
    assert engine.http.get("/_guest/vm-1").json()["passwords"] == {"ann": password}
    assert password not in engine.serial(4).contents


def test_each_windows_key_is_answered_once_and_an_expired_one_never(engine: Engine) -> None:
    engine.insert(metadata=WINDOWS, disk=WINDOWS_IMAGE)
    first, second = Account(), Account()
    Account(expireOn="2020-01-01T00:00:00Z").ask(engine)
    first.ask(engine)
    answered = first.password(engine)
    second.ask(engine)
    assert first.password(engine) == answered
    assert second.password(engine) != answered
    assert len(engine.serial(4).contents.splitlines()) == 3


def test_a_windows_key_waits_for_the_boot(slow: Engine) -> None:
    slow.insert(metadata=WINDOWS, disk=WINDOWS_IMAGE)
    slow.move(3.5 * 3600)
    account = Account(expireOn="2999-01-01T00:00:00Z")
    account.ask(slow)
    slow.move(0.6 * 3600)
    assert len(slow.serial(4).contents.splitlines()) == 1
    slow.move(2 * 3600)
    assert account.password(slow)

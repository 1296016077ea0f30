"""Google's own Firestore and Pub/Sub emulators, run from the gcloud CLI's components where these are installed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.server import free_port

START_WITHIN = 60.0  # seconds; the JVM needs 3 to 8 on two busy cores


class NotInstalled(Exception):
    """Google's emulator cannot run here; the message says what is missing and how to install it."""


def on_both_sides(metafunc: pytest.Metafunc, fixture: str, differences: dict[str, str]) -> None:
    """Run each test of a module with `fixture` once as "ours" and once as "google". `differences` (test name → why)
    says which must fail against Google's: one that passes there is a difference that disappeared, and fails."""
    why = differences.get(metafunc.function.__name__)
    marks = [pytest.mark.xfail(strict=True, reason=why)] if why else []
    metafunc.parametrize(fixture, ["ours", pytest.param("google", marks=marks)], indirect=True, scope="module")


@contextmanager
def google_firestore() -> Iterator[str]:
    """Run Google's Firestore emulator; gives host:port for FIRESTORE_EMULATOR_HOST. Raises NotInstalled."""
    launcher = _launcher("cloud-firestore-emulator", "cloud_firestore_emulator")
    with _running([launcher, "start"]) as address:
        yield address


@contextmanager
def google_pubsub() -> Iterator[str]:
    """Run Google's Pub/Sub emulator; gives host:port (gRPC and REST alike). Raises NotInstalled."""
    launcher = _launcher("pubsub-emulator", "bin/cloud-pubsub-emulator")
    with _running([launcher]) as address:
        yield address


def _launcher(component: str, script: str) -> str:
    """The component's own start script, which gcloud's `beta emulators` commands also run."""
    gcloud = shutil.which("gcloud")
    if gcloud is None:
        raise NotInstalled(f"Google's {component} did not run: the gcloud CLI is not on PATH")
    if shutil.which("java") is None:
        raise NotInstalled(f"Google's {component} did not run: Java is not on PATH")
    asked = subprocess.run(
        [gcloud, "info", "--format=value(installation.sdk_root)"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "CLOUDSDK_CORE_DISABLE_PROMPTS": "1"},
    )
    launcher = Path(asked.stdout.strip(), "platform", component, script)
    if not asked.stdout.strip() or not launcher.exists():
        raise NotInstalled(f"Google's {component} did not run: try `gcloud components install {component}`")
    return str(launcher)


@contextmanager
def _running(command: list[str]) -> Iterator[str]:
    """Run `COMMAND --host --port` in a process group and a folder of its own until it answers; end the group."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="google-emulator-") as folder:
        log = Path(folder, "log")
        with log.open("w") as output:
            process = subprocess.Popen(
                [*command, "--host=127.0.0.1", f"--port={port}"],
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            _wait_until_listening(process, port, log)
            yield f"127.0.0.1:{port}"
        finally:
            _end(process)


def _wait_until_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"the emulator did not start:\n{log.read_text()[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the whole process group: the launcher is a shell, and the JVM may outlive it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            process.poll()
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                return
            time.sleep(0.05)
    raise RuntimeError(f"process group {process.pid} would not end")

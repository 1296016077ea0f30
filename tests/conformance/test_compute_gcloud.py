"""The gcloud CLI drives the emulated Compute Engine unchanged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conformance.compute_engine import ZONE, running

Gcloud = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def gcloud(tmp_path: Path) -> Iterator[Gcloud]:
    """Runs `gcloud compute …` against the emulator, with a configuration folder of its own."""
    program = shutil.which("gcloud")
    if program is None:
        pytest.skip("the gcloud CLI is not installed: this case did not run")
    with running() as engine:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "CLOUDSDK_CONFIG": str(tmp_path / "gcloud"),
            "CLOUDSDK_CORE_PROJECT": "demo",
            "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
            "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "1",
            "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
            "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "1",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE": f"{engine.url}/compute/v1/",
        }

        def run(*words: str) -> subprocess.CompletedProcess[str]:
            command = [program, "compute", *words, "--format=json"]
            return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

        yield run


def test_gcloud_creates_lists_describes_and_deletes_an_instance(gcloud: Gcloud) -> None:
    image = ["--image-family=ubuntu-2404-lts-amd64", "--image-project=ubuntu-os-cloud"]
    create = ["instances", "create", "vm-1", f"--zone={ZONE}", "--machine-type=e2-standard-2", *image]
    created = gcloud(*create, "--labels=owner=ann")
    assert created.returncode == 0, created.stderr
    assert json.loads(created.stdout)[0]["status"] == "RUNNING"

    again = gcloud(*create)
    assert again.returncode != 0
    assert f"The resource 'projects/demo/zones/{ZONE}/instances/vm-1' already exists" in again.stderr

    listed = gcloud("instances", "list", "--filter=labels.owner=ann")
    assert [one["name"] for one in json.loads(listed.stdout)] == ["vm-1"]
    described = gcloud("instances", "describe", "vm-1", f"--zone={ZONE}")
    assert json.loads(described.stdout)["labels"] == {"owner": "ann"}

    deleted = gcloud("instances", "delete", "vm-1", f"--zone={ZONE}")
    assert deleted.returncode == 0, deleted.stderr
    assert json.loads(gcloud("instances", "list").stdout) == []

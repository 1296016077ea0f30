"""The module of one VM, as a build runs it: against the emulated cloud, by the machine's own terraform where there is
one, and by its stand-in."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud.devtools.cloudbuild_v1 import Build, CloudBuildClient

from local.compute import make_app as compute_app
from local.server import in_thread
from shared.domain.machine import FirewallRule, Order
from shared.google import compute_resources
from shared.google.compute import ComputeEngine
from shared.services.engines import source
from tests.integration.emulated_builds import (
    LOCATION,
    LOGS_BUCKET,
    PROJECT,
    SOURCE_BUCKET,
    STATE_BUCKET,
    Builds,
    emulated_builds,
    zipped,
)
from tests.integration.emulated_compute import MACHINE as PLAIN
from tests.integration.emulated_compute import ZONE
from tests.integration.google_account import google_account
from tests.terraform import stand_in_resources
from tests.terraform.conftest import MODULE, terraform

__all__ = ["google_account"]

PREFIX = "vms/test/k2345"
LOCK = f"{PREFIX}/default.tflock"
MACHINE = replace(
    PLAIN,
    spot=True,
    metadata={**PLAIN.metadata, "block-project-ssh-keys": "TRUE", "startup-script": "#!/bin/bash\n"},
)
RULE = FirewallRule("vmc-test-k2345-access", "vmc-test-k2345", ("203.0.113.7/32",), (22, 443), "vmc-id=k2345 vmc-end=1")
VALUES = source.variables(Order("k2345", MACHINE, RULE), PROJECT, "default", instance=False, firewall=False)
PATHS = (
    f"zones/{ZONE}/instances/{MACHINE.name}",
    f"zones/{ZONE}/disks/{MACHINE.name}",
    f"global/firewalls/{RULE.name}",
)
# What no two machines have in common, and what Compute makes up as it goes.
OWN = {"id", "creationTimestamp", "lastStartTimestamp", "lastAttachTimestamp", "fingerprint", "networkIP", "natIP"}


class Cloud:
    """An emulated cloud and one VM's builds in it."""

    def __init__(self, compute_url: str, builds: Builds) -> None:
        self.compute_url, self.builds = compute_url, builds
        self.client = CloudBuildClient(
            credentials=AnonymousCredentials(), transport="rest", client_options={"api_endpoint": builds.url}
        )

    def run(self, what: str, **changed: Any) -> Build:
        """The build that `run.sh what` is, at its end."""
        files = {path.name: path.read_text() for path in MODULE.iterdir() if path.suffix in (".tf", ".sh")}
        files["terraform.tfvars.json"] = json.dumps(VALUES | changed)
        step = {
            "name": "hashicorp/terraform@sha256:" + "0" * 64,
            "entrypoint": "sh",
            "args": ["run.sh", what],
            "env": [f"STATE_BUCKET={STATE_BUCKET}", f"STATE_PREFIX={PREFIX}"],
        }
        build = {
            "source": {"storage_source": self.builds.put(SOURCE_BUCKET, "one.zip", zipped(files))},
            "steps": [step],
            "logs_bucket": f"gs://{LOGS_BUCKET}",
        }
        parent = f"projects/{PROJECT}/locations/{LOCATION}"
        begun = self.client.create_build(request={"parent": parent, "build": build}).metadata.build.id
        self.builds.settle()
        return self.client.get_build(request={"name": f"{parent}/builds/{begun}"})

    def log(self, build: Build) -> str:
        return self.builds.log(build.id)

    def resource(self, path: str, project: str = PROJECT) -> dict[str, Any]:
        where = f"{self.compute_url}/compute/v1/projects/{project}/{path}"
        found: dict[str, Any] = httpx.get(where).raise_for_status().json()
        return found

    def counts(self) -> dict[str, int]:
        state = httpx.get(f"{self.compute_url}/_state").json()
        return {kind: len(state[kind]) for kind in ("instances", "disks", "firewalls")}

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.builds.read(STATE_BUCKET, f"{PREFIX}/default.tfstate"))
        return found


@pytest.fixture
def cloud(command: str | None) -> Iterator[Cloud]:
    with in_thread(compute_app(latency=0)) as url, emulated_builds(url, command) as builds:
        yield Cloud(url, builds)


def comparable(resource: Any) -> Any:
    """A resource without what is its own, its project's name and the order of its metadata."""
    if isinstance(resource, dict):
        kept = {key: comparable(value) for key, value in resource.items() if key not in OWN}
        if "items" in kept and kept.get("kind") == "compute#metadata":
            kept["items"] = sorted(kept["items"], key=lambda item: item["key"])
        return kept
    if isinstance(resource, list):
        return [comparable(each) for each in resource]
    return resource.replace("projects/direct/", f"projects/{PROJECT}/") if isinstance(resource, str) else resource


def make_directly(cloud: Cloud) -> None:
    """The same machine and rule by the other engine's calls, in a project of their own."""
    compute = ComputeEngine("direct", "test", "default", 20, cloud.compute_url)
    compute.insert(MACHINE, str(uuid4()))
    compute.open_firewall(RULE, str(uuid4()))


def test_a_machine_is_made_as_the_api_makes_it_changes_nothing_later_and_is_destroyed(cloud: Cloud) -> None:
    made = cloud.run("apply")
    assert made.status == Build.Status.SUCCESS, cloud.log(made)
    outputs = {name: each["value"] for name, each in json.loads(made.results.build_step_outputs[0]).items()}
    instance = cloud.resource(f"zones/{ZONE}/instances/{MACHINE.name}")
    assert outputs == {
        "instance_id": instance["id"],
        "instance_name": MACHINE.name,
        "zone": ZONE,
        "external_ip": instance["networkInterfaces"][0]["accessConfigs"][0]["natIP"],
        "firewall_id": f"projects/{PROJECT}/global/firewalls/{RULE.name}",
        "termination_time": VALUES["termination_time"],
    }

    make_directly(cloud)
    for path in PATHS:
        assert comparable(cloud.resource(path)) == comparable(cloud.resource(path, "direct"))

    mine = ComputeEngine(PROJECT, "test", "default", 20, cloud.compute_url)
    found = mine.instance(ZONE, MACHINE.name)
    assert found is not None
    mine.label(found, {**found.labels, "vmc-end": "2"})
    mine.describe_firewall(RULE.name, "vmc-id=k2345 vmc-end=2")
    mine.resize_disk(ZONE, MACHINE.name, 40, str(uuid4()))
    before = comparable(cloud.resource(f"zones/{ZONE}/instances/{MACHINE.name}"))
    again = cloud.run("apply")
    assert "No changes. Your infrastructure matches the configuration." in cloud.log(again)
    assert comparable(cloud.resource(f"zones/{ZONE}/instances/{MACHINE.name}")) == before

    other = cloud.run("apply", name="django-001-b")
    assert (other.status, other.steps[0].exit_code) == (Build.Status.FAILURE, 12)
    assert "nothing was changed" in cloud.log(other)
    assert cloud.resource(f"zones/{ZONE}/instances/{MACHINE.name}")["id"] == instance["id"]

    mine.delete(ZONE, MACHINE.name, str(uuid4()))  # as its switch may have, before the build comes to it
    assert cloud.run("destroy").status == Build.Status.SUCCESS
    assert cloud.counts() == {"instances": 1, "disks": 1, "firewalls": 1}  # those of the other project
    assert cloud.state()["resources"] == []
    assert cloud.builds.names(STATE_BUCKET) == [f"{PREFIX}/default.tfstate"]


def test_a_machine_made_by_a_build_that_was_killed_is_adopted_never_made_twice(cloud: Cloud) -> None:
    cloud.builds.fault(method="build.kill", where={"call": "POST */instances"})
    killed = cloud.run("apply")
    assert (killed.status, killed.steps[0].exit_code) == (Build.Status.FAILURE, 137)
    assert cloud.state()["resources"] == []
    there = cloud.counts()
    assert (there["instances"], there["disks"]) == (1, 1)

    locked = cloud.run("apply")
    assert (locked.status, locked.steps[0].exit_code) == (Build.Status.FAILURE, 14)
    assert cloud.counts() == there

    lock = f"{cloud.builds.storage}/storage/v1/b/{STATE_BUCKET}/o/{LOCK.replace('/', '%2F')}"
    generation = httpx.get(lock).json()["generation"]
    httpx.delete(lock, params={"ifGenerationMatch": generation}).raise_for_status()
    adopted = cloud.run("apply", adopt={"instance": True, "firewall": there["firewalls"] == 1})
    assert adopted.status == Build.Status.SUCCESS, cloud.log(adopted)
    assert cloud.counts() == {"instances": 1, "disks": 1, "firewalls": 1}
    assert cloud.run("destroy").status == Build.Status.SUCCESS
    assert cloud.counts() == {"instances": 0, "disks": 0, "firewalls": 0}


def test_all_that_make_machines_know_the_same_series() -> None:
    """Those with GPUs of their own, and those on Arm."""
    locals_ = (MODULE / "main.tf").read_text()
    for name, here, stand_in in (
        ("gpu_built_in", compute_resources._GPU_BUILT_IN, stand_in_resources.GPU_BUILT_IN),
        ("arm", compute_resources._ARM, stand_in_resources.ARM),
    ):
        (written,) = re.findall(rf"^  {name}\s+= contains\((\[[^\]]*\])", locals_, re.MULTILINE)
        assert set(json.loads(written)) == here == set(stand_in)


@pytest.mark.parametrize(
    ("arguments", "left_out", "says"),
    [
        ([], "", "usage"),
        (["refresh"], "", "there is no 'refresh'"),
        (["apply"], "STATE_BUCKET", "STATE_BUCKET is not set"),
        (["destroy"], "STATE_PREFIX", "STATE_PREFIX is not set"),
        (["apply"], "BUILDER_OUTPUT", "BUILDER_OUTPUT is not set"),
    ],
)
def test_a_step_that_is_called_wrongly_says_so(arguments: list[str], left_out: str, says: str, tmp_path: Path) -> None:
    settings = {"STATE_BUCKET": "b", "STATE_PREFIX": "p", "BUILDER_OUTPUT": str(tmp_path)}
    settings.pop(left_out, None)
    done = subprocess.run(
        ["sh", str(MODULE / "run.sh"), *arguments],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert says in done.stderr


def test_the_module_refuses_what_makes_no_sense(module_folder: Path) -> None:
    """Its own tests, which are beside it."""
    assert terraform(module_folder, "fmt", "-check", "-recursive").returncode == 0
    done = terraform(module_folder, "test")
    assert done.returncode == 0, done.stdout
    assert "4 passed, 0 failed" in done.stdout

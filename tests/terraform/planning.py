"""A copy of the deployment's modules that Terraform can work in, and what it plans there: without an account, a network
or anything that is there already."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from infra.stage import FUNCTIONS
from tests.terraform.installed import need_terraform

ROOT = Path(__file__).resolve().parents[2]
# What the modules read beside themselves.
READ = (
    "infra/terraform",
    "infra/routes.json",
    "infra/page_headers.json",
    "infra/look_rates.json",
    "shared/catalog/data/regions.json",
    "cloudbuild.apply.yaml",
)
ZEROS = "0" * 64
SECRETS = {"OPENAI_API_KEY": "sk-that-nobody-has", "HOOK_KEY": "a key that nobody has, longer than 32 characters"}
ANSWERS: dict[str, Any] = {
    "project_id": "vmc-platform",
    "project_number": "111111111111",
    "vm_project_id": "vmc-machines",
    "vm_project_number": "222222222222",
    "region": "europe-west2",
    "domain": "vms.example.com",
    "admin_email": "admin@example.com",
    "artifact_bucket": "vmc-platform-artifacts",
    "state_bucket": "vmc-platform-state",
    "adopt": [],
    "billing_account": "012345-6789AB-CDEF01",
    "migrate_image": f"europe-west2-docker.pkg.dev/vmc-platform/vmc-prod/jobs@sha256:{ZEROS}",
    "builders": {
        "terraform": f"docker.io/hashicorp/terraform@sha256:{ZEROS}",
        "gcloud": f"gcr.io/google.com/cloudsdktool/google-cloud-cli@sha256:{ZEROS}",
    },
    "engine": "terraform",
    "functions": {name: {"object": f"functions/{name}-{ZEROS}.zip", "sha256": ZEROS} for name in FUNCTIONS},
    "approvers": ["user:admin@example.com"],
    "repository": {"owner": "example", "name": "vm-creator"},
    "secret_versions": dict.fromkeys(SECRETS, 1),
    "smtp": {"host": "smtp.example.com", "from": "vms@example.com"},
}
NO_NETWORK = "http://127.0.0.1:9"  # the discard port, where nobody listens


class Workspace:
    """`infra/terraform` in a folder of its own, its state beside it instead of in a bucket."""

    def __init__(self, folder: Path) -> None:
        for path in READ:
            source, target = ROOT / path, folder / path
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
            elif source.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
        self.folder = folder / "infra" / "terraform"
        (self.folder / "local_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')

    def terraform(self, *words: str) -> str:
        """What it prints; an AssertionError with its last words where it fails."""
        done = _run(self.folder, *words)
        assert done.returncode == 0, f"terraform {' '.join(words)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def plan(self, answers: Mapping[str, Any]) -> Plan:
        values = self.folder / "answers.tfvars.json"
        values.write_text(json.dumps({**answers, "secret_values": SECRETS}))
        self.terraform("plan", "-input=false", "-out=tfplan", f"-var-file={values}")
        return Plan(self.terraform("show", "-json", "tfplan"))


def workspace(folder: Path) -> Workspace:
    """One that Terraform has been started in; the test is skipped, with what to do, where that cannot be."""
    need_terraform()
    made = Workspace(folder)
    made.terraform("init", "-input=false")
    return made


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
    environment |= {
        "CHECKPOINT_DISABLE": "1",
        "TF_IN_AUTOMATION": "1",
        "GOOGLE_OAUTH_ACCESS_TOKEN": "made-up",
        "HTTPS_PROXY": NO_NETWORK,
        "HTTP_PROXY": NO_NETWORK,
    }
    command = ["terraform", *words, "-no-color"]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )


@dataclass(frozen=True)
class Resource:
    """`values`: what is known before anything is made. `unknown`: what is not, true where a value will be."""

    address: str
    type: str
    name: str
    index: str | int | None
    values: Mapping[str, Any]
    unknown: Mapping[str, Any]

    def block(self, name: str) -> Mapping[str, Any]:
        """The one block of that name."""
        (only,) = self.values[name]
        return only


class Plan:
    """`document`: what `terraform show -json` says of it."""

    def __init__(self, document: str) -> None:
        self.document = document

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        return tuple(self._read())

    def all(self, kind: str) -> list[Resource]:
        """Those of a type, without its `google_`."""
        return [each for each in self.resources if each.type == f"google_{kind}"]

    def one(self, kind: str, name: str, index: str | int | None = None) -> Resource:
        (only,) = [each for each in self.all(kind) if (each.name, each.index) == (name, index)]
        return only

    def environment(self, name: str) -> Mapping[str, str]:
        """The variables that a function, or the migration, is given."""
        if name == "migrate":
            (template,) = self.one("cloud_run_v2_job", "migrate").block("template")["template"]
            return {each["name"]: each["value"] for each in template["containers"][0]["env"]}
        service = self.one("cloudfunctions2_function", "function", name).block("service_config")
        given: Mapping[str, str] = service["environment_variables"]
        return given

    def references(self, address: str) -> set[str]:
        """What the configuration of a resource (without its index) speaks of."""
        found: set[str] = set()

        def walk(node: Any) -> None:
            if isinstance(node, dict):
                found.update(node.get("references", ()))
                node = list(node.values())
            if isinstance(node, list):
                for each in node:
                    walk(each)

        for each in json.loads(self.document)["configuration"]["root_module"]["resources"]:
            if each["address"] == address:
                walk(each["expressions"])
        return found

    def _read(self) -> Iterator[Resource]:
        for change in json.loads(self.document)["resource_changes"]:
            assert change["change"]["actions"] == ["create"], change["address"]
            yield Resource(
                change["address"],
                change["type"],
                change["name"],
                change.get("index"),
                change["change"]["after"],
                change["change"]["after_unknown"],
            )

"""The first build of a release, run by the emulated Cloud Build: its test step (another in its place), and stage, page
and plan as they are. What needs Docker, gcloud and Google does not run here."""

from __future__ import annotations

import io
import json
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from infra.deploy.costs import idle_month
from infra.deploy.handover import ARCHIVE, pack
from infra.deploy.releasing import substitutions
from infra.deploy.settings import Settings
from infra.stage import FUNCTIONS
from tests.integration.deployed import BUILDERS, TOLD
from tests.integration.emulated_builds import LOCATION, LOGS_BUCKET, PROJECT, SOURCE_BUCKET, STATE_BUCKET, Builds
from tests.integration.emulated_builds import emulated_builds as emulated
from tests.terraform.installed import need_terraform
from tests.terraform.planning import READ

ROOT = Path(__file__).resolve().parents[2]
SOURCE = (".ci", "Makefile", "cloudbuild.yaml", "cloudbuild.apply.yaml", "functions", "shared", "infra", "frontend")
SOURCE += ("requirements.lock", "requirements-dev.lock")
NOT_SOURCE = frozenset({"node_modules", "dist", "__pycache__", ".terraform"})
RUN = ("test", "stage", "page", "plan")
DIGEST = "sha256:" + "0" * 64
ANSWERS = {
    "project_id": "my-vms",
    "project_number": "111111111111",
    "vm_project_id": "my-vms-machines",
    "vm_project_number": "222222222222",
    "domain": "vms.example.com",
    "admin_email": "me@example.com",
    "artifact_bucket": "my-vms-vmc-prod-artifacts",
    "state_bucket": STATE_BUCKET,
    "adopt": [],
    "builders": BUILDERS,
}


@dataclass(frozen=True)
class Built:
    build: dict[str, Any]
    log: str
    workspace: Path

    def status(self, step: str) -> str:
        return str(next(each["status"] for each in self.build["steps"] if each["id"] == step))

    def plan(self) -> list[dict[str, Any]]:
        """The resources that it would make. Skips where Terraform is not here."""
        need_terraform()
        assert (self.workspace / "plan.json").exists(), self.log[-3000:]
        changes: list[dict[str, Any]] = json.loads((self.workspace / "plan.json").read_text())["resource_changes"]
        return [each for each in changes if each["change"]["actions"] == ["create"]]


def source() -> bytes:
    """This checkout, older than anything that is installed, with what the steps that do not run here would leave."""
    packed = io.BytesIO()

    def kept(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
        entry.mtime = 0
        return None if NOT_SOURCE & set(Path(entry.name).parts) else entry

    left = {"deploy": ANSWERS, "image.auto": {"migrate_image": f"us-docker.pkg.dev/my-vms/vmc-prod/jobs@{DIGEST}"}}
    with tarfile.open(fileobj=packed, mode="w:gz", compresslevel=1) as target:
        for name in SOURCE:
            target.add(ROOT / name, name, filter=kept)
        for name, content in left.items():
            text = json.dumps(content).encode()
            entry = tarfile.TarInfo(f".staged/{name}.tfvars.json")
            entry.size = len(text)
            target.addfile(entry, io.BytesIO(text))
    return packed.getvalue()


@pytest.fixture(scope="module")
def cloud() -> Iterator[Builds]:
    with emulated("http://127.0.0.1:9") as made:
        yield made


@pytest.fixture(scope="module")
def built(cloud: Builds, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The build at its end, and a copy of its workspace."""
    workspace = tmp_path_factory.mktemp("kept")
    build = yaml.safe_load((ROOT / "cloudbuild.yaml").read_text(encoding="utf-8"))
    build["steps"] = [step for step in build["steps"] if step["id"] in RUN]
    show = f"terraform -chdir=infra/terraform show -json tfplan > {workspace}/plan.json"
    copy = f"cp -r . {workspace}"
    build["steps"] += [{"name": "bash", "id": "keep", "entrypoint": "sh", "args": ["-euc", f"{copy}; {show}"]}]
    ready = Path(__file__).with_name("ready.mk")
    outputs = {"release_topic": "releases", "service_accounts": {"plan": "plan@my-vms.iam.gserviceaccount.com"}}
    build["substitutions"] = substitutions(Settings.told(TOLD), BUILDERS, outputs) | {
        "_STATE_BUCKET": STATE_BUCKET,
        "_TEST_TARGET": f"--file={ready} PREFIX={sys.prefix} MODULES={ROOT}/frontend/node_modules ready",
    }
    build["options"] |= {"logging": "GCS_ONLY", "substitutionOption": "ALLOW_LOOSE"}
    build["logsBucket"] = f"gs://{LOGS_BUCKET}"
    stored = cloud.put(SOURCE_BUCKET, "source.tgz", source())
    build["source"] = {"storageSource": {"bucket": stored["bucket"], "object": stored["object_"]}}
    parent = f"{cloud.url}/v1/projects/{PROJECT}/locations/{LOCATION}/builds"
    made = httpx.post(parent, json=build).raise_for_status().json()["metadata"]["build"]["id"]
    cloud.settle(seconds=300)
    return Built(httpx.get(f"{parent}/{made}").raise_for_status().json(), cloud.log(made), workspace)


def test_the_build_stages_every_function_and_builds_the_page(built: Built) -> None:
    assert [built.status(step) for step in ("test", "stage", "page")] == ["SUCCESS"] * 3, built.log[-3000:]


def test_the_plan_is_of_what_this_build_has_staged(built: Built) -> None:
    resources = built.plan()
    assert built.build["status"] == "SUCCESS", built.log[-3000:]
    staged = json.loads((built.workspace / ".staged" / "functions.auto.tfvars.json").read_text())["functions"]
    assert set(staged) == set(FUNCTIONS)
    planned = {
        each["index"]: each["change"]["after"]["build_config"][0]["source"][0]["storage_source"][0]["object"]
        for each in resources
        if each["type"] == "google_cloudfunctions2_function"
    }
    assert planned == {name: zip_["object"] for name, zip_ in staged.items()}
    words = (built.workspace / ".staged" / "plan.txt").read_text()
    assert f"Plan: {len(resources)} to add, 0 to change, 0 to destroy." in words


def test_what_is_handed_over_has_all_that_the_second_build_reads(built: Built) -> None:
    built.plan()
    release = pack(built.workspace)
    with tarfile.open(built.workspace / ARCHIVE) as archive:
        names = set(archive.getnames())
    assert len(release) == 64
    assert {
        "infra/terraform/tfplan",
        "infra/terraform/.terraform.lock.hcl",
        "infra/deploy/apply.sh",
        "infra/deploy/release.py",
        "infra/routes.json",
        "cloudbuild.apply.yaml",
        "frontend/dist/index.html",
        ".staged/image.auto.tfvars.json",
    } <= names
    assert set(READ) <= names, "Terraform reads it again when it applies"
    assert not [name for name in names if "/.terraform/" in name or name.endswith(".zip")]


def test_the_idle_month_is_that_of_what_is_planned(built: Built) -> None:
    resources = built.plan()
    quantities = {line.item: line.quantity for line in idle_month().lines}

    def values(kind: str) -> list[dict[str, Any]]:
        return [each["change"]["after"] for each in resources if each["type"] == f"google_{kind}"]

    (database,) = values("sql_database_instance")
    (settings,) = database["settings"]
    assert (settings["tier"], settings["availability_type"]) == ("db-custom-1-3840", "ZONAL")
    assert f"Cloud SQL: SSD, {settings['disk_size']} GiB to begin with" in quantities
    kept = settings["backup_configuration"][0]["backup_retention_settings"][0]["retained_backups"]
    assert f"Cloud SQL: {kept} backups of a small registry" in quantities
    policies = values("compute_security_policy")
    assert quantities["Cloud Armor: policies, of the API and of the page"] == len(policies)
    rules = sum(len(policy["rule"]) for policy in policies)
    assert quantities["Cloud Armor: rules, of both"] == rules
    keys = len(values("kms_crypto_key"))
    assert quantities[f"Cloud KMS: {keys} keys' versions, {keys} more with each rotation"] == keys
    assert len(values("compute_global_forwarding_rule")) <= 5
    assert len(values("cloud_scheduler_job")) <= 3
    always_on = [each["max_instance_count"] for each in _services(values("cloudfunctions2_function"))]
    assert all(count > 0 for count in always_on)
    assert not [each for each in _services(values("cloudfunctions2_function")) if each.get("min_instance_count")]
    assert idle_month().total < Decimal(200)


def _services(functions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each["service_config"][0] for each in functions]

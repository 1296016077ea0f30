"""The two builds of a release, read: their order, whose identity they have, and that nothing is left open."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.deploy.bootstrap import KEYS
from infra.deploy.destroying import PROTECTED
from infra.deploy.release import STEPS
from infra.deploy.releasing import substitutions
from infra.deploy.settings import Settings
from tests.integration.deployed import BUILDERS, TOLD

ROOT = Path(__file__).resolve().parents[2]
BUILT_IN = {"PROJECT_ID", "BUILD_ID"}


def build(name: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))
    return read


PLAN, APPLY, IMAGE = build("cloudbuild.yaml"), build("cloudbuild.apply.yaml"), build("infra/deploy/image.yaml")


def used(document: Any) -> set[str]:
    """Every substitution that a build names."""
    return set(re.findall(r"\$\{?([A-Z_][A-Z0-9_]*)\}?", yaml.safe_dump(document)))


def ids(document: dict[str, Any]) -> list[str]:
    return [step["id"] for step in document["steps"]]


def test_the_first_build_tests_packs_and_plans_and_the_second_applies_before_it_serves() -> None:
    assert ids(PLAN) == ["test", "stage", "page", "image", "push", "upload", "plan", "hand-over"]
    assert ids(APPLY) == ["fetch", "outputs", "hold", "migrate", "apply", "smoke", "shift", "verify"]
    assert [name for name in ids(APPLY) if name in STEPS] == list(STEPS)


@pytest.mark.parametrize("document", [PLAN, APPLY], ids=["plan", "apply"])
def test_every_image_is_a_substitution_that_make_deploy_pins(document: dict[str, Any]) -> None:
    pinned = {f"$_{name.upper()}_IMAGE" for name in BUILDERS}
    assert {step["name"] for step in document["steps"]} <= pinned


def test_a_release_gives_the_first_build_what_it_leaves_open_and_nothing_else() -> None:
    outputs = {"release_topic": "vmc-prod-releases", "service_accounts": {"plan": "plan@my-vms"}}
    given = set(substitutions(Settings.told(TOLD), BUILDERS, outputs))
    assert used(PLAN) - BUILT_IN - set(PLAN["substitutions"]) == given
    assert PLAN["serviceAccount"] == "projects/$PROJECT_ID/serviceAccounts/$_SERVICE_ACCOUNT"


def test_the_second_build_is_given_what_it_leaves_open_by_its_trigger() -> None:
    trigger = (ROOT / "infra" / "terraform" / "cloud_build.tf").read_text(encoding="utf-8")
    images = {f"_{name.upper()}_IMAGE" for name in BUILDERS}
    assert used(APPLY) - BUILT_IN - images == {"_ARTIFACT_BUCKET", "_STATE_BUCKET", "_REGION", "_RELEASE"}
    for name in used(APPLY) - BUILT_IN - images:
        assert re.search(rf"\b{name}\s+=", trigger), f"{name} is not given by the trigger"
    assert "approval_required = true" in trigger


def test_what_the_deployment_protects_is_what_its_destruction_lifts() -> None:
    protected, here = set(), ""
    for file in sorted((ROOT / "infra" / "terraform").glob("*.tf")):
        for line in file.read_text(encoding="utf-8").splitlines():
            here = line.split('"')[1] if line.startswith("resource ") else here
            if re.search(r"=.*\bvar\.deletion_protection\b", line):
                protected.add(here)
    assert protected == PROTECTED


def test_the_keys_that_are_adopted_are_all_that_the_deployment_makes() -> None:
    keys = (ROOT / "infra" / "terraform" / "keys.tf").read_text(encoding="utf-8")
    assert set(re.findall(r"^    (\w+)\s+= local\.agents\.", keys, re.MULTILINE)) == KEYS


def test_the_trigger_knows_every_field_of_the_second_build() -> None:
    assert {key for step in APPLY["steps"] for key in step} == {"id", "name", "entrypoint", "args"}
    assert set(APPLY) == {"steps", "timeout", "options"}


def test_what_is_applied_is_the_archive_that_was_approved_and_the_plan_in_it() -> None:
    steps = {step["id"]: step["args"] for step in APPLY["steps"]}
    assert 'echo "$_RELEASE  release.tar.gz" | sha256sum --check --strict' in steps["fetch"][-1]
    script = (ROOT / "infra" / "deploy" / "apply.sh").read_text()
    (apply,) = [line for line in script.splitlines() if " apply " in line and "terraform" in line]
    assert apply.split(";;")[0].split()[-1] == "tfplan", "it would plan anew"


def test_the_steps_in_googles_image_need_nothing_that_it_has_not() -> None:
    modules = {step["args"][1] for document in (PLAN, APPLY) for step in document["steps"] if step["args"][0] == "-m"}
    assert modules == {"infra.deploy.handover", "infra.deploy.release"}
    for module in modules:
        command = [sys.executable, "-S", "-c", f"import {module}"]
        done = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


def test_the_second_build_reads_the_outputs_before_and_after_it_applies(tmp_path: Path) -> None:
    (tmp_path / ".staged").mkdir()
    terraform = tmp_path / "terraform"
    terraform.write_text('#!/bin/sh\necho "$@" >> said\necho "$2"\n')
    terraform.chmod(0o755)
    for step in APPLY["steps"]:
        if step["name"] == "$_TERRAFORM_IMAGE":
            words = [str(ROOT / step["args"][0]), *step["args"][1:]]
            environment = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
            subprocess.run(["sh", *words], cwd=tmp_path, env=environment, check=True, capture_output=True)
            assert (tmp_path / ".staged" / "outputs.json").read_text() == "output\n"
            (tmp_path / ".staged" / "outputs.json").unlink()
    said = [line.split()[1] for line in (tmp_path / "said").read_text().splitlines()]
    assert said == ["init", "output", "apply", "output"]


def test_the_jobs_image_is_built_alike_by_a_deployment_and_by_a_release() -> None:
    (released,) = [step for step in PLAN["steps"] if step["id"] == "image"]
    (deployed,) = IMAGE["steps"]
    same = [word.replace("$_REPOSITORY/jobs:$BUILD_ID", "$_IMAGE") for word in released["args"]]
    assert [*same[:-1], "."] == deployed["args"], "apart from the folder, which is the whole source there"
    assert (released["name"], released["entrypoint"]) == (deployed["name"], deployed["entrypoint"])


def test_a_pull_request_may_read_and_nothing_else_and_runs_pinned_actions() -> None:
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    read = yaml.safe_load(workflow)
    assert read["permissions"] == {"contents": "read"}
    (job,) = read["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == ["make check", "make test"]
    for step in job["steps"]:
        if "uses" in step:
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"]), f"{step['uses']} can move"

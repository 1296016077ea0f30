"""GET /api/vms/{name}/terraform: a module that imports what runs, for its owner and administrators."""

from __future__ import annotations

import io
import os
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from shared.domain.vm import Actor
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.people import accounts, person
from tests.integration.test_account_functions import configured, load  # noqa: F401
from tests.integration.world import DJANGO, ENVIRONMENT, OWNER, World
from tests.terraform.conftest import module_folder  # noqa: F401

PATH = "/api/vms/django-001/terraform"


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, configured: None) -> Iterator[TestClient]:  # noqa: F811
    monkeypatch.setenv("ENVIRONMENT", ENVIRONMENT)
    with TestClient(load("status").app, base_url="https://vm.example.com") as made:
        yield made


def bearer(engine: Engine, actor: Actor) -> dict[str, str]:
    return {"Authorization": f"Bearer {accounts(engine).create_token(actor, 'test')['token']}"}


def test_it_is_for_its_owner_and_administrators_alone(client: TestClient, here: World, engine: Engine) -> None:
    here.approve(DJANGO)
    here.deliver()
    owner = client.get(PATH, headers=bearer(engine, Actor("user", OWNER, "203.0.113.7")))
    assert (owner.status_code, owner.headers["content-type"]) == (200, "application/zip")
    assert 'filename="django-001-terraform.zip"' in owner.headers["content-disposition"]
    assert client.get(PATH, headers=bearer(engine, person(engine, "root@example.com", "admin"))).status_code == 200
    for role in ("user", "auditor"):
        answer = client.get(PATH, headers=bearer(engine, person(engine, f"{role}@example.com", role)))
        assert (answer.status_code, answer.json()["code"]) == (404, "no_such_vm")
    assert client.get(PATH).status_code == 401


def test_no_key_that_the_platform_keeps_is_in_it(client: TestClient, here: World, engine: Engine) -> None:
    vm_id = here.approve(DJANGO)
    here.deliver()
    packed = client.get(PATH, headers=bearer(engine, Actor("user", OWNER, "203.0.113.7"))).content
    secret = here.secrets.read(f"vmc-{ENVIRONMENT}-{vm_id}-login")
    assert secret is not None
    with zipfile.ZipFile(io.BytesIO(packed)) as whole:
        assert not any(secret.splitlines()[1] in whole.read(name) for name in whole.namelist())


def test_the_real_terraform_imports_what_runs_and_finds_nothing_to_change(
    client: TestClient,
    here: World,
    engine: Engine,
    module_folder: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    here.approve(DJANGO)
    here.deliver()
    packed = client.get(PATH, headers=bearer(engine, Actor("user", OWNER, "203.0.113.7"))).content
    with zipfile.ZipFile(io.BytesIO(packed)) as whole:
        whole.extractall(tmp_path)
    there = {
        **os.environ,
        "CHECKPOINT_DISABLE": "1",
        "GOOGLE_OAUTH_ACCESS_TOKEN": "anybody's",
        "GOOGLE_COMPUTE_CUSTOM_ENDPOINT": f"{here.compute_url}/compute/v1/",
    }
    for command in (["init"], ["apply", "-auto-approve"]):
        ran = subprocess.run(
            ["terraform", *command, "-input=false", "-no-color"],
            cwd=tmp_path,
            env=there,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "Resources: 2 imported, 0 added, 0 changed, 0 destroyed." in ran.stdout

"""The deployment's Terraform on this machine, as make deploy and make destroy drive it, with its state in the emulated
Cloud Storage: a small module in the deployment's place, which needs no provider."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.deploy.programs import CommandFailed
from infra.deploy.terraform import NotInstalled, Terraform, program
from local.server import in_thread
from local.storage.api import make as storage_app

MODULE = """
terraform {
  backend "gcs" {}
}
variable "names" { type = set(string) }
variable "deletion_protection" { default = true }
resource "terraform_data" "thing" {
  for_each = var.names
  input    = var.deletion_protection
}
output "names" { value = [for name, thing in terraform_data.thing : "${name} ${thing.input}"] }
"""


@pytest.fixture
def storage() -> Iterator[str]:
    with in_thread(storage_app(None)) as url:
        httpx.post(f"{url}/storage/v1/b", json={"name": "state", "versioning": {"enabled": True}}).raise_for_status()
        yield url


def terraform(folder: Path, storage: str) -> Terraform:
    try:
        found = program()
    except NotInstalled as error:
        pytest.skip(f"not run: {error}")
    (folder / "main.tf").write_text(MODULE)
    answers = folder / "answers.tfvars.json"
    answers.write_text(json.dumps({"names": ["a", "b"]}))
    environment = {
        "CHECKPOINT_DISABLE": "1",
        "GOOGLE_OAUTH_ACCESS_TOKEN": "made-up",
        "GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT": f"{storage}/storage/v1/",
    }
    return Terraform(found, "state", (answers,), folder, environment)


def test_it_is_planned_applied_and_destroyed_and_says_what_there_is(
    tmp_path: Path, storage: str, capfd: pytest.CaptureFixture[str]
) -> None:
    here = terraform(tmp_path, storage)
    here.initialise()
    assert (here.outputs(), here.resources()) == ({}, []), "nothing is there yet, and that is no error"
    here.plan()
    assert "2 to add" in capfd.readouterr().out, "its own words are the progress"
    here.apply()
    assert here.outputs()["names"]["value"] == ["a true", "b true"]
    here.plan("-var=deletion_protection=false", f"-target={here.resources()[0]}")
    here.apply()
    assert here.outputs()["names"]["value"] == ["a false", "b true"]
    here.let_go("terraform_data.thing")
    assert here.resources() == [], "not every instance is let go"
    here.plan()
    here.apply()
    here.plan("-destroy")
    here.apply()
    assert here.resources() == []
    with pytest.raises(CommandFailed, match="it goes on from here"):
        here.plan("-var=unheard_of=1")

"""Whether this machine has Terraform and the google provider: what needs them is skipped, with what to do, without."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

VERSIONS = Path(__file__).resolve().parents[2] / "infra" / "terraform" / "vm" / "versions.tf"
HOW = "README, The Terraform engine, says how to get it"


def need_terraform() -> None:
    """Skip the test where Terraform and the provider are not here. What fails though they are is a failure."""
    if missing := _missing():
        pytest.skip(f"not run: {missing}; {HOW}")


@cache
def _missing() -> str | None:
    if shutil.which("terraform") is None:
        return "there is no terraform (1.11 or newer) on PATH"
    with TemporaryDirectory() as folder:
        version = json.loads(_run(folder, "version", "-json").stdout)["terraform_version"]
        if tuple(int(part) for part in version.split("-")[0].split(".")[:2]) < (1, 11):
            return f"the terraform on PATH is {version}, and 1.11 or newer is needed"
        shutil.copyfile(VERSIONS, Path(folder) / "versions.tf")
        begun = _run(folder, "init", "-input=false", "-backend=false", "-no-color")
        why = re.sub(r"\s+", " ", begun.stderr.rpartition("Error: ")[2])[:200]
        return f"terraform finds no hashicorp/google: {why}" if begun.returncode else None


def _run(folder: str, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1"}
    return subprocess.run(
        ["terraform", *words], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )

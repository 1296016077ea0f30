"""Which terraform a test of the VM's module runs: the machine's own, where it can be had, and always its stand-in."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.terraform.installed import need_terraform
from tests.terraform.stand_in import COMMAND

MODULE = Path(__file__).resolve().parents[2] / "infra" / "terraform" / "vm"


@pytest.fixture(scope="session")
def module_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the module that the machine's own terraform has been started in. Skips, with what to do, without."""
    need_terraform()
    folder = tmp_path_factory.mktemp("module") / "vm"
    shutil.copytree(MODULE, folder)
    begun = terraform(folder, "init", "-backend=false", "-input=false")
    assert begun.returncode == 0, begun.stderr[-3000:]
    return folder


@pytest.fixture(scope="module", params=["terraform", "stand-in"])
def command(request: pytest.FixtureRequest) -> str | None:
    """The command that stands for terraform; None for the machine's own."""
    if request.param == "stand-in":
        return COMMAND
    request.getfixturevalue("module_folder")
    return None


def terraform(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["terraform", *arguments, *(["-no-color"] if arguments[0] != "fmt" else [])],
        cwd=folder,
        env={**os.environ, "CHECKPOINT_DISABLE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

"""What is uploaded: the same source gives the same bytes, compiled for the functions' Python, nothing else in it."""

from __future__ import annotations

import hashlib
import json
import marshal
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra.stage import ROOT, stage_jobs

FUNCTION = "status"  # the one that has the description of the whole API in it


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same, staged twice: in other folders, by other processes, with other seeds of Python's hashes."""
    made, running = [], []
    for seed in ("1", "2"):
        folder = tmp_path_factory.mktemp("staged")
        command = [sys.executable, "-m", "infra.stage", str(folder), FUNCTION, "--zip"]
        running.append(
            subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, stderr=subprocess.PIPE, text=True
            )
        )
        made.append(folder)
    for each in running:
        said = each.communicate(timeout=120)[1]
        assert each.returncode == 0, said
    return made


def test_two_runs_give_the_same_bytes(folders: list[Path]) -> None:
    first, second = ({zip_.name: zip_.read_bytes() for zip_ in folder.glob("*.zip")} for folder in folders)
    assert len(first) == 1
    assert first == second


def test_a_zip_is_named_by_its_hash_and_the_manifest_names_it(folders: list[Path]) -> None:
    manifest = json.loads((folders[0] / "functions.auto.tfvars.json").read_text())["functions"]
    assert list(manifest) == [FUNCTION]
    told = manifest[FUNCTION]
    prefix, _, name = told["object"].partition("/")
    assert (prefix, name) == ("functions", f"{FUNCTION}-{told['sha256']}.zip")
    assert hashlib.sha256((folders[0] / name).read_bytes()).hexdigest() == told["sha256"]


def test_what_is_zipped_is_what_is_staged_and_compiled(folders: list[Path]) -> None:
    (path,) = folders[0].glob(f"{FUNCTION}-*.zip")
    staged = folders[0] / FUNCTION
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        assert {name: archive.read(name) for name in names} == {
            each.relative_to(staged).as_posix(): each.read_bytes() for each in staged.rglob("*") if each.is_file()
        }
        compiled = [name for name in names if name.endswith(".pyc")]
        assert len(compiled) == sum(name.endswith(".py") for name in names)
        code = marshal.loads(archive.read(next(name for name in compiled if "shared/__pycache__/config" in name))[16:])
    assert code.co_filename == "shared/config.py", "it names a folder of this machine"


def test_a_compiled_file_is_used_without_a_look_at_its_source(folders: list[Path]) -> None:
    copy = folders[1] / FUNCTION
    (copy / "shared" / "config.py").write_text("raise SystemExit('compiled again')")
    done = subprocess.run([sys.executable, "-c", "import shared.config"], cwd=copy, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_jobs_image_has_a_process_for_each_job(tmp_path: Path) -> None:
    folder = stage_jobs(tmp_path)
    processes = dict(line.split(": ", 1) for line in (folder / "Procfile").read_text().splitlines())
    assert processes["migrate"] == "python -m shared.migrate"
    assert (folder / "shared" / "migrate.py").exists()
    assert processes["smoke"] == "python smoke.py"
    assert (folder / "smoke.py").exists()
    runtime = re.search(r'runtime\s+= "python3(\d+)"', (ROOT / "infra" / "terraform" / "functions.tf").read_text())
    assert runtime
    assert (folder / ".python-version").read_text().strip() == f"3.{runtime[1]}", "another Python than the functions'"

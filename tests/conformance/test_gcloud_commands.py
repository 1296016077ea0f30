"""Every gcloud command line that a deployment, a release and a destruction give is one that gcloud itself takes: its
own parser reads them, without running any. What they do on Google Cloud has not been seen."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.deploy import checks, handover
from infra.deploy.destroying import Destruction, kept_settings
from infra.deploy.releasing import release
from infra.deploy.settings import Settings
from tests.integration.deployed import TOLD, deployment
from tests.integration.stand_in_google import StandIn

# Run by the SDK's own Python: reads command lines, answers with what its parser says against each.
READER = """
import contextlib, io, json, sys
sys.path[:0] = [sys.argv[1] + "/lib", sys.argv[1] + "/lib/third_party"]
from googlecloudsdk import gcloud_main
parser = gcloud_main.CreateCLI([]).top_element._parser
wrong = {}
for words in json.load(sys.stdin):
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            parser.parse_args(words)
    except SystemExit:
        wrong[" ".join(words)] = said.getvalue().strip().splitlines()[:1]
json.dump(wrong, sys.stdout)
"""


@pytest.fixture(scope="module")
def sdk() -> Path:
    found = shutil.which("gcloud")
    root = Path(found).resolve().parents[1] if found else Path("/nowhere")
    if not (root / "lib" / "googlecloudsdk").is_dir():
        pytest.skip("gcloud's command lines were not read by gcloud: the Google Cloud CLI is not installed")
    return root


def refused(sdk: Path, commands: list[list[str]], config: Path) -> dict[str, list[str]]:
    bundled = sdk / "platform" / "bundledpythonunix" / "bin" / "python3"
    python = str(bundled) if bundled.exists() else "python3"
    done = subprocess.run(
        [python, "-c", READER, str(sdk)],
        input=json.dumps(commands),
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "CLOUDSDK_CONFIG": str(config)},
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, list[str]] = json.loads(done.stdout)
    return answer


def commands(google: StandIn, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """All that is asked of gcloud from a first deployment to the end."""
    google.install(monkeypatch)
    checks.problems(Settings.told(TOLD), test_rights="http://127.0.0.1:9/{project}")
    deployment(folder).run()
    deployment(folder, "second").run()
    release(kept_settings("my-vms", "prod", folder), folder)
    google.state["machines"] = ["django-001 us-west1-a"]
    Destruction(kept_settings("my-vms", "prod", folder), folder, lambda _: None).run(delete_machines=True)
    handover.hand_over("my-vms", "bucket", "topic", "0" * 64)
    return [words[1:] for words in google.state["calls"] if words[0] == "gcloud"]


def written() -> list[list[str]]:
    """The command lines that docs/deploy.md tells people to give."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "deploy.md").read_text(encoding="utf-8")
    return [shlex.split(line)[1:] for line in page.splitlines() if line.startswith("gcloud ")]


def test_gcloud_takes_every_command_line(sdk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = commands(StandIn(tmp_path / "google"), tmp_path / "staged", monkeypatch)
    kinds = {" ".join(word for word in words[:4] if not word.startswith("-")) for words in given}
    assert len(kinds) > 30
    nonsense = ["run", "services", "update-traffic", "a", "--to-nowhere=1"]
    assert list(refused(sdk, [*given, *written(), nonsense], tmp_path / "cli")) == [" ".join(nonsense)]

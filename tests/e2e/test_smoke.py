"""The deployment's smoke test, put to a platform that works, and to parts of one that do not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from infra.deploy.smoke import ASKS, VARIABLE, failures, functions, site
from local.platform import Platform

SMOKE = Path(__file__).resolve().parents[2] / "infra" / "deploy" / "smoke.py"


def test_a_platform_that_works_passes_as_a_whole_and_function_by_function(platform: Platform) -> None:
    assert failures(site(platform.url), tries=1) == []
    told = {VARIABLE: " ".join(f"{name}={platform.address(name)}" for name in ASKS)}
    done = subprocess.run([sys.executable, "-S", SMOKE], env=told, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("ok ") == len(ASKS) + 1


def test_a_function_that_is_another_one_or_does_not_answer_is_named(platform: Platform) -> None:
    waited: list[float] = []
    swapped = {"admin": platform.address("status"), "status": "http://127.0.0.1:9"}
    failed = failures(functions(swapped), tries=2, pause=waited.append)
    assert [each.partition(":")[0] for each in failed] == [
        "admin knows nobody",
        "status knows nobody",
        "the database answers",
    ]
    assert len(waited) == len(failed), "each was tried again"

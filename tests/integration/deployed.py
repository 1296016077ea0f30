"""A deployment's inputs, as `make stage` and `make page` leave them, and one that runs against the stand-in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from infra.deploy.builders import IMAGES
from infra.deploy.checks import Numbers
from infra.deploy.deploying import Deployment
from infra.deploy.settings import Settings
from infra.deploy.smoke import Check
from tests.integration.stand_in_google import FUNCTIONS

TOLD = {
    "PROJECT": "my-vms",
    "VM_PROJECT": "my-vms-machines",
    "REGION": "us-west1",
    "DOMAIN": "vms.example.com",
    "ADMIN_EMAIL": "me@example.com",
}
NUMBERS = Numbers("123456789012", "210987654321")
BUILDERS = {name: f"registry.example/{name}@sha256:{'1' * 64}" for name in IMAGES}


def stage(folder: Path, source: str) -> None:
    """Zips, manifest, jobs and page made of this source."""
    (folder / "jobs").mkdir(parents=True, exist_ok=True)
    (folder / "jobs" / "Procfile").write_text(f"migrate: {source}")
    packed = {}
    for name in FUNCTIONS:
        digest = hashlib.sha256(f"{name} {source}".encode()).hexdigest()
        (folder / f"{name}-{digest}.zip").write_text(source)
        packed[name] = {"object": f"functions/{name}-{digest}.zip", "sha256": digest}
    (folder / "functions.auto.tfvars.json").write_text(json.dumps({"functions": packed}))
    built = folder / "dist"
    (built / "assets").mkdir(parents=True, exist_ok=True)
    (built / "index.html").write_text(source)
    (built / "robots.txt").write_text("")


def all_well(checks: Iterator[Check], tries: int) -> list[str]:
    return []


def deployment(folder: Path, source: str = "first", ask: object = all_well) -> Deployment:
    """Of this source, from the folder."""
    stage(folder, source)
    settings, built = Settings.told(TOLD), folder / "dist"
    return Deployment(settings, NUMBERS, {}, folder, built, lambda _: None, lambda: BUILDERS, ask)  # type: ignore[arg-type]

"""`make release`: this checkout, for the first of the two builds (cloudbuild.yaml) of a deployment that is there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.deploy import upload
from infra.deploy.gcloud import MINUTE, Gcloud
from infra.deploy.settings import Settings
from infra.deploy.terraform import Terraform, program

ROOT = Path(__file__).resolve().parents[2]


def release(settings: Settings, folder: Path) -> None:
    """Return once the first build has planned and asked for the approval. Raises CommandFailed."""
    terraform = Terraform(program(), settings.state_bucket, ())
    terraform.initialise()
    builders = json.loads((folder / upload.ANSWERS).read_text(encoding="utf-8"))["builders"]
    told = substitutions(settings, builders, {name: each["value"] for name, each in terraform.outputs().items()})
    Gcloud(settings.project).run(
        *("builds", "submit", str(ROOT), f"--config={ROOT / 'cloudbuild.yaml'}", f"--region={settings.region}"),
        f"--gcs-source-staging-dir=gs://{settings.artifact_bucket}/sources",
        f"--substitutions={','.join(f'{name}={value}' for name, value in told.items())}",
        patience=120 * MINUTE,
    )


def substitutions(settings: Settings, builders: Mapping[str, str], outputs: Mapping[str, Any]) -> dict[str, str]:
    """What cloudbuild.yaml leaves open."""
    return {f"_{name.upper()}_IMAGE": image for name, image in builders.items()} | {
        "_REPOSITORY": settings.repository,
        "_ARTIFACT_BUCKET": settings.artifact_bucket,
        "_STATE_BUCKET": settings.state_bucket,
        "_RELEASE_TOPIC": outputs["release_topic"],
        "_SERVICE_ACCOUNT": outputs["service_accounts"]["plan"],
    }

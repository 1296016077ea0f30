"""What a deployment is of, brought to Google: the functions' zips, the jobs' image, the answers for later releases."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from infra.archive import PREFIX, zipped
from infra.deploy.gcloud import MINUTE, Gcloud
from infra.deploy.settings import Settings

BUILD = Path(__file__).with_name("image.yaml")
CONFIG, ANSWERS = "config", "deploy.tfvars.json"
TAG_LENGTH = 32


def zips(gcloud: Gcloud, settings: Settings, staged: Path) -> None:
    """Each is named by its hash: what is there already is not sent again."""
    files = [str(path) for path in sorted(staged.glob("*.zip"))]
    gcloud.run("storage", "cp", "--no-clobber", *files, f"gs://{settings.artifact_bucket}/{PREFIX}/")


def answers(gcloud: Gcloud, settings: Settings, files: Iterable[Path]) -> None:
    """For the releases that Cloud Build plans, and for make destroy: the same answers, until make deploy gives
    others."""
    gcloud.run("storage", "cp", *map(str, files), f"gs://{settings.artifact_bucket}/{CONFIG}/")


def kept(gcloud: Gcloud, settings: Settings) -> dict[str, Any]:
    """The answers of the deployment that is there; empty where there is none."""
    bucket = f"gs://{settings.artifact_bucket}"
    answers_file = f"{bucket}/{CONFIG}/{ANSWERS}"
    if gcloud.find("storage", "buckets", "describe", bucket) is None:
        return {}
    if gcloud.find("storage", "objects", "describe", answers_file) is None:
        return {}
    read: dict[str, Any] = json.loads(gcloud.run("storage", "cat", answers_file))
    return read


def image(gcloud: Gcloud, settings: Settings, source: Path, builders: Mapping[str, str]) -> str:
    """The jobs' image by its digest, built only where there is none of this source yet. Raises CommandFailed."""
    tag = hashlib.sha256(zipped(source)).hexdigest()[:TAG_LENGTH]
    name = f"{settings.repository}/jobs:{tag}"
    found = gcloud.find("artifacts", "docker", "images", "describe", name)
    if found is None:
        images = f"_IMAGE={name},_PACK_IMAGE={builders['pack']},_BUILDPACK_IMAGE={builders['buildpack']}"
        gcloud.run(
            *("builds", "submit", str(source), f"--config={BUILD}", f"--region={settings.region}"),
            f"--gcs-source-staging-dir=gs://{settings.artifact_bucket}/sources",
            f"--service-account=projects/{settings.project}/serviceAccounts/{settings.image_account}",
            f"--substitutions={images}",
            patience=30 * MINUTE,
        )
        found = gcloud.read("artifacts", "docker", "images", "describe", name)
    return str(found["image_summary"]["fully_qualified_digest"])

"""The deployment's part in Cloud Storage, by gcloud itself, against the emulated one: buckets, answers, and the page
that is kept to be put back."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from infra.deploy import page, upload
from infra.deploy.bootstrap import make_bucket
from infra.deploy.gcloud import Gcloud
from infra.deploy.settings import Settings
from local.server import in_thread
from local.storage.api import make as storage_app
from tests.integration.deployed import TOLD

GCLOUD = Gcloud(TOLD["PROJECT"])
SETTINGS = Settings.told(TOLD)


@pytest.fixture
def storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if shutil.which("gcloud") is None:
        pytest.skip("gcloud has not driven the emulated Cloud Storage: the Google Cloud CLI is not installed")
    with in_thread(storage_app(None)) as url:
        monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "cli"))
        monkeypatch.setenv("CLOUDSDK_AUTH_DISABLE_CREDENTIALS", "1")
        monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE", f"{url}/storage/v1/")
        yield url


def test_what_a_deployment_leaves_is_found_by_the_next(storage: str, tmp_path: Path) -> None:
    make_bucket(GCLOUD, SETTINGS.artifact_bucket, SETTINGS.region)
    bucket = f"{storage}/storage/v1/b/{SETTINGS.artifact_bucket}"
    assert httpx.get(bucket).json()["versioning"] == {"enabled": True}
    answers = tmp_path / upload.ANSWERS
    answers.write_text('{"region": "us-west1"}')
    upload.answers(GCLOUD, SETTINGS, [answers])
    assert upload.kept(GCLOUD, SETTINGS) == {"region": "us-west1"}


def test_the_page_that_is_kept_can_be_shown_again(storage: str, tmp_path: Path) -> None:
    httpx.post(f"{storage}/storage/v1/b", json={"name": "page"}).raise_for_status()
    index, kept = tmp_path / "index.html", tmp_path / "kept.html"
    page.keep_index(GCLOUD, "page", kept)
    assert not kept.exists(), "there is none yet"
    index.write_text("the page that was")
    page.show(GCLOUD, "page", index)
    page.keep_index(GCLOUD, "page", kept)
    assert kept.read_text() == "the page that was"

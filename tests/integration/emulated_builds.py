"""The emulated Cloud Build with its Cloud Storage, beside a Compute Engine that is there already."""

from __future__ import annotations

import io
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from local.build.api import make as build_app
from local.server import in_thread
from local.storage.api import make as storage_app

PROJECT, LOCATION = "demo", "us-west1"
STATE_BUCKET, LOGS_BUCKET, SOURCE_BUCKET = "demo-state", "demo-build-logs", "demo-build-source"


@dataclass(frozen=True)
class Builds:
    """Where both listen, and what a test does with them."""

    url: str
    storage: str
    # No certificates, whose loading takes longer than a hundred calls.
    http: httpx.Client = field(
        default_factory=lambda: httpx.Client(verify=False, limits=httpx.Limits(keepalive_expiry=2))
    )

    def put(self, bucket: str, name: str, content: bytes) -> dict[str, str]:
        """An object; as a build's storageSource."""
        from google.auth.credentials import AnonymousCredentials
        from google.cloud.storage import Client

        client = Client(PROJECT, AnonymousCredentials(), client_options={"api_endpoint": self.storage})
        blob = client.bucket(bucket).blob(name)
        blob.upload_from_string(content, "application/octet-stream", retry=None)
        return {"bucket": bucket, "object_": name, "generation": str(blob.generation)}

    def read(self, bucket: str, name: str) -> str:
        """The text of an object; empty if there is none."""
        answer = self.http.get(f"{self.storage}/{bucket}/{name}")
        return "" if answer.status_code == httpx.codes.NOT_FOUND else answer.raise_for_status().text

    def log(self, build_id: str) -> str:
        return self.read(LOGS_BUCKET, f"log-{build_id}.txt")

    def names(self, bucket: str) -> list[str]:
        found = self.http.get(f"{self.storage}/storage/v1/b/{bucket}/o").raise_for_status().json()
        return [each["name"] for each in found["items"]]

    def statuses(self) -> Counter[str]:
        """How many builds there are of each status, of the first thousand."""
        found = self.http.get(
            f"{self.url}/v1/projects/{PROJECT}/locations/{LOCATION}/builds", params={"pageSize": 1000}
        ).raise_for_status()
        return Counter(build["status"] for build in found.json().get("builds", ()))

    def settle(self, seconds: int = 180) -> None:
        """Wait until no build is at work."""
        self.http.get(f"{self.url}/_settled", params={"seconds": seconds}, timeout=seconds + 5).raise_for_status()

    def fault(self, **fault: Any) -> None:
        self.http.post(f"{self.url}/_faults", json=fault).raise_for_status()

    def clear(self) -> None:
        """Disarm every fault."""
        self.http.delete(f"{self.url}/_faults").raise_for_status()

    def until_met(self, seconds: float = 30.0) -> None:
        """Wait until a build has come to a fault that is armed."""
        until = time.monotonic() + seconds
        while not any(fault["taken"] for fault in self.http.get(f"{self.url}/_faults").raise_for_status().json()):
            assert time.monotonic() < until, "no build has come to the fault"
            time.sleep(0.02)

    def move_to(self, offset: float) -> None:
        """The clocks of both, in seconds ahead of real time."""
        for url in (self.url, self.storage):
            self.http.post(f"{url}/_clock", json={"offset": offset}).raise_for_status()


def zipped(files: Mapping[str, str]) -> bytes:
    """A zip of text files, by name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


@contextmanager
def emulated_builds(compute_url: str, terraform: str | None = None) -> Iterator[Builds]:
    """Both, with the buckets of a deployment. `terraform`: the command that stands for it."""
    with in_thread(storage_app(None)) as storage:
        for bucket in (STATE_BUCKET, LOGS_BUCKET, SOURCE_BUCKET):
            versioning = {"enabled": bucket == STATE_BUCKET}
            body = {"name": bucket, "versioning": versioning}
            httpx.post(f"{storage}/storage/v1/b", json=body).raise_for_status()
        with in_thread(build_app(None, storage, compute_url, terraform)) as url:
            made = Builds(url, storage)
            with made.http:
                yield made

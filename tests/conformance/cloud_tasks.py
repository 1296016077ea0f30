"""A running Cloud Tasks emulator with a client of Google's, for the tests beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from google.auth.credentials import AnonymousCredentials
from google.cloud import tasks_v2

from local.server import in_thread
from local.tasks.api import CloudTasks

LOCATION = "projects/demo/locations/us-west1"
QUEUE = f"{LOCATION}/queues/later"
# Seconds to a first retry in QUEUE: long enough that real time never brings one about during a test.
BACKOFF = 60


@dataclass
class Service:
    """The emulator, its address and a client."""

    emulator: CloudTasks
    url: str
    client: tasks_v2.CloudTasksClient

    def create(self, target: str, name: str = "", parent: str = QUEUE, **fields: Any) -> tasks_v2.Task:
        request = tasks_v2.HttpRequest({"url": target, **fields.pop("request", {})})
        task = tasks_v2.Task(http_request=request, name=f"{parent}/tasks/{name}" if name else "", **fields)
        return self.client.create_task(parent=parent, task=task, retry=None)

    def idle(self) -> None:
        assert httpx.post(self.url + "/_idle", timeout=30).json() == {"idle": True}

    def move_to(self, offset: float) -> None:
        httpx.post(self.url + "/_clock", json={"offset": offset})

    def arm(self, **fault: Any) -> None:
        assert httpx.post(self.url + "/_faults", json=fault).status_code == 201

    def waiting(self) -> list[dict[str, Any]]:
        return httpx.get(self.url + "/_tasks").json()


@contextmanager
def running(folder: Path | None = None, **limits: float) -> Iterator[Service]:
    """With a queue, QUEUE, and its rate limits; a folder is one that the emulator keeps its state in."""
    emulator = CloudTasks(folder, {QUEUE: limits})
    emulator.book.queues[QUEUE].retry["minBackoff"] = f"{BACKOFF}s"
    with in_thread(emulator.app()) as url:
        client = tasks_v2.CloudTasksClient(
            transport="rest", credentials=AnonymousCredentials(), client_options={"api_endpoint": url}
        )
        yield Service(emulator, url, client)

"""Cloud Tasks: having provision look at a VM at a time."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

from shared.domain.errors import AlreadyExists
from shared.google.calls import Effect, call, options
from shared.google.look import EVENT_TYPE, look_body


class TaskQueue:
    """One queue, whose tasks POST a CloudEvent (binary mode) to provision with an OIDC token of `service_account`."""

    def __init__(
        self,
        project: str,
        location: str,
        queue: str,
        target_url: str,
        service_account: str,
        endpoint: str | None,
        timeout: float,
    ) -> None:
        self._queue = f"projects/{project}/locations/{location}/queues/{queue}"
        self._target_url = target_url
        self._service_account = service_account
        self._endpoint = endpoint
        self._timeout = timeout

    def look(self, name: str, vm_id: str, at: datetime, *, end: datetime | None = None) -> None:
        """Make the task `name` (letters, digits, `-`, `_`), due at most 30 days ahead; done already if it is taken."""
        task = {
            "name": f"{self._queue}/tasks/{name}",
            "schedule_time": at,
            "http_request": {
                "http_method": "POST",
                "url": self._target_url,
                "headers": {
                    "content-type": "application/json",
                    "ce-specversion": "1.0",
                    "ce-type": EVENT_TYPE,
                    "ce-source": f"//cloudtasks.googleapis.com/{self._queue}",
                    "ce-id": name,
                },
                "body": look_body(vm_id, end),
                "oidc_token": {"service_account_email": self._service_account, "audience": self._target_url},
            },
        }
        try:
            call(self._client.create_task, {"parent": self._queue, "task": task}, Effect.REPEATABLE, self._timeout)
        except AlreadyExists:
            return

    @cached_property
    def _client(self) -> Any:
        from google.cloud.tasks_v2 import CloudTasksClient

        return CloudTasksClient(transport="rest", client_options=options(self._endpoint))

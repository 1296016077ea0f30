"""Cloud Tasks' REST methods, `GET /_tasks` (every task, in full) and `POST /_idle` (answers once all is quiet).

Faults: `queues.*` and `tasks.*` by method (`tasks.create`, …; see local.rest), and `dispatch` (see its module).
Not emulated: App Engine targets, purging, IAM, `X-CloudTasks-TaskRetryReason`.
"""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.rest import already_exists, epoch, invalid, not_found, paged, rfc3339, route, seconds
from local.server import Emulator
from local.tasks.dispatch import Dispatcher
from local.tasks.queue import METHODS, Book, Queue, Task, rate_limits

LOCATION = "/v2/projects/{project}/locations/{location}"
QUEUE = LOCATION + "/queues/{queue}"
TASK_ID = re.compile(r"[A-Za-z0-9_-]{1,500}")
QUEUE_NAME = re.compile(r"projects/[^/]+/locations/[^/]+/queues/[A-Za-z0-9-]{1,100}")
FARTHEST = 720 * 3600.0
DEADLINE, SHORTEST_DEADLINE, LONGEST_DEADLINE = 600.0, 15.0, 1800.0
PAGE = 1000


class CloudTasks:
    """The API over one book of queues and tasks. `queues` are those that exist from the start, by resource name with
    the rate limits that they were given."""

    def __init__(self, folder: Path | None = None, queues: Mapping[str, dict[str, Any]] | None = None) -> None:
        self.emulator = Emulator("tasks", folder)
        declared = (queues or {}).items()
        self.book = Book({name: Queue(name, rate=rate_limits(given)) for name, given in declared})
        self.dispatcher = Dispatcher(self.emulator, self.book)

    def app(self) -> Starlette:
        methods = [
            ("POST", LOCATION + "/queues", "queues.create", self._create_queue),
            ("GET", LOCATION + "/queues", "queues.list", self._list_queues),
            ("GET", QUEUE, "queues.get", self._get_queue),
            ("POST", QUEUE + ":pause", "queues.pause", self._pause),
            ("POST", QUEUE + ":resume", "queues.resume", self._resume),
            ("POST", QUEUE + "/tasks", "tasks.create", self._create_task),
            ("GET", QUEUE + "/tasks", "tasks.list", self._list_tasks),
            ("GET", QUEUE + "/tasks/{task}", "tasks.get", self._get_task),
            ("DELETE", QUEUE + "/tasks/{task}", "tasks.delete", self._delete_task),
            ("POST", QUEUE + "/tasks/{task}:run", "tasks.run", self._run_task),
        ]
        routes: list[BaseRoute] = [route(self.emulator, *method) for method in methods]
        routes.append(Route("/_tasks", self._all, methods=["GET"]))
        routes.append(Route("/_idle", self._idle, methods=["POST"]))
        return self.emulator.app(routes, self.book, self.dispatcher.flights.run)

    async def _create_queue(self, request: Request) -> dict[str, Any]:
        body = await request.json()
        name = body.get("name", "")
        if not QUEUE_NAME.fullmatch(name) or not f"/v2/{name}".startswith(request.url.path + "/"):
            raise invalid(f"Invalid queue name: {name!r}")
        if name in self.book.queues:
            raise already_exists("Queue already exists")
        queue = Queue(name)
        queue.retry |= body.get("retryConfig", {})
        queue.rate = rate_limits(body.get("rateLimits", {}))
        self.book.queues[name] = queue
        self._changed()
        return queue.shown()

    async def _list_queues(self, request: Request) -> dict[str, Any]:
        parent = request.url.path.removeprefix("/v2/") + "/"
        shown = [queue.shown() for name, queue in sorted(self.book.queues.items()) if name.startswith(parent)]
        return paged(request, "queues", shown, PAGE)

    async def _get_queue(self, request: Request) -> dict[str, Any]:
        return self._queue(request).shown()

    async def _pause(self, request: Request) -> dict[str, Any]:
        return self._set_paused(request, True)

    async def _resume(self, request: Request) -> dict[str, Any]:
        return self._set_paused(request, False)

    def _set_paused(self, request: Request, paused: bool) -> dict[str, Any]:
        queue = self._queue(request)
        queue.paused = paused
        self._changed()
        return queue.shown()

    async def _create_task(self, request: Request) -> dict[str, Any]:
        queue = self._queue(request)
        body = await request.json()
        task = self._new_task(queue, body.get("task") or {})
        if task.name in self.book.tasks:
            raise already_exists("Requested entity already exists")
        if self.book.is_taken(task.name, task.created):
            raise already_exists(
                "The task cannot be created because a task with this name existed too recently. For more information"
                " about task de-duplication see https://cloud.google.com/tasks/docs/reference/rest/v2/"
                "projects.locations.queues.tasks/create#body.request_body.FIELDS.task."
            )
        self.book.tasks[task.name] = task
        self._changed()
        return task.shown(_wants_full(body.get("responseView")))

    async def _list_tasks(self, request: Request) -> dict[str, Any]:
        queue = self._queue(request)
        full = _wants_full(request.query_params.get("responseView"))
        shown = [task.shown(full) for name, task in sorted(self.book.tasks.items()) if task.queue == queue.name]
        return paged(request, "tasks", shown, PAGE)

    async def _get_task(self, request: Request) -> dict[str, Any]:
        return self._task(request).shown(_wants_full(request.query_params.get("responseView")))

    async def _delete_task(self, request: Request) -> dict[str, Any]:
        self.book.finish(self._task(request), self.emulator.clock.time())
        self._changed()
        return {}

    async def _run_task(self, request: Request) -> dict[str, Any]:
        task = self._task(request)
        task.schedule = self.emulator.clock.time()
        shown = task.shown()
        self.dispatcher.start(task)
        self._changed()
        return shown

    async def _all(self, _: Request) -> Response:
        return JSONResponse([task.shown(full=True) for task in self.book.tasks.values()])

    async def _idle(self, _: Request) -> Response:
        idle = await self.dispatcher.flights.idle()
        return JSONResponse({"idle": idle}, status_code=200 if idle else 504)

    def _changed(self) -> None:
        self.emulator.changed.set()
        self.dispatcher.flights.wake()

    def _queue(self, request: Request) -> Queue:
        part = request.path_params
        name = f"projects/{part['project']}/locations/{part['location']}/queues/{part['queue']}"
        if name not in self.book.queues:
            raise not_found("Queue does not exist.")
        return self.book.queues[name]

    def _task(self, request: Request) -> Task:
        task = self.book.tasks.get(f"{self._queue(request).name}/tasks/{request.path_params['task']}")
        if task is None:
            raise not_found("The task no longer exists, though a task with this name existed recently, or never did.")
        return task

    def _new_task(self, queue: Queue, body: dict[str, Any]) -> Task:
        now = self.emulator.clock.time()
        name = body.get("name") or f"{queue.name}/tasks/{secrets.randbelow(10**19)}"
        if not name.startswith(queue.name + "/tasks/") or not TASK_ID.fullmatch(name[len(queue.name) + 7 :]):
            raise invalid(f"Task name must be formatted: {queue.name}/tasks/<TASK_ID>, and <TASK_ID> as [A-Za-z0-9_-]+")
        schedule = max(epoch(body["scheduleTime"]), now) if body.get("scheduleTime") else now
        if schedule > now + FARTHEST:
            raise invalid(
                f"The Task.scheduleTime, {rfc3339(schedule)}, is too far in the future. Schedule time must be no more"
                " than 720h in the future."
            )
        deadline = seconds(body["dispatchDeadline"]) if body.get("dispatchDeadline") else DEADLINE
        if not SHORTEST_DEADLINE <= deadline <= LONGEST_DEADLINE:
            raise invalid("The Task.dispatchDeadline must be in the interval [15s, 30m].")
        return Task(
            name, _http_request(body), schedule, now, deadline, bool(body.get("name")), body.get("retryConfig") or {}
        )


def make(folder: Path | None, queues: Mapping[str, dict[str, Any]] | None = None) -> Starlette:
    """The app, with these queues (their rate limits by resource name) beside the ones it kept."""
    return CloudTasks(folder, queues).app()


def _http_request(body: dict[str, Any]) -> dict[str, Any]:
    request = dict(body.get("httpRequest") or {})
    if not re.match(r"https?://[^/]", request.get("url", "")):
        raise invalid("HttpRequest.url is required, and must begin with http:// or https://.")
    method = request.get("httpMethod", "POST")
    request["httpMethod"] = METHODS[method - 1] if isinstance(method, int) and method else method or "POST"
    if request["httpMethod"] not in METHODS:
        raise invalid("HttpRequest.http_method is not one that a task may use.")
    try:
        base64.b64decode(request.get("body", ""), validate=True)
    except binascii.Error:
        raise invalid("HttpRequest.body is not base64.") from None
    return request


def _wants_full(view: str | int | None) -> bool:
    return view in ("FULL", "2", 2)

"""Cloud Scheduler's v1 REST methods for the jobs it was started with (get, list, run, pause, resume), and
`POST /_idle`, which answers once no tick is in flight or due.

Faults: `jobs.*` by method (see local.rest), and `tick` (see local.scheduler.jobs). Jobs are not made by the API here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.rest import ApiError, not_found, paged, route
from local.scheduler.jobs import Job, Ticker
from local.server import Emulator

JOBS = "/v1/projects/{project}/locations/{location}/jobs"
JOB = JOBS + "/{job}"
PAGE = 500


class CloudScheduler:
    """The API over a ticker."""

    def __init__(self, jobs: list[Job], folder: Path | None = None) -> None:
        self.emulator = Emulator("scheduler", folder)
        self.ticker = Ticker(self.emulator, jobs)

    def app(self) -> Starlette:
        methods = [
            ("GET", JOBS, "jobs.list", self._list),
            ("GET", JOB, "jobs.get", self._get),
            ("POST", JOB + ":run", "jobs.run", self._run),
            ("POST", JOB + ":pause", "jobs.pause", self._pause),
            ("POST", JOB + ":resume", "jobs.resume", self._resume),
        ]
        routes: list[BaseRoute] = [route(self.emulator, *method) for method in methods]
        routes.append(Route("/_idle", self._idle, methods=["POST"]))
        return self.emulator.app(routes, self.ticker, self.ticker.flights.run)

    async def _list(self, request: Request) -> dict[str, Any]:
        parent = request.url.path.removeprefix("/v1/") + "/"
        shown = [job.shown() for name, job in sorted(self.ticker.jobs.items()) if name.startswith(parent)]
        return paged(request, "jobs", shown, PAGE)

    async def _get(self, request: Request) -> dict[str, Any]:
        return self._job(request).shown()

    async def _run(self, request: Request) -> dict[str, Any]:
        job = self._job(request)
        self.ticker.start(job)
        return job.shown()

    async def _pause(self, request: Request) -> dict[str, Any]:
        return self._set_paused(request, True)

    async def _resume(self, request: Request) -> dict[str, Any]:
        return self._set_paused(request, False)

    def _set_paused(self, request: Request, paused: bool) -> dict[str, Any]:
        job = self._job(request)
        if job.paused == paused:
            state = "PAUSED" if paused else "ENABLED"
            raise ApiError(400, "FAILED_PRECONDITION", f"The job is {state} already.")
        job.paused = paused
        self.emulator.changed.set()
        self.ticker.flights.wake()
        return job.shown()

    async def _idle(self, _: Request) -> Response:
        idle = await self.ticker.flights.idle()
        return JSONResponse({"idle": idle}, status_code=200 if idle else 504)

    def _job(self, request: Request) -> Job:
        part = request.path_params
        name = f"projects/{part['project']}/locations/{part['location']}/jobs/{part['job']}"
        if name not in self.ticker.jobs:
            raise not_found("Job not found.")
        return self.ticker.jobs[name]

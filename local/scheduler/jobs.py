"""Jobs and their ticks.

A job ticks when the clock passes a multiple of its period. It never runs twice at once: a tick that comes due meanwhile
waits for the end of the last. However far the clock was moved, and however long a job was paused, one tick makes up for
all that were missed. A failed tick is not retried (Cloud Scheduler's default); the next one comes.

Faults are taken as `tick` with the attribute `job`: `drop` (this tick is not made), `status` (nor is it then, but the
job shows this answer), `delay`, `duplicate` (so many more calls, one after the other), `lose_response`.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

import httpx

from local.credentials import unsigned_identity_token
from local.faults import Fault
from local.flights import Flights
from local.rest import rfc3339
from local.server import Emulator

ATTEMPT_SECONDS = 180.0  # Cloud Scheduler's default attempt deadline, in real time here


@dataclass
class Job:
    """A POST without a body to `url` every `period` seconds, with an identity token of `account` if there is one."""

    name: str
    period: float
    url: str
    account: str = ""
    audience: str = ""
    paused: bool = False
    due: float = 0.0
    last_attempt: float | None = None
    last_status: int = 0

    def shown(self) -> dict[str, Any]:
        """As the API answers it. `schedule` is cron's where a whole number of minutes has one, else App Engine's."""
        target: dict[str, Any] = {"uri": self.url, "httpMethod": "POST"}
        if self.account:
            target["oidcToken"] = {"serviceAccountEmail": self.account, "audience": self.audience or self.url}
        minutes = self.period / 60
        cron = minutes.is_integer() and 60 % minutes == 0
        shown: dict[str, Any] = {
            "name": self.name,
            "httpTarget": target,
            "schedule": f"*/{minutes:g} * * * *" if cron else f"every {self.period:g} seconds",
            "timeZone": "Etc/UTC",
            "state": "PAUSED" if self.paused else "ENABLED",
            "scheduleTime": rfc3339(self.due),
            "attemptDeadline": f"{ATTEMPT_SECONDS:g}s",
        }
        if self.last_attempt is not None:
            shown["lastAttemptTime"] = rfc3339(self.last_attempt)
            shown["status"] = (
                {} if 200 <= self.last_status < 300 else {"code": 2, "message": f"HTTP {self.last_status}"}
            )
        return shown


class Ticker:
    """The jobs' engine; `flights.run` is the emulator's background. `jobs` is by resource name."""

    def __init__(self, emulator: Emulator, jobs: list[Job]) -> None:
        self._emulator = emulator
        self._clock = emulator.clock
        self.jobs = {job.name: job for job in jobs}
        for job in jobs:
            job.due = self._next(job)
        self.flights = Flights(emulator.clock, self._start_due, self._next_due)

    def start(self, job: Job) -> None:
        """Run a job now, unless it is running."""
        if job.name not in self.flights:
            self.flights.start(job.name, self._tick(job))

    def dump(self) -> dict[str, Any]:
        """What a restart must not forget: which jobs are paused, and how their last attempts went."""
        return {
            name: {"paused": job.paused, "last_attempt": job.last_attempt, "last_status": job.last_status}
            for name, job in self.jobs.items()
        }

    def load(self, document: dict[str, Any]) -> None:
        for name in document.keys() & self.jobs.keys():
            job, kept = self.jobs[name], document[name]
            job.paused, job.last_attempt = kept["paused"], kept["last_attempt"]
            job.last_status = kept["last_status"]

    def _next(self, job: Job) -> float:
        return (self._clock.time() // job.period + 1) * job.period

    def _start_due(self) -> bool:
        for job in self._waiting():
            if job.due <= self._clock.time():
                self.start(job)
        return False

    def _next_due(self) -> float:
        return min((job.due for job in self._waiting()), default=float("inf"))

    def _waiting(self) -> list[Job]:
        return [job for job in self.jobs.values() if not job.paused and job.name not in self.flights]

    async def _tick(self, job: Job) -> None:
        planned = min(job.due, self._clock.time())
        job.due = self._next(job)
        fault = self._emulator.faults.take("tick", job=job.name.rpartition("/")[2])
        if fault and fault.delay:
            await self._clock.sleep_until(self._clock.time() + fault.delay)
        if fault and fault.drop:
            return
        job.last_attempt = self._clock.time()
        job.last_status = fault.status if fault and fault.status else await self._call(job, planned, fault)
        self._emulator.changed.set()

    async def _call(self, job: Job, planned: float, fault: Fault | None) -> int:
        """The target's HTTP status, 0 if it gave none."""
        status = 0
        for _ in range(1 + (fault.duplicate if fault else 0)):
            with contextlib.suppress(httpx.HTTPError, httpx.InvalidURL):
                async with self.flights.client() as client:
                    answer = await client.post(job.url, headers=self._headers(job, planned), timeout=ATTEMPT_SECONDS)
                status = answer.status_code
        return 0 if fault and fault.lose_response else status

    def _headers(self, job: Job, planned: float) -> dict[str, str]:
        headers = {
            "user-agent": "Google-Cloud-Scheduler",
            "x-cloudscheduler": "true",
            "x-cloudscheduler-jobname": job.name.rpartition("/")[2],
            "x-cloudscheduler-scheduletime": rfc3339(planned),
        }
        if job.account:
            token = unsigned_identity_token(job.account, job.audience or job.url, self._clock.time())
            headers["authorization"] = f"Bearer {token}"
        return headers

"""Sends due tasks to their targets and judges the answers.

Faults are taken as `dispatch` with the attributes `queue`, `task` and `url`: `drop` (the target is not reached this
time), `status` (not reached either, as if it had answered this), `lose_response` (reached, but its answer is lost),
`delay` (this attempt comes so much later), `duplicate` (so many more deliveries, one after the other).
"""

from __future__ import annotations

import base64
import contextlib
from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from local.credentials import unsigned_identity_token
from local.faults import Fault
from local.flights import Flights
from local.rest import rfc3339
from local.server import Emulator
from local.tasks.queue import Book, Bucket, Queue, Task, backoff, given_up

Answer = httpx.Response | None  # None: no answer came


class Dispatcher:
    """The queues' engine; `flights.run` is the emulator's background."""

    def __init__(self, emulator: Emulator, book: Book) -> None:
        self._emulator = emulator
        self._clock = emulator.clock
        self._book = book
        self._buckets: dict[str, Bucket] = {}
        self._ready = float("inf")  # when a queue that is out of tokens has one for a task that is due
        self.flights = Flights(emulator.clock, self._start_due, self._next_due)

    def start(self, task: Task) -> None:
        """Make an attempt now, whatever the schedule, the limits, and the queue's state say."""
        if task.name not in self.flights:
            self.flights.start(task.name, self._attempt(task))

    def _waiting(self) -> Iterator[Task]:
        """Tasks that wait for nothing but their time and their queue's limit."""
        open_queues = {queue.name for queue in self._book.queues.values() if not queue.paused}
        tasks = self._book.tasks.values()
        return (task for task in tasks if task.name not in self.flights and task.queue in open_queues)

    def _start_due(self) -> bool:
        now = self._clock.time()
        busy = Counter(name.partition("/tasks/")[0] for name in self.flights)
        due = [task for task in self._waiting() if task.schedule <= now]
        self._ready = float("inf")
        for task in sorted(due, key=lambda task: task.schedule):
            if busy[task.queue] >= int(self._book.queues[task.queue].rate["maxConcurrentDispatches"]):
                continue
            bucket = self._bucket(self._book.queues[task.queue])
            if bucket.take(now):
                busy[task.queue] += 1
                self.start(task)
            else:
                self._ready = min(self._ready, bucket.ready())
        return self._ready < float("inf")

    def _next_due(self) -> float:
        # What is due but over its queue's concurrency is started by the landing that makes room, which wakes us.
        now = self._clock.time()
        later = (task.schedule for task in self._waiting() if task.schedule > now)
        return min(self._ready, min(later, default=float("inf")))

    def _bucket(self, queue: Queue) -> Bucket:
        rate, burst = float(queue.rate["maxDispatchesPerSecond"]), int(queue.rate["maxBurstSize"])
        bucket = self._buckets.get(queue.name)
        if bucket is None or (bucket.rate, bucket.burst) != (rate, burst):
            bucket = self._buckets[queue.name] = Bucket(rate, burst)
        return bucket

    async def _attempt(self, task: Task) -> None:
        queue = self._book.queues[task.queue]
        url = task.request["url"]
        short = task.name.rpartition("/")[2]
        fault = self._emulator.faults.take("dispatch", queue=queue.name.rpartition("/")[2], task=short, url=url)
        if fault and fault.delay:
            await self._clock.sleep_until(self._clock.time() + fault.delay)
        eta, task.dispatches = task.schedule, task.dispatches + 1
        started = self._clock.time()
        task.first_dispatch = task.first_dispatch or started
        task.last = {"scheduleTime": rfc3339(eta), "dispatchTime": rfc3339(started)}
        answer = await self._deliver(task, fault)
        now = self._clock.time()
        if self._book.tasks.get(task.name) is not task:
            return  # deleted meanwhile
        status = answer.status_code if answer is not None else None
        if status is not None:
            task.responses += 1
            task.executions += status < 500
            task.last |= {"responseTime": rfc3339(now), "responseStatus": {"code": _rpc_code(status)}}
        if status is not None and 200 <= status < 300:
            self._book.finish(task, now)
        else:
            self._retry(task, queue, answer, now)
        self._emulator.changed.set()

    def _retry(self, task: Task, queue: Queue, answer: Answer, now: float) -> None:
        retry = queue.retry | task.retry
        task.previous = answer.status_code if answer is not None else 0
        if given_up(retry, task.dispatches, now - (task.first_dispatch or now)):
            self._book.finish(task, now)
            return
        task.schedule = now + max(backoff(retry, task.dispatches), _asked_wait(answer, now))

    async def _deliver(self, task: Task, fault: Fault | None) -> Answer:
        if fault and fault.drop:
            return None
        if fault and fault.status:
            return httpx.Response(fault.status)
        answer: Answer = None
        for _ in range(1 + (fault.duplicate if fault else 0)):
            answer = await self._send(task)
        return None if fault and fault.lose_response else answer

    async def _send(self, task: Task) -> Answer:
        request = task.request
        body = base64.b64decode(request.get("body", ""))
        with contextlib.suppress(httpx.HTTPError, httpx.InvalidURL, UnicodeError):
            async with self.flights.client() as client:
                return await client.request(
                    request["httpMethod"],
                    request["url"],
                    headers=self._headers(task),
                    content=body,
                    timeout=task.deadline,
                )
        return None

    def _headers(self, task: Task) -> dict[str, str]:
        request, queue = task.request, task.queue.rpartition("/")[2]
        headers = {"content-type": "application/octet-stream"} if request.get("body") else {}
        headers |= {name.lower(): value for name, value in request.get("headers", {}).items()}
        headers |= {
            "user-agent": "Google-Cloud-Tasks",
            "x-cloudtasks-queuename": queue,
            "x-cloudtasks-taskname": task.name.rpartition("/")[2],
            "x-cloudtasks-taskretrycount": str(task.dispatches - 1),
            "x-cloudtasks-taskexecutioncount": str(task.executions),
            "x-cloudtasks-tasketa": f"{task.schedule:.6f}",
        }
        if task.previous:
            headers["x-cloudtasks-taskpreviousresponse"] = str(task.previous)
        return headers | self._authorization(request)

    def _authorization(self, request: dict[str, Any]) -> dict[str, str]:
        if not (oidc := request.get("oidcToken")):
            return {}
        audience = oidc.get("audience") or request["url"]
        token = unsigned_identity_token(oidc["serviceAccountEmail"], audience, self._clock.time())
        return {"authorization": f"Bearer {token}"}


def _asked_wait(answer: Answer, now: float) -> float:
    """Seconds that a Retry-After asks for: a number of them, or a date."""
    asked = answer.headers.get("retry-after", "") if answer is not None else ""
    if asked.isdigit():
        return float(asked)
    with contextlib.suppress(ValueError):
        date = parsedate_to_datetime(asked)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now
    return 0.0


def _rpc_code(status: int) -> int:
    """google.rpc.Code of an HTTP status, as an attempt's `responseStatus` shows it."""
    known = {400: 3, 401: 16, 403: 7, 404: 5, 409: 10, 429: 8, 499: 1, 500: 13, 501: 12, 503: 14, 504: 4}
    return 0 if 200 <= status < 300 else known.get(status, 2)

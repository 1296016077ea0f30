"""Queues and tasks as they are kept, and the rules that need nothing else: back-off, deduplication, what is shown."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from local.rest import rfc3339, seconds

NAME_FREE_AFTER = 3600.0  # a finished task's name may not be used again for about an hour
RETRY = {
    "maxAttempts": 100,
    "maxRetryDuration": "0s",
    "minBackoff": "0.100s",
    "maxBackoff": "3600s",
    "maxDoublings": 16,
}
RATE = {"maxDispatchesPerSecond": 500.0, "maxBurstSize": 100, "maxConcurrentDispatches": 1000}
SMALLEST_BURST = 10
METHODS = ["POST", "GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"]  # the enum's numbers are 1, 2, …


@dataclass
class Queue:
    """One queue. `retry` and `rate` are its API objects, complete."""

    name: str
    retry: dict[str, Any] = field(default_factory=lambda: dict(RETRY))
    rate: dict[str, Any] = field(default_factory=lambda: dict(RATE))
    paused: bool = False

    def shown(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "rateLimits": self.rate,
            "retryConfig": self.retry,
            "state": "PAUSED" if self.paused else "RUNNING",
        }


@dataclass
class Task:
    """One task. Times are epoch seconds on the emulated clock, `deadline` is the seconds that its target may take;
    `named` says that its caller named it, `executions` are the responses that were no 5xx, `previous` is the last
    response's HTTP status (0: none came)."""

    name: str
    request: dict[str, Any]
    schedule: float
    created: float
    deadline: float
    named: bool = True
    retry: dict[str, Any] = field(default_factory=dict)
    dispatches: int = 0
    responses: int = 0
    executions: int = 0
    previous: int = 0
    first_dispatch: float | None = None
    last: dict[str, Any] = field(default_factory=dict)

    @property
    def queue(self) -> str:
        """The name of its queue."""
        return self.name.partition("/tasks/")[0]

    def shown(self, full: bool = False) -> dict[str, Any]:
        """As the API answers it; the body only in the full view."""
        request = {key: value for key, value in self.request.items() if full or key != "body"}
        shown: dict[str, Any] = {
            "name": self.name,
            "httpRequest": request,
            "scheduleTime": rfc3339(self.schedule),
            "createTime": rfc3339(self.created),
            "dispatchDeadline": f"{self.deadline:g}s",
            "dispatchCount": self.dispatches,
            "responseCount": self.responses,
            "view": "FULL" if full else "BASIC",
        }
        if self.first_dispatch is not None:
            shown["firstAttempt"] = {"dispatchTime": rfc3339(self.first_dispatch)}
            shown["lastAttempt"] = self.last
        return shown


@dataclass
class Book:
    """Everything that is kept between runs: queues, tasks, and when finished tasks' names are free again."""

    queues: dict[str, Queue] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    taken: dict[str, float] = field(default_factory=dict)

    def finish(self, task: Task, now: float) -> None:
        """Forget a task that was executed, given up or deleted, but not yet the name that its caller gave it."""
        self.tasks.pop(task.name, None)
        if task.named:
            self.taken[task.name] = now + NAME_FREE_AFTER

    def is_taken(self, name: str, now: float) -> bool:
        """Whether a finished task still has this name."""
        if self.taken.get(name, 0.0) > now:
            return True
        self.taken.pop(name, None)
        return False

    def dump(self) -> dict[str, Any]:
        return asdict(self)

    def load(self, document: dict[str, Any]) -> None:
        declared = {name: queue.rate for name, queue in self.queues.items()}
        self.queues |= {name: Queue(**kept) for name, kept in document["queues"].items()}
        for name, rate in declared.items():  # what it was started with counts, as after an update of the queue
            self.queues[name].rate = rate
        self.tasks = {name: Task(**kept) for name, kept in document["tasks"].items()}
        self.taken = document["taken"]


def rate_limits(given: dict[str, Any]) -> dict[str, Any]:
    """A queue's whole `rateLimits`. The burst is Cloud Tasks' own choice by the rate, and undocumented: a fifth of it,
    as 500 a second get 100."""
    limits = RATE | given
    burst = max(SMALLEST_BURST, int(float(limits["maxDispatchesPerSecond"]) / 5))
    return limits | {"maxBurstSize": burst}


@dataclass
class Bucket:
    """A queue's tokens, one a dispatch: `rate` more a second, up to `burst` (the reference's RateLimits). Full at
    first. Times are epoch seconds."""

    rate: float
    burst: int
    tokens: float = 0.0
    at: float = float("-inf")

    def take(self, now: float) -> bool:
        """Take a token, if there is one."""
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def ready(self) -> float:
        """When there is one again, after `take` found none."""
        return self.at + (1 - self.tokens) / self.rate


def backoff(retry: dict[str, Any], failures: int) -> float:
    """Seconds to wait after the `failures`-th failed attempt: the minimum, doubled `maxDoublings` times, then growing
    by the last doubling's amount, up to the maximum (RetryConfig.max_doublings in Google's reference)."""
    doublings = int(retry["maxDoublings"])
    exponent = min(failures - 1, doublings)
    steps = max(failures - doublings, 1)
    return min(seconds(retry["minBackoff"]) * 2.0**exponent * steps, seconds(retry["maxBackoff"]))


def given_up(retry: dict[str, Any], attempts: int, age: float) -> bool:
    """Whether no attempt follows: both limits, as far as they are set, are reached (-1 attempts: no limit)."""
    most, longest = int(retry["maxAttempts"]), seconds(retry["maxRetryDuration"])
    return most != -1 and attempts >= most and (longest == 0 or age >= longest)

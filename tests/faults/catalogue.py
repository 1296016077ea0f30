"""Every fault by name: which calls of which port it befalls, and what it does to one of them."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from tests.faults.misfortunes import (
    How,
    another_reaper,
    another_worker,
    answer_lost,
    answered,
    cut_after_commit,
    cut_before_commit,
    delay_message,
    die_after,
    die_before,
    down,
    first,
    forgotten_request,
    gone_already,
    lose_message,
    no_connection,
    owner_deletes,
    owner_extends,
    poison,
    repeat_message,
    taken_name,
    too_slow,
    undelivered,
)
from tests.integration.disorder import BROKEN, LATE, QUOTA, RATE, STOCK_OUT
from tests.integration.mortal import reads

MINUTE, HOUR = 60.0, 3600.0
DATABASE = ("Registry", "Outbox", "Holds", "Seals", "Upkeep", "Uses", "Notices", "DeadLetters")
ANY_ROWS = " ".join(f"{port}.*" for port in DATABASE)
ANY_API = "Compute.* Secrets.*"


@dataclass(frozen=True)
class Fault:
    """`on`: `Port.method` as shell-style patterns; `reads`: whether calls without an effect are befallen too.
    `lasting`: for so many seconds from the first, every call that it is `on` is befallen. `alone`: too drastic to be
    mixed with others, where everything would end in it. `ends`: with it, no machine is an honest answer. `swept`: the
    sweep alone makes such calls."""

    name: str
    on: str
    how: How
    reads: bool = False
    lasting: float = 0.0
    alone: bool = False
    ends: bool = False
    swept: bool = False

    def befalls(self, port: str, method: str) -> bool:
        on = any(fnmatchcase(f"{port}.{method}", pattern) for pattern in self.on.split())
        return on and (self.reads or not reads(port, method))


TOKEN = {"status": 401, "reason": "authError", "message": "Request had invalid authentication credentials."}
FORBIDDEN = {"status": 403, "reason": "forbidden", "message": "Required 'compute.instances.create' permission"}
TOO_MANY = {"status": 429, "reason": "rateLimitExceeded", "message": "Too many requests"}
INTERNAL = {"status": 500, "reason": "internalError", "message": "Internal Error"}

FAULTS: tuple[Fault, ...] = (
    Fault("a message lost", "[PT]*.*", lose_message),
    Fault("a message delivered four times", "[PT]*.*", repeat_message),
    Fault("a message delayed behind later ones", "[PT]*.*", delay_message),
    Fault("a poison message", "[PT]*.*", first(poison)),
    Fault("a message sent, its answer lost", "[PT]*.*", answer_lost),
    Fault("a worker killed before an effect", "*", die_before),
    Fault("a worker killed after an effect", "*", die_after),
    Fault("an insert's response lost", "Compute.insert", answered(lose_response=True)),
    Fault("an insert cut off, that arrives late", "Compute.insert", answered(drop=True, delay=90.0)),
    Fault("any write's response lost", "Compute.*", answered(lose_response=True)),
    Fault("any write's answer too slow", "Compute.*", too_slow),
    Fault("an operation that takes 20 minutes", "Compute.insert", answered(delay=1200.0), ends=True),
    Fault("an operation that fails late", "Compute.*", answered(**LATE)),
    Fault("a requestId no longer known (409: ours)", "Compute.insert", forgotten_request),
    Fault("a name taken by somebody else (409)", "Compute.insert", first(taken_name)),
    Fault("a list empty after a create", "Compute.*s", answered(method="list.stale"), reads=True, lasting=3 * MINUTE),
    Fault("stock-out in a zone", "Compute.insert", answered(**STOCK_OUT)),
    Fault("stock-out in a region", "Compute.insert", answered(where={"region": "us-west1"}, **STOCK_OUT), lasting=HOUR),
    Fault("stock-out everywhere", "Compute.insert", answered(**STOCK_OUT), lasting=20 * MINUTE, alone=True, ends=True),
    Fault("a stock-out at a start", "Compute.start", answered(**STOCK_OUT)),
    Fault("a region's CPU quota", "Compute.insert", answered(**QUOTA)),
    Fault("403 without permission", "Compute.insert", answered(**FORBIDDEN), alone=True, ends=True),
    Fault("403 rate limit", ANY_API, answered(**RATE), reads=True),
    Fault("429", ANY_API, answered(**TOO_MANY), reads=True),
    Fault("500", ANY_API, answered(**INTERNAL), reads=True),
    Fault("503", ANY_API, answered(**BROKEN), reads=True),
    Fault("503 for five minutes", "Compute.*", answered(**BROKEN), reads=True, lasting=5 * MINUTE),
    Fault("a connection reset", ANY_API, answered(drop=True), reads=True),
    Fault("a stop or start that takes 20 minutes", "Compute.st*", answered(delay=1200.0)),
    Fault("a delete not finished for an hour", "Compute.delete", answered(delay=HOUR), lasting=HOUR, alone=True),
    Fault("a delete that fails for an hour", "Compute.delete", answered(**BROKEN), lasting=HOUR, alone=True),
    Fault("a delete of what is gone (404)", "Compute.delete", first(gone_already)),
    Fault("an expired token", ANY_API, answered(**TOKEN, times=1), reads=True),
    Fault(
        "credentials refused for five minutes",
        "Compute.*",
        answered(**TOKEN),
        reads=True,
        lasting=5 * MINUTE,
        alone=True,
        ends=True,
    ),
    Fault("Secret Manager down", "Secrets.*", answered(**BROKEN), reads=True, lasting=5 * MINUTE),
    Fault("Pub/Sub down", "Publisher.*", down, lasting=20 * MINUTE),
    Fault("Cloud Tasks down", "Tasks.*", down, lasting=20 * MINUTE),
    Fault("Firestore down", "Live.*", down, lasting=20 * MINUTE),
    Fault("Cloud Monitoring down", "Metrics.*", down, reads=True, lasting=20 * MINUTE, swept=True),
    Fault("the bucket of heads down", "Archive.*", down, reads=True, lasting=20 * MINUTE, swept=True),
    Fault("503 of Monitoring or the bucket", "Metrics.* Archive.*", down, reads=True, swept=True),
    Fault("a head taken, its answer lost", "Archive.put", answer_lost, swept=True),
    Fault("the mail server down", "Mail.*", undelivered, lasting=20 * MINUTE, swept=True),
    Fault("a webhook's receiver down", "Hook.*", undelivered, lasting=20 * MINUTE, swept=True),
    Fault("a notice taken, its answer lost", "Mail.* Hook.*", answer_lost, swept=True),
    Fault("the dead letters' subscription down", "Subscription.*", down, lasting=20 * MINUTE, swept=True),
    Fault("PostgreSQL gone before a commit", ANY_ROWS, cut_before_commit),
    Fault("PostgreSQL gone after a commit", ANY_ROWS, cut_after_commit),
    Fault("no connection left in the pool", ANY_ROWS, no_connection, reads=True),
    Fault("another worker in the middle of a step", "*", first(another_worker)),
    Fault("the reaper in the middle of a step", "*", first(another_reaper), alone=True),
    Fault("the owner extends in the middle of a step", "*", first(owner_extends)),
    Fault("the owner deletes in the middle of a step", "*", first(owner_deletes), alone=True, ends=True),
)

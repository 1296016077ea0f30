"""What a sweep meets beyond the cloud of the VMs, in memory: the bucket of heads, Cloud Monitoring, a mail server and
somebody's webhook, and the subscription of dead letters."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain.dead_letters import SetAside
from shared.domain.errors import CloudError, Scope
from shared.domain.seals import Forked, Head
from shared.domain.use import Sample

ACK_DEADLINE = timedelta(minutes=1)


class Bucket:
    """Where heads are put and stay, whatever becomes of the database. `down`: it does not answer."""

    def __init__(self) -> None:
        self.kept: dict[int, Head] = {}
        self.down = False
        self.calls = 0

    def put(self, head: Head) -> None:
        self._answer()
        if self.kept.setdefault(head.number, head) != head:
            raise Forked(head.number)

    def heads(self, after: int) -> list[Head]:
        self._answer()
        return [head for number, head in sorted(self.kept.items()) if number > after]

    def _answer(self) -> None:
        self.calls += 1
        if self.down:
            raise CloudError("unavailable", "the bucket is down", Scope.TRANSIENT)


@dataclass
class Meter:
    """Cloud Monitoring, without its lag: every machine of the cloud does nothing, save those that are `in_use`."""

    cloud: Callable[[], Mapping[str, Sequence[Mapping[str, Any]]]]
    in_use: set[str | None] = field(default_factory=set)

    def use(self, since: datetime, now: datetime, period: timedelta) -> Mapping[str, Sequence[Sample]]:
        ends = [now - period * before for before in reversed(range((now - since) // period))]
        idle, busy = ([Sample(end, cpu, cpu, 500.0) for end in ends] for cpu in (0.01, 0.9))
        return {each["id"]: busy if each["id"] in self.in_use else idle for each in self.cloud()["instances"]}


@dataclass
class Letters:
    """A mail server, and a webhook's receiver: how often each notice came in, by channel and the notice's id."""

    came: Counter[tuple[str, str]] = field(default_factory=Counter)

    def send(self, to: str, subject: str, text: str, message_id: str) -> None:
        self.came["mail", message_id.strip("<>").partition("@")[0]] += 1

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        self.came["hook", headers["webhook-id"]] += 1


@dataclass
class Subscription:
    """Pub/Sub's of dead letters: each comes again until it is acknowledged. `set_aside`: how many were."""

    now: Callable[[], datetime]
    set_aside: int = 0
    waiting: dict[str, tuple[datetime, SetAside]] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def take(self, data: bytes) -> None:
        """One that provision did not take."""
        number = str(next(self.numbers))
        self.set_aside += 1
        self.waiting[number] = (self.now(), SetAside(number, number, data, 5))

    def pull(self, most: int) -> Sequence[SetAside]:
        now = self.now()
        found = [message for due, message in self.waiting.values() if due <= now][:most]
        self.waiting |= {message.ack_id: (now + ACK_DEADLINE, message) for message in found}
        return found

    def acknowledge(self, ack_ids: Sequence[str]) -> None:
        for ack_id in ack_ids:
            self.waiting.pop(ack_id, None)


class Outside:
    """Of one world. `offset`: how far its clock is ahead."""

    def __init__(self, cloud: Callable[[], Any], offset: Callable[[], timedelta]) -> None:
        self.meter = Meter(cloud)
        self.letters = Letters()
        self.subscription = Subscription(lambda: datetime.now(UTC) + offset())

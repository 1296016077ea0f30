"""What was promised beside machines and their ends, and whether it was kept once all is over: notices, seals, live
documents, dead letters, and that nobody took this database for an old one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from shared.db.hold_models import HoldRow
from shared.db.models import Audit, DeadLetter, OutboxRow, table
from shared.domain.life import TERMINAL
from shared.domain.notices import CHANNELS, ending_notice
from shared.domain.seals import Head
from tests.integration.calm import behind
from tests.integration.outside import Bucket
from tests.integration.world import World

OUTBOX, LETTERS, AUDIT = table(OutboxRow), table(DeadLetter), table(Audit)
TOLD_OF = {"ends_soon": "ends_soon", "idle": "idle", "idle_stop_requested": "idle_stopped"}  # by the event's name
OF_A_MOMENT = ("ends_soon", "idle", "idle_stopped")  # not sent once they are not true any more
Broken = tuple[str, str, str]  # rule, subject, what is told of it


@dataclass(frozen=True)
class Notice:
    """One that was promised by one channel. `sent_at`: when that was done with; None while it waits."""

    vm_id: str
    kind: str
    tries: int
    made_at: datetime
    sent_at: datetime | None
    until: datetime | None


@dataclass
class Promises:
    """`notices`: every one that was ever seen, by channel and id; the outbox forgets what went out a day ago."""

    here: World
    notices: dict[tuple[str, str], Notice] = field(default_factory=dict)

    def look(self) -> None:
        """Remember what is promised now."""
        query = select(OUTBOX).where(OUTBOX.c.kind.in_(CHANNELS))
        with self.here.engine.begin() as connection:
            for row in connection.execute(query).mappings():
                self.notices[row["kind"], row["body"]["id"]] = _notice(row)

    def open(self) -> bool:
        """Whether something is still to be done, by a sweep and in time."""
        self.look()
        waits = any(each.sent_at is None for key, each in self.notices.items() if key not in self._given_up())
        return (
            waits
            or bool(behind(self.here))
            or bool(self.here.outside.subscription.waiting)
            or self.here.sealing.seals.unsealed() > 0
            or self._head_to_put() is not None
        )

    def broken(self) -> Iterator[Broken]:
        """Once nothing is open."""
        yield from self._notices()
        yield from self._as_many_as_events()
        yield from self._seals()
        yield from (("live", name, "its live document is late") for name in behind(self.here))
        with self.here.engine.begin() as connection:
            holds = connection.execute(select(func.count()).select_from(table(HoldRow))).scalar_one()
            kept = connection.execute(select(func.count()).where(LETTERS.c.kind == "wake")).scalar_one()
        if holds:
            yield "holds", "the database", "it was taken for one that was restored"
        if kept != (set_aside := self.here.outside.subscription.set_aside):
            yield "dead letters", "Pub/Sub", f"{kept} kept of {set_aside}"

    def _notices(self) -> Iterator[Broken]:
        """Each came in, at most as often as it was tried; or is a dead letter; or was not true any more."""
        came, given_up, events = self.here.outside.letters.came, self._given_up(), self._events()
        for key in came.keys() - self.notices.keys():
            yield "notices", str(key), "it was never promised"
        for key, each in self.notices.items():
            if came[key] > each.tries:
                yield "notices", str(key), f"it came {came[key]} times in {each.tries} tries"
            if not came[key] and key not in given_up and not _untrue(each, events[each.vm_id]):
                yield "notices", str(key), f"{each.kind} never came"

    def _as_many_as_events(self) -> Iterator[Broken]:
        """By each channel one of every event that is told of, and one of the end, if its owner did not ask for it."""
        promised, due = Counter[tuple[str, str, str]](), Counter[tuple[str, str, str]]()
        for (channel, _), each in self.notices.items():
            promised[channel, each.vm_id, each.kind] += 1
        for vm_id, events in self._events().items():
            vm = self.here.vm(vm_id)
            end = [ending_notice(vm)] if vm.state in TERMINAL else []
            for kind in [*filter(None, end), *(TOLD_OF[name] for name, _ in events if name in TOLD_OF)]:
                due.update((channel, vm_id, kind) for channel in CHANNELS)
        for key in due.keys() | promised.keys():
            if promised[key] != due[key]:
                yield "notices", str(key), f"{promised[key]} were promised, {due[key]} were due"

    def _seals(self) -> Iterator[Broken]:
        yield from (("seals", "the chain", problem) for problem in self.here.sealing.verify().problems)
        if head := self._head_to_put():
            yield "seals", "the bucket", f"head {head.number} is not in it"

    def _head_to_put(self) -> Head | None:
        """The chain's, where the bucket does not have it: the next tick puts one that could not be put when it was
        sealed."""
        head, archive = self.here.sealing.seals.head(), self.here.sealing.archive
        there = head is None or not isinstance(archive, Bucket) or archive.kept.get(head.number) == head
        return None if there else head

    def _given_up(self) -> set[tuple[str, str]]:
        query = select(LETTERS.c.kind, LETTERS.c.body).where(LETTERS.c.kind.in_(CHANNELS))
        with self.here.engine.begin() as connection:
            return {(channel, body["id"]) for channel, body in connection.execute(query)}

    def _events(self) -> dict[str, list[tuple[str, datetime]]]:
        """Name and moment of each, by VM."""
        found: dict[str, list[tuple[str, datetime]]] = defaultdict(list)
        query = select(AUDIT.c.vm_id, AUDIT.c.action, AUDIT.c.at).where(AUDIT.c.vm_number.is_not(None))
        with self.here.engine.begin() as connection:
            for vm_id, action, at in connection.execute(query):
                found[vm_id].append((action, at))
        return found


def _notice(row: Any) -> Notice:
    body = row["body"]
    until = body.get("stops_at") or body["expires_at"]
    return Notice(
        row["vm_id"],
        body["notice"],
        row["tries"],
        row["created_at"],
        row["sent_at"],
        datetime.fromisoformat(until) if until else None,
    )


def _untrue(notice: Notice, events: list[tuple[str, datetime]]) -> bool:
    """Whether it may have been let go of: its moment was over, or something happened to the VM since."""
    if notice.kind not in OF_A_MOMENT or notice.sent_at is None or notice.until is None:
        return False
    since = {name for name, at in events if notice.made_at < at <= notice.sent_at}
    if notice.kind == "idle_stopped":
        since.discard("stopped")  # is what it tells
    return notice.sent_at >= notice.until or bool(since)

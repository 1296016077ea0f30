"""Holds, and whether the database is known to be the newest, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.db.auditing import Trail
from shared.db.hold_models import RESTORED, STANDING, Comparison, HoldRow
from shared.db.models import NameCounter, table
from shared.db.recording import enqueue
from shared.db.seals import PostgresSeals
from shared.db.vm_models import VmRow
from shared.domain.holds import Hold, Seen
from shared.domain.life import TERMINAL
from shared.domain.seals import Head
from shared.domain.vm import Actor

HOLDS, COMPARED, VMS = table(HoldRow), table(Comparison), table(VmRow)
NOW = func.platform_now()
REAPER = Actor("platform", "reaper")
CERTAIN = timedelta(minutes=3)  # after a comparison: longer than a tick, shorter than any restore takes


class PostgresHolds:
    def __init__(self, engine: Engine, trace: Callable[[], str | None] = lambda: None) -> None:
        self.engine = engine
        self.trail = Trail(trace)

    def doubt(self) -> str | None:
        """Why this database may know less than the cloud shows, in words; None while it is known to be the newest, or
        where there is no bucket to compare it with."""
        standing = select(HOLDS.c.id).where(RESTORED).exists()
        stale = select(COMPARED.c.at).where(COMPARED.c.at < NOW - CERTAIN).scalar_subquery()
        with self.engine.begin() as connection:  # one statement: every turn asks
            held, at = connection.execute(select(standing, stale)).one()
        if held:
            return "a backup was restored, and no administrator has seen yet what it has lost"
        since = f"the seals were last compared with the bucket at {at:%Y-%m-%d %H:%M} UTC" if at else None
        return f"{since}: whether this is the newest database is not known" if since else None

    def restored_at(self) -> datetime | None:
        """When this database was found to be behind its bucket; None once an administrator has gone on."""
        with self.engine.begin() as connection:
            at: datetime | None = connection.execute(select(HOLDS.c.raised_at).where(RESTORED)).scalar_one_or_none()
        return at

    def seen(self) -> Seen:
        """What administrators have last gone on with, and whether one is awaited."""
        lifted = select(HOLDS.c.listed).where(HOLDS.c.lifted_at.is_not(None)).order_by(HOLDS.c.id.desc()).limit(1)
        standing = select(HOLDS.c.id).where(STANDING).exists()
        with self.engine.begin() as connection:
            listed, awaited = connection.execute(select(lifted.scalar_subquery(), standing)).one()
        facts = [(each["kind"], each["zone"], each["name"], each["end"]) for each in listed or ()]
        return Seen(frozenset(facts), awaited)

    def compared(self, *, archived: bool) -> None:
        """The database is not behind the bucket; not `archived`: there is none."""
        at = NOW if archived else None
        written = upsert(COMPARED).values(id=1, at=at)
        with self.engine.begin() as connection:
            connection.execute(written.on_conflict_do_update(index_elements=["id"], set_={"at": at}))

    def standing(self) -> Hold | None:
        """The hold that stands."""
        with self.engine.begin() as connection:
            return _standing(connection)

    def raise_(self, own: Head | None, archive: Head) -> Hold:
        """Hold back from now on what a restored backup may have lost; the hold that stands for that already, if there
        is one. One that stands for too many is made it: its list is found anew."""
        heads = _heads(own, archive)
        grown = update(HOLDS).where(STANDING, HOLDS.c.archive_number == HOLDS.c.own_number)
        with self.engine.begin() as connection:
            raised = connection.execute(upsert(HOLDS).values(heads).on_conflict_do_nothing()).rowcount
            if raised or connection.execute(grown.values(heads | {"listed": None, "raised_at": NOW})).rowcount:
                told = f"seals {heads['own_number'] + 1} to {archive.number} are not in this database"
                self.trail.record(connection, REAPER, "restore.found", told)
                _tell_anew(connection)
            found = _standing(connection)
        assert found is not None
        return found

    def refuse(self, own: Head | None, listed: Sequence[Mapping[str, Any]], told: str) -> None:
        """Hold back what no row explains, from now on; nothing is lost. Nothing to do where a hold stands."""
        heads = _heads(own, own or Head(0, "")) | {"listed": list(listed)}
        with self.engine.begin() as connection:
            if connection.execute(upsert(HOLDS).values(heads).on_conflict_do_nothing()).rowcount:
                self.trail.record(connection, REAPER, "orphans.refused", told)

    def fill(self, hold_id: int, listed: Sequence[Mapping[str, Any]], names: Mapping[str, int]) -> None:
        """Write down what was found, and see that no name of the cloud's is given again: `names` are the highest
        numbers that it shows, by stem."""
        with self.engine.begin() as connection:
            connection.execute(update(HOLDS).where(HOLDS.c.id == hold_id).values(listed=list(listed)))
            for stem, number in sorted(names.items()):
                counter = upsert(NameCounter).values(stem=stem, last=number)
                latest = func.greatest(NameCounter.last, counter.excluded.last)
                connection.execute(counter.on_conflict_do_update(index_elements=["stem"], set_={"last": latest}))

    def lift(
        self, hold: Hold, archive: Head | None, actor: Actor, told: str, listed: Sequence[Mapping[str, Any]]
    ) -> bool:
        """Hold nothing back any more, and let the chain of seals go on after the archive's (None: it is not ahead), in
        one transaction with the record of who decided so, having seen `listed`. False if it was lifted already."""
        done = {"lifted_at": NOW, "lifted_by": actor.id, "listed": list(listed)}
        lifted = update(HOLDS).where(HOLDS.c.id == hold.id, STANDING).values(done)
        with self.engine.begin() as connection:
            if not connection.execute(lifted).rowcount:
                return False
            if archive is not None:
                PostgresSeals(self.engine).fork(connection, archive)
            self.trail.record(connection, actor, "restore.seen" if hold.restored else "orphans.seen", told)
        return True


def _heads(own: Head | None, archive: Head) -> dict[str, Any]:
    number, own_hash = (own.number, own.hash) if own else (0, None)
    return {
        "archive_number": archive.number,
        "archive_hash": archive.hash,
        "own_number": number,
        "own_hash": own_hash,
    }


def _tell_anew(connection: Connection) -> None:
    """The live documents were told more than these rows know, under numbers that these are yet to reach."""
    alive = select(VMS.c.id, VMS.c.event_number).where(VMS.c.state.not_in(TERMINAL))
    for vm_id, number in connection.execute(alive).all():
        enqueue(connection, "live", vm_id, {"number": number, "anew": True})


def _standing(connection: Connection) -> Hold | None:
    row = connection.execute(select(HOLDS).where(STANDING)).mappings().first()
    return _hold(row) if row is not None else None


def _hold(row: RowMapping) -> Hold:
    own = Head(row["own_number"], row["own_hash"]) if row["own_hash"] is not None else None
    archive = Head(row["archive_number"], row["archive_hash"])
    return Hold(row["id"], row["raised_at"], archive, own, row["listed"])

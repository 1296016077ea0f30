"""The VMs: claims, the one compare-and-set, and reservations. No cloud call happens inside any transaction here."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, case, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.db import notices, rows
from shared.db.hold_models import RESTORED, HoldRow
from shared.db.models import NameCounter, table
from shared.db.recording import enqueue, record
from shared.db.region_use import region_settings
from shared.db.vm_models import AttemptRow, DeletedVm, Receipt, VmRow
from shared.domain.life import TERMINAL, check_move
from shared.domain.notices import WARNINGS, ending_notice
from shared.domain.regions import RegionSetting
from shared.domain.spec import format_duration
from shared.domain.vm import Actor, Event, Vm, changes

log = logging.getLogger(__name__)

VMS, ATTEMPTS, HISTORY, HOLDS = table(VmRow), table(AttemptRow), table(DeletedVm), table(HoldRow)
PLATFORM_NOW = func.platform_now()
# Made once: a statement of so many columns takes longer to put together than to carry out.
ROWS, TRIED = select(VMS, PLATFORM_NOW.label("now")), select(ATTEMPTS).order_by(ATTEMPTS.c.number)
REAPER = Actor("platform", "reaper")
WARNED_AT_ONCE = 500  # by one look: what more there is, the next minute's finds
GRACE = timedelta(seconds=10)  # what Pub/Sub and Cloud Tasks get before the sweep does their work

Reserve = Callable[[Vm, Sequence[RegionSetting], datetime], tuple[Vm, Event]]


class PostgresRegistry:
    """`trace` gives the id of the request being served, for the audit records."""

    def __init__(self, engine: Engine, trace: Callable[[], str | None] = lambda: None) -> None:
        self.engine = engine
        self.trace = trace

    def create(self, connection: Connection, vm: Vm, event: Event, *, anew: bool = False) -> Vm:
        """Insert a VM with its first event and its wake-up, inside the caller's transaction (the approval's, or an
        adoption's). `anew`: whatever live document of that name there is tells of a row that was lost."""
        columns = {name: rows.column(name, getattr(vm, name)) for name in rows.VM_FIELDS}
        connection.execute(insert(VMS).values(columns | {"event_number": 1, "next_look_at": PLATFORM_NOW + GRACE}))
        self._write_attempts(connection, replace(vm, attempts=()), vm)
        record(connection, None, replace(vm, event_number=1), event, self.trace())
        enqueue(connection, "wake", vm.id, {})
        enqueue(connection, "live", vm.id, {"number": 1, "anew": anew})
        return replace(vm, event_number=1)

    def next_name(self, connection: Connection, stem: str) -> str:
        """`django` → `django-001`, `django-002`, …; numbered across the platform, never reused."""
        counter = upsert(NameCounter).values(stem=stem, last=1)
        counter = counter.on_conflict_do_update(index_elements=["stem"], set_={"last": NameCounter.last + 1})
        number = connection.execute(counter.returning(NameCounter.last)).scalar_one()
        return f"{stem}-{number:03d}"

    def load(self, vm_id: str) -> tuple[Vm, datetime] | None:
        with self.engine.begin() as connection:
            return self._read(connection, vm_id)

    def load_by_name(self, name: str) -> tuple[Vm, datetime] | None:
        with self.engine.begin() as connection:
            return self._read(connection, name, VMS.c.name)

    def claim(self, vm_id: str, worker: str, length: timedelta) -> tuple[Vm, datetime] | None:
        with self.engine.begin() as connection:
            taken = connection.execute(
                update(VMS)
                .where(VMS.c.id == vm_id, VMS.c.state.not_in(TERMINAL))
                .where((VMS.c.claimed_until.is_(None)) | (VMS.c.claimed_until <= PLATFORM_NOW))
                .values(version=VMS.c.version + 1, claimed_by=worker, claimed_until=PLATFORM_NOW + length)
            )
            return self._read(connection, vm_id) if taken.rowcount else None

    def release(self, vm_id: str, worker: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(
                update(VMS)
                .where(VMS.c.id == vm_id, VMS.c.claimed_by == worker)
                .values(version=VMS.c.version + 1, claimed_by=None, claimed_until=None, next_look_at=PLATFORM_NOW)
            )

    def apply(
        self, before: Vm, after: Vm, event: Event | None, *, wake: bool = False, look: timedelta | None = None
    ) -> Vm | None:
        with self.engine.begin() as connection:
            return self.apply_in(connection, before, after, event, wake=wake, look=look)

    def reserve(self, before: Vm, choose: Reserve) -> Vm | None:
        with self.engine.begin() as connection:
            use = region_settings(connection, lock=True)
            after, event = choose(before, use, _now(connection))
            return self.apply_in(connection, before, after, event)

    def finish(self, before: Vm, after: Vm, event: Event, receipt: Mapping[str, Any]) -> Vm | None:
        with self.engine.begin() as connection:
            done = self.apply_in(connection, before, after, event)
            if done is not None:
                same = set(HISTORY.columns.keys()) - {"vm_id", "outcome", "reason"}
                history: dict[str, Any] = {name: getattr(done, name) for name in same}
                history |= {"vm_id": done.id, "outcome": done.state.value, "reason": str(done.reason or "")}
                connection.execute(insert(DeletedVm).values(history))
                connection.execute(insert(Receipt).values(vm_id=done.id, document=dict(receipt)))
                if kind := ending_notice(done):
                    notices.enqueue(connection, done, kind, receipt)
            return done

    def due(self, limit: int) -> Sequence[str]:
        over = func.coalesce(VMS.c.expires_at <= PLATFORM_NOW, False) & (VMS.c.state != "DELETING")
        failed, since = VMS.c.failures > 0, case((over, VMS.c.expires_at), else_=VMS.c.next_look_at)
        overdue = (VMS.c.deadline_at <= PLATFORM_NOW) & (VMS.c.state != "DELETING")
        # After a restored backup, one that is past either may have to be left as it is, and rests like any other.
        at_once = (over | overdue) & ~select(HOLDS.c.id).where(RESTORED).exists()
        with self.engine.begin() as connection:
            found = connection.execute(
                select(VMS.c.id)
                .where(VMS.c.state.not_in(TERMINAL))
                .where((VMS.c.next_look_at <= PLATFORM_NOW) | at_once)
                .where((VMS.c.claimed_until.is_(None)) | (VMS.c.claimed_until <= PLATFORM_NOW))
                .order_by(over.desc(), failed, since)
                .limit(limit)
            )
            return [row.id for row in found]

    def alive(self) -> Sequence[Vm]:
        return self.readable(VMS.c.state.not_in(TERMINAL))

    def terminal(self, vm_ids: Sequence[str]) -> Mapping[str, Vm]:
        return {vm.id: vm for vm in self.readable(VMS.c.id.in_(vm_ids), VMS.c.state.in_(TERMINAL))}

    def unended(self, vm_ids: Sequence[str]) -> frozenset[str]:
        query = select(VMS.c.id).where(VMS.c.id.in_(vm_ids), VMS.c.state.not_in(TERMINAL))
        with self.engine.begin() as connection:
            return frozenset(connection.execute(query).scalars())

    def plan_ends(self, span: timedelta) -> int:
        """Enqueue the task for every end that is that near and has none yet, named by VM and end, and those for the
        warnings before it; how many ends."""
        due = VMS.c.expires_at.is_distinct_from(VMS.c.end_task_for) & (VMS.c.expires_at <= PLATFORM_NOW + span)
        planned = update(VMS).where(due, VMS.c.state.not_in(TERMINAL)).values(end_task_for=VMS.c.expires_at)
        with self.engine.begin() as connection:
            ends = connection.execute(planned.returning(VMS.c.id, VMS.c.expires_at)).all()
            now = _now(connection)
            for vm_id, end in ends:
                task = f"end-{vm_id}-{int(end.timestamp())}"
                looks = {task: end} | {f"{task}-{before // timedelta(seconds=1)}": end - before for before in WARNINGS}
                for name, at in looks.items():
                    if at == end or at > now:
                        body = {"name": name, "at": at.isoformat(), "end": end.isoformat()}
                        enqueue(connection, "look", vm_id, body)
        return len(ends)

    def warn(self, vm_id: str | None = None) -> int:
        with self.engine.begin() as connection:
            due = connection.execute(notices.warnings_due(vm_id).limit(WARNED_AT_ONCE)).scalars().all()
        return sum(self._warned(each) for each in due)

    def _warned(self, vm_id: str) -> bool:
        """One that cannot be warned of keeps no other's owner from being told."""
        try:
            return self._warn(vm_id)
        except ValueError:
            log.exception("a VM's owner could not be warned", extra={"vm": vm_id})
            return False

    def _warn(self, vm_id: str) -> bool:
        """One VM's warning, in a transaction of its own. Whether it was this one who gave it."""
        with self.engine.begin() as connection:
            if connection.execute(notices.warnings_due(vm_id).with_for_update(skip_locked=True)).first() is None:
                return False
            read = self._read(connection, vm_id)
            assert read is not None
            vm, now = read
            assert vm.expires_at is not None
            left = format_duration(max(vm.expires_at - now, timedelta(minutes=1)))
            told = Event("ends_soon", REAPER, f"in {left}, at {vm.expires_at.isoformat(timespec='seconds')}")
            done = self.apply_in(connection, vm, vm, told)
            assert done is not None
            connection.execute(update(VMS).where(VMS.c.id == vm_id).values(warned_until=now))
            notices.enqueue(connection, done, "ends_soon")
            return True

    def clock(self) -> datetime:
        with self.engine.begin() as connection:
            return _now(connection)

    def select(
        self, *conditions: Any, order: Sequence[Any] = (VMS.c.created_at,), limit: int | None = None
    ) -> list[Vm]:
        """Rows with their attempts, in two queries however many they are."""
        return [rows.vm(row, tried) for row, tried in self._found(conditions, order, limit)]

    def readable(self, *conditions: Any) -> list[Vm]:
        """Those of the rows that can be read. One that a newer revision wrote may not be, after a roll-back: that is
        logged, and stops nothing that is done about the others."""
        read = []
        for row, tried in self._found(conditions):
            try:
                read.append(rows.vm(row, tried))
            except ValueError:
                log.exception("a VM's row cannot be read", extra={"vm": row["id"]})
        return read

    def _found(
        self, conditions: Sequence[Any], order: Sequence[Any] = (VMS.c.created_at,), limit: int | None = None
    ) -> Iterator[tuple[RowMapping, list[RowMapping]]]:
        with self.engine.begin() as connection:
            wanted = ROWS.where(*conditions).order_by(*order).limit(limit)
            found = connection.execute(wanted).mappings().all()
            tried: dict[str, list[RowMapping]] = {row["id"]: [] for row in found}
            for attempt in connection.execute(TRIED.where(ATTEMPTS.c.vm_id.in_(tried))).mappings():
                tried[attempt["vm_id"]].append(attempt)
        return ((row, tried[row["id"]]) for row in found)

    def _read(
        self, connection: Connection, value: str, by: ColumnElement[str] = VMS.c.id
    ) -> tuple[Vm, datetime] | None:
        row = connection.execute(ROWS.where(by == value)).mappings().first()
        if row is None:
            return None
        tried = connection.execute(TRIED.where(ATTEMPTS.c.vm_id == row["id"]))
        return rows.vm(row, tried.mappings().all()), row["now"]

    def apply_in(
        self,
        connection: Connection,
        before: Vm,
        after: Vm,
        event: Event | None,
        *,
        wake: bool = False,
        look: timedelta | None = None,
    ) -> Vm | None:
        """`apply`, inside the caller's transaction."""
        check_move(before.state, after.state)
        number = before.event_number + (1 if event else 0)
        differ = changes(before, after)
        fields = {name: rows.column(name, new) for name, (_, new) in differ.items()}
        fields |= {"version": before.version + 1, "event_number": number, "updated_at": PLATFORM_NOW}
        if differ or wake or look is not None:  # an event alone leaves the look that is due where it is
            fields["next_look_at"] = _next_look(after, wake=wake, look=look)
        if "expires_at" in differ:
            fields["warned_until"] = PLATFORM_NOW
        moved = connection.execute(
            update(VMS).where(VMS.c.id == before.id, VMS.c.version == before.version).values(fields)
        )
        if not moved.rowcount:
            return None
        self._write_attempts(connection, before, after)
        if event:
            record(connection, before, replace(after, event_number=number), event, self.trace())
            enqueue(connection, "live", before.id, {"number": number})
        if wake:
            enqueue(connection, "wake", before.id, {})
        if look is not None:
            at = _now(connection) + look
            name = f"look-{before.id}-{before.version + 1}"
            enqueue(connection, "look", before.id, {"name": name, "at": at.isoformat(), "end": None})
        current = self._read(connection, before.id)
        return current[0] if current else None

    def _write_attempts(self, connection: Connection, before: Vm, after: Vm) -> None:
        known = {attempt.number: attempt for attempt in before.attempts}
        for attempt in after.attempts:
            if known.get(attempt.number) != attempt:
                written = upsert(ATTEMPTS).values(rows.attempt_columns(before.id, attempt))
                mutable = {name: written.excluded[name] for name in rows.ATTEMPT_MUTABLE}
                connection.execute(written.on_conflict_do_update(index_elements=["vm_id", "number"], set_=mutable))


def _now(connection: Connection) -> datetime:
    moment = connection.execute(select(PLATFORM_NOW)).scalar_one()
    assert isinstance(moment, datetime)
    return moment


def _next_look(after: Vm, *, wake: bool, look: timedelta | None) -> Any:
    """When the sweep should look if nobody else did: after what was asked for; when the claim lapses, while a worker
    that may crash holds it; else at the row's own next moment."""
    if after.state in TERMINAL:
        return None
    if after.claimed_by is not None and after.claimed_until is not None and not wake:
        return after.claimed_until
    if wake or look is not None:
        return PLATFORM_NOW + (look or timedelta(0)) + GRACE
    moments = [moment for moment in (after.deadline_at, after.expires_at) if moment is not None]
    return min(moments) if moments else None

"""Dead letters: kept once, and decided about in one transaction with the audit record."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, RowMapping, Select, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.db.auditing import Trail
from shared.db.models import DeadLetter as LetterRow
from shared.db.models import OutboxRow, table
from shared.db.vm_models import VmRow
from shared.domain.dead_letters import DeadLetter, Resolution
from shared.domain.errors import Conflict, Invalid, NotFound
from shared.domain.paging import Listing, Page, cut
from shared.domain.vm import Actor

LETTERS, OUTBOX, VMS = table(LetterRow), table(OutboxRow), table(VmRow)


class PostgresDeadLetters:
    """`trace` gives the id of the request being served, for the audit records."""

    def __init__(self, engine: Engine, trace: Callable[[], str | None] = lambda: None) -> None:
        self.engine = engine
        self.trail = Trail(trace)

    def keep(self, message_id: str, vm_id: str | None, body: dict[str, Any], attempts: int, reason: str) -> None:
        """Keep a wake-up that Pub/Sub set aside; kept already is well."""
        letter = upsert(LETTERS).values(
            source=f"pubsub/{message_id}", kind="wake", vm_id=vm_id, body=body, attempts=attempts, reason=reason
        )
        with self.engine.begin() as connection:
            connection.execute(letter.on_conflict_do_nothing(index_elements=["source"]))

    def page(self, page: Page) -> Listing[DeadLetter]:
        """Those that nobody has decided about, the newest first."""
        query = _letters().where(LETTERS.c.resolved_at.is_(None)).order_by(LETTERS.c.id.desc()).limit(page.size + 1)
        if page.after is not None:
            if not (page.after.isascii() and page.after.isdecimal() and len(page.after) < 19):
                raise Invalid("page_token_invalid", "Use a next_page_token as it was given.")
            query = query.where(LETTERS.c.id < int(page.after))
        with self.engine.begin() as connection:
            found = [_letter(row) for row in connection.execute(query).mappings()]
        return cut(found, page, lambda letter: str(letter.id))

    def replay(self, actor: Actor, letter_id: int) -> DeadLetter:
        """Back into the outbox; done already is well."""
        with self.engine.begin() as connection:
            row = self._resolve(connection, actor, letter_id, "replayed")
            if row["resolution"] is None:
                if row["vm_id"] is None:
                    raise Conflict("unreadable", "It names no VM, so nothing can come of it: drop it.")
                message = {"kind": row["kind"], "vm_id": row["vm_id"], "body": row["body"]}
                connection.execute(insert(OUTBOX).values(message))
            return _letter(row)

    def drop(self, actor: Actor, letter_id: int) -> DeadLetter:
        """Nothing more comes of it; done already is well."""
        with self.engine.begin() as connection:
            return _letter(self._resolve(connection, actor, letter_id, "dropped"))

    def _resolve(self, connection: Connection, actor: Actor, letter_id: int, resolution: Resolution) -> RowMapping:
        """Decide about it, unless that is done; the row as it was before."""
        query = _letters().where(LETTERS.c.id == letter_id).with_for_update(of=LETTERS)
        row = connection.execute(query).mappings().first()
        if row is None:
            raise NotFound("no_such_dead_letter", f"There is no dead letter {letter_id}.")
        if row["resolution"] not in (None, resolution):
            raise Conflict(row["resolution"], f"It was {row['resolution']} before.")
        if row["resolution"] is None:
            done = {"resolution": resolution, "resolved_at": func.platform_now()}
            connection.execute(update(LETTERS).where(LETTERS.c.id == letter_id).values(done))
            told = {"id": letter_id, "kind": row["kind"], "vm_id": row["vm_id"], "reason": row["reason"]}
            detail = f"{row['kind']} for {row['vm'] or 'no VM'}"
            self.trail.record(connection, actor, f"dead_letter.{resolution}", detail, before=told)
        return row


def _letters() -> Select[Any]:
    return select(LETTERS, VMS.c.name.label("vm")).outerjoin(VMS, VMS.c.id == LETTERS.c.vm_id)


def _letter(row: RowMapping) -> DeadLetter:
    return DeadLetter(**{name: row[name] for name in DeadLetter.__dataclass_fields__})

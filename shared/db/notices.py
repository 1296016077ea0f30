"""Notices in the outbox: whom a warning is due for, what is written with the commit, and the claims of who sends it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Select, delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from shared.db.models import DeadLetter, OutboxRow, User, WebhookRow, table
from shared.db.outbox import MESSAGE, claim
from shared.db.use_models import IdleStopRow
from shared.db.vm_models import VmRow
from shared.domain.life import REASONS, Reason, State, Wanted
from shared.domain.notices import CHANNELS, WARNINGS, Message, NoticeKind, Recipient, Webhook
from shared.domain.vm import Vm

OUTBOX, VMS, USERS = table(OutboxRow), table(VmRow), table(User)
WEBHOOKS, DEAD, IDLE_STOPS = table(WebhookRow), table(DeadLetter), table(IdleStopRow)
NOW = func.platform_now()
WARNED = (State.PROVISIONING, State.RUNNING, State.STOPPED)
CLAIM = timedelta(minutes=1)  # longer than one message may take to be sent


def warnings_due(vm_id: str | None) -> Select[Any]:
    """Ids of the VMs (or of this one) before whose end a warning's moment has come that is not done with yet. One that
    a worker holds is warned a minute later: moving its row would undo the worker's step."""
    since = func.coalesce(VMS.c.warned_until, VMS.c.started_at)
    moments = [VMS.c.expires_at - before for before in WARNINGS]
    query = (
        select(VMS.c.id)
        .where(VMS.c.state.in_(WARNED), VMS.c.expires_at > NOW, VMS.c.expires_at <= NOW + max(WARNINGS))
        .where((VMS.c.claimed_until.is_(None)) | (VMS.c.claimed_until <= NOW))
        .where(or_(*((moment <= NOW) & (moment > since) for moment in moments)))
        .order_by(VMS.c.expires_at)
    )
    return query if vm_id is None else query.where(VMS.c.id == vm_id)


def enqueue(
    connection: Connection,
    vm: Vm,
    kind: NoticeKind,
    receipt: Mapping[str, Any] | None = None,
    idle: Mapping[str, Any] | None = None,
) -> None:
    """Promise the notice by every channel, in the transaction of what it tells of. Who wants it, and where, is judged
    when it is sent. `id` is the same each time it is sent, for whoever has to tell copies apart. `idle`: what a notice
    about idleness has to tell, see `shared.services.idling`."""
    body = {
        "id": uuid.uuid4().hex,
        "notice": kind,
        "owner_id": vm.owner_id,
        "vm": vm.name,
        "state": vm.state.value,
        "reason": REASONS[vm.reason] if vm.reason else None,
        "at": vm.updated_at.isoformat(),
        "expires_at": vm.expires_at.isoformat() if vm.expires_at else None,
        "metered": receipt["metered"]["total"] if receipt else None,
        "quoted": receipt["quoted"]["total"] if receipt else None,
        "currency": vm.quote.currency,
        **(idle or {}),
    }
    rows = [{"kind": channel, "vm_id": vm.id, "body": body} for channel in CHANNELS]
    connection.execute(insert(OUTBOX).values(rows))


class PostgresNotices:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def take(self, channels: Collection[str]) -> Message | None:
        """Claim the notice by one of these that was tried least often, then the oldest; None when none is due."""
        claimed = claim(1, CLAIM, OUTBOX.c.kind.in_(channels))
        with self.engine.begin() as connection:
            row = connection.execute(claimed.returning(*MESSAGE)).first()
        return Message(*row) if row else None

    def sent(self, message_id: int) -> None:
        """It is out, or not wanted any more."""
        done = update(OUTBOX).where(OUTBOX.c.id == message_id).values(sent_at=NOW, last_error=None)
        with self.engine.begin() as connection:
            connection.execute(done)

    def again(self, message_id: int, error: str, after: timedelta) -> None:
        """Not out; to be tried again after that while."""
        later = update(OUTBOX).where(OUTBOX.c.id == message_id)
        with self.engine.begin() as connection:
            connection.execute(later.values(claimed_until=NOW + after, last_error=error[:500]))

    def put_off(self, message_id: int, after: timedelta) -> None:
        """Not tried, and so not counted as a try; due again after that while."""
        later = update(OUTBOX).where(OUTBOX.c.id == message_id)
        with self.engine.begin() as connection:
            connection.execute(later.values(claimed_until=NOW + after, tries=OUTBOX.c.tries - 1))

    def give_up(self, message: Message, error: str) -> None:
        """Never out: it becomes a dead letter."""
        dead = upsert(DEAD).values(
            source=f"outbox/{message.id}",
            kind=message.channel,
            vm_id=message.vm_id,
            body=dict(message.body),
            attempts=message.tries,
            reason=error[:500],
        )
        with self.engine.begin() as connection:
            connection.execute(dead.on_conflict_do_nothing(index_elements=["source"]))
            connection.execute(delete(OUTBOX).where(OUTBOX.c.id == message.id))

    def recipient(self, user_id: str) -> Recipient:
        """Whom that account's notices are for, as it is now."""
        hook = (WEBHOOKS.c.id, WEBHOOKS.c.url, WEBHOOKS.c.created_at)
        query = select(USERS.c.email, USERS.c.preferences, *hook).outerjoin(WEBHOOKS).where(USERS.c.id == user_id)
        with self.engine.begin() as connection:
            email, preferences, *found = connection.execute(query).one()
        about = preferences.get("mail_about")
        wanted = None if about is None else tuple(about)
        return Recipient(email, wanted, preferences.get("timezone"), Webhook(*found) if found[0] else None)

    def idle_stop_of(self, vm_id: str) -> datetime | None:
        """When the VM is to be stopped for being idle, as it stands; None once it is not."""
        query = select(IDLE_STOPS.c.stops_at).join(VMS, VMS.c.id == IDLE_STOPS.c.vm_id)
        query = query.where(VMS.c.id == vm_id, VMS.c.state == State.RUNNING, VMS.c.wanted == Wanted.RUNNING)
        with self.engine.begin() as connection:
            stops_at: datetime | None = connection.execute(query).scalar_one_or_none()
        return stops_at

    def idle_state_of(self, vm_id: str) -> State | None:
        """The state of a VM that was to be stopped for being idle, or was; None once nothing is left of that."""
        given_up = VMS.c.operation["asked"].astext == Reason.IDLE  # but it may still come
        query = select(VMS.c.state).where(VMS.c.id == vm_id, (VMS.c.reason == Reason.IDLE) | given_up)
        query = query.where(VMS.c.state.in_((State.RUNNING, State.STOPPED)))
        with self.engine.begin() as connection:
            state = connection.execute(query).scalar_one_or_none()
        return State(state) if state else None

    def end_of(self, vm_id: str) -> datetime | None:
        """The VM's end as it is now; None once it is on its way out."""
        query = select(VMS.c.expires_at).where(VMS.c.id == vm_id, VMS.c.state.in_(WARNED), VMS.c.expires_at > NOW)
        with self.engine.begin() as connection:
            end: datetime | None = connection.execute(query).scalar_one_or_none()
        return end

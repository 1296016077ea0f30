"""A backup of a world's database, and the world that goes on with it: the same cloud, the same bucket, and a registry
of an earlier time; with what a test, or an administrator, does there."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import Engine, select

from local.postgres import Server
from shared.db.approvals import PostgresApprovals
from shared.db.engine import by_url
from shared.db.idempotency import PostgresIdempotency
from shared.db.models import Audit, table
from shared.domain.life import State
from shared.domain.vm import Actor
from shared.services.holding import Holding
from shared.services.recovering import Recovering
from tests.integration.disorder import SMALL
from tests.integration.world import OWNER, WHO, World

ROOT = Actor("admin", OWNER, "198.51.100.1")
HOUR = timedelta(hours=1)
SHORT = SMALL.model_copy(update={"duration": "1h"})
_numbers = itertools.count(1)


class Backup:
    """The database as it is at this moment, to be gone back to once."""

    def __init__(self, server: Server, here: World) -> None:
        self.server, self.here, self.name = server, here, f"backup_{next(_numbers)}"
        here.engine.dispose()
        server.create_database(self.name, template=here.engine.url.database)

    @contextmanager
    def restored(self) -> Iterator[World]:
        """The world with that database; the clock goes on."""
        engine = by_url(self.server.dsn(self.name), 10)
        try:
            with closing(_world(engine, self.here)) as made:
                yield made
        finally:
            engine.dispose()
            self.server.drop_database(self.name)


def _world(engine: Engine, here: World) -> World:
    made = World(engine, here.compute_url, here.secrets_url, here.figures)
    made.offset, made.sealing.archive = here.offset, here.sealing.archive
    made.keys = here.keys
    made.move(0)
    return made


def settle(here: World) -> None:
    """Deliver what is due soon, and not yet what is for an end."""
    here.deliver(until=here.now() + timedelta(minutes=3))


def running(here: World) -> str:
    vm_id = here.approve(SHORT)
    settle(here)
    assert here.vm(vm_id).state is State.RUNNING
    return vm_id


def extend(here: World, vm_id: str, by: timedelta = HOUR) -> None:
    """And its label follows."""
    here.owning.extend(WHO, here.vm(vm_id).name, by, Decimal(1000), next(here.keys))
    settle(here)
    assert here.vm(vm_id).labelled_end == here.vm(vm_id).expires_at


def holding(here: World) -> Holding:
    return Holding(here.platform, here.holds, here.sealing)


def recovering(here: World) -> Recovering:
    approvals = PostgresApprovals(here.engine, here.registry)
    return Recovering(here.platform, approvals, PostgresIdempotency(here.engine), here.relay, here._whole_life)


def items(here: World) -> dict[str, dict]:
    """VMs and machines that the hold lists, by what they are."""
    listed = holding(here).view(dry_run=False)["hold"]["items"]
    return {each["what"]: each for each in listed if each["kind"] in ("vm", "instance")}


def go_on(here: World) -> None:
    held = holding(here)
    held.go_on(ROOT, held.view(dry_run=False)["hold"]["seen"])


def actions(here: World) -> list[str]:
    audit = table(Audit)
    with here.engine.begin() as connection:
        return list(connection.execute(select(audit.c.action).order_by(audit.c.id)).scalars())

"""A backup of a world's database, and the world that goes on with it: the same cloud, the same bucket, and a registry
of an earlier time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import closing, contextmanager

from sqlalchemy import Engine

from local.postgres import Server
from shared.db.engine import by_url
from shared.domain.errors import CloudError, Scope
from shared.domain.seals import Forked, Head
from tests.integration.world import World

_numbers = itertools.count(1)


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

"""What the integration tests share: one real PostgreSQL server a worker, a fresh migrated database a test, and on it a
whole platform for those that ask for it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from local.postgres import Server
from shared.db.engine import by_url
from shared.db.migrating import upgrade
from shared.migrate import seed_limits
from tests.integration.world import World, world

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the database `template`, migrated and with the regions of the platform."""
    running = Server(tmp_path_factory.mktemp("postgres"), durable=False)
    running.start()
    try:
        template(running)
        yield running
    finally:
        running.stop()
        running.destroy()


def template(server: Server) -> None:
    """Make the database that every test's is a copy of."""
    server.create_database("template")
    engine = by_url(server.dsn("template"), 1)
    upgrade(engine)
    seed_limits(engine, vcpus=8, addresses=8, rules=100)
    engine.dispose()


@pytest.fixture
def dsn(server: Server) -> Iterator[str]:
    """The URL of a database of the test's own."""
    name = f"test_{next(_numbers)}"
    server.create_database(name, template="template")
    yield server.dsn(name)
    server.drop_database(name)


@pytest.fixture
def engine(dsn: str) -> Iterator[Engine]:
    """An engine on a database of the test's own."""
    made = by_url(dsn, 20)
    yield made
    made.dispose()


@pytest.fixture
def here(engine: Engine) -> Iterator[World]:
    """A world in whose cloud everything is done at once."""
    with world(engine) as made:
        yield made

"""What the integration tests share: one real PostgreSQL server a worker, a migrated database like new for each test,
and on it a whole platform for those that ask for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from local.postgres import Server
from shared.db.engine import by_url
from shared.google import calls
from tests.integration.databases import Databases, template
from tests.integration.outside import Bucket
from tests.integration.restoring import Backup, extend, running
from tests.integration.world import World, world


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A retry within a call would wait on real time."""
    monkeypatch.setattr(calls, "_PAUSES", (0.0, 0.0))


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


@pytest.fixture(scope="session")
def databases(server: Server) -> Databases:
    """The databases of the tests on this server."""
    return Databases(server)


@pytest.fixture
def dsn(databases: Databases) -> Iterator[str]:
    """The URL of a database of the test's own."""
    with databases.one() as url:
        yield url


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


@pytest.fixture
def bucket(here: World) -> Bucket:
    """Where that world's seals are put."""
    here.sealing.archive = Bucket()
    return here.sealing.archive


@pytest.fixture
def extended(server: Server, here: World, bucket: Bucket) -> Iterator[tuple[World, str]]:
    """A restored world whose VM was extended by an hour after the backup, five minutes before its former end."""
    vm_id = running(here)
    here.sweep()
    backup = Backup(server, here)
    extend(here, vm_id)
    here.sweep()
    here.move(55 * 60)
    with backup.restored() as restored:
        yield restored, vm_id

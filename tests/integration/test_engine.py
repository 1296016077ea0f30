"""Both ways to the registry: by DATABASE_URL over plain pg8000, and by the Cloud SQL connector with IAM."""

from __future__ import annotations

import errno
import os
import ssl
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError, DBAPIError

from local.credentials import UNIVERSE, write_service_account_key
from local.postgres import Server
from local.server import in_thread
from local.sqladmin.api import SqlAdmin
from shared.db import engine as engines
from shared.db.models import Region, table
from shared.db.registry import PostgresRegistry
from tests.integration.instead import Instead

INSTANCE = "demo:us-west1:registry"
ACCOUNT = "vmc-status@demo.iam.gserviceaccount.com"


def test_by_url_the_registry_answers_from_a_pool(dsn: str) -> None:
    made = engines.by_url(dsn, 3)
    with made.begin() as connection:
        assert len(connection.execute(select(table(Region))).all()) == 7
    assert made.pool.size() == 1
    assert PostgresRegistry(made).clock().tzinfo is not None
    made.dispose()


def test_a_statement_is_numbered_once_and_means_the_same_each_time(dsn: str) -> None:
    made = engines.by_url(dsn, 1)
    query = text("SELECT '100% %s', CAST(:given AS text)")
    with made.begin() as connection:
        for given in ("%s", "$1", None):
            assert connection.execute(query, {"given": given}).one() == ("100% %s", given)
    made.dispose()


def test_a_transaction_of_one_statement_takes_three_round_trips(dsn: str) -> None:
    made = engines.by_url(dsn, 1)
    regions = table(Region)
    with made.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
    file, flushes = driver._sock, 0

    def flush() -> None:
        nonlocal flushes
        flushes += 1
        file.flush()

    driver._sock = Instead(file, flush=flush)
    for query in (select(regions), select(regions).where(regions.c.id == "us-west1")):
        flushes = 0
        with made.begin() as connection:
            assert connection.execute(query).first() is not None
        assert flushes == 3  # that it lives; begin and the statement; commit
    made.dispose()


def test_a_connection_serves_on_after_a_statement_that_failed(dsn: str) -> None:
    made = engines.by_url(dsn, 1)
    for bad in ("SELECT 1 / CAST(:given AS int)", "SELECT nonsense, :given", "SELECT 1 / 0"):
        with pytest.raises(DatabaseError), made.begin() as connection:
            connection.execute(text(bad), {"given": 0} if ":given" in bad else {})
        with made.begin() as connection:
            assert connection.execute(text("SELECT CAST(:given AS int)"), {"given": 7}).scalar() == 7
    made.dispose()


def test_in_a_transaction_that_failed_no_statement_passes_and_no_commit(dsn: str) -> None:
    made = engines.by_url(dsn, 1)
    with made.connect() as connection:
        with pytest.raises(DatabaseError):
            connection.execute(text("SELECT 1 / 0"))
        for refused in (lambda: connection.execute(text("SELECT 1")), connection.commit):
            with pytest.raises(DBAPIError, match="transaction"):
                refused()
    made.dispose()


@pytest.mark.parametrize(
    "told", ["2026-11-25 21:00:00.5+00", "2026-11-25 21:00:00+05:30", "1999-12-31 23:59:59.999999-08"]
)
def test_a_moment_is_read_as_it_was_written(dsn: str, told: str) -> None:
    made = engines.by_url(dsn, 1)
    query = text("SELECT CAST(:told AS timestamptz)")
    with made.begin() as connection:
        connection.execute(text("SET LOCAL TIME ZONE 'Asia/Kolkata'"))
        assert connection.execute(query, {"told": told}).scalar() == datetime.fromisoformat(told)
        assert connection.execute(query, {"told": "infinity"}).scalar() == "infinity"
    made.dispose()


def test_a_connection_that_the_server_closed_is_replaced(dsn: str) -> None:
    made = engines.by_url(dsn, 2)
    with made.begin() as connection:
        gone = connection.execute(text("SELECT pg_backend_pid()")).scalar()
    with engines.by_url(dsn, 1).begin() as other:
        other.execute(text("SELECT pg_terminate_backend(:gone)"), {"gone": gone})
    with made.begin() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar() != gone
    made.dispose()


def reset(file: Any) -> Any:
    """A socket's file whose peer has reset the connection: the next read finds out, and from then on no byte goes."""
    known = False

    def read(_: int) -> bytes:
        nonlocal known
        known = True
        raise ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")

    def flush() -> None:
        if known:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")
        file.flush()

    return Instead(file, read=read, flush=flush)


def test_a_connection_that_was_reset_is_replaced_without_a_word(dsn: str, caplog: pytest.LogCaptureFixture) -> None:
    made = engines.by_url(dsn, 2)
    with made.begin() as connection:
        gone = connection.execute(text("SELECT pg_backend_pid()")).scalar()
        driver = connection.connection.driver_connection
        assert driver is not None
    driver._sock = reset(driver._sock)
    with made.begin() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar() != gone
    assert not caplog.records
    made.dispose()


def test_a_wrong_password_is_refused_at_once_rather_than_tried_again(dsn: str) -> None:
    wrong = engines.by_url(dsn.replace(dsn.split(":")[2].split("@")[0], "wrong"), 1)
    with pytest.raises(Exception, match="password"):
        wrong.connect()
    wrong.dispose()


def test_off_this_machine_tls_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    dialled: list[dict[str, object]] = []

    def connect(**options: object) -> None:
        dialled.append(options)
        raise ValueError({"C": "28000"})

    monkeypatch.setattr("pg8000.dbapi.connect", connect)
    for host in ("db.example.com", "127.0.0.1"):
        far = engines.by_url(f"postgresql+pg8000://user:secret@{host}/vmcreator", 1)
        with pytest.raises(ValueError, match="28000"):
            far.raw_connection()
    assert [isinstance(options["ssl_context"], ssl.SSLContext) for options in dialled] == [True, False]


def test_by_connector_a_service_account_reads_the_registry(
    server: Server, dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_service_account_key(tmp_path / "key.json", ACCOUNT)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
    monkeypatch.setenv("GOOGLE_CLOUD_UNIVERSE_DOMAIN", UNIVERSE)
    database = dsn.rpartition("/")[2]
    # The port is the connector's choice (3307), so each process listens on an address of its own where it can.
    own = f"127.{os.getpid() >> 8 & 255}.{os.getpid() & 255}.200"
    address = own if sys.platform == "linux" else "127.0.0.1"
    role = ACCOUNT.removesuffix(".gserviceaccount.com")
    with in_thread(SqlAdmin(INSTANCE, server, tmp_path / "state", address).app()) as admin:
        users = f"{admin}/sql/v1beta4/projects/demo/instances/registry/users"
        made = httpx.post(users, json={"name": ACCOUNT, "type": "CLOUD_IAM_SERVICE_ACCOUNT"})
        made.raise_for_status()
        server.run(database, f'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{role}"')
        engine = engines.by_connector(INSTANCE, ACCOUNT, database, 2, admin, "public")
        with engine.begin() as connection:
            assert connection.execute(text("SELECT current_user")).scalar_one() == role
            assert len(connection.execute(select(table(Region))).all()) == 7
        assert PostgresRegistry(engine).alive() == []
        engine.dispose()
        server.run(database, f'DROP OWNED BY "{role}"')
    server.run("postgres", f'DROP ROLE IF EXISTS "{role}"')

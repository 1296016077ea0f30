"""The emulated Cloud SQL, by Google's own connector with IAM authentication."""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pg8000
import pytest
import sqlalchemy as sa
from google.cloud.sql.connector import Connector
from google.oauth2 import service_account

from local.credentials import UNIVERSE, write_service_account_key
from local.postgres import Server
from local.server import in_thread
from local.sqladmin.api import SqlAdmin

INSTANCE = "demo:us-west1:registry"
ACCOUNT = "vmc-status@demo.iam.gserviceaccount.com"
ROLE = "vmc-status@demo.iam"
USERS = "/sql/v1beta4/projects/demo/instances/registry/users"
addresses = itertools.count(1)


@dataclass
class CloudSql:
    """An instance with a database `registry`."""

    url: str
    address: str
    server: Server
    admin: SqlAdmin


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("sql") / "pg", durable=False)
    with server:
        server.create_database("registry")
        yield server
    server.destroy()


@pytest.fixture
def instance(server: Server, tmp_path: Path) -> Iterator[CloudSql]:
    # The port is the connector's choice: where every 127.x.y.z is this machine, the address is this process's own.
    own = f"127.{os.getpid() >> 8 & 255}.{os.getpid() & 255}.{next(addresses)}"
    address = own if sys.platform == "linux" else "127.0.0.1"
    admin = SqlAdmin(INSTANCE, server, tmp_path / "state", address)
    with in_thread(admin.app()) as url:
        yield CloudSql(url, address, server, admin)
    server.run("postgres", f'DROP ROLE IF EXISTS "{ROLE}"')


@pytest.fixture
def key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "key.json"
    write_service_account_key(path, ACCOUNT)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    monkeypatch.setenv("GOOGLE_CLOUD_UNIVERSE_DOMAIN", UNIVERSE)
    return path


@pytest.fixture
def connect(instance: CloudSql, key: Path) -> Iterator[Callable[..., pg8000.dbapi.Connection]]:
    """Connect as a deployed function does."""
    with Connector(
        enable_iam_auth=True, refresh_strategy="LAZY", sqladmin_api_endpoint=instance.url, timeout=10
    ) as connector:

        def connect(user: str = ACCOUNT, **options: Any) -> pg8000.dbapi.Connection:
            return connector.connect(INSTANCE, "pg8000", user=user, db="registry", **options)

        yield connect


def make_user(instance: CloudSql, name: str = ACCOUNT) -> httpx.Response:
    return httpx.post(instance.url + USERS, json={"name": name, "type": "CLOUD_IAM_SERVICE_ACCOUNT"})


def test_the_made_up_key_is_private_and_asks_nobody_for_its_tokens(key: Path) -> None:
    assert key.stat().st_mode & 0o777 == 0o600
    credentials = service_account.Credentials.from_service_account_file(str(key), scopes=["https://example.test/any"])
    asked: list[Any] = []
    threads = threading.active_count()
    headers: dict[str, str] = {}
    credentials.before_request(lambda **request: asked.append(request), "GET", "http://127.0.0.1/", headers)
    assert headers["authorization"].startswith("Bearer ey")
    assert asked == []
    assert threading.active_count() == threads  # no look-up of the key's allowed locations in the background either


def test_a_service_account_signs_in_without_a_password(instance: CloudSql, connect: Callable[..., Any]) -> None:
    assert make_user(instance).json()["status"] == "DONE"
    engine = sa.create_engine("postgresql+pg8000://", creator=connect)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT current_user, current_database()")).one() == (ROLE, "registry")
    engine.dispose()


def test_many_connections_and_large_rows_pass_through(instance: CloudSql, connect: Callable[..., Any]) -> None:
    make_user(instance)
    open_at_once = [connect() for _ in range(20)]
    for connection in open_at_once:
        cursor = connection.cursor()
        cursor.execute("SELECT repeat('x', 3000000)")
        assert len(cursor.fetchone()[0]) == 3_000_000
        connection.close()


def test_a_closed_connection_is_closed_at_the_database_too(instance: CloudSql, connect: Callable[..., Any]) -> None:
    make_user(instance)
    connection = connect()
    mine = f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{ROLE}'"
    assert instance.server.run("postgres", mine) == [[1]]
    connection.close()
    waiting = f"DO $$ BEGIN WHILE ({mine}) > 0 LOOP PERFORM pg_sleep(0.02), pg_stat_clear_snapshot(); END LOOP; END $$"
    instance.server.run("postgres", f"SET statement_timeout = '10s'; {waiting}")


def test_one_account_cannot_sign_in_as_another(instance: CloudSql, connect: Callable[..., Any]) -> None:
    make_user(instance)
    make_user(instance, "someone-else@demo.iam.gserviceaccount.com")
    with pytest.raises(pg8000.exceptions.DatabaseError, match="authentication failed"):
        connect(user="someone-else@demo.iam.gserviceaccount.com")
    with pytest.raises(pg8000.exceptions.DatabaseError, match="authentication failed"):
        connect(user="vmcreator")


def test_an_account_that_is_no_user_of_the_instance_is_refused(connect: Callable[..., Any]) -> None:
    with pytest.raises(pg8000.exceptions.DatabaseError, match="authentication failed"):
        connect()


def test_a_role_of_the_iam_kind_has_no_way_in_but_the_instance(instance: CloudSql) -> None:
    make_user(instance)
    with pytest.raises(pg8000.exceptions.DatabaseError):
        pg8000.dbapi.connect(ROLE, host="127.0.0.1", port=instance.server.port, database="registry", password="")


def test_without_iam_the_database_asks_for_its_own_password(instance: CloudSql, key: Path) -> None:
    with Connector(refresh_strategy="LAZY", sqladmin_api_endpoint=instance.url, timeout=10) as connector:
        options = {"user": "vmcreator", "db": "registry"}
        connection = connector.connect(INSTANCE, "pg8000", password=instance.server.password, **options)
        connection.close()
        with pytest.raises(pg8000.exceptions.DatabaseError, match="password authentication failed"):
            connector.connect(INSTANCE, "pg8000", password="wrong", **options)


def test_the_instance_takes_nobody_without_a_certificate_of_its_own(instance: CloudSql) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(cadata=instance.admin.authority.certificate)
    startup = struct.pack("!ii", 8, 3 << 16)  # which even a stranger's PostgreSQL answers with an error
    answer = b""
    with (
        socket.create_connection((instance.address, 3307), timeout=10) as plain,
        context.wrap_socket(plain) as secured,
        contextlib.suppress(ssl.SSLError, ConnectionError),
    ):
        secured.sendall(startup)
        answer = secured.recv(1)
    assert answer == b""


def test_certificates_outlive_a_restart_of_the_api(
    server: Server, instance: CloudSql, connect: Callable[..., Any], tmp_path: Path
) -> None:
    again = SqlAdmin(INSTANCE, server, tmp_path / "state", "127.0.0.1")
    assert again.authority.certificate == instance.admin.authority.certificate
    for kept in ("sqladmin-authority.pem", "sqladmin-server.pem"):
        assert (tmp_path / "state" / kept).stat().st_mode & 0o777 == 0o600


def test_an_ephemeral_certificate_needs_a_token_with_the_login_scope(instance: CloudSql, key: Path) -> None:
    path = f"{instance.url}/sql/v1beta4/projects/demo/instances/registry:generateEphemeralCert"
    assert httpx.post(path, json={}).status_code == 401
    other = service_account.Credentials.from_service_account_file(str(key), scopes=["https://example.test/other"])
    other.refresh(None)
    bearer = {"Authorization": f"Bearer {other.token}"}
    refused = httpx.post(path, json={"public_key": "x", "access_token": other.token}, headers=bearer)
    assert (refused.status_code, refused.json()["error"]["status"]) == (403, "PERMISSION_DENIED")
    assert httpx.post(path, json={"public_key": "x"}, headers=bearer).status_code == 400


def test_only_the_configured_instance_exists(instance: CloudSql, connect: Callable[..., Any]) -> None:
    other = instance.url + USERS.replace("registry", "other")
    assert httpx.get(other).json()["error"]["status"] == "NOT_FOUND"


def test_users_are_listed_and_made_once(instance: CloudSql) -> None:
    assert make_user(instance).status_code == 200
    assert make_user(instance).status_code == 409
    assert ROLE in [user["name"] for user in httpx.get(instance.url + USERS).json()["items"]]
    assert make_user(instance, 'x"; DROP ROLE vmcreator; --').status_code == 400


def test_faults_reach_the_connector(instance: CloudSql, connect: Callable[..., Any]) -> None:
    make_user(instance)
    faults = instance.url + "/_faults"
    httpx.post(faults, json={"method": "connect", "reason": "57P03", "message": "the database system is starting up"})
    with pytest.raises(pg8000.exceptions.DatabaseError, match="starting up"):
        connect()
    httpx.post(faults, json={"method": "connect", "drop": True})
    with pytest.raises(pg8000.exceptions.Error):
        connect()
    httpx.post(faults, json={"method": "connectSettings", "status": 403, "message": "not today"})
    with pytest.raises(Exception, match="not today"):
        connect()
    connect().close()


def test_an_address_in_use_stops_the_start(instance: CloudSql, tmp_path: Path) -> None:
    second = SqlAdmin(INSTANCE, instance.server, tmp_path / "second", instance.address)
    with pytest.raises(OSError, match="in use"):
        second.app()

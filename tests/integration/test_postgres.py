"""The embedded PostgreSQL: serves, keeps its data, leaves nothing behind, and recovers from whoever was killed."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

import local.postgres.home
from local.postgres import AlreadyRunning, Server, StartFailed

HELD_OPEN = """
import sys, time
from pathlib import Path
from local.postgres import Server
server = Server(Path(sys.argv[1]), durable=False)
server.start()
print(server.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A server's folder, removed with its stand-in (see local.postgres.home) after the test."""
    yield tmp_path / "pg"
    Server(tmp_path / "pg").destroy()


def eventually(holds: Callable[[], bool], seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_serves_by_its_dsn_and_keeps_its_data_and_port_over_a_restart(folder: Path) -> None:
    with Server(folder, durable=False) as server:
        server.create_database("shop")
        engine = sa.create_engine(server.dsn("shop"))
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE kept AS SELECT 42 AS answer"))
        engine.dispose()
        port = server.port
    with Server(folder, durable=False) as server:
        assert server.port == port
        assert server.run("shop", "SELECT answer FROM kept") == [[42]]


def test_a_copy_of_a_template_has_its_tables_and_a_dropped_database_is_gone(folder: Path) -> None:
    with Server(folder, durable=False) as server:
        server.create_database("origin")
        server.run("origin", "CREATE TABLE t AS SELECT 1 AS one")
        server.create_database("replica", template="origin")
        assert server.run("replica", "SELECT one FROM t") == [[1]]
        server.drop_database("replica")
        server.drop_database("replica")
        assert "replica" not in server.databases()
        with pytest.raises(ValueError, match="not a database name"):
            server.create_database('x"; DROP DATABASE origin; --')


@pytest.mark.parametrize(("durable", "fsync"), [(True, "on"), (False, "off")])
def test_only_a_test_server_trades_durability_for_speed(folder: Path, durable: bool, fsync: str) -> None:
    with Server(folder, durable=durable) as server:
        assert server.run("postgres", "SHOW fsync") == [[fsync]]
        assert server.run("postgres", "SHOW full_page_writes") == [[fsync]]
        assert server.run("postgres", "SHOW synchronous_commit") == [["on"]]
        assert server.run("postgres", "SHOW max_connections") == [["200"]]


def test_asks_for_the_password_that_only_its_owner_can_read(folder: Path) -> None:
    with Server(folder, durable=False) as server:
        assert stat.S_IMODE((server.home / "password").stat().st_mode) == 0o600
        wrong = server.dsn("postgres").replace(server.password, "wrong")
        with pytest.raises(sa.exc.DatabaseError, match="password authentication failed"):
            sa.create_engine(wrong).connect()


def test_stop_disconnects_clients_and_leaves_no_process(folder: Path) -> None:
    server = Server(folder, durable=False)
    server.start()
    family = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
    connection = sa.create_engine(server.dsn("postgres")).connect()
    connection.execute(sa.text("SELECT 1"))
    server.stop()
    assert not any(process.is_running() for process in family)
    with pytest.raises(sa.exc.DBAPIError):
        connection.execute(sa.text("SELECT 1"))
    server.stop()


def test_a_second_server_on_the_same_folder_is_refused_while_the_first_lives(folder: Path) -> None:
    with Server(folder, durable=False) as server:
        with pytest.raises(AlreadyRunning):
            Server(folder).start()
        assert server.run("postgres", "SELECT 1") == [[1]]


def test_starts_again_after_the_server_itself_was_killed(folder: Path) -> None:
    server = Server(folder, durable=False)
    server.start()
    server.run("postgres", "CREATE TABLE committed AS SELECT 7 AS n")
    os.kill(server.pid or 0, signal.SIGKILL)
    server.stop()
    with Server(folder, durable=False) as again:
        assert again.run("postgres", "SELECT n FROM committed") == [[7]]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no signal at a parent's death")
def test_dies_with_a_killed_parent_and_starts_again(folder: Path) -> None:
    parent = subprocess.Popen([sys.executable, "-c", HELD_OPEN, str(folder)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout
    postmaster = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    with Server(folder, durable=False) as server:
        assert server.run("postgres", "SELECT 1") == [[1]]
        assert server.pid != postmaster.pid
    assert eventually(lambda: not postmaster.is_running())


def test_a_server_that_lost_its_owner_is_stopped_at_the_next_start(folder: Path) -> None:
    lost = Server(folder, durable=False)
    lost.start()
    orphan = lost._process
    assert orphan
    assert lost._lock
    lost._lock.close()  # what a killed owner leaves: a running server whose lock nobody holds
    with Server(folder, durable=False) as server:
        assert orphan.wait(20) == 0
        assert server.run("postgres", "SELECT 1") == [[1]]


def test_moves_to_another_port_when_its_own_is_taken(folder: Path) -> None:
    with Server(folder, durable=False) as first, Server(folder.with_name("other"), durable=False) as other:
        other.stop()
        (other.home / "port").write_text(str(first.port))
        other.start()
        assert other.port != first.port
        assert other.run("postgres", "SELECT 1") == [[1]]
    other.destroy()


def test_a_start_that_fails_says_why(folder: Path) -> None:
    with Server(folder, durable=False) as server:
        pass
    (server.data / "postgresql.conf").write_text("no_such_setting = on\n")
    with pytest.raises(StartFailed, match="no_such_setting"):
        server.start()


@pytest.mark.parametrize("order", [signal.SIGTERM, signal.SIGINT])
def test_the_command_serves_until_told_to_stop(folder: Path, order: signal.Signals) -> None:
    command = [sys.executable, "-m", "local.postgres", "--folder", str(folder)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert running.stdout
    assert running.stdout.readline().startswith("postgres listens on 127.0.0.1:")
    family = psutil.Process(running.pid).children(recursive=True)
    assert family
    running.send_signal(order)
    assert running.wait(20) == 0
    running.stdout.close()
    assert not any(process.is_running() for process in family)


def test_a_folder_that_the_account_can_reach_holds_the_data_itself() -> None:
    # Not pytest's own folder: that one is closed to other accounts.
    with tempfile.TemporaryDirectory(prefix="vm-creator-", dir="/tmp") as open_folder:
        Path(open_folder).chmod(0o755)
        with Server(Path(open_folder), durable=False) as server:
            assert server.home == Path(open_folder)
            assert (server.data / "PG_VERSION").exists()
            assert server.data.stat().st_uid == server.user.uid != 0
        server.destroy()
        assert not Path(open_folder).exists()
        Path(open_folder).mkdir()


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary account serves from its own folder itself")
def test_as_root_what_the_account_cannot_reach_is_kept_elsewhere_and_no_folder_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    wheel = local.postgres.home._reachable
    monkeypatch.setattr(
        local.postgres.home, "_reachable", lambda path, user: path.name != "postgres" and wheel(path, user)
    )
    with Server(closed / "pg", durable=False) as server:
        assert server.home.parent == Path("/var/tmp")
        assert (server.home / "programs").is_dir()
        assert server.run("postgres", "SELECT 1") == [[1]]
        assert Server(closed / "pg").home == server.home
    server.destroy()
    assert not server.home.exists()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700

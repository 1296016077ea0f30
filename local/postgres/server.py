"""One PostgreSQL server: made on first use, started, asked for databases, stopped."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import pg8000.exceptions
import pg8000.native
import psutil

from local import launch
from local.postgres.home import account, home, programs
from local.server import free_port

SUPERUSER = "vmcreator"
START_SECONDS = 30.0
STOP_SECONDS = 30.0
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a socket's path may not exceed 107 characters; a project's folder may
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For tests: a crash of the machine may lose everything, a crash of the server nothing (synchronous_commit stays on for
# that: without fsync it costs one write).
VOLATILE = {"fsync": "off", "full_page_writes": "off"}
FILES = ("data", "data.new", "programs", "programs.new", "password", "port", "log", "lock")
NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class AlreadyRunning(RuntimeError):
    """Another living process runs a server on this folder."""


class StartFailed(RuntimeError):
    """The server ended, or did not answer in time; the message ends with its log's last lines."""


class Server:
    """A server on `folder`, listening on loopback TCP at a port that is kept between runs where it stays free.

    `start()` and `stop()`, or a context. Another process that wants the address of a running server makes a Server on
    the same folder and does not start it. It runs as this account, as `nobody` for root (see local.postgres.home),
    and stops with the thread that started it: start it from one that lives as long (on systems other than Linux a
    killed parent leaves it running). Whatever a killed parent left behind is stopped at the next start.
    """

    def __init__(self, folder: Path, *, port: int | None = None, durable: bool = True) -> None:
        self.user = account()
        self.home = home(folder, self.user)
        self.data = self.home / "data"
        self.port = port or self._kept_port()
        self._wanted_port = port
        self._durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def password(self) -> str:
        """The superuser's password, from the file that only its owner reads."""
        return (self.home / "password").read_text()

    @property
    def pid(self) -> int | None:
        """The server's process, while it runs."""
        return self._process.pid if self._process else None

    def dsn(self, database: str) -> str:
        """SQLAlchemy's URL of a database."""
        return f"postgresql+pg8000://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Return once the server answers. Raises AlreadyRunning or StartFailed."""
        self._take_lock()
        try:
            binaries = programs(self.home, self.user)
            self._stop_left_behind()
            if not (self.data / "PG_VERSION").exists():
                self._initialise(binaries)
            self.port = self._choose_port()
            self._launch(binaries)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Disconnect everyone, write everything down, return once the process is gone. No harm if it does not run."""
        if self._process:
            _end(psutil.Process(self._process.pid) if self._process.poll() is None else None)
            self._process.wait()
            self._process = None
        if self._lock:
            self._lock.close()
            self._lock = None

    def destroy(self) -> None:
        """Remove every file of a server that does not run, and the folder if nothing else is in it."""
        self._take_lock()
        self.stop()
        for name in FILES:
            path = self.home / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        if not any(self.home.iterdir()):
            self.home.rmdir()

    def databases(self) -> set[str]:
        """The names of all databases."""
        return {row[0] for row in self.run("postgres", "SELECT datname FROM pg_database")}

    def create_database(self, name: str, template: str | None = None) -> None:
        """Make a database, as a copy of `template` if given (which nobody may be connected to)."""
        copy = f' TEMPLATE "{_checked(template)}"' if template else ""
        self.run("postgres", f'CREATE DATABASE "{_checked(name)}"{copy}')

    def drop_database(self, name: str) -> None:
        """Remove a database, disconnecting whoever uses it. No harm if it does not exist."""
        self.run("postgres", f'DROP DATABASE IF EXISTS "{_checked(name)}" WITH (FORCE)')

    def run(self, database: str, statement: str) -> list[list[Any]]:
        """One statement as the superuser, outside any transaction; its rows."""
        connection = pg8000.native.Connection(
            # Unless told, pg8000 loads every certificate of the system first, only to be refused TLS.
            *(SUPERUSER, "127.0.0.1", database, self.port, self.password),
            timeout=START_SECONDS,
            ssl_context=False,
        )
        try:
            return list(connection.run(statement) or [])
        finally:
            connection.close()

    def _take_lock(self) -> None:
        lock = (self.home / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise AlreadyRunning(f"another process runs the database in {self.home}") from None
        self._lock = lock

    def _stop_left_behind(self) -> None:
        """We hold the lock, so a server that still runs here has lost its parent."""
        try:
            process = psutil.Process(int((self.data / "postmaster.pid").read_text().split("\n", 1)[0]))
            command = process.cmdline()
        except (FileNotFoundError, ValueError, psutil.Error):
            return
        if str(self.data) in command:  # else: a stranger who was given the same number since
            _end(process)

    def _initialise(self, binaries: Path) -> None:
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        secret = self.home / "password"
        secret.unlink(missing_ok=True)
        with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(24))
        for path in (fresh, secret):
            os.chown(path, self.user.uid, self.user.gid)
        options = [f"--username={SUPERUSER}", f"--pwfile={secret}", "--auth=scram-sha-256", "--encoding=UTF8"]
        # Built in, so that text sorts alike on every machine.
        options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
        if not self._durable:
            options.append("--no-sync")
        made = self._spawn([str(binaries / "initdb"), "-D", str(fresh), *options])
        if made.wait() != 0:
            raise StartFailed(f"initdb failed:\n{self._log_tail()}")
        os.replace(fresh, self.data)

    def _choose_port(self) -> int:
        port = self._wanted_port or self._kept_port()
        if not self._wanted_port and (not port or not _is_free(port)):
            port = free_port()
        (self.home / "port").write_text(str(port))
        return port

    def _kept_port(self) -> int:
        kept = self.home / "port"
        return int(kept.read_text()) if kept.exists() else 0

    def _launch(self, binaries: Path) -> None:
        settings = SETTINGS | ({} if self._durable else VOLATILE)
        command = [str(binaries / "postgres"), "-D", str(self.data), "-p", str(self.port)]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        deadline = time.monotonic() + START_SECONDS
        self._process = self._spawn(command)
        while not self._answers():
            late = time.monotonic() > deadline
            if self._process.poll() is not None:
                # The workers of a server that was killed outright need a moment to notice.
                if late or "pre-existing shared memory block" not in self._log_tail():
                    raise StartFailed(f"PostgreSQL ended at its start:\n{self._log_tail()}")
                self._process = self._spawn(command)
            elif late:
                raise StartFailed(f"PostgreSQL did not answer within {START_SECONDS:.0f} s:\n{self._log_tail()}")
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            self.run("postgres", "SELECT 1")
        except (OSError, pg8000.exceptions.Error):
            return False
        return True

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        launcher = [sys.executable, "-I", "-S", launch.__file__]
        # SIGINT is PostgreSQL's fast shutdown.
        identity = [str(self.user.uid), str(self.user.gid), str(os.getpid()), str(int(signal.SIGINT))]
        with (self.home / "log").open("wb" if "initdb" in command[0] else "ab") as log:
            return subprocess.Popen(
                [*launcher, *identity, *command],
                cwd="/",  # the account may be unable to enter ours
                env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a terminal's Ctrl-C is for us: we stop it in our order
            )

    def _log_tail(self) -> str:
        return "\n".join((self.home / "log").read_text(errors="replace").splitlines()[-15:])


def _end(process: psutil.Process | None) -> None:
    """Fast shutdown; immediate shutdown when that takes too long; kill when even that does."""
    for order in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process is None:
            return
        try:
            process.send_signal(order)
            process.wait(STOP_SECONDS)
        except psutil.NoSuchProcess:
            return
        except psutil.TimeoutExpired:
            continue
        return


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _checked(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError(f"not a database name: {name!r}")
    return name

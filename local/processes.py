"""Child processes that come and go with the platform: each with its log, none left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from local import launch

START_SECONDS = 60.0
STOP_SECONDS = 10.0


class StartFailed(RuntimeError):
    """A process ended, or did not listen in time; the message ends with its log's last lines."""


class Process:
    """One child, tied to this process: it is told to stop when this one ends, however that happens."""

    def __init__(
        self, name: str, command: list[str], port: int, logs: Path, *, folder: Path, environment: Mapping[str, str]
    ) -> None:
        self.name = name
        self.port = port
        self.log = logs / f"{name}.log"
        logs.mkdir(parents=True, exist_ok=True)
        identity = [os.getuid(), os.getgid(), os.getpid(), int(signal.SIGTERM)]
        tie = [sys.executable, "-I", "-S", launch.__file__, *map(str, identity)]
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                [*tie, *command],
                cwd=folder,
                env={**os.environ, **environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._child.pid

    def wait_until_listening(self) -> None:
        """Return once something accepts connections on its port. Raises StartFailed."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self._child.poll() is not None:
                raise StartFailed(f"{self.name} ended:\n{self._tail()}")
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.02)
            else:
                return
        raise StartFailed(f"{self.name} did not listen on port {self.port} in time:\n{self._tail()}")

    def kill(self) -> None:
        """End it and its children at once, as a crash would."""
        self._signal(signal.SIGKILL)
        self._child.wait()

    def begin_stop(self) -> None:
        """Ask it to stop."""
        if self._child.poll() is None:
            self._signal(signal.SIGTERM)

    def stop(self) -> None:
        """Wait until it has stopped, and end it if it does not."""
        self.begin_stop()
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._signal(signal.SIGKILL)  # whatever it may have left in its session

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self._child.pid, number)
        except (ProcessLookupError, PermissionError):
            return

    def _tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])

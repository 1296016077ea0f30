"""Ports for the parts of a platform: free, and not where outgoing connections could take them first."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from local.server import PORTS, free_port

ROOT = Path(__file__).parents[2]


def test_a_port_is_below_those_of_outgoing_connections() -> None:
    assert all(free_port() in PORTS for _ in range(150))
    assert PORTS.stop <= 32_768


def test_successive_calls_give_different_ports() -> None:
    assert len({free_port() for _ in range(20)}) == 20


def test_ports_in_use_are_passed_over_and_the_next_is_given_once() -> None:
    begun = free_port()
    busy = []
    for port in range(begun + 1, begun + 6):
        try:
            busy.append(socket.create_server(("127.0.0.1", port)))
        except OSError:
            continue  # somebody else has it, which serves as well
    try:
        given = [free_port() for _ in range(6)]
    finally:
        for server in busy:
            server.close()
    assert len(set(given)) == 6
    assert not set(given) & set(range(begun, begun + 6))


def test_processes_that_start_one_after_the_other_look_in_different_places(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = []
    for pid in (4001, 4002, 4003):
        monkeypatch.setattr(os, "getpid", lambda pid=pid: pid)
        chosen.append({free_port() for _ in range(30)})
    assert not chosen[0] & chosen[1]
    assert not chosen[1] & chosen[2]


def test_another_process_is_not_given_a_port_that_is_not_listened_on_yet(tmp_path: Path) -> None:
    """Both look in the same place, and neither listens on what it was given."""
    look = (
        "import os; os.getpid = lambda: 7; from local.server import free_port; print(free_port(), flush=True); input()"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    ports = set()
    with ExitStack() as stack:
        for _ in range(3):
            process = subprocess.Popen(
                [sys.executable, "-c", look],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
                cwd=ROOT,
            )
            stack.callback(process.communicate, "\n", 10)
            assert process.stdout is not None
            ports.add(int(process.stdout.readline()))
    assert len(ports) == 3

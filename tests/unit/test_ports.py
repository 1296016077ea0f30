"""Ports for the parts of a platform: free, and not where outgoing connections could take them first."""

from __future__ import annotations

import os
import socket

import pytest

from local.server import PORTS, free_port


def test_a_port_is_below_those_of_outgoing_connections() -> None:
    assert all(free_port() in PORTS for _ in range(150))
    assert PORTS.stop <= 32_768


def test_successive_calls_give_different_ports() -> None:
    assert len({free_port() for _ in range(20)}) == 20


def test_a_port_that_is_in_use_is_passed_over() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as taken:
        assert taken.getsockname()[1] not in {free_port() for _ in range(120)}


def test_processes_that_start_one_after_the_other_look_in_different_places(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = []
    for pid in (4001, 4002, 4003):
        monkeypatch.setattr(os, "getpid", lambda pid=pid: pid)
        chosen.append({free_port() for _ in range(30)})
    assert not chosen[0] & chosen[1]
    assert not chosen[1] & chosen[2]

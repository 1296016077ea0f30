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

"""The commands that the README promises, as a newcomer types them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from infra.stage import HTTP, stage
from local.platform import ROOT
from local.postgres import Server
from local.server import free_port

LINES = ("Open http://", "Sign in as ", "API token ", "Compute http://")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    Server(tmp_path / "postgres").destroy()


def _up(folder: Path, port: int) -> tuple[subprocess.Popen[str], list[str]]:
    """`make up`'s own program; its output up to the last line of the start."""
    started = subprocess.Popen(
        [sys.executable, "-u", "-m", "local.up"],
        cwd=ROOT,
        env={**os.environ, "LOCAL_FOLDER": str(folder), "PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    told: list[str] = []
    assert started.stdout is not None
    for line in started.stdout:
        told.append(line.rstrip())
        if line.startswith("Compute "):
            break
    return started, told


def test_up_answers_keeps_its_state_and_leaves_nothing_behind(folder: Path) -> None:
    port = free_port()
    running, told = _up(folder, port)
    try:
        assert [line for start in LINES for line in told if line.startswith(start)] == told[-len(LINES) :], told
        family = psutil.Process(running.pid).children(recursive=True)
        assert len(family) > 12
        token = next(line for line in told if line.startswith("API token ")).removeprefix("API token ")
        headers = {"Authorization": f"Bearer {token}"}
        assert httpx.get(f"http://localhost:{port}/api/me", headers=headers).json()["role"] == "admin"
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(30)
    assert not [child for child in family if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]

    again, told = _up(folder, port)
    try:
        assert httpx.get(f"http://localhost:{port}/api/me", headers=headers).json()["role"] == "admin"
    finally:
        again.send_signal(signal.SIGTERM)
        again.wait(30)


def test_up_that_is_killed_takes_its_processes_with_it(folder: Path) -> None:
    running, _ = _up(folder, free_port())
    family = psutil.Process(running.pid).children(recursive=True)
    running.kill()
    running.wait(10)
    until = time.monotonic() + 20
    while time.monotonic() < until and any(_lives(child) for child in family):
        time.sleep(0.1)
    assert not [child for child in family if _lives(child)]


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_demo_ends_in_a_receipt_in_which_nothing_is_found(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local.demo", "a small nginx server for one hour"],
        cwd=ROOT,
        env={**os.environ, "LOCAL_FOLDER": str(folder), "PORT": str(free_port()), "COLUMNS": "160"},
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert re.search(r"Receipt of nginx-001: DELETED, its time was up", done.stdout)
    assert "FOUND" not in done.stdout
    assert done.stdout.count("not found") == 4


def test_a_bad_port_is_refused_with_a_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "local.up"],
        cwd=ROOT,
        env={**os.environ, "PORT": "eighty"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode != 0
    assert "PORT: a number is needed" in done.stderr


@pytest.mark.parametrize("function", ["status", "provision"])
def test_a_bad_value_stops_a_functions_start_with_a_line_that_names_it(tmp_path: Path, function: str) -> None:
    staged = stage(function, tmp_path)
    command = [sys.executable, "-m", "functions_framework", "--target", "main", "--port", str(free_port())]
    done = subprocess.run(
        [*command, *(["--asgi"] if function in HTTP else [])],
        cwd=staged,
        env={**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1/none", "CALL_TIMEOUT": "soon"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("CALL_TIMEOUT: ")

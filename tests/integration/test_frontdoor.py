"""The front door as the load balancer: what it forwards, and what it does when a function's server hangs up."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from local.frontdoor.app import BALANCER, make_app
from local.server import in_thread

ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: text/plain\r\n\r\nok"
FUNCTIONS = ("accounts", "suggest", "request", "status", "admin")


class Upstream:
    """A server that says it keeps connections open, answers one request on each, and hangs up on a second."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.requests: list[str] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(20)
            told = connection.recv(65536).decode()
            if told:
                self.requests.append(told)
                connection.sendall(ANSWER)
                connection.recv(65536)


@contextmanager
def front_door(page: Path) -> Iterator[tuple[Upstream, httpx.Client]]:
    upstream = Upstream()
    app = make_app(dict.fromkeys(FUNCTIONS, upstream.url), page)
    with in_thread(app) as url, httpx.Client(base_url=url, timeout=20) as client:
        yield upstream, client
    upstream.listener.close()


@pytest.mark.parametrize("method", ["POST", "DELETE", "GET"])
def test_a_connection_that_the_server_hangs_up_on_loses_no_request(tmp_path: Path, method: str) -> None:
    with front_door(tmp_path) as (upstream, client):
        for _ in range(4):
            assert client.request(method, "/api/vms/x").text == "ok"
    assert len(upstream.requests) == 4


def test_the_client_is_the_second_from_last_in_what_the_balancer_forwards(tmp_path: Path) -> None:
    with front_door(tmp_path) as (upstream, client):
        client.get("/api/health", headers={"X-Forwarded-For": "198.51.100.7"})
    forwarded = next(line for line in upstream.requests[0].splitlines() if line.lower().startswith("x-forwarded-for"))
    assert forwarded.partition(": ")[2] == f"198.51.100.7, 127.0.0.1, {BALANCER}"


def test_deep_links_open_the_page_with_its_headers(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<!doctype html>")
    with front_door(tmp_path) as (_, client):
        opened = client.get("/vms/django-001")
    assert opened.text == "<!doctype html>"
    assert "script-src 'self'" in opened.headers["content-security-policy"]

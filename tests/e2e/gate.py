"""A proxy between a function and an emulated API that holds one call before or after it takes effect, so that a test
can end the function at exactly that point."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx


class Gate:
    """Open, it forwards everything. `hold("before" | "after", method, part)` stops the next call of that method whose
    path contains `part`, before it is sent on or after its answer has come back; `reached` is set then."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.url = ""
        self.reached = threading.Event()
        self._let_go = threading.Event()
        self._hold: tuple[str, str, str] | None = None
        self._lock = threading.Lock()

    def hold(self, when: str, method: str, part: str) -> None:
        self.reached.clear()
        self._let_go.clear()
        self._hold = (when, method, part)

    def let_go(self) -> None:
        """Let the held call go on; whoever made it may be gone."""
        self._let_go.set()

    def pause(self, when: str, method: str, path: str) -> None:
        with self._lock:
            held = self._hold is not None and self._hold[:2] == (when, method) and self._hold[2] in path
            if held:
                self._hold = None
        if held:
            self.reached.set()
            self._let_go.wait(60)


@contextmanager
def gate(target: str) -> Iterator[Gate]:
    """A gate in front of `target` for as long as the context lasts."""
    made = Gate(target)
    client = httpx.Client(timeout=60)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            made.pause("before", self.command, self.path)
            headers = {
                name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")
            }
            answer = client.request(self.command, f"{made.target}{self.path}", content=body, headers=headers)
            made.pause("after", self.command, self.path)
            try:
                self.send_response(answer.status_code)
                self.send_header("content-type", answer.headers.get("content-type", "application/json"))
                self.send_header("content-length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)
            except OSError:
                self.close_connection = True  # the caller is gone

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = forward

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield made
    finally:
        made.let_go()
        server.shutdown()
        server.server_close()
        client.close()

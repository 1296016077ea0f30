"""An HTTP server that emulated callers (Tasks, Scheduler) send to in tests."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    """One request; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def claims(self) -> dict[str, Any]:
        """What the identity token in `Authorization` says."""
        payload = self.headers["authorization"].removeprefix("Bearer ").split(".")[1]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return claims


@dataclass
class Target:
    """Remembers what reached it; answers `answers` (status, headers), then 200. While `gate` is clear, answers wait."""

    received: list[Received] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)
    url: str = ""


@contextmanager
def serving() -> Iterator[Target]:
    """A target at `url` for as long as the context lasts."""
    target = Target()
    target.gate.set()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = self.rfile.read(length)
            if len(body) < length:  # its sender gave it up on the way, as at the end of an ack deadline
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            target.received.append(Received(self.command, self.path, headers, body))
            target.gate.wait(20)
            status, extra = target.answers.pop(0) if target.answers else (200, {})
            self.send_response(status)
            for name, value in {"content-length": "0", **extra}.items():
                self.send_header(name, value)
            self.end_headers()

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    target.url = f"http://127.0.0.1:{server.server_port}/work"
    try:
        yield target
    finally:
        target.gate.set()
        server.shutdown()
        server.server_close()


def eventually(holds: Callable[[], bool], seconds: float = 15.0) -> bool:
    """Whether something comes true within so much real time."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True

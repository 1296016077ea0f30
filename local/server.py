"""What every emulator's process has in common: a port on loopback, health, clock, faults, state kept between runs."""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import itertools
import json
import os
import socket
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, Protocol

import uvicorn
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.clock import Clock
from local.faults import Fault, Faults


class Keeper(Protocol):
    """State that survives a restart as one JSON document."""

    def dump(self) -> dict[str, Any]: ...
    def load(self, document: dict[str, Any]) -> None: ...


class Emulator:
    """One emulated API: its routes, its clock and faults, and where its state is kept (nowhere if `folder` is None)."""

    def __init__(self, name: str, folder: Path | None = None, clock: Clock | None = None) -> None:
        self.name = name
        self.folder = folder
        self.clock = clock or Clock(folder / "clock.json" if folder else None)
        self.faults = Faults()
        self.changed = threading.Event()

    def app(
        self,
        routes: list[BaseRoute],
        keeper: Keeper | None = None,
        background: Callable[[], Any] | None = None,
    ) -> Starlette:
        """An ASGI app with `/_health`, `/_clock`, `/_faults` beside `routes`; `background` is a coroutine function
        that runs as long as the app does. State is read at the start, and written at the end and within half a second
        of `self.changed.set()`."""

        @asynccontextmanager
        async def lifespan(_: Starlette) -> AsyncIterator[None]:
            path = self.folder / f"{self.name}.json" if self.folder else None
            if keeper and path and path.exists():
                keeper.load(json.loads(path.read_text()))
            tasks = [asyncio.create_task(background())] if background else []
            if keeper and path:
                tasks.append(asyncio.create_task(self._save_on_change(keeper, path)))
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                if keeper and path:
                    write_whole(path, keeper.dump())

        own = [
            Route("/_health", lambda _: JSONResponse({"name": self.name}), methods=["GET"]),
            Route("/_clock", self._clock, methods=["GET", "POST"]),
            Route("/_faults", self._faults, methods=["GET", "POST", "DELETE"]),
        ]
        return Starlette(routes=[*own, *routes], lifespan=lifespan)

    async def _save_on_change(self, keeper: Keeper, path: Path) -> None:
        pause = 0.5
        while True:
            await asyncio.sleep(pause)
            if self.changed.is_set():
                self.changed.clear()
                began = time.monotonic()
                write_whole(path, keeper.dump())
                pause = max(0.5, 10 * (time.monotonic() - began))  # a large state must not stall the requests

    async def _clock(self, request: Request) -> Response:
        if request.method == "POST":
            self.clock.move_to(float((await request.json())["offset"]))
        return JSONResponse({"offset": self.clock.offset, "now": self.clock.now().isoformat()})

    async def _faults(self, request: Request) -> Response:
        if request.method == "DELETE":
            self.faults.clear()
        elif request.method == "POST":
            try:
                fault = Fault.model_validate(await request.json())
            except ValidationError as error:
                return JSONResponse({"error": json.loads(error.json())}, status_code=422)
            return JSONResponse(self.faults.arm(fault).model_dump(), status_code=201)
        return JSONResponse([fault.model_dump() for fault in self.faults.all()])


def write_whole(path: Path, document: dict[str, Any], mode: int | None = None) -> None:
    """Write a JSON file so that a reader, or a crash, sees the old one or the new one. `mode`: who may read it, where
    the process's own umask is not to decide."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    if mode is not None:
        fresh.touch(mode)
        fresh.chmod(mode)
    fresh.write_text(json.dumps(document))
    os.replace(fresh, path)


def serve(make: Callable[[Path | None], Starlette]) -> None:
    """The `python -m local.NAME --port N [--state FOLDER]` of an emulator."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, default=None)
    options = parser.parse_args()
    uvicorn.run(
        make(options.state), host="127.0.0.1", port=options.port, log_level="warning", timeout_graceful_shutdown=1
    )


# Below what systems give to outgoing connections (Linux from 32768, others from 49152): between being chosen and being
# listened on, a port of that range may become somebody's connection.
PORTS = range(15_000, 32_000)
_STRIDE = 997
_looked_at = itertools.count()


def free_port() -> int:
    """A TCP port that is free at this moment, and that no other process of this user is given before this one ends:
    what was given a moment ago may not be listened on yet. Each process begins to look in a place of its own, and never
    looks at a port twice before it has seen all."""
    for looked_at in itertools.islice(_looked_at, len(PORTS)):
        port = PORTS[(os.getpid() * _STRIDE + looked_at) % len(PORTS)]
        if not _claimed(port):
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError(f"no port from {PORTS.start} to {PORTS.stop - 1} is free")


def _claimed(port: int) -> bool:
    """Whether this process has the port to itself: a lock on the port's byte of one file, held until it ends."""
    try:
        fcntl.lockf(_claims(), fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
    except OSError:
        return False
    return True


@cache
def _claims() -> IO[bytes]:
    """Opened once: closing any handle of the file would give every claim back."""
    return (Path(tempfile.gettempdir()) / f"vm-creator-ports-{os.getuid()}").open("ab")


class _Threaded(uvicorn.Server):
    """uvicorn's server, told when to end instead of looking ten times a second: else a short test would mostly wait
    for that."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        self.ready.set()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):  # which keeps the Date header
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), 1)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            _, late = await asyncio.wait(self.server_state.tasks, timeout=self.config.timeout_graceful_shutdown)
            for task in late:
                task.cancel()
        await self.lifespan.shutdown()

    def end(self) -> None:
        """From any thread."""
        self.should_exit = True
        self._loop.call_soon_threadsafe(self._ended.set)


@contextmanager
def in_thread(app: Any) -> Iterator[str]:
    """Serve an ASGI app from a thread of this process; gives its address. For tests that want to look inside."""
    port = free_port()
    server = _Threaded(
        uvicorn.Config(
            app, host="127.0.0.1", port=port, log_level="warning", proxy_headers=False, timeout_graceful_shutdown=1
        )
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    if not server.ready.wait(15):
        raise RuntimeError(f"the server on port {port} did not start")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.end()
        thread.join(10)

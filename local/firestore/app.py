"""The process: an ASGI app for health, clock and faults, whose lifetime is also the gRPC server's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import grpc
from starlette.applications import Starlette

from local.firestore.service import Service
from local.firestore.store import Store
from local.server import Emulator

OPTIONS = [
    ("grpc.so_reuseport", 0),  # a port in use is an error, not a second server that gets half the calls
    ("grpc.max_concurrent_streams", 100),  # as Google's front end: a client's 101st listener waits
    ("grpc.max_receive_message_length", 10 * 2**20),  # Firestore's limit for one request
]


def make(folder: Path | None, port: int) -> Starlette:
    """The emulator with gRPC on 127.0.0.1:`port`; whoever serves the returned app decides where HTTP is."""
    emulator = Emulator("firestore", folder)
    store = Store(emulator.clock)
    store.subscribe(lambda _: emulator.changed.set())
    service = Service(store, emulator.faults, emulator.clock)

    async def serve() -> None:
        server = grpc.aio.server(options=OPTIONS)
        server.add_generic_rpc_handlers((service.handlers(),))
        if server.add_insecure_port(f"127.0.0.1:{port}") != port:
            raise OSError(f"port {port} is in use")
        await server.start()
        try:
            await asyncio.Event().wait()
        finally:
            await server.stop(grace=None)

    return emulator.app([], keeper=store, background=serve)

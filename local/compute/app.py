"""The server of the emulated Compute Engine."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette

from local.clock import Clock
from local.compute import control, routes
from local.compute.cloud import Cloud
from local.server import Emulator


def make_app(folder: Path | None = None, latency: float = 1.0, clock: Clock | None = None) -> Starlette:
    """The API at `/compute/v1/`. `latency`, in emulated seconds, scales how long everything takes: 1 brings an
    instance up in 3, 0 finishes every operation before it is answered."""
    emulator = Emulator("compute", folder, clock)
    cloud = Cloud(emulator, latency)
    answering = [*control.routes(cloud), *routes.routes(cloud)]
    return emulator.app(answering, keeper=cloud, background=cloud.timeline.run)

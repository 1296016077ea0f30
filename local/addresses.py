"""The ports of the platform on one machine: chosen once, kept between runs, since stored messages name them."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from local.server import free_port, write_whole

EMULATORS = (
    "compute",
    "pubsub",
    "tasks",
    "secrets",
    "scheduler",
    "openai",
    "storage",
    "build",
    "mail",
    "monitoring",
    "firestore",
)
FUNCTIONS = ("accounts", "suggest", "request", "provision", "status", "reaper", "admin")


def choose(path: Path, front: int | None) -> dict[str, int]:
    """A port for each part. Those of an earlier run are kept as long as nobody else has taken them. Firestore and
    the mail server take two neighbours. `front`: the front door's, if it is to be a certain one."""
    kept: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    ports: dict[str, int] = {}
    taken: set[int] = set()
    for name in (*EMULATORS, *FUNCTIONS):
        ports[name] = kept[name] if name in kept and _usable(name, kept[name], taken) else fresh(name, taken)
        taken |= _needed(name, ports[name])
    wanted = front or kept.get("front") or 8080
    ports["front"] = wanted if front or _usable("front", wanted, taken) else fresh("front", taken)
    write_whole(path, ports)
    return ports


def _needed(name: str, port: int) -> set[int]:
    return {port, port + 1} if name in ("firestore", "mail") else {port}


def _usable(name: str, port: int, taken: set[int]) -> bool:
    return not _needed(name, port) & taken and all(_free(each) for each in _needed(name, port))


def fresh(name: str, taken: set[int]) -> int:
    """A port that the part can listen on now (with the one after it where it takes two), none of `taken`."""
    while not _usable(name, port := free_port(), taken):
        pass
    return port


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True

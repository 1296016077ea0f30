"""`python -m local.tasks --port N [--state FOLDER] [--queue projects/P/locations/L/queues/Q[=RATE=CONCURRENT] …]`:
RATE in dispatches a second, CONCURRENT of them at a time."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import uvicorn

from local.tasks.api import make


def _queue(text: str) -> tuple[str, dict[str, Any]]:
    name, _, limits = text.partition("=")
    if not limits:
        return name, {}
    rate, _, concurrent = limits.partition("=")
    return name, {"maxDispatchesPerSecond": float(rate), "maxConcurrentDispatches": int(concurrent)}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.tasks")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--queue", action="append", default=[], type=_queue, help="a queue that exists from the start")
    options = parser.parse_args()
    app = make(options.state, dict(options.queue))
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="warning", timeout_graceful_shutdown=1)


main()

"""`python -m local.firestore --port N [--state FOLDER]`: gRPC on N, HTTP on N + 1."""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from local.firestore.app import make


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, default=None)
    options = parser.parse_args()
    uvicorn.run(
        make(options.state, options.port),
        host="127.0.0.1",
        port=options.port + 1,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()

"""`python -m local.sqladmin --port N --state FOLDER --postgres FOLDER --instance PROJECT:REGION:NAME [--address IP]`.

The database on `--postgres` must be running. The instance listens on `--address`, port 3307, which connectors dial and
cannot be told otherwise: a second platform on the same machine takes another loopback address (on Linux every
127.x.y.z; elsewhere it must first be added to the loopback interface).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from local.postgres import Server
from local.sqladmin.api import SqlAdmin


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.sqladmin")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--postgres", type=Path, required=True)
    parser.add_argument("--instance", required=True)
    parser.add_argument("--address", default="127.0.0.1")
    options = parser.parse_args()
    instance = SqlAdmin(options.instance, Server(options.postgres), options.state, options.address)
    uvicorn.run(instance.app(), host="127.0.0.1", port=options.port, log_level="warning", timeout_graceful_shutdown=1)


main()

"""`python -m local.postgres --folder F [--port N]`: the server in the foreground, until SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import signal
from pathlib import Path

from local.postgres.server import Server


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.postgres")
    parser.add_argument("--folder", type=Path, required=True, help="where data, password, port and log are kept")
    parser.add_argument("--port", type=int, help="default: a free one, kept between runs")
    parser.add_argument("--remove", action="store_true", help="remove what is kept for this folder, and end")
    options = parser.parse_args()
    server = Server(options.folder, port=options.port)
    if options.remove:
        server.destroy()
        return
    # Blocked before the start, so that an early signal waits for the orderly end too.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    with server:
        print(f"postgres listens on 127.0.0.1:{server.port}, files in {server.home}", flush=True)
        signal.sigwait({signal.SIGTERM, signal.SIGINT})


main()

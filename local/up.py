"""`make up`: the whole platform in the foreground, until Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from local.platform import ROOT, Platform
from local.postgres import AlreadyRunning
from local.processes import StartFailed


def main() -> None:
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)  # a shell starts what it puts into the background with it ignored
    port = os.environ.get("PORT")
    if port and not port.isdigit():
        sys.exit(f"PORT: a number is needed, not {port!r}")
    folder = Path(os.environ.get("LOCAL_FOLDER", ROOT / ".local"))
    try:
        with Platform(folder, port=int(port) if port else None, say=lambda part: print(f"Starting {part} …")) as here:
            print(f"\nOpen {here.url}")
            print(f"Sign in as {here.admin_email} / {here.admin_password}")
            print(f"API token {here.token}")
            print(f"Compute {here.compute_url}", flush=True)
            signal.pause()
    except KeyboardInterrupt:
        print("Stopped.")
    except (StartFailed, AlreadyRunning) as problem:
        sys.exit(str(problem))


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()

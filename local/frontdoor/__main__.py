"""`python -m local.frontdoor --port N --plan FILE`: the plan names functions, page, clocks and database."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import uvicorn

from local.frontdoor.app import make_app
from local.frontdoor.control import Control


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.frontdoor")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--plan", type=Path, required=True)
    options = parser.parse_args()
    plan = json.loads(options.plan.read_text())
    control = Control(plan["clocks"], Path(plan["clock"]), plan["database"], plan["mail"])
    control.set_database()
    app = make_app(plan["functions"], Path(plan["page"]), control.routes())
    # Nobody stands in front of the front door, so nobody's word about the client's address is taken.
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=options.port,
        log_level="warning",
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )


main()

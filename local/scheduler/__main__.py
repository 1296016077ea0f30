"""`python -m local.scheduler --port N [--state FOLDER] --job NAME=SECONDS=URL … [--service-account EMAIL]`.

Jobs are `--parent`/jobs/NAME. The identity token's audience is the job's URL unless said otherwise.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import uvicorn

from local.scheduler.api import CloudScheduler
from local.scheduler.jobs import Job


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.scheduler")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--parent", default="projects/demo/locations/us-west1")
    parser.add_argument("--job", action="append", required=True, metavar="NAME=SECONDS=URL")
    parser.add_argument("--service-account", default="", help="who the identity token speaks for; none: no token")
    parser.add_argument("--audience", default="")
    options = parser.parse_args()
    jobs = []
    for written in options.job:
        name, period, url = written.split("=", 2)
        full_name = f"{options.parent}/jobs/{name}"
        jobs.append(Job(full_name, float(period), url, options.service_account, options.audience))
    app = CloudScheduler(jobs, options.state).app()
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="warning", timeout_graceful_shutdown=1)


main()

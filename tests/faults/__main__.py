"""`python -m tests.faults`: random lives in a storm of faults, judged by the independent observer, and each fault alone
for how long it holds a life up. Ends with 1 if anything is violated, stuck or leaked."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import sys
import tempfile
import time
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from multiprocessing import active_children, get_context
from pathlib import Path

from local.credentials import UNIVERSE, write_service_account_key
from local.postgres import Server
from tests.faults.catalogue import FAULTS
from tests.faults.report import Report, Tally, write
from tests.faults.running import AT_ONCE, begin, fault_alone, storm, stroll
from tests.integration.databases import template

WALKS = 5  # in one world of them
PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"


def main() -> int:
    given = _arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what was reached is told
    print(f"seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        _sign_in(Path(folder))
        home = Path(folder) / "postgres"
        server = Server(home, durable=False)
        server.start()
        try:
            template(server)
            report = _run(home, given)
        finally:
            server.stop()
            server.destroy()
    for line in report.lines():
        print(line)
    if given.write and not given.world:
        write(PAGE, report)
    return 0 if report.flawless else 1


def _run(home: Path, given: argparse.Namespace) -> Report:
    """The worlds, as many at once as there are processes, on one database server."""
    report = Report(seed=str(given.seed), each=given.alone)
    with ProcessPoolExecutor(given.jobs, get_context("spawn"), begin) as pool:
        alone = {
            pool.submit(fault_alone, home, str(given.seed), number, given.alone): fault.name
            for number, fault in enumerate(FAULTS if given.alone and not given.world else ())
        }
        storms = _storms(pool, home, given)
        began, tallies = time.monotonic(), dict[str, Tally]()
        waiting = {*alone, *storms}
        try:
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for each in done - set(alone):
                    _count(report, each, storms[each])
                tallies |= {alone[each]: each.result() for each in done & set(alone)}
                _tell(report, given.lives, len(tallies), began)
                if given.minutes and time.monotonic() - began > given.minutes * 60:
                    waiting = {each for each in waiting if not each.cancel()}
        except KeyboardInterrupt:
            for again in (signal.SIGINT, signal.SIGTERM):  # what was reached is told in peace
                signal.signal(again, signal.SIG_IGN)
            for child in active_children():
                child.terminate()
        finally:
            pool.shutdown(cancel_futures=True)
    print()
    report.by_fault = {fault.name: tallies[fault.name] for fault in FAULTS if fault.name in tallies}
    return report


def _storms(pool: ProcessPoolExecutor, home: Path, given: argparse.Namespace) -> dict[Future[Report], str]:
    """The worlds of the storm, and after every few of them one of walks, by the name that begins each again."""
    begun: dict[Future[Report], str] = {}
    for number, first in enumerate(range(0, given.lives, AT_ONCE)):
        name, walked = f"{given.seed}/{number}", f"{given.seed}/walk-{number}"
        if given.world in (None, name):
            size = AT_ONCE if given.world else min(AT_ONCE, given.lives - first)
            begun[pool.submit(storm, home, name, size, given.rate)] = name
        if given.world == walked or (given.world is None and number % given.apart == 0):
            begun[pool.submit(stroll, home, walked, WALKS)] = walked
    return begun


def _count(report: Report, world: Future[Report], name: str) -> None:
    """What became of that world; one that came to no end is a violation too."""
    if error := world.exception():
        told = {"rule": "world", "subject": type(error).__name__, "told": str(error).partition("\n")[0]}
        report.add(Report(violations=[told]), name)
    else:
        report.add(world.result(), name)


def _tell(report: Report, lives: int, alone: int, began: float) -> None:
    pace = report.lives / (time.monotonic() - began)
    told = f"{alone} faults alone; {report.lives} of {lives} lives, {pace:.1f} a second: {report.verdict()}"
    print(f"\r{told}", end="", flush=True)


def _sign_in(folder: Path) -> None:
    """The made-up service account that Google's clients sign with."""
    key = folder / "key.json"
    write_service_account_key(key, "provision@demo.iam.gserviceaccount.com")
    os.environ |= {"GOOGLE_APPLICATION_CREDENTIALS": str(key), "GOOGLE_CLOUD_UNIVERSE_DOMAIN": UNIVERSE}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--lives", type=int, default=200, help="random lives in the storm")
    parser.add_argument("--alone", type=int, default=3, help="lives for each fault alone; 0: none")
    parser.add_argument(
        "--minutes", type=float, help="begin no world after so many: the report says how many lives were"
    )
    parser.add_argument("--rate", type=float, default=0.2, help="the share of external calls that are faulty")
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(1_000_000), help="of an earlier run, to repeat it"
    )
    parser.add_argument(
        "--world", help="SEED/N or SEED/walk-N of an earlier run: that world alone, with the same --lives"
    )
    parser.add_argument("--apart", type=int, default=5, help="storms between two worlds of walks")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes, a world at a time in each")
    parser.add_argument("--write", action="store_true", help="write the table in docs/reliability.md")
    given = parser.parse_args()
    if given.world:
        given.seed = given.world.partition("/")[0]
    return given


if __name__ == "__main__":
    sys.exit(main())

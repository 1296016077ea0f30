"""`python -m tests.faults`: random lives in a storm of faults, judged by the independent observer, and each fault alone
for how long it holds a life up. Ends with 1 if anything is violated, stuck or leaked."""

from __future__ import annotations

import argparse
import logging
import os
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from local.compute import make_app as compute_app
from local.credentials import UNIVERSE, write_service_account_key
from local.postgres import Server
from local.secrets.api import SecretManager
from local.server import in_thread
from shared.db.engine import by_url
from shared.domain.life import Figures
from shared.google import calls
from tests.faults.catalogue import FAULTS
from tests.faults.fortune import Storm
from tests.faults.lives import Lives, alone, spans
from tests.faults.observing import observer
from tests.faults.report import Report, Tally, write
from tests.integration.conftest import template
from tests.integration.world import World

AT_ONCE = 40  # lives in one world: more make each sweep longer, fewer make more of them
DISORDER = 25  # minutes
REGION_LIMIT = 12  # vCPUs: forty lives are in each other's way
ROOM = 10_000
PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"


def main() -> int:
    given = _arguments()
    logging.disable(logging.CRITICAL)  # what fails is what is meant to fail
    calls._PAUSES = (0.0, 0.0)  # a retry within a call would wait on real time
    print(f"seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        _sign_in(Path(folder))
        server = Server(Path(folder) / "postgres", durable=False)
        server.start()
        try:
            template(server)
            report = _run(server, given)
        finally:
            server.stop()
            server.destroy()
    for line in report.lines():
        print(line)
    if given.write:
        write(PAGE, report)
    return 0 if report.flawless else 1


def _run(server: Server, given: argparse.Namespace) -> Report:
    report = Report()
    if given.alone:
        with _world(server, "alone", ROOM) as here:
            report.by_fault = _alone(here, random.Random(given.seed), given.alone)
    began = time.monotonic()
    while report.lives < given.lives:
        number = min(AT_ONCE, given.lives - report.lives)
        with _world(server, f"storm_{report.lives}", REGION_LIMIT) as here:
            _storm(here, random.Random(f"{given.seed}/{report.lives}"), number, given.rate, report)
        pace = report.lives / (time.monotonic() - began)
        print(f"\r{report.lives} of {given.lives} lives, {pace:.1f} a second: {report.verdict()}", end="", flush=True)
    print()
    return report


def _storm(here: World, rng: random.Random, number: int, rate: float, report: Report) -> None:
    """So many random lives at once, and what became of them."""
    with observer(here) as eye:
        lives = Lives(here, eye, rng)
        lives.reaping.choose = Storm(here, rng, rate)
        for _ in range(number):
            lives.random(rate)
        for _ in range(DISORDER):
            lives.minute()
            eye.look()
        end = lives.over()
        report.lives += number
        report.stuck += end["alive"]
        report.leaked += len(end["left"])
        report.violations += eye.violations
        for told in (lives.reaping.told, *(life.fortune.told for life in lives.lives.values())):
            report.made.update(told)


def _alone(here: World, rng: random.Random, each: int) -> dict[str, Tally]:
    with observer(here) as eye:
        lives, of = alone(here, eye, rng, FAULTS, each)
        lives.over()
        took = spans(here, list(of))
        names = {vm_id: here.vm(vm_id).name for vm_id in of}
        wrong = {violation["subject"].rpartition(" ")[2] for violation in eye.violations}
        tallies = {name: Tally() for name in ("", *(fault.name for fault in FAULTS))}
        for vm_id, name in of.items():
            tally = tallies[name]
            tally.made += sum(lives.lives[vm_id].fortune.told.values())
            tally.violations += any(names[vm_id] in subject or vm_id in subject for subject in wrong)
            if name == "" or lives.lives[vm_id].fortune.told:
                tally.took.append(took[vm_id])
        return tallies


@contextmanager
def _world(server: Server, name: str, limit: int) -> Iterator[World]:
    """A world on a database of its own, with so many vCPUs in each region."""
    server.create_database(name, template="template")
    engine = by_url(server.dsn(name), 20)
    with (
        in_thread(compute_app(latency=1.0)) as compute_url,
        in_thread(SecretManager().app()) as secrets_url,
        closing(World(engine, compute_url, secrets_url, Figures())) as here,
    ):
        here.limit(limit)
        yield here
    engine.dispose()
    server.drop_database(name)


def _sign_in(folder: Path) -> None:
    """The made-up service account that Google's clients sign with."""
    key = folder / "key.json"
    write_service_account_key(key, "provision@demo.iam.gserviceaccount.com")
    os.environ |= {"GOOGLE_APPLICATION_CREDENTIALS": str(key), "GOOGLE_CLOUD_UNIVERSE_DOMAIN": UNIVERSE}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--lives", type=int, default=200, help="random lives in the storm")
    parser.add_argument("--alone", type=int, default=3, help="lives for each fault alone; 0: none")
    parser.add_argument("--rate", type=float, default=0.2, help="the share of calls of Google's APIs that are faulty")
    parser.add_argument(
        "--seed", type=int, default=secrets.randbelow(1_000_000), help="of an earlier run, to repeat it"
    )
    parser.add_argument("--write", action="store_true", help="write the table in docs/reliability.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

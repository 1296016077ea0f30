"""A world full of lives, in whichever process: a storm of them, or each fault alone."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from local.compute import make_app as compute_app
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
from tests.faults.report import Report, Tally
from tests.integration.world import World

AT_ONCE = 40  # lives in one world: more make each sweep longer, fewer make more of them
DISORDER = 25  # minutes
REGION_LIMIT = 12  # vCPUs: forty lives are in each other's way
ROOM = 10_000


def begin() -> None:
    """In each process."""
    logging.disable(logging.CRITICAL)  # what fails is what is meant to fail
    calls._PAUSES = (0.0, 0.0)  # a retry within a call would wait on real time


def storm(home: Path, seed: str, number: int, rate: float) -> Report:
    """So many random lives at once in a world of their own, and what became of them."""
    rng = random.Random(seed)
    with _world(home, f"storm_{seed.replace('/', '_')}", REGION_LIMIT) as here, observer(here) as eye:
        lives = Lives(here, eye, rng)
        lives.reaping.choose = Storm(here, rng, rate)
        for _ in range(number):
            lives.random(rate)
        for _ in range(DISORDER):
            lives.minute()
            eye.look()
        end = lives.over()
        report = Report(number, end["alive"], len(end["left"]), eye.violations)
        for told in (lives.reaping.told, *(life.fortune.told for life in lives.lives.values())):
            report.made.update(told)
        return report


def each_alone(home: Path, seed: int, each: int) -> dict[str, Tally]:
    """Each fault alone in so many lives, all in one world."""
    with _world(home, "alone", ROOM) as here, observer(here) as eye:
        lives, of = alone(here, eye, random.Random(seed), FAULTS, each)
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
def _world(home: Path, name: str, limit: int) -> Iterator[World]:
    """A world on a database of its own, with so many vCPUs in each region."""
    server = Server(home)
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

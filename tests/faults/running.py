"""A world full of lives, in whichever process: a storm of them, or one fault alone."""

from __future__ import annotations

import gc
import logging
import random
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.postgres import Server
from shared.db.engine import by_url
from shared.google import calls
from tests.faults.catalogue import FAULTS
from tests.faults.lives import Lives, alone, spans
from tests.faults.observing import Eye, observer
from tests.faults.report import Report, Tally
from tests.faults.walking import walk
from tests.faults.worlds import whole_world
from tests.integration.databases import TEMPLATE, Databases
from tests.integration.disorder import Walked
from tests.integration.world import World

AT_ONCE = 40  # lives in one world: more make each sweep longer, fewer make more of them
DISORDER = 25  # minutes
REGION_LIMIT = 12  # vCPUs: forty lives are in each other's way
ROOM = 10_000


def begin() -> None:
    """In each process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever began the processes ends them
    logging.disable(logging.CRITICAL)  # what fails is what is meant to fail
    calls._PAUSES = (0.0, 0.0)  # a retry within a call would wait on real time
    gc.freeze()  # Google's clients are a million objects, none of which ever goes


def storm(home: Path, seed: str, number: int, rate: float) -> Report:
    """So many random lives at once in a world of their own, and what became of them."""
    with _world(home, f"storm_{seed.replace('/', '_')}", REGION_LIMIT) as here, observer(here) as eye:
        return weather(here, eye, random.Random(seed), number, rate, DISORDER)


def stroll(home: Path, seed: str, walks: int) -> Report:
    """So many walks through disorder, up to the first that breaks something, whose steps are printed."""
    walked, violations = Walked(), []
    try:
        databases = Databases(Server(home), "walk_" + seed.rpartition("-")[2])
        walk(databases, random.Random(seed).getrandbits(32), walks, walked)
    except Exception as error:
        traceback.print_exc()
        violations.append({"rule": "walk", "subject": type(error).__name__, "told": str(error).partition("\n")[0]})
    return Report(walks=walked.walks, steps=walked.steps, violations=violations)


def weather(here: World, eye: Eye, rng: random.Random, number: int, rate: float, minutes: int) -> Report:
    """So many random lives in so many minutes of storm, and in the calm after it until all are over."""
    lives = Lives(here, eye, rng)
    lives.reaping.choose = lives.storm(rate)
    for _ in range(number):
        lives.random(rate)
    for _ in range(minutes):
        lives.minute()
        eye.look()
    end = lives.over()
    report = Report(number, end["alive"], len(end["left"]), eye.violations, seen=lives.seen)
    for told in (lives.reaping.told, *(life.fortune.told for life in lives.lives.values())):
        report.made.update(told)
    return report


def fault_alone(home: Path, seed: str, number: int, each: int) -> Tally:
    """The catalogue's fault of that number in so many lives, and as many that nothing befalls, in a world of their own:
    the clock of a world runs on while it works, and the fewer are in it, the less is mistaken for the fault's."""
    fault = FAULTS[number]
    with _world(home, f"alone_{number}", ROOM) as here, observer(here) as eye:
        lives, of = alone(here, eye, random.Random(f"{seed}/{fault.name}"), [fault], each)
        end = lives.over()
        took = spans(here, list(of))
        usual = {life: took[vm_id] for vm_id, (name, life) in of.items() if not name}
        tally = Tally(violations=len(eye.violations) + end["alive"] + len(end["left"]))
        for vm_id, (name, life) in of.items():
            if name and (made := lives.lives[vm_id].fortune.told.total()):
                tally.made += made
                tally.extra.append(max(took[vm_id] - usual[life], 0.0))
        return tally


@contextmanager
def _world(home: Path, name: str, limit: int) -> Iterator[World]:
    """A world on a database of its own, with so many vCPUs in each region."""
    server = Server(home)
    server.create_database(name, template=TEMPLATE)
    engine = by_url(server.dsn(name), 20)
    with whole_world(engine, limit) as here:
        yield here
    engine.dispose()
    server.drop_database(name)

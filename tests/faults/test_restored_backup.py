"""An old backup restored in the middle of many lives: no machine dies within the end that it tells, whatever the
database has forgotten; an administrator decides; in the end nothing is left, and the observer sees nothing wrong."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

from local.postgres import Server
from shared.db.adopting import PostgresAdoptions
from shared.db.approvals import PostgresApprovals
from shared.db.idempotency import PostgresIdempotency
from shared.db.upkeep import PostgresUpkeep
from shared.domain.errors import Refusal
from shared.domain.vm import Actor
from shared.services.holding import Holding
from shared.services.orphans import Orphans
from shared.services.recovering import Recovering
from shared.services.terms import Resize
from tests.faults.observing import observer
from tests.integration.disorder import SMALL
from tests.integration.restoring import Backup
from tests.integration.world import OWNER, WHO, World

ROOT = Actor("admin", OWNER, "198.51.100.1")
SHORT = SMALL.model_copy(update={"duration": "20m"})


def wish(here: World, vm_id: str, what: str) -> None:
    """As its owner; one that comes too late, or too early, is refused."""
    vm = here.vm(vm_id)
    asked: dict[str, Callable[[], object]] = {
        "extend": lambda: here.owning.extend(WHO, vm.name, timedelta(minutes=30), Decimal(100), next(here.keys)),
        "stop": lambda: here.owning.stop(WHO, vm.name, next(here.keys)),
        "resize": lambda: here.owning.resize(
            WHO, vm.name, Resize("e2-standard-4", None, Decimal(100)), next(here.keys)
        ),
        "delete": lambda: here.owning.delete(WHO, vm.name),
        "nothing": lambda: None,
    }
    with suppress(Refusal):
        asked[what]()


def live_on(here: World, fortune: random.Random, minutes: int) -> None:
    """Births and wishes."""
    for _ in range(minutes):
        here.approve(SHORT)
        for vm in here.registry.alive():
            wish(here, vm.id, fortune.choice(("extend", "stop", "resize", "delete", "nothing", "nothing")))
        here.sweeps(1)


def told_ends(here: World) -> dict[str, float]:
    """The end that each machine tells, by the emulator's own account."""
    return {each["id"]: float(each["labels"]["vmc-end"]) for each in here.cloud()["instances"]}


def decide(here: World, fortune: random.Random) -> None:
    """About each difference at random, or not at all; then go on."""
    holding = Holding(here.platform, here.holds, here.sealing)
    approvals = PostgresApprovals(here.engine, here.registry)
    recovering = Recovering(here.platform, approvals, PostgresIdempotency(here.engine), here.relay, here._whole_life)
    adoptions = PostgresAdoptions(here.engine, here.registry)
    orphans = Orphans(here.platform, adoptions, PostgresUpkeep(here.engine), here.relay)
    for item in holding.view(dry_run=False)["hold"]["items"]:
        what = fortune.choice([*item["decisions"], "leave"])
        with suppress(Refusal):
            _one(here, recovering, orphans, item, what)
    holding.go_on(ROOT, holding.view(dry_run=False)["hold"]["seen"])


def _one(here: World, recovering: Recovering, orphans: Orphans, item: dict[str, Any], what: str) -> None:
    if what == "take-end":
        recovering.take_end(ROOT, item["name"], Decimal(1000))
    elif what == "take-machine":
        recovering.take_machine(ROOT, item["name"])
    elif what == "adopt":
        orphans.adopt(ROOT, item["id"])
    elif what == "destroy" and item["kind"] == "vm":
        here.owning.delete(WHO, item["name"])
    elif what == "destroy":
        orphans.destroy(ROOT, item["id"])


def test_an_old_backup_restored_destroys_nothing_within_the_end_that_it_tells(server: Server, here: World) -> None:
    fortune = random.Random(1)
    live_on(here, fortune, 3)
    here.sealing.tick()
    backup = Backup(server, here)
    live_on(here, fortune, 3)
    here.sealing.tick()
    here.mail.due.clear()
    here.move(12 * 60)
    with backup.restored() as restored:
        for _ in range(8):
            before = told_ends(restored)
            restored.sweeps(1)
            for machine in before.keys() - told_ends(restored).keys():
                assert before[machine] <= restored.now().timestamp()
            restored.move(60)
        decide(restored, fortune)
        with observer(restored) as eye:
            calm = restored.now()
            for _ in range(60):
                restored.sweeps(1)
                restored.move(120)
                if not eye.look()["alive"]:
                    break
            restored.sweeps(5)
            assert eye.look(calm)["left"] == []
            assert eye.violations == []
        assert restored.sealing.verify().problems == ()

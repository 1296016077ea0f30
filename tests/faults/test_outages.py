"""What lasts for hours or takes everything at once: the reaper down, the database restarted, a worker whose clock is
wrong."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from sys import modules
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from local.compute import make_app as compute_app
from local.postgres import Server
from local.secrets.api import SecretManager
from local.server import in_thread
from shared.db.engine import by_url
from shared.domain.life import Figures, Reason, State
from tests.faults.lives import Lives
from tests.faults.observing import Eye, observer
from tests.integration.databases import template
from tests.integration.disorder import SMALL
from tests.integration.mortal import Workers
from tests.integration.world import WHO, World

HOUR = 3600


def test_with_the_whole_platform_down_the_switch_kills(here: World, eye: Eye) -> None:
    vm_id = here.approve(SMALL)
    here.deliver(rounds=200)
    switch = here.vm(vm_id).switch_at
    assert switch is not None
    here.mail.due.clear()
    here.move((switch - here.now()).total_seconds() + 120)
    assert here.names("instances") == []
    eye.finds_nothing()
    here.sweeps(8)
    assert (here.vm(vm_id).state, here.vm(vm_id).reason) in (
        (State.DELETED, Reason.SWITCH),
        (State.DELETED, Reason.EXPIRED),
    )
    assert here.receipt(vm_id)["late"]["seconds"] > 23 * HOUR
    assert eye.look(here.now())["left"] == []


def test_one_stopped_while_the_reaper_is_down_dies_when_it_is_back(here: World, eye: Eye) -> None:
    vm_id = here.approve(SMALL)
    here.deliver()
    here.owning.stop(WHO, here.vm(vm_id).name, "stop")
    here.deliver()
    here.mail.due.clear()
    here.move(30 * HOUR)
    assert here.names("instances") == ["ubuntu-001"]  # a stop has disarmed its switch
    calm = here.now()
    here.sweeps(6)
    assert here.vm(vm_id).state is State.DELETED
    eye.finds_nothing(calm)


@pytest.mark.parametrize("minutes", [0, 2, 10], ids=["being-made", "in-set-up", "at-work"])
def test_a_spot_machine_taken_back_leaves_nothing(here: World, eye: Eye, minutes: int) -> None:
    vm_id = here.approve(SMALL.model_copy(update={"spot": True, "packages": ("django",), "duration": "20m"}))
    lives = Lives(here, eye, random.Random(1))
    workers = Workers(here)
    workers.provision(vm_id)
    here.move(3 if minutes else 1)
    if minutes:
        here.deliver(until=here.now() + timedelta(seconds=minutes * 4))
    for machine in here.cloud()["instances"]:
        here.http.post("/_preempt", json={"zone": machine["zone"], "name": machine["name"]})
    end = lives.over()
    assert (end["alive"], end["left"], eye.violations) == (0, [], [])


@contextmanager
def world_on(server: Server) -> Iterator[World]:
    engine = by_url(server.dsn("template"), 5)
    with (
        in_thread(compute_app(latency=1.0)) as compute_url,
        in_thread(SecretManager().app()) as secrets_url,
        closing(World(engine, compute_url, secrets_url, Figures())) as here,
    ):
        yield here
    engine.dispose()


def test_postgresql_restarted_in_the_middle_of_a_transaction_loses_nothing(tmp_path: Path) -> None:
    """At every commit of a birth in turn: the server itself, not only the connection."""
    own = Server(tmp_path / "postgres", durable=False)
    own.start()
    try:
        template(own)
        with world_on(own) as here:
            vm_id = here.approve(SMALL)
            commits = iter(range(100))

            def restart(_: Any) -> None:
                if next(commits) in (1, 4, 9):
                    own.stop()
                    own.start()

            event.listen(here.engine, "commit", restart)
            worker, failed = Workers(here), 0
            for _ in range(8):
                try:
                    worker.provision(vm_id)
                except SQLAlchemyError:
                    failed += 1
                here.mail.due.clear()
                here.move(91)
            event.remove(here.engine, "commit", restart)
            assert failed > 0
            assert here.vm(vm_id).state is State.RUNNING
            assert len(here.names("instances")) == 1
            with observer(here) as eye:
                eye.finds_nothing()
    finally:
        own.stop()
        own.destroy()


@contextmanager
def wrong_clock(minutes: int) -> Iterator[None]:
    """This process's own clock is wrong by so much, wherever the shipped code may read it."""

    class Kind(type):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, datetime)

    class Wrong(datetime, metaclass=Kind):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + timedelta(minutes=minutes)

    with pytest.MonkeyPatch.context() as patched:
        for name, module in list(modules.items()):
            if name.startswith("shared.") and getattr(module, "datetime", None) is datetime:
                patched.setattr(module, "datetime", Wrong)
        yield


@pytest.mark.parametrize("minutes", [-5, 5])
def test_a_worker_whose_clock_is_wrong_judges_ends_by_the_databases(here: World, eye: Eye, minutes: int) -> None:
    vm_id = here.approve(SMALL.model_copy(update={"duration": "20m", "os_image": "windows-2022", "disk_gib": 50}))
    with wrong_clock(minutes):
        here.deliver()
    vm = here.vm(vm_id)
    assert vm.state is State.RUNNING
    assert vm.started_at is not None
    assert vm.expires_at == vm.started_at + timedelta(minutes=20)
    here.move((vm.expires_at - here.now()).total_seconds() - 60)
    with wrong_clock(minutes):
        here.sweep()
        assert here.vm(vm_id).state is State.RUNNING
        here.sweeps(5)
    assert here.vm(vm_id).state is State.DELETED
    assert datetime.now(UTC) + here.offset >= vm.expires_at
    eye.finds_nothing()

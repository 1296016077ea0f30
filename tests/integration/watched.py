"""A world whose machines' use is measured: the emulated Cloud Monitoring beside the rest, and the look at it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from local.monitoring.api import Monitoring
from local.server import in_thread
from shared.db.models import User, table
from shared.db.use import PostgresUse
from shared.domain.life import State
from shared.domain.spec import Spec
from shared.domain.use import IdleFigures
from shared.domain.vm import Vm
from shared.google.monitoring import CloudMonitoring
from shared.services.idle_stops import IdleStops
from shared.services.idling import Idling
from shared.services.rightsizing import Measured
from tests.integration.world import DJANGO, OWNER, World

LONG = DJANGO.model_copy(update={"duration": "2d"})


@dataclass
class Watched:
    """The world and the parts that measure."""

    here: World
    monitoring: httpx.Client
    uses: PostgresUse
    idling: Idling
    stops: IdleStops

    def machine(self, spec: Spec = LONG, idle_stop: str = "1h") -> str:
        """A VM that is up, to be stopped when it is idle for so long."""
        with self.here.engine.begin() as connection:
            users = table(User)
            connection.execute(update(users).where(users.c.id == OWNER).values(preferences={"idle_stop": idle_stop}))
        vm_id = self.here.approve(spec)
        self.here.deliver()
        assert self.here.vm(vm_id).state is State.RUNNING
        return vm_id

    def use(self, **use: Any) -> None:
        """What every machine does from now on, or the one that `instance` names."""
        self.monitoring.post("/_use", json={"instance": "*", **use}).raise_for_status()

    def fault(self, **fault: Any) -> None:
        self.monitoring.post("/_faults", json={"method": "timeSeries.list", **fault}).raise_for_status()

    def look(self) -> int:
        return self.idling.look(time.monotonic() + 30)

    def passes(self, minutes: int) -> None:
        """Time, and a look at what was measured in it."""
        self.here.move(minutes * 60)
        self.look()

    def of(self, vm_id: str) -> dict[str, Any]:
        """The document of its use."""
        regions = self.here.market().settings
        return Measured(self.uses, lambda: regions).of(self.here.vm(vm_id))

    def warned(self, vm_id: str) -> datetime | None:
        """When it is to be stopped."""
        written = self.of(vm_id)["idle"]["stops_at"]
        return datetime.fromisoformat(written) if written else None

    def stopping(self, vm_id: str) -> bool:
        return "idle_stop_requested" in self.here.events(vm_id)

    def stopped(self, vm_id: str) -> Vm:
        """The VM once the stop is done."""
        self.here.deliver()
        vm = self.here.vm(vm_id)
        assert vm.state is State.STOPPED
        return vm


@pytest.fixture
def watched(here: World) -> Iterator[Watched]:
    """A world in whose cloud everything is done at once, and measured."""
    with (
        in_thread(Monitoring(here.compute_url).app()) as url,
        closing(httpx.Client(base_url=url, verify=False)) as http,
    ):
        here.clocks.append(http)
        uses = PostgresUse(here.engine, here.registry)
        metrics = CloudMonitoring("demo", url, 5)
        clock, stop_within = here.registry.clock, here.figures.power_deadline
        idling = Idling(metrics, uses, clock, here.holds, here.relay, stop_within, IdleFigures())
        yield Watched(here, http, uses, idling, IdleStops(here.registry, uses, here.relay))

"""Use case: the sweep looks how much the machines are used, and stops those that are idle where their owners want it.

The warning comes first, with a way to keep the machine running; the stop is then the same as a person's. Neither
follows from what is missing or old: see `shared.domain.use`. What cannot be read now is read by the next look.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from shared.catalog.machines import known_machine_type
from shared.domain.errors import Invalid
from shared.domain.life import Reason, Wanted
from shared.domain.money import rounded, written
from shared.domain.spec import Spec
from shared.domain.use import (
    PERIOD,
    WINDOW,
    IdleFigures,
    IdleStop,
    Sample,
    Verdict,
    judged,
    written_idle_stop,
)
from shared.domain.vm import Actor, Event, Vm
from shared.services.doubts import Doubts
from shared.services.relay import Relay

REAPER = Actor("platform", "reaper")


class Metrics(Protocol):
    """Cloud Monitoring."""

    def use(self, since: datetime, now: datetime, period: timedelta) -> Mapping[str, Sequence[Sample]]:
        """By instance id, oldest first, the whole periods since then of which all is known. Raises CloudError."""


class Uses(Protocol):
    """Measured use in PostgreSQL. The last three are one compare-and-set each, with its event and notices; None when
    somebody else moved the VM."""

    def due(self, every: timedelta) -> bool:
        """Whether it is time to look again; then this caller is the one who does."""

    def running(self) -> Sequence[tuple[Vm, IdleStop | None]]:
        """Every machine that runs, with what its owner chose; those chosen for first."""

    def keep(self, measured: Mapping[str, Sequence[Sample]]) -> None:
        """The latest measuring of each VM."""

    def warn(self, before: Vm, stops_at: datetime, event: Event, told: Mapping[str, Any]) -> Vm | None:
        """Say that an idle machine will be stopped."""

    def take_back(self, before: Vm, event: Event) -> Vm | None:
        """The machine is in use again."""

    def stop(self, before: Vm, after: Vm, event: Event, told: Mapping[str, Any]) -> Vm | None:
        """Have an idle machine stopped."""


class Idling:
    """`power_deadline`: how long a stop may take. `doubts`: what an owner chose may be what a backup knew of it."""

    def __init__(
        self,
        metrics: Metrics,
        uses: Uses,
        clock: Callable[[], datetime],
        doubts: Doubts,
        relay: Relay,
        power_deadline: timedelta,
        figures: IdleFigures,
    ) -> None:
        self.metrics = metrics
        self.uses = uses
        self.clock = clock
        self.doubts = doubts
        self.relay = relay
        self.power_deadline = power_deadline
        self.figures = figures

    def look(self, until: float) -> int:
        """Measure, and do what follows from it, until that moment of the monotonic clock; how many were measured. Does
        nothing while the last look is recent, or the database in doubt."""
        if self.doubts.doubt() is not None or not self.uses.due(self.figures.look):
            return 0
        running = self.uses.running()
        if not running:
            return 0
        now = self.clock()
        found = self.metrics.use(now - WINDOW, now, PERIOD)
        measured = {vm.id: samples for vm, _ in running if (samples := since_start(vm, found))}
        self.uses.keep(measured)
        for vm, choice in running:
            if time.monotonic() > until:
                break
            if choice is not None and not why_never(vm.spec):
                self._judge(vm, choice, measured.get(vm.id, ()), now)
        return len(measured)

    def _judge(self, vm: Vm, choice: IdleStop, samples: Sequence[Sample], now: datetime) -> None:
        verdict = judged(vm, choice, samples, steady_vcpus(vm), now, self.figures)
        if verdict is not None and self._follow(vm, choice, verdict, now) is not None:
            self.relay.flush(vm.id)

    def _follow(self, vm: Vm, choice: IdleStop, verdict: Verdict, now: datetime) -> Vm | None:
        idle_for, saving = written_idle_stop(choice.after), written(saved_hourly(vm))
        told = {"idle_for": idle_for, "saving_hourly": saving}
        if verdict == "warn":
            stops_at = now + self.figures.warning
            at = stops_at.isoformat(timespec="seconds")
            words = f"for {idle_for}; it is stopped at {at} unless it is used, which saves {saving} USD an hour"
            return self.uses.warn(
                vm, stops_at, Event("idle", REAPER, words), {**told, "stops_at": stops_at.isoformat()}
            )
        if verdict == "in_use":
            return self.uses.take_back(vm, Event("in_use_again", REAPER, "it is not stopped"))
        stopping = replace(vm, wanted=Wanted.STOPPED, reason=Reason.IDLE, deadline_at=now + self.power_deadline)
        words = f"idle for {idle_for}; that saves {saving} USD an hour"
        return self.uses.stop(vm, stopping, Event("idle_stop_requested", REAPER, words), {**told, "stops_at": None})


def since_start(vm: Vm, found: Mapping[str, Sequence[Sample]]) -> Sequence[Sample]:
    """The samples of the machine as it is: since its last start, and so of its present type."""
    assert vm.running_since is not None
    return [each for each in found.get(vm.instance_id or "", ()) if each.until - PERIOD >= vm.running_since]


def steady_vcpus(vm: Vm) -> float:
    """What a CPU share of 1 is, in vCPUs: of shared cores it is the part that may be used without end."""
    return float(known_machine_type(vm.spec.machine_type).steady_vcpus)


def why_never(spec: Spec) -> str | None:
    """Why a machine is never stopped for being idle, where it is not. Google's idle VM recommender leaves out the same
    two kinds."""
    if spec.gpu is not None:
        return "what its GPU does is not measured, and it may work while its CPU rests"
    if known_machine_type(spec.machine_type).bundled_ssd_gib:
        return "a stop would lose what is on its local SSDs"
    return None


def check_measurable(spec: Spec) -> None:
    """Raise Invalid `idle_unmeasured` for a machine that is never stopped for being idle."""
    if because := why_never(spec):
        raise Invalid("idle_unmeasured", f"It cannot be stopped for being idle: {because}. Leave idle_stop off.")


def saved_hourly(vm: Vm) -> Decimal:
    """What an hour of a stopped machine costs less: all but its disk."""
    return rounded(sum((rate.hourly for rate in vm.rates if rate.running), Decimal(0)))

"""How much a machine is used, as it was measured: what counts as idle, and when an idle machine is warned of and
stopped. Pure: the moments and the samples come from outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Annotated, Literal

from pydantic import AfterValidator

from shared.domain.life import Setup, State, Wanted
from shared.domain.spec import format_duration, parse_duration
from shared.domain.vm import Vm

PERIOD = timedelta(minutes=10)  # what one sample is of
WINDOW = timedelta(hours=24)  # how far back is looked
SHORTEST_IDLE, LONGEST_IDLE = timedelta(minutes=30), timedelta(hours=12)
OFF = "off"
# A program on one thread keeps a whole vCPU busy, which on a large machine is a small share of it.
ONE_THREAD = 0.5

Verdict = Literal["warn", "in_use", "stop"]


@dataclass(frozen=True)
class Sample:
    """One period, by its end. `cpu` and `peak`: the mean and the busiest minute's share of what the machine type gives
    (above 1 where shared cores burst). `network`: bytes a second, both ways. `memory`: the most of it that was in use,
    as a share; None where no agent reports it."""

    until: datetime
    cpu: float
    peak: float
    network: float
    memory: float | None = None


@dataclass(frozen=True)
class Summary:
    """Samples of one machine type, together. `cpu_p95`: what the busiest minutes of 95 % of the periods did not exceed.
    `memory`: the most, None unless every sample has it."""

    since: datetime
    until: datetime
    cpu: float
    cpu_p95: float
    network: float
    memory: float | None

    @property
    def measured(self) -> timedelta:
        return self.until - self.since


@dataclass(frozen=True)
class IdleFigures:
    """Below both thresholds in every period a machine is idle. 5 % of the CPU on average is what Cloudaware's policy
    for idle Compute Engine instances says; 3,000 bytes a second are the 2,000 received and 1,000 sent of Google's own
    idle VM recommender. Nothing counts `after_start`, nor where the latest period ended longer ago than `stale`: the
    latest is visible after four minutes, so one that is missing is noticed."""

    cpu: float = 0.05
    network: float = 3000.0
    warning: timedelta = timedelta(minutes=30)
    after_start: timedelta = timedelta(minutes=15)
    stale: timedelta = timedelta(minutes=10)
    look: timedelta = timedelta(minutes=10)


@dataclass(frozen=True)
class IdleStop:
    """What an owner chose for a VM: to be stopped after having been idle so long (None: never), counted from when that
    was chosen, last. `stops_at`: it was warned, at `warned_at`, that it will then be stopped."""

    after: timedelta | None
    counts_from: datetime
    warned_at: datetime | None = None
    stops_at: datetime | None = None

    def warned(self, vm: Vm) -> bool:
        """Whether a warning stands: one from before a later start says nothing any more."""
        running = vm.state is State.RUNNING and vm.wanted is Wanted.RUNNING and vm.running_since is not None
        return running and self.warned_at is not None and self.warned_at >= (vm.running_since or self.warned_at)


def parse_idle_stop(text: str) -> timedelta | None:
    """`off`, or how long a machine may be idle before it is stopped. Raises ValueError."""
    if text == OFF:
        return None
    after = parse_duration(text, shortest=timedelta(minutes=1))
    if not SHORTEST_IDLE <= after <= LONGEST_IDLE:
        most = format_duration(LONGEST_IDLE)
        raise ValueError(f"off, or a length from {format_duration(SHORTEST_IDLE)} to {most}")
    return after


def written_idle_stop(after: timedelta | None) -> str:
    return OFF if after is None else format_duration(after)


def _canonical(text: str) -> str:
    return written_idle_stop(parse_idle_stop(text))


WrittenIdleStop = Annotated[str, AfterValidator(_canonical)]  # as requests and preferences say it


def summary(samples: Sequence[Sample]) -> Summary:
    """Of at least one sample, oldest first."""
    peaks = sorted(sample.peak for sample in samples)
    memory = [sample.memory for sample in samples if sample.memory is not None]
    return Summary(
        since=samples[0].until - PERIOD,
        until=samples[-1].until,
        cpu=sum(sample.cpu for sample in samples) / len(samples),
        cpu_p95=peaks[max(ceil(0.95 * len(peaks)) - 1, 0)],
        network=sum(sample.network for sample in samples) / len(samples),
        memory=max(memory) if len(memory) == len(samples) else None,
    )


def is_idle(sample: Sample, vcpus: float, figures: IdleFigures) -> bool:
    """`vcpus`: what the machine type gives without end."""
    busy = sample.cpu >= figures.cpu or sample.cpu * vcpus >= ONE_THREAD
    return not busy and sample.network < figures.network


def idle_since(samples: Sequence[Sample], vcpus: float, figures: IdleFigures) -> datetime | None:
    """Since when the machine has been idle without a gap up to the latest sample; None if it is not."""
    since: datetime | None = None
    for sample in reversed(samples):
        if not is_idle(sample, vcpus, figures) or (since is not None and sample.until < since):
            break
        since = sample.until - PERIOD
    return since


def settled(vm: Vm, now: datetime) -> bool:
    """Whether the machine runs as it is wanted to, set up, with nothing in flight and nobody at work on it."""
    at_rest = vm.operation is None and vm.change is None and vm.setup in (Setup.DONE, Setup.FAILED)
    held = vm.claimed_until is not None and vm.claimed_until > now
    return vm.state is State.RUNNING and vm.wanted is Wanted.RUNNING and at_rest and not held


def judged(
    vm: Vm, stop: IdleStop, samples: Sequence[Sample], vcpus: float, now: datetime, figures: IdleFigures
) -> Verdict | None:
    """What follows for a machine whose idleness its owner wants judged. None: nothing, as where too little is known.

    A warning comes once it has been idle for as long as was chosen; a stop, once the warning's time is over and it has
    been idle all along. One sample that is not idle, of a period that ends after the warning, takes it back.
    """
    if stop.after is None or not settled(vm, now) or vm.running_since is None:
        return None
    if vm.expires_at is None or vm.expires_at <= now or not samples or now - samples[-1].until > figures.stale:
        return None
    if stop.warned(vm) and stop.warned_at is not None:
        later = (sample for sample in samples if sample.until > stop.warned_at)
        if not all(is_idle(sample, vcpus, figures) for sample in later):
            return "in_use"
    first = max(stop.counts_from, vm.running_since + figures.after_start)
    counted = [sample for sample in samples if sample.until - PERIOD >= first]
    since = idle_since(counted, vcpus, figures)
    if since is None or counted[-1].until - since < stop.after:
        return None
    if not stop.warned(vm):
        return "warn" if vm.expires_at > now + figures.warning else None
    return "stop" if stop.stops_at is not None and stop.stops_at <= now else None

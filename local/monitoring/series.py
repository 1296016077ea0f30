"""From the machines' runs and uses to the time series that a query answers."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.monitoring.query import Query
from local.monitoring.use import MINUTE, Use, Uses
from local.rest import not_found, rfc3339

VISIBLE_AFTER = 240  # seconds, of every metric here
CPU = "compute.googleapis.com/instance/cpu/utilization"
SENT = "compute.googleapis.com/instance/network/sent_bytes_count"
RECEIVED = "compute.googleapis.com/instance/network/received_bytes_count"
MEMORY = "agent.googleapis.com/memory/percent_used"
_SENT_SHARE = 0.4  # of the traffic; the rest is received

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Machine:
    """A machine and when it had power: from, and to (None: it still has), in epoch seconds."""

    project: str
    zone: str
    name: str
    id: str
    runs: Sequence[tuple[float, float | None]]

    def minutes(self, begin: float, end: float) -> Iterator[float]:
        """The whole minutes in (begin, end] that it had power at."""
        for since, until in self.runs:
            minute = (math.floor(begin / MINUTE) + 1) * MINUTE
            minute = max(minute, math.ceil(since / MINUTE) * MINUTE)
            while minute <= (end if until is None else min(end, until)):
                yield minute
                minute += MINUTE


def answer(query: Query, machines: Sequence[Machine], uses: Uses, now: float) -> list[dict[str, Any]]:
    """The series of the query's metric, in the API's own shape, their points newest first."""
    kind = query.terms["metric.type"]
    if kind not in (CPU, SENT, RECEIVED) and not (kind == MEMORY and uses.by_agent):
        raise not_found(f"Cannot find metric(s) that match type = {kind!r}.")
    groups: dict[tuple[str, ...], list[tuple[Labels, Machine, float]]] = defaultdict(list)
    for machine in machines:
        for labels, share in _raw(kind):
            whole = _labels(machine, labels)
            if all(whole.get(name, kind) == value for name, value in query.terms.items() if name != "metric.type"):
                key = query.group if query.reducer else tuple(sorted(whole))
                groups[tuple(whole.get(name, "") for name in key)].append((whole, machine, share))
    found = (_series(query, kind, members, uses, now) for _, members in sorted(groups.items()))
    return [series for series in found if series["points"]]


def _raw(kind: str) -> Iterator[tuple[Labels, float]]:
    """A machine's own series of the metric: their labels, and each one's share of the value."""
    if kind in (SENT, RECEIVED):
        yield {"metric.labels.loadbalanced": "false"}, 0.75
        yield {"metric.labels.loadbalanced": "true"}, 0.25
    elif kind == MEMORY:
        yield {"metric.labels.state": "used"}, 1.0
    else:
        yield {}, 1.0


def _labels(machine: Machine, own: Labels) -> dict[str, str]:
    return {
        "resource.type": "gce_instance",
        "resource.labels.project_id": machine.project,
        "resource.labels.zone": machine.zone,
        "resource.labels.instance_id": machine.id,
        "metric.labels.instance_name": machine.name,
        **own,
    }


def _series(
    query: Query, kind: str, members: Sequence[tuple[Labels, Machine, float]], uses: Uses, now: float
) -> dict[str, Any]:
    points = []
    counted = kind in (SENT, RECEIVED) and query.aligner != "ALIGN_MEAN"
    for begin, end in query.periods():
        aligned = []
        for _, machine, share in members:
            values = list(_values(kind, machine, share, begin, min(end, now - VISIBLE_AFTER), uses))
            if values:
                aligned.append(query.align(values))
        if aligned:
            points.append(_point(counted, begin, end, query.reduce(aligned)))
    labels = members[0][0]
    kept = query.group if query.reducer else tuple(labels)
    return {
        "metric": {"type": kind, "labels": _under("metric.labels.", labels, kept)},
        "resource": {"type": "gce_instance", "labels": _under("resource.labels.", labels, kept)},
        "metricKind": "DELTA" if counted else "GAUGE",
        "valueType": "INT64" if counted else "DOUBLE",
        "points": points,
    }


def _values(kind: str, machine: Machine, share: float, begin: float, end: float, uses: Uses) -> Iterator[float]:
    for minute in machine.minutes(begin, end):
        value = _value(kind, uses.at(machine.name, minute))
        if value is not None:
            yield value * share


def _value(kind: str, use: Use) -> float | None:
    if kind == CPU:
        return use.cpu
    if kind == MEMORY:
        return None if use.memory is None else 100 * use.memory
    part = _SENT_SHARE if kind == SENT else 1 - _SENT_SHARE
    return use.network * part * MINUTE


def _point(counted: bool, begin: float, end: float, value: float) -> dict[str, Any]:
    """A gauge's is of its end alone; a count's is of the period, and a 64-bit integer is written as a string."""
    interval = {"startTime": rfc3339(begin if counted else end), "endTime": rfc3339(end)}
    return {"interval": interval, "value": {"int64Value": str(round(value))} if counted else {"doubleValue": value}}


def _under(prefix: str, labels: Labels, kept: Sequence[str]) -> dict[str, str]:
    return {name.removeprefix(prefix): labels[name] for name in kept if name.startswith(prefix) and name in labels}


def page(found: Sequence[dict[str, Any]], start: int, size: int) -> tuple[list[dict[str, Any]], int | None]:
    """So many points from the one at `start` on, each under its series, and where the next page starts. A page may end
    within a series: the next one goes on with it."""
    shown: list[dict[str, Any]] = []
    at, left = 0, size
    for series in found:
        points = series["points"][max(start - at, 0) :][:left]
        at += len(series["points"])
        if points:
            shown.append({**series, "points": points})
            left -= len(points)
    return shown, start + size if start + size < at else None

"""A list's parameters as Cloud Monitoring reads them: the filter, the interval, and how points become one series."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

from starlette.datastructures import QueryParams

from local.rest import epoch, invalid, seconds

_TERM = re.compile(r'\s*([\w.]+)\s*=\s*"([^"]*)"\s*')

# Those that numeric values take; the percentiles are for distributions.
_ALIGNERS: dict[str, Callable[[Sequence[float]], float]] = {
    "ALIGN_MEAN": lambda values: sum(values) / len(values),
    "ALIGN_MAX": max,
    "ALIGN_SUM": sum,
}
_REDUCERS: dict[str, Callable[[Sequence[float]], float]] = {"REDUCE_SUM": sum, "REDUCE_MAX": max}


@dataclass(frozen=True)
class Query:
    """`terms`: what the filter demands, by name. `period` in seconds. `group`: the labels that stay apart."""

    terms: dict[str, str]
    start: float
    end: float
    period: float
    aligner: str
    reducer: str | None
    group: tuple[str, ...]

    def periods(self) -> list[tuple[float, float]]:
        """From and to of each period, the latest first. They are counted back from the interval's end; the earliest may
        begin before the interval."""
        count = ceil((self.end - self.start) / self.period)
        return [(self.end - (at + 1) * self.period, self.end - at * self.period) for at in range(count)]

    def align(self, values: Sequence[float]) -> float:
        """One period's points of one series as one value."""
        return _ALIGNERS[self.aligner](values)

    def reduce(self, values: Sequence[float]) -> float:
        """The series of one group as one."""
        return values[0] if self.reducer is None else _REDUCERS[self.reducer](values)


def read(parameters: QueryParams) -> Query:
    """Raises ApiError 400, in Cloud Monitoring's words where it has some."""
    aligner = parameters.get("aggregation.perSeriesAligner", "ALIGN_NONE")
    reducer = parameters.get("aggregation.crossSeriesReducer")
    if aligner not in _ALIGNERS or (reducer is not None and reducer not in _REDUCERS):
        raise invalid(f"The aggregation {aligner}, {reducer} is not emulated.")
    query = Query(
        terms=_terms(parameters.get("filter", "")),
        start=epoch(parameters.get("interval.startTime", "")),
        end=epoch(parameters.get("interval.endTime", "")),
        period=seconds(parameters.get("aggregation.alignmentPeriod", "")),
        aligner=aligner,
        reducer=reducer,
        group=tuple(parameters.getlist("aggregation.groupByFields")),
    )
    if query.start >= query.end:
        raise invalid("Field interval had an invalid value: The start time must be before the end time.")
    if query.period < 60:
        raise invalid("Field aggregation.alignmentPeriod had an invalid value: it must be at least 60 seconds.")
    return query


def _terms(written: str) -> dict[str, str]:
    terms: dict[str, str] = {}
    for part in written.split(" AND "):
        found = _TERM.fullmatch(part)
        if found is None:
            raise invalid(f"Field filter had an invalid value of {written!r}: could not parse it.")
        terms[found[1]] = found[2]
    if "metric.type" not in terms:
        raise invalid(f"Field filter had an invalid value of {written!r}: must specify a restriction on metric.type.")
    return terms

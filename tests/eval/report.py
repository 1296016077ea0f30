"""The evaluation as tables for people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from statistics import median, quantiles

from tests.eval.run import Result, share

REACH = 0.95  # of the cases with every constraint met: issue 5, "Shows that it works"
MOST_RATIO = Decimal("1.10")  # median price over the cheapest that would do: the same
ASKED_SAVING = 30  # per cent against the usual choice: mission row 4
LONGEST_TEXT = 160  # characters of a request that are shown beside its failures


def reached(results: Sequence[Result]) -> bool:
    """Whether the thresholds are met."""
    ratio = median_ratio(results)
    return share(results) >= REACH and ratio is not None and ratio <= MOST_RATIO


def median_ratio(results: Iterable[Result]) -> Decimal | None:
    """Of the cases that size the machine and were answered rightly."""
    ratios = [result.ratio for result in results if result.ratio is not None]
    return median(ratios) if ratios else None


def summary(results: Sequence[Result]) -> Iterator[str]:
    """The figures that the README states, then the same by kind, language and constraint."""
    parts = {
        "all": results,
        "tuning": [result for result in results if not result.case.held_out],
        "held out": [result for result in results if result.case.held_out],
    }
    yield from _table(
        ("part", "cases", "every constraint met"), [_share_row(name, part) for name, part in parts.items()]
    )
    yield from _table(("measure", "value", "of"), list(_measures(results)))
    for title, key in _GROUPINGS:
        yield from _table(
            (title, "cases", "met", "tuning", "held out"), [_part_row(*group) for group in _grouped(results, key)]
        )
    yield from _table(("constraint", "demanded", "met"), list(_by_constraint(results)))


def failures(results: Iterable[Result]) -> Iterator[str]:
    """What was not met in the cases that may be tuned on, and what was answered instead."""
    for result in results:
        if result.met or result.case.held_out:
            continue
        text = " » ".join(result.case.texts).replace("\n", " ⏎ ")
        shown = text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]}…"
        yield f"{result.case.id}: {shown}"
        if result.error:
            yield f"    raised {result.error}"
            continue
        for verdict in result.verdicts:
            if not verdict.met:
                yield f"    {verdict.constraint}: expected {verdict.expected}, got {verdict.got}"


_GROUPINGS: tuple[tuple[str, Callable[[Result], str]], ...] = (
    ("kind", lambda result: result.case.kind),
    ("language", lambda result: result.case.language),
)


def _measures(results: Sequence[Result]) -> Iterator[tuple[str, ...]]:
    ratio, ratios = median_ratio(results), sum(result.ratio is not None for result in results)
    yield "median price over the cheapest that meets it", f"{ratio:.3f}" if ratio else "-", f"{ratios} sized cases"
    quoted = [result for result in results if result.suggestion and result.suggestion.quote]
    savings = [result.saving for result in quoted if result.saving is not None]
    yield (
        f"median saving against the usual choice (asked for: {ASKED_SAVING} %)",
        f"{median(savings):.1f} %" if savings else "-",
        f"{len(savings)} quotes; {len(quoted) - len(savings)} have no usual choice or save nothing",
    )
    seconds = sorted(one for result in results for one in result.seconds)
    if len(seconds) > 1:
        cuts = quantiles(seconds, n=100)
        yield "latency, warm, p50", f"{1000 * cuts[49]:.1f} ms", f"{len(seconds)} requests"
        yield "latency, warm, p99", f"{1000 * cuts[98]:.1f} ms", f"{len(seconds)} requests"


def _grouped(results: Iterable[Result], key: Callable[[Result], str]) -> list[tuple[str, list[Result]]]:
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[key(result)].append(result)
    return sorted(groups.items())


def _share_row(name: str, results: Sequence[Result]) -> tuple[str, ...]:
    return name, str(len(results)), f"{100 * share(results):.1f} %"


def _part_row(name: str, results: Sequence[Result]) -> tuple[str, ...]:
    tuning = [result for result in results if not result.case.held_out]
    held_out = [result for result in results if result.case.held_out]
    return *_share_row(name, results), _of(tuning), _of(held_out)


def _of(results: Sequence[Result]) -> str:
    return f"{sum(result.met for result in results)}/{len(results)}"


def _by_constraint(results: Iterable[Result]) -> Iterator[tuple[str, ...]]:
    met: dict[str, list[bool]] = defaultdict(list)
    for result in results:
        for verdict in result.verdicts:
            met[verdict.constraint].append(verdict.met)
    for name, answers in sorted(met.items()):
        yield name, str(len(answers)), f"{100 * sum(answers) / len(answers):.1f} %"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    """A Markdown table, aligned for reading as it is."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    for row in (head, tuple("-" * width for width in widths), *rows):
        yield "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
    yield ""

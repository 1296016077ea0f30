"""What a run of the fault suite came to, on the terminal and as the generated part of docs/reliability.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

BEGIN, END = "<!-- made by `make faults` -->", "<!-- end -->"


@dataclass
class Tally:
    """One fault alone. `took`: seconds until the right ends, of each life that it befell."""

    made: int = 0
    violations: int = 0
    took: list[float] = field(default_factory=list)

    def extra(self, usual: float) -> tuple[float, float]:
        """The median and the worst of what it cost, in seconds; a life that a fault cuts short costs nothing."""
        extra = [max(each - usual, 0.0) for each in self.took] or [0.0]
        return median(extra), max(extra)


@dataclass
class Report:
    """`by_fault`: each fault alone, under "" the lives that nothing befell; `made`: the storm's faults."""

    lives: int = 0
    stuck: int = 0
    leaked: int = 0
    violations: list[dict[str, Any]] = field(default_factory=list)
    made: Counter[str] = field(default_factory=Counter)
    by_fault: dict[str, Tally] = field(default_factory=dict)

    @property
    def flawless(self) -> bool:
        alone = sum(tally.violations for tally in self.by_fault.values())
        return not (self.stuck or self.leaked or self.violations or alone)

    def add(self, other: Report) -> None:
        """The storm of another world."""
        self.lives += other.lives
        self.stuck += other.stuck
        self.leaked += other.leaked
        self.violations += other.violations
        self.made.update(other.made)

    def verdict(self) -> str:
        return f"{len(self.violations)} violations, {self.stuck} stuck, {self.leaked} leaked"

    def lines(self) -> Iterator[str]:
        """The summary, what was violated, and the table."""
        yield f"{self.lives} random lives, {sum(self.made.values())} faults made: {self.verdict()}."
        yield from (f"- {each['rule']} {each['subject']}: {each['told']}" for each in self.violations[:20])
        yield ""
        yield "| Fault | Made in the storm | Made alone | Violations | Median extra time | Worst |"
        yield "|---|---:|---:|---:|---:|---:|"
        usual = median(self.by_fault[""].took) if self.by_fault and self.by_fault[""].took else 0.0
        for name, tally in self.by_fault.items():
            if name:
                middle, worst = tally.extra(usual)
                yield (
                    f"| {name} | {self.made[name]} | {tally.made} | {tally.violations}"
                    f" | {_shown(middle)} | {_shown(worst)} |"
                )


def write(page: Path, report: Report) -> None:
    """Put the table in its place in the page."""
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text("\n".join([before + BEGIN, *report.lines(), END + after]))


def _shown(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"

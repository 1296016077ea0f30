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
    """One fault alone. `extra`: seconds that each life which it befell lasted longer than the same one without it."""

    made: int = 0
    violations: int = 0
    extra: list[float] = field(default_factory=list)


@dataclass
class Report:
    """`made`: the storm's faults; `seen`: its external calls, and the faulty ones; `by_fault`: each fault alone,
    in `each` lives."""

    lives: int = 0
    stuck: int = 0
    leaked: int = 0
    violations: list[dict[str, Any]] = field(default_factory=list)
    made: Counter[str] = field(default_factory=Counter)
    seen: Counter[str] = field(default_factory=Counter)
    by_fault: dict[str, Tally] = field(default_factory=dict)
    seed: str = ""
    each: int = 0
    walks: int = 0
    steps: int = 0

    @property
    def flawless(self) -> bool:
        """Nothing was violated, and no fault counts for harmless that was never made."""
        borne = all(tally.made and not tally.violations for tally in self.by_fault.values())
        return borne and not (self.stuck or self.leaked or self.violations)

    def add(self, other: Report, world: str) -> None:
        """The storm, or the walks, of another world; `world` begins it again alone."""
        self.lives += other.lives
        self.stuck += other.stuck
        self.leaked += other.leaked
        for each in other.violations:  # told again at each look
            if (named := {**each, "world": world}) not in self.violations:
                self.violations.append(named)
        self.walks += other.walks
        self.steps += other.steps
        self.made.update(other.made)
        self.seen.update(other.seen)

    def verdict(self) -> str:
        return f"{len(self.violations)} violations, {self.stuck} stuck, {self.leaked} leaked"

    def lines(self) -> Iterator[str]:
        """The summary, what was violated, and the table."""
        yield (
            f"{self.lives:,} random lives (seed {self.seed}), {self.seen['faulty']:,} of their {self.seen['calls']:,}"
            f" external calls faulty ({self.seen['faulty'] / max(self.seen['calls'], 1):.0%}), {self.made.total():,}"
            f" faults made in all, and {self.walks:,} walks of {self.steps:,} steps:"
            f" {self.verdict()}."
        )
        for each in self.violations[:20]:
            yield f"- {each['rule']} {each['subject']}: {each['told']} (`--world {each['world']}`)"
        if self.by_fault:
            yield ""
            yield f"Each fault alone: in {self.each} lives, beside as many that nothing befell."
            yield ""
            yield "| Fault | Made in the storm | Made alone | Violations alone | Median extra time | Worst |"
            yield "|---|---:|---:|---:|---:|---:|"
        for name, tally in self.by_fault.items():
            extra = tally.extra or [0.0]
            yield (
                f"| {name} | {self.made[name]:,} | {tally.made} | {tally.violations}"
                f" | {_shown(median(extra))} | {_shown(max(extra))} |"
            )


def write(page: Path, report: Report) -> None:
    """Put the summary and the table in their place in the page."""
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text("\n".join([before + BEGIN, *report.lines(), END + after]))


def _shown(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min"

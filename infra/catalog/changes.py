"""What a new price list changes: to be read before it is written, and refused where it looks like a mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from infra.catalog.pricing import SECTIONS

MOST = Decimal(50)  # per cent up or down, and of a section's prices gone, beyond which somebody has to look
MARKETS = ("on demand", "spot")
CUSTOM = ("core", "memory", "core, spot", "memory, spot")


@dataclass(frozen=True, slots=True)
class Change:
    """One price that is new (no `before`), gone (no `after`), or another."""

    name: str
    before: Decimal | None
    after: Decimal | None

    @property
    def percent(self) -> Decimal | None:
        if self.before is None or self.after is None or not self.before:
            return None
        return ((self.after / self.before - 1) * 100).quantize(Decimal("0.1"))

    def __str__(self) -> str:
        if self.before is None:
            return f"added    {self.name}: {self.after:f}"
        if self.after is None:
            return f"removed  {self.name}: was {self.before:f}"
        word = "up" if self.after > self.before else "down"
        return f"{word:<8} {self.name}: {self.before:f} → {self.after:f} ({self.percent:+f} %)"


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[Change, ...]:
    """Every price that differs, by section and name."""
    before, after = dict(_prices(old)), dict(_prices(new))
    return tuple(
        Change(name, before.get(name), after.get(name))
        for name in dict.fromkeys((*before, *after))
        if before.get(name) != after.get(name)
    )


def suspicious(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """What should not be written without a look: a price that moved by more than MOST per cent, a section that lost
    more than MOST per cent of its prices."""
    moved = [str(each) for each in changes(old, new) if each.percent is not None and abs(each.percent) > MOST]
    lost = []
    for section in SECTIONS:
        before, after = (dict(_prices({section: each.get(section, {})})) for each in (old, new))
        gone = len(before.keys() - after.keys())
        if gone * 100 > MOST * len(before):
            lost.append(f"{gone} of {len(before)} prices of {section} are gone")
    return (*moved, *lost)


def _prices(document: Mapping[str, Any]) -> Iterator[tuple[str, Decimal]]:
    """Every price with its path as its name."""
    for section in SECTIONS:
        if section in document:
            yield from _walk(document[section], section)


def _walk(value: Any, path: str) -> Iterator[tuple[str, Decimal]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key == "tiers":
                for most, price in inner:
                    yield f"{path} up to {most} vCPUs" if most else f"{path} above", Decimal(price)
            elif key != "per":
                yield from _walk(inner, f"{path} {key}")
    elif isinstance(value, list):
        for kind, price in zip(MARKETS if len(value) == len(MARKETS) else CUSTOM, value, strict=True):
            if price is not None:
                yield f"{path} {kind}", Decimal(price)
    elif value is not None:
        yield path, Decimal(value)

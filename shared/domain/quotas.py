"""Compute Engine's own quotas, as it lists them: by metric, of each region and of the project as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Quota:
    """How much of a metric there may be, and is. Both in the metric's own unit."""

    limit: float
    usage: float


Metrics = Mapping[str, Quota]


@dataclass(frozen=True, slots=True)
class Quotas:
    """What one reading found. What it does not name is not known."""

    project: Metrics = field(default_factory=dict)
    regions: Mapping[str, Metrics] = field(default_factory=dict)

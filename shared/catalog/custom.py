"""Custom machine types: which numbers of vCPUs and how much memory each series takes, and their names.

The rules are Compute Engine's, from "Create a VM with a custom machine type"
(https://cloud.google.com/compute/docs/instances/creating-instance-with-custom-machine-type) and the limits in its
sample code. Memory comes in steps of 256 MiB. Extended memory (`-ext`), which is priced apart, and custom shared cores
(`e2-custom-micro-…`) are not modelled: those names are unknown here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from math import ceil

from shared.catalog.files import document

_STEP_MIB = 256
_NAME = re.compile(r"(?:([a-z][0-9][a-z]?)-)?custom-([1-9][0-9]{0,3})-([1-9][0-9]{0,7})")


@dataclass(frozen=True, slots=True)
class CustomLimits:
    """What a series takes: the numbers of vCPUs, in order; GiB for each of them, at least and at most; GiB in all."""

    series: str
    vcpus: tuple[int, ...]
    least_gib: Decimal
    most_gib: Decimal
    most_gib_in_all: int

    def takes(self, vcpus: int, memory_mib: int) -> bool:
        """Whether there is such a machine."""
        gib = Decimal(memory_mib) / 1024
        most = min(self.most_gib * vcpus, Decimal(self.most_gib_in_all))
        return vcpus in self.vcpus and memory_mib % _STEP_MIB == 0 and self.least_gib * vcpus <= gib <= most

    def at_least(self, vcpus: int, memory_gib: Decimal) -> str | None:
        """The name of the smallest one with so much of both, fewest vCPUs first; None where none is large enough."""
        for count in self.vcpus:
            gib = max(memory_gib, self.least_gib * count)
            mib = ceil(gib * 1024 / _STEP_MIB) * _STEP_MIB
            if count >= vcpus and self.takes(count, mib):
                return custom_name(self.series, count, mib)
        return None

    def __str__(self) -> str:
        counts = ", ".join(str(count) for count in self.vcpus[:4])
        return (
            f"{self.series} takes {counts}, … {self.vcpus[-1]} vCPUs with {self.least_gib} to {self.most_gib} GiB "
            f"each, {self.most_gib_in_all} GiB in all, in steps of {_STEP_MIB} MiB"
        )


@cache
def custom_limits() -> Mapping[str, CustomLimits]:
    """Every series that has custom machine types, by its name."""
    return {
        series: CustomLimits(
            series=series,
            vcpus=tuple(count for first, last, step in facts["vcpus"] for count in range(first, last + 1, step)),
            least_gib=Decimal(facts["gib_per_vcpu"][0]),
            most_gib=Decimal(facts["gib_per_vcpu"][1]),
            most_gib_in_all=facts["most_gib"],
        )
        for series, facts in document("machine_types")["custom"].items()
    }


def custom_name(series: str, vcpus: int | str, memory_mib: int | str) -> str:
    """Compute's name: `n2-custom-6-20480`; for an n1 without its series, `custom-6-20480`."""
    prefix = "" if series == "n1" else f"{series}-"
    return f"{prefix}custom-{vcpus}-{memory_mib}"


def parsed(name: str) -> tuple[CustomLimits, int, int] | None:
    """A custom machine type's series, vCPUs and MiB as its name says, whether or not there is such a machine; None if
    it is no such name, or its series has none."""
    parts = _NAME.fullmatch(name)
    limits = custom_limits().get(parts[1] or "n1") if parts and parts[1] != "n1" else None
    return (limits, int(parts[2]), int(parts[3])) if parts and limits else None

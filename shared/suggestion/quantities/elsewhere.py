"""Machines of other clouds as a measure: "same size as an m5.xlarge", "bigger than our B2ms"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from shared.catalog.other_clouds import OtherType, other_types
from shared.domain.suggestion import Keyword
from shared.suggestion.quantities.comparisons import Heir, compared, heir
from shared.suggestion.text.folding import Plain
from shared.suggestion.text.patterns import Pattern

_NAMES = Pattern(r"[a-z]-?\d")  # none of their names goes without
_FROM = Pattern(r"\b(?:from|von|de|desde|du|d')\s+(?:(?:an?|our|the|un|une|una|ein(?:e[rnm])?)\s+)?(?:\w+\s+)?$")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """At least so much is to be had: memory in GiB, GPUs as in Stated; and the words."""

    vcpus: int
    memory_gib: Decimal
    gpus: int
    gpu: str | None
    gpu_gib: Decimal | None
    keyword: Keyword
    note: str


def named_elsewhere(plain: Plain) -> tuple[OtherType, ...]:
    """The machine types of other clouds that the text names."""
    return tuple(other_types(plain.text)) if _NAMES.search(plain.text) else ()


def measured(plain: Plain, named: Sequence[OtherType]) -> Elsewhere | None:
    """What the type has that the text asks for, or as many times of it as it says: of several the first that is neither
    what is there now nor left behind ("from an m5.large to an m5.xlarge"), else the last."""
    if not named:
        return None
    asked = (one for one in named if not (compared(plain.text, one.start, one.end) or _left(plain.text, one)))
    one = next(asked, named[-1])
    role = compared(plain.text, one.start, one.end)
    heirs = heir(plain.text, role == "outgrown") or Heir(Decimal(1), "at least")
    key = plain.keyword(one.start, one.end, "machine type")
    vcpus, memory = max(1, ceil(one.vcpus * heirs.factor)), one.memory_gib * heirs.factor
    at_least = f"at least {vcpus} vCPUs and {memory.normalize():f} GiB of memory"
    note = f"“{key.text}” of {one.cloud} has {one.vcpus} vCPUs and {one.memory_gib:f} GiB: {at_least}."
    return Elsewhere(vcpus, memory, one.gpus, one.gpu, one.gpu_gib, key, note)


def _left(text: str, one: OtherType) -> bool:
    return bool(_FROM.search(text[max(0, one.start - 30) : one.start]))

"""What a request was read to say, before anything is decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from shared.domain.spec import DiskType, Environment, RegionWish
from shared.domain.suggestion import Keyword
from shared.suggestion.mentions.relative import Relative, Size

Wish = Literal["cheap", "fast", "green"]
Per = Literal["total", "hour", "day", "month"]
Bound = Literal["exactly", "at least", "at most"]


@dataclass(frozen=True, slots=True)
class Budget:
    """What it may cost, in US dollars, altogether or for each hour, day or month."""

    usd: Decimal
    per: Per


@dataclass(frozen=True, slots=True)
class Stated:
    """The numbers and names that the request states outright: never undercut. Memory and disk in GiB.

    `vcpus_bound` and `memory_bound` say how the number was meant: a plain number is met exactly where a machine has it.
    `one_gpu`: one is said, so that several with as much memory together will not do.
    """

    machine_type: str | None = None
    series: str | None = None
    vcpus: int | None = None
    vcpus_bound: Bound = "exactly"
    memory_gib: Decimal | None = None
    memory_bound: Bound = "exactly"
    disk_gib: int | None = None
    disk_type: DiskType | None = None
    gpu: str | None = None
    gpu_count: int = 1
    one_gpu: bool = False
    gpu_gib: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """The entities of a request, each with its words among `keywords`.

    `workloads` are ids of the catalogue in the order of their naming, `unwanted` those that are negated. `gpu` is True
    if one is asked for, False if one is refused. `users` are concurrent ones; `requests_per_second` is traffic;
    `data_gib` has to fit on the disk; `million_reads` are a sequencer's. `billions` are a model's parameters, `bits`
    those of one of its weights (16 where it is not said), `training` whether it is trained, fully or by adapters, or
    only run. `image` is a family, or `os` a system's name when no version was said; `unwanted_os`, `unwanted_series`
    and `unwanted_regions` are refused; `anywhere`: it says that any place will do. `duration` also holds what a
    deadline leaves. `ports` are opened whatever is installed; `closed_ports` never are, nor, where `only_ports` is not
    None, any that is not among those. `language` is the request's own, by its ISO 639-1 code: what is said to its
    writer is in it. `arm` is True if the architecture is asked for, False if it is refused. `relative` is what the last
    refinement says of the machine before it, `held` are sizes that an earlier one has changed so: they stay as they
    were suggested; `asks_why`: it asks why something was not suggested. `notes` are things read with a grain of salt,
    to be shown as assumptions; `unclear` are questions that it raises.
    """

    keywords: tuple[Keyword, ...] = ()
    intent: str = ""
    environment: Environment | None = None
    workloads: tuple[str, ...] = ()
    unwanted: frozenset[str] = frozenset()
    stated: Stated = field(default_factory=Stated)
    gpu: bool | None = None
    users: int | None = None
    data_gib: Decimal | None = None
    million_reads: Decimal | None = None
    requests_per_second: Decimal | None = None
    billions: Decimal | None = None
    bits: int | None = None
    training: Literal["full", "adapters"] | None = None
    duration: timedelta | None = None
    image: str | None = None
    os: str | None = None
    unwanted_os: frozenset[str] = frozenset()
    unwanted_series: frozenset[str] = frozenset()
    arm: bool | None = None
    region: RegionWish | None = None
    place: tuple[float, float] | None = None
    unwanted_regions: frozenset[str] = frozenset()
    anywhere: bool = False
    ports: tuple[int, ...] = ()
    closed_ports: frozenset[int] = frozenset()
    only_ports: tuple[int, ...] | None = None
    spot: bool | None = None
    wish: Wish | None = None
    budget: Budget | None = None
    language: str = "en"
    relative: tuple[Relative, ...] = ()
    held: frozenset[Size] = frozenset()
    asks_why: bool = False
    refusal: str | None = None
    notes: tuple[str, ...] = ()
    unclear: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def evidence(self, *kinds: str) -> str:
        """The words of these kinds, quoted, for a reason's evidence; empty if there were none."""
        return ", ".join(f"“{word.text}”" for word in self.keywords if word.kind in kinds)

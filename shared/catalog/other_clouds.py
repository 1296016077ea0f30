"""Machine types of other providers, which requests name as a measure ("same size as an m5.xlarge")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from shared.catalog.files import document

_SIZED = re.compile(r"\?P<(vcpus|size|gib)>")


@dataclass(frozen=True, slots=True)
class OtherType:
    """What such a machine has: `gpu` is our accelerator of the same model, else `gpu_gib` the memory of each, in GiB.
    `start` and `end` are where its name stands in the text."""

    cloud: str
    vcpus: int
    memory_gib: Decimal
    gpus: int
    gpu: str | None
    gpu_gib: Decimal | None
    start: int
    end: int


def other_types(text: str) -> Iterator[OtherType]:
    """The machine types of other clouds that the text, in small letters, names; in order."""
    hits = (hit for name in _names() for hit in name.finditer(text))
    for hit in sorted(hits, key=lambda hit: hit.start()):
        yield _type(hit)


@cache
def _names() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(_expression(at, cloud)) for at, cloud in enumerate(document("other_clouds")["clouds"]))


def _expression(at: int, cloud: dict[str, Any]) -> str:
    """Each family is a group that says where it stands in the document, and holds the group of its size."""
    names = [_SIZED.sub(rf"?P<\1_{nth}>", family["name"]) for nth, family in enumerate(cloud["families"])]
    families = [f"(?P<f{at}_{nth}>{name})" for nth, name in enumerate(names)]
    types = "|".join(re.escape(name).replace("_", "[ _]") for name in sorted(cloud["types"], key=len, reverse=True))
    named = "|".join([*([f"(?P<t{at}>{types})"] if types else []), *families])
    prefix = f"(?:{cloud['prefix']})?" if "prefix" in cloud else ""
    return rf"(?<![\w.-]){prefix}(?:{named})(?![\w-]|\.\w)"


def _type(hit: re.Match[str]) -> OtherType:
    group = next(name for name, said in hit.groupdict().items() if said and name[0] in "ft" and name[1].isdigit())
    at, _, nth = group[1:].partition("_")
    cloud = document("other_clouds")["clouds"][int(at)]
    if group[0] == "t":
        has = cloud["types"][hit[group].replace(" ", "_")]
    else:
        vcpus = _vcpus(hit.groupdict(), nth)
        memory = hit.groupdict().get(f"gib_{nth}") or vcpus * cloud["families"][int(nth)]["gib_per_vcpu"]
        has = {"vcpus": vcpus, "memory_gib": memory}
    gib = has.get("gpu_gib")
    return OtherType(
        cloud=cloud["cloud"],
        vcpus=has["vcpus"],
        memory_gib=Decimal(str(has["memory_gib"])),
        gpus=has.get("gpus", 0),
        gpu=has.get("gpu"),
        gpu_gib=None if gib is None else Decimal(str(gib)),
        start=hit.start(),
        end=hit.end(),
    )


def _vcpus(said: dict[str, str | None], nth: str) -> int:
    """Those of a family's size, as the document's note has it."""
    size = said.get(f"size_{nth}")
    if size is None:
        return max(1, int(said[f"vcpus_{nth}"] or 1))
    if size in ("medium", "large"):
        return 1 if size == "medium" else 2
    return 4 * int(size.removesuffix("xlarge") or 1)

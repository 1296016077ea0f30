"""The specification of a VM: what a suggestion proposes, a person edits and an approval is bound to."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

Environment = Literal["development", "test", "staging", "production"]
DiskType = Literal["pd-standard", "pd-balanced", "pd-ssd", "hyperdisk-balanced"]
PackageId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9+._-]{0,62}$")]
RegionId = Annotated[str, StringConstraints(pattern=r"^[a-z]+-[a-z]+[0-9]$")]
Port = Annotated[int, Field(ge=1, le=65535)]
MachineTypeName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)+$", max_length=63)]
DiskSize = Annotated[int, Field(ge=10, le=65536)]  # GiB

SHORTEST = timedelta(minutes=10)
LONGEST = timedelta(days=9999)  # of the notation; how long a lease may be is for the configuration to say
_DURATION = re.compile(r"^(?:(\d{1,3})w)?(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?$")


class Model(BaseModel):
    """The base of every document of the API: unknown fields are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _no_text_that_nobody_can_keep(cls, given: Any) -> Any:
        """NUL and lone surrogates are in no honest text, and no database takes them."""
        if isinstance(given, dict) and not all(keepable(value) for value in given.values()):
            raise ValueError("text must not hold NUL or lone surrogates")
        return given


def keepable(value: object) -> bool:
    """Whether a value from outside, a list's items included, is text that can be kept, or no text."""
    if isinstance(value, str):
        return "\x00" not in value and (value.isascii() or not any("\ud800" <= one <= "\udfff" for one in value))
    return not isinstance(value, list) or all(keepable(each) for each in value)


class Gpu(Model):
    """Attached or built-in accelerators, by Compute's name for the type (`nvidia-l4`)."""

    type: str
    count: int = Field(ge=1, le=16)


class RegionWish(Model):
    """Where it has to be (`must`: nowhere else) or would best be (`prefer`: tried first). One of the two."""

    must: RegionId | None = None
    prefer: RegionId | None = None

    @model_validator(mode="after")
    def _one_of_the_two(self) -> RegionWish:
        if (self.must is None) == (self.prefer is None):
            raise ValueError("name exactly one of must and prefer")
        return self


class Spec(Model):
    """The whole machine. Packages are ids of the workload catalogue; disk in GiB; ports beside 22 or 3389."""

    machine_type: MachineTypeName
    os_image: str = Field(pattern=r"^[a-z][-a-z0-9]*$", max_length=63)
    packages: tuple[PackageId, ...] = Field(default=(), max_length=50)
    disk_gib: DiskSize
    disk_type: DiskType
    gpu: Gpu | None = None
    ports: tuple[Port, ...] = Field(default=(), max_length=20)
    region: RegionWish | None = None
    duration: str = "2h"
    spot: bool = False
    environment: Environment = "development"

    @field_validator("duration")
    @classmethod
    def _canonical_duration(cls, value: str) -> str:
        return format_duration(parse_duration(value))

    @field_validator("ports")
    @classmethod
    def _each_port_once(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(value)))

    @property
    def lease(self) -> timedelta:
        """The duration, as a length of time."""
        return parse_duration(self.duration)

    def digest(self) -> str:
        """SHA-256 (hex) of the canonical JSON form: what a quote and an approval are bound to."""
        canonical = json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()


def parse_duration(text: str, shortest: timedelta = SHORTEST) -> timedelta:
    """`1w2d3h45m`, any part of it, as a length of time; ValueError says what is wrong."""
    found = _DURATION.match(text.strip())
    if not found or not any(found.groups()):
        raise ValueError("a duration is written like 45m, 2h, 3d or 1w")
    weeks, days, hours, minutes = (int(part or 0) for part in found.groups())
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)
    if length > LONGEST:
        raise ValueError(f"the longest that can be written is {format_duration(LONGEST)}")
    if length < shortest:
        raise ValueError(f"the shortest possible is {format_duration(shortest)}")
    return length


def format_duration(length: timedelta) -> str:
    """The shortest exact form in days, hours and minutes: 2h, 3d, 1d12h. Seconds are rounded up to a minute."""
    minutes = -(-int(length.total_seconds()) // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"))
    return "".join(f"{amount}{unit}" for amount, unit in parts if amount) or "0m"

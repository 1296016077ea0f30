"""Public operating system images, by family."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal

from shared.catalog.files import document
from shared.catalog.machines import Architecture

Installer = Literal["apt", "dnf", "zypper", "none", "choco"]


@dataclass(frozen=True, slots=True)
class Image:
    """An image family of a public project. `installer` is the system's own package manager (on Windows, Chocolatey);
    `licence` names its price, None where it is free; `end_of_support` is None where the image rolls."""

    family: str
    project: str
    name_pattern: str
    os: str
    version: str
    architecture: Architecture
    min_disk_gib: int
    os_family: Literal["linux", "windows"]
    installer: Installer
    licence: str | None
    end_of_support: date | None

    def supported(self, on: date) -> bool:
        """Whether the vendor still mends it, free of charge, on that day."""
        return self.end_of_support is None or on <= self.end_of_support

    @property
    def order(self) -> tuple[int, ...]:
        """The version as numbers, so that 26.04 comes after 24.04 and 10 after 9."""
        return tuple(int(part) for part in re.findall(r"\d+", self.version))


@cache
def images() -> Mapping[str, Image]:
    """Every image family of the catalogue, those past their end of support too: they are asked for by name."""
    return {
        family: Image(
            family=family,
            project=facts["project"],
            name_pattern=facts["name_pattern"],
            os=facts["os"],
            version=facts["version"],
            architecture=facts.get("architecture", "X86_64"),
            min_disk_gib=facts["min_disk_gib"],
            os_family=facts.get("os_family", "linux"),
            installer=facts["installer"],
            licence=facts.get("licence"),
            end_of_support=date.fromisoformat(facts["end_of_support"]) if facts["end_of_support"] else None,
        )
        for family, facts in document("images")["images"].items()
    }


def newest(os: str, on: date, architecture: Architecture = "X86_64") -> Image | None:
    """The newest image of the operating system that is supported on the day; an LTS one where there are such."""
    found = [
        image
        for image in images().values()
        if image.os == os and image.architecture == architecture and image.supported(on)
    ]
    lasting = [image for image in found if "LTS" in image.version]
    return max(lasting or found, key=lambda image: image.order, default=None)


def same_system(image: Image, architecture: Architecture) -> Image | None:
    """The image of the same system and version for the architecture; None where there is none."""
    if image.architecture == architecture:
        return image
    return next(
        (
            other
            for other in images().values()
            if (other.os, other.version, other.architecture) == (image.os, image.version, architecture)
        ),
        None,
    )


def nearest_supported(image: Image, on: date) -> Image | None:
    """What to take in place of an image past its end: the next newer of the same system that is still supported."""
    newer = [
        other
        for other in images().values()
        if other.os == image.os
        and other.architecture == image.architecture
        and other.supported(on)
        and other.order > image.order
    ]
    lasting = [other for other in newer if "LTS" in other.version]
    return min(lasting or newer, key=lambda other: other.order, default=None)

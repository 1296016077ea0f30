"""What can be had where: zones, machine types (custom ones too), GPUs, disk types and images, from the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache

from shared.catalog import machines
from shared.catalog.images import Image, images
from shared.catalog.machines import MachineType
from shared.catalog.regions import regions

# Every image of the emulated cloud is of this day.
IMAGE_DAY = "20261110"
DISK_TYPES = ("pd-standard", "pd-balanced", "pd-ssd", "hyperdisk-balanced")

_PLATFORMS = {
    "e2": "Intel Broadwell",
    "n1": "Intel Skylake",
    "n2": "Intel Ice Lake",
    "n2d": "AMD Milan",
    "c2": "Intel Cascade Lake",
    "c2d": "AMD Milan",
    "c3": "Intel Sapphire Rapids",
    "c3d": "AMD Genoa",
    "c4": "Intel Emerald Rapids",
    "c4a": "Google Axion",
    "c4d": "AMD Turin",
    "g2": "Intel Cascade Lake",
    "n4": "Intel Emerald Rapids",
    "n4a": "Google Axion",
    "n4d": "AMD Turin",
    "t2d": "AMD Milan",
}


@cache
def zones() -> dict[str, str]:
    """Every zone and the region that it lies in, in the order of their names."""
    return dict(sorted((zone, region.id) for region in regions().values() for zone in region.zones))


def machine_type(name: str, zone: str) -> MachineType | None:
    """The machine type if the zone offers it. Offers are known by region: all zones of one are taken to be alike."""
    region = zones()[zone]
    known = machines.machine_type(name)
    return known if known and machines.offered(name, region) and _has_its_gpu(known, zone) else None


def machine_types(zone: str) -> Iterator[MachineType]:
    """The predefined machine types of a zone."""
    return (known for name in sorted(machines.machine_types()) if (known := machine_type(name, zone)))


def accelerators(zone: str) -> Iterator[str]:
    """The GPU types of a zone, attachable or built in."""
    built_in = {known.gpu[0] for known in machine_types(zone) if known.gpu}
    attachable = {name for name, gpu in machines.accelerators().items() if zone in gpu.zones.get(zones()[zone], ())}
    return iter(sorted(built_in | attachable))


def cpu_platform(machine: MachineType) -> str:
    """The processor that a machine of the type gets; it may be any of several, this is one of them."""
    return _PLATFORMS.get(machine.series, "Unknown CPU Platform")


def image_name(image: Image) -> str:
    """The name of a family's newest image."""
    return image.name_pattern.replace("YYYYMMDD", IMAGE_DAY)


def image_in_family(project: str, family: str, on: date) -> Image | None:
    """A family's newest image; None once the family is past its end, when its last image is deprecated."""
    image = images().get(family)
    return image if image and image.project == project and image.supported(on) else None


def image(project: str, name: str) -> Image | None:
    """An image by its name, deprecated or not."""
    return _images_by_name().get((project, name))


@cache
def _images_by_name() -> dict[tuple[str, str], Image]:
    return {(image.project, image_name(image)): image for image in images().values()}


def _has_its_gpu(machine: MachineType, zone: str) -> bool:
    if machine.gpu is None:
        return True
    having = machines.zones_with(machine.gpu[0], zones()[zone])
    return having is None or zone in having

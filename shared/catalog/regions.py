"""The regions of the platform, and how they are set up at first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from math import asin, cos, radians, sin, sqrt

from shared.catalog.files import document

EARTH_RADIUS_KM = 6371.0


@dataclass(frozen=True, slots=True)
class Region:
    """A region's place on earth and how clean its power is. Zones are full names; the share is between 0 and 1."""

    id: str
    city: str
    zones: tuple[str, ...]
    latitude: float
    longitude: float
    carbon_free_share: Decimal
    gco2_per_kwh: Decimal


@dataclass(frozen=True, slots=True)
class RegionDefault:
    """How a region is set up when the registry is made; an administrator changes it from there."""

    id: str
    priority: int
    fallback: bool = False
    vcpu_limit: int = 8


# The five that were asked for, in their order and with their limit, then the two fallbacks.
DEFAULT_REGIONS = (
    RegionDefault("us-west1", priority=1),
    RegionDefault("us-east1", priority=2),
    RegionDefault("europe-west2", priority=3),
    RegionDefault("europe-west9", priority=4),
    RegionDefault("asia-south2", priority=5),
    RegionDefault("northamerica-south1", priority=6, fallback=True),
    RegionDefault("northamerica-northeast1", priority=7, fallback=True),
)


@cache
def regions() -> Mapping[str, Region]:
    """Every region of the platform, by id."""
    return {
        name: Region(
            id=name,
            city=facts["city"],
            zones=tuple(f"{name}-{letter}" for letter in facts["zones"]),
            latitude=facts["latitude"],
            longitude=facts["longitude"],
            carbon_free_share=Decimal(facts["carbon_free_share"]),
            gco2_per_kwh=Decimal(facts["gco2_per_kwh"]),
        )
        for name, facts in document("regions")["regions"].items()
    }


def distances_km(latitude: float, longitude: float) -> Mapping[str, float]:
    """Great-circle kilometres from a place to each region (haversine)."""
    return {
        region.id: _great_circle(latitude, longitude, region.latitude, region.longitude)
        for region in regions().values()
    }


def _great_circle(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    lat1, lon1, lat2, lon2 = (radians(degrees) for degrees in (lat1, lon1, lat2, lon2))
    half = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(half))

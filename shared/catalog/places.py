"""Places that people name, and the coordinates of a time zone's city."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from shared.catalog.files import document
from shared.catalog.regions import distances_km, regions

_ISO_6709 = re.compile(r"([+-])(\d{2})(\d{2})(?:\d{2})?([+-])(\d{3})(\d{2})(?:\d{2})?$")


@dataclass(frozen=True, slots=True)
class Place:
    """A city, country or other Google Cloud region. `region`: the platform's own that lies there, if one does."""

    name: str
    latitude: float
    longitude: float
    region: str | None

    @property
    def nearest(self) -> str:
        """The platform's region with the shortest great-circle distance."""
        away = distances_km(self.latitude, self.longitude)
        return self.region or min(away, key=lambda region: away[region])


@cache
def places() -> Mapping[str, Place]:
    """Every known place by each of its names in lower case; the platform's regions are there by id."""
    own = {region.id: Place(region.id, region.latitude, region.longitude, region.id) for region in regions().values()}
    named: dict[str, Place] = {}
    for name, facts in document("places")["places"].items():
        named[name] = Place(name, facts["at"][0], facts["at"][1], facts.get("region"))
        named.update(dict.fromkeys(facts.get("also", ()), named[name]))
    return named | own


@cache
def capitalised() -> frozenset[str]:
    """Names that are places only when written with a capital: "Nice", "US"."""
    return frozenset(document("places")["capitalised"])


@cache
def coordinates(timezone: str) -> tuple[float, float] | None:
    """Latitude and longitude of a time zone's city (`Europe/Paris`), from the time zone database's own table."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if line.startswith("#"):
            continue
        _, where, name, *_ = line.split("\t")
        found = _ISO_6709.match(where)
        if name == timezone and found:
            north, lat, lat_min, east, lon, lon_min = found.groups()
            latitude = int(lat) + int(lat_min) / 60
            longitude = int(lon) + int(lon_min) / 60
            return (-latitude if north == "-" else latitude, -longitude if east == "-" else longitude)
    return None

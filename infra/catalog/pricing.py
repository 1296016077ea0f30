"""prices.json made anew from the price book. What has none there is left out and listed: never zero, nor the old."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from infra.catalog.documents import SOURCE, Document, Made, in_turn
from infra.catalog.skus import OWN_SSD, WHOLE, PriceBook

HOURS_A_MONTH = Decimal(730)
# What the cores of a shared-core e2 cost: this part of a core, its memory whole (E2 shared-core pricing).
SHARED_CORES = {"e2-micro": Decimal("0.25"), "e2-small": Decimal("0.5"), "e2-medium": Decimal(1)}
# A licence's tiers by the most vCPUs that they hold for, and what the price book calls them.
TIERS = ((8, " 8"), (127, " 127"), (None, ""))
SECTIONS = ("disks", "addresses", "gpus", "licences", "custom", "machines")
_MILLIONTH = Decimal("0.000001")


def prices(old: Document, types: Document, book: PriceBook, regions: Iterable[str], today: date) -> Made:
    """What everything costs that the catalogue offers, in the form and order of the old file."""
    pricing = Pricing(book, tuple(regions))
    made = {
        "disks": {disk: pricing.disk(disk, was) for disk, was in old["disks"].items()},
        "addresses": pricing.pairs("external address", "address", old["addresses"], pricing.regions),
        "gpus": {gpu: pricing.gpu(gpu, was, types) for gpu, was in old["gpus"].items()},
        "licences": {licence: pricing.licence(licence, was) for licence, was in old["licences"].items()},
        "custom": {series: pricing.custom(series, was) for series, was in old.get("custom", {}).items()},
        "machines": {
            name: priced
            for name, facts in sorted(types["machine_types"].items())
            if (priced := pricing.machine(name, facts, old["machines"].get(name, {})))
        },
    }
    unread = [name for name, value in old.items() if isinstance(value, dict) and name not in SECTIONS]
    source = {"name": "Cloud Billing Catalog API, services/6F81-5844-456A", **SOURCE, "version": today.isoformat()}
    head = {"as_of": today.isoformat(), "sources": [source]}
    document = {name: made.get(name, value) for name, value in ({**old, **head}).items() if name not in unread}
    lost = [f"section {name}: nothing here reads it from the catalogue" for name in unread]
    return Made(document, (*pricing.missing, *lost, *(f"doubtful: {each}" for each in book.doubtful)))


class Pricing:
    """Prices out of the book, and what had none: `missing`."""

    def __init__(self, book: PriceBook, regions: tuple[str, ...]) -> None:
        self.book, self.regions = book, regions
        self.missing: list[str] = []

    def disk(self, disk: str, before: Document) -> Document:
        return self._by_region(disk, before, self.regions, lambda region: text(self.book.price(f"disk {disk}", region)))

    def gpu(self, gpu: str, before: Document, types: Document) -> Document:
        return self.pairs(gpu, f"gpu {gpu}", before, types["gpus"][gpu].get("zones", {}))

    def pairs(self, name: str, item: str, before: Document, there: Iterable[str]) -> Document:
        """On demand and spot, in each region that is `there`."""
        return self._by_region(name, before, there, lambda region: self._pair(item, region))

    def custom(self, series: str, before: Document) -> Document:
        """A core and a GiB of memory of a custom type: on demand, then spot."""

        def four(region: str) -> list[str | None] | None:
            pairs = [self._pair(f"{part} custom {series}", region) for part in ("core", "ram")]
            core, ram = pairs
            return [core[0], ram[0], core[1], ram[1]] if core and ram else None

        return self._by_region(f"custom {series}", before, before, four)

    def machine(self, name: str, facts: Document, before: Document) -> Document:
        def pair(region: str) -> list[str | None] | None:
            on_demand, spot = (self._machine(name, facts, region, spot) for spot in (False, True))
            return None if on_demand is None else [text(on_demand), text(spot)]

        return self._by_region(name, before, facts["offered"], pair)

    def licence(self, licence: str, was: Document) -> Document:
        """`tiers` by the most vCPUs that they hold for, `machines` with a price of their own. A shared-core e2 pays
        of a vCPU's licence the part that it pays of a core."""
        found = [(most, text(self._anywhere(f"licence {licence}{name}"))) for most, name in TIERS]
        tiers = [[most, price] for most, price in found if price is not None]
        if not tiers:
            self.missing.append(f"{licence} licence")
        made = {"per": was["per"], "tiers": tiers}
        if "machines" in was:
            own = {machine: text(self._own_licence(licence, machine)) for machine in was["machines"]}
            self.missing += [f"{licence} licence for {machine}" for machine, price in own.items() if price is None]
            made["machines"] = {machine: price for machine, price in own.items() if price is not None}
        return made

    def _own_licence(self, licence: str, machine: str) -> Decimal | None:
        whole = self._anywhere(f"licence {licence}")
        if machine in SHARED_CORES:
            return None if whole is None else whole * SHARED_CORES[machine]
        return self._anywhere(f"licence {licence} {machine}")

    def _anywhere(self, item: str) -> Decimal | None:
        return self.book.price(item, "")

    def _machine(self, name: str, facts: Document, region: str, spot: bool) -> Decimal | None:
        """A whole machine for an hour: the sum of its parts. None where one of them has no price."""
        if name in WHOLE:
            return self.book.price(f"machine {name}", region, spot=spot)
        total = Decimal(0)
        for item, quantity in _parts(name, facts):
            price = self.book.price(item, region, spot=spot)
            if price is None:
                return None
            total += price * quantity
        return total.quantize(_MILLIONTH)

    def _pair(self, item: str, region: str) -> list[str | None] | None:
        on_demand = text(self.book.price(item, region))
        return None if on_demand is None else [on_demand, text(self.book.price(item, region, spot=True))]

    def _by_region(
        self, name: str, before: Iterable[str], there: Iterable[str], price: Callable[[str], Any]
    ) -> Document:
        found = {region: price(region) for region in in_turn(there, before, self.regions)}
        self.missing += [f"{name} in {region}" for region, entry in found.items() if entry is None]
        return {region: entry for region, entry in found.items() if entry is not None}


def text(price: Decimal | None) -> str | None:
    """A price as the file writes it: exact, without zeros that say nothing."""
    return None if price is None else f"{price.normalize():f}"


def _parts(name: str, facts: Mapping[str, Any]) -> Iterator[tuple[str, Decimal]]:
    """What a machine is sold as: cores, memory, built-in GPUs and local SSD, each with how many (SSD by the hour)."""
    series = name if name == "m4-ultramem-224" else facts["series"]
    yield f"core {series}", SHARED_CORES.get(name, Decimal(facts["vcpus"]))
    yield f"ram {series}", Decimal(facts["memory_gib"])
    if "gpu" in facts:
        yield f"gpu {facts['gpu'][0]}", Decimal(facts["gpu"][1])
    if "bundled_ssd_gib" in facts:
        kind = f"ssd {series}" if series in OWN_SSD else "ssd"
        yield kind, Decimal(facts["bundled_ssd_gib"]) / HOURS_A_MONTH

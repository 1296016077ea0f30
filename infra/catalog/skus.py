"""Which SKU of the Cloud Billing Catalog is the price of what.

The catalogue names no machine type: it sells cores, GiB of memory, GPUs, local SSD, disks, addresses and licences, each
by region and market, and tells them apart by their descriptions alone. What this reading relies on (the catalogue's own
texts, and Cyclenerd/google-cloud-pricing-cost-calculator's mapping.csv, Apache-2.0):

- a core is `E2 Instance Core running in …`, memory the same with `Ram`; each series has its own first words, `SERIES`
  here, and others for its custom types, `CUSTOM`. Sole-tenancy, reserved and committed ones have other words yet;
- spot has usageType `Preemptible`, or `Spot Preemptible` at the beginning of the description or within it;
- commitments have usageTypes of their own (`Commit1Yr`, `Commit3Yr`) and are left out;
- units: `h` an hour, `GiBy.h` a GiB for an hour, `GiBy.mo` a GiB for a month of 730 hours;
- a rate that begins at zero may be a free allowance of zero price (standard disks): the first rate above zero counts;
- addresses and licences are sold in the region `global`, and hold everywhere.

A description that changes is a price that is missing, and is listed; it is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

COMPUTE_ENGINE = "services/6F81-5844-456A"
GLOBAL = "global"
SPOT = "Preemptible"
MARKETS = ("OnDemand", SPOT)  # the usageTypes of what is neither committed nor reserved
HOUR, GIB_HOUR, GIB_MONTH = "h", "GiBy.h", "GiBy.mo"

# The words before `Core` or `Ram`. m4-ultramem-224 has its own, as if it were a series.
SERIES = {
    "a2": "A2 Instance",
    "a3": "A3 Instance",
    "c2": "Compute optimized",
    "c2d": "C2D AMD Instance",
    "c3": "C3 Instance",
    "c3d": "C3D Instance",
    "c4": "C4 Instance",
    "c4a": "C4A Arm Instance",
    "c4d": "C4D Instance",
    "c4n": "C4N Instance",
    "e2": "E2 Instance",
    "g2": "G2 Instance",
    "g4": "G4 Instance",
    "m1": "Memory-optimized Instance",
    "m3": "M3 Memory-optimized Instance",
    "m4": "M4 Instance",
    "m4-ultramem-224": "M4Ultramem224 Instance",
    "m4n": "M4N Instance",
    "n1": "N1 Predefined Instance",
    "n2": "N2 Instance",
    "n2d": "N2D AMD Instance",
    "n4": "N4 Instance",
    "n4a": "N4A Instance",
    "n4d": "N4D Instance",
    "t2d": "T2D AMD Instance",
}
# Custom machine types, of each series that has them.
CUSTOM = {
    "e2": "E2 Custom Instance",
    "n1": "Custom Instance",
    "n2": "N2 Custom Instance",
    "n2d": "N2D AMD Custom Instance",
    "n4": "N4 Custom Instance",
    "n4a": "N4A Custom Instance",
    "n4d": "N4D Custom Instance",
}
GPUS = {
    "nvidia-tesla-t4": "Nvidia Tesla T4 GPU",
    "nvidia-tesla-p4": "Nvidia Tesla P4 GPU",
    "nvidia-tesla-p100": "Nvidia Tesla P100 GPU",
    "nvidia-tesla-v100": "Nvidia Tesla V100 GPU",
    "nvidia-l4": "Nvidia L4 GPU",
    "nvidia-tesla-a100": "Nvidia Tesla A100 GPU",
    "nvidia-a100-80gb": "Nvidia Tesla A100 80GB GPU",
    "nvidia-h100-80gb": "Nvidia H100 80GB GPU",
    "nvidia-rtx-pro-6000": "RTX 6000 96GB",
}
DISKS = {
    "pd-standard": "Storage PD Capacity",
    "pd-balanced": "Balanced PD Capacity",
    "pd-ssd": "SSD backed PD Capacity",
    "hyperdisk-balanced": "Hyperdisk Balanced Capacity",
}
WHOLE = {"f1-micro": "Micro Instance with burstable CPU", "g1-small": "Small Instance with 1 VCPU"}
OWN_SSD = ("c4", "c4a", "c4d")  # their local SSD is sold apart from the others'
# One release of each: its other releases cost the same, and a catalogue has one price a system.
WINDOWS = "Licensing Fee for Windows Server 2019 Datacenter Edition"
RHEL = "Licensing Fee for Red Hat Enterprise Linux 9"
SLES = "Licensing Fee for SUSE Linux Enterprise Server 15"
LICENCES = {
    "windows": rf"{WINDOWS} \(CPU cost\)",
    "windows f1-micro": rf"{WINDOWS} on f1-micro",
    "windows g1-small": rf"{WINDOWS} on g1-small",
    "rhel 8": rf"{RHEL} on VM with up to 8 VCPU",
    "rhel 127": rf"{RHEL} on VM with 9 to 127 VCPU",
    "rhel": rf"{RHEL} on VM with 128 VCPU or more",
    "sles": rf"{SLES} \(CPU cost\)",
    "sles f1-micro": rf"{SLES} on f1-micro",
    "sles g1-small": rf"{SLES} on g1-small",
}


@dataclass(frozen=True, slots=True)
class Sku:
    """What is read of one SKU. `rates`: what an amount costs in US dollars per `unit`, from how much on."""

    description: str
    usage_type: str
    regions: tuple[str, ...]
    unit: str
    rates: tuple[tuple[float, Decimal], ...]

    @property
    def price(self) -> Decimal | None:
        """The first rate above zero; None where there is none."""
        return next((price for _, price in sorted(self.rates) if price > 0), None)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a SKU of this description and unit is the price of."""

    item: str
    pattern: re.Pattern[str]
    unit: str


def rules() -> Iterator[Rule]:
    """Every item that the catalogue's files need a price of."""
    spot = "(?:(?:Spot )?Preemptible )?"
    where = "(?: running in .+| in .+)?"
    attached = "(?: attached to (?:Spot )?Preemptible VMs)?"
    custom = {f"custom {series}": words for series, words in CUSTOM.items()}
    for series, words in {**SERIES, **custom}.items():
        yield _rule(f"core {series}", f"{spot}{re.escape(words)} Core{where}", HOUR)
        yield _rule(f"ram {series}", f"{spot}{re.escape(words)} Ram{where}", GIB_HOUR)
    for machine, words in WHOLE.items():
        yield _rule(f"machine {machine}", f"{spot}{words}{where}", HOUR)
    for gpu, words in GPUS.items():
        yield _rule(f"gpu {gpu}", f"{words}{attached}{where}", HOUR)
    yield _rule("ssd", f"SSD backed Local Storage{attached}{where}", GIB_MONTH)
    for series in OWN_SSD:
        yield _rule(f"ssd {series}", f"{spot}{series.upper()} Instance Local SSD{where}", GIB_MONTH)
    for disk, words in DISKS.items():
        yield _rule(f"disk {disk}", f"{words}{where}", GIB_MONTH)
    yield _rule("address", "External IP Charge on a (?:Standard|Spot Preemptible) VM", HOUR)
    for licence, pattern in LICENCES.items():
        yield _rule(f"licence {licence}", pattern, HOUR)


def _rule(item: str, pattern: str, unit: str) -> Rule:
    return Rule(item, re.compile(pattern), unit)


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Prices by item, region and market. `doubtful`: what two SKUs give different prices of, or a SKU in an unknown
    unit; it has no price here."""

    prices: Mapping[tuple[str, str, bool], Decimal]
    doubtful: tuple[str, ...] = field(default=())

    def price(self, item: str, region: str, *, spot: bool = False) -> Decimal | None:
        """In that region, else the one that holds everywhere."""
        found = self.prices.get((item, region, spot))
        return found if found is not None else self.prices.get((item, GLOBAL, spot))


def price_book(skus: Iterable[Sku]) -> PriceBook:
    """What the SKUs that a rule knows cost; all others are left out."""
    known = tuple(rules())
    prices: dict[tuple[str, str, bool], Decimal] = {}
    doubtful: dict[tuple[str, str, bool], str] = {}
    for sku in skus:
        rule = next((rule for rule in known if rule.pattern.fullmatch(sku.description)), None)
        price = sku.price
        if rule is None or price is None or sku.usage_type not in MARKETS:
            continue
        spot = SPOT in (sku.usage_type, *sku.description.split())
        for region in sku.regions:
            key = (rule.item, region, spot)
            if sku.unit != rule.unit:
                doubtful[key] = f"{sku.description}: its unit is {sku.unit}, not {rule.unit}"
            elif prices.setdefault(key, price) != price:
                doubtful[key] = f"{sku.description}: {price} and {prices[key]} in {region}"
    sure = {key: price for key, price in prices.items() if key not in doubtful}
    return PriceBook(sure, tuple(sorted(doubtful.values())))

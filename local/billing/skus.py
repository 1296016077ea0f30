"""The emulated catalogue's SKUs: a few series in two regions as the real catalogue describes them, and beside them what
a reader has to leave out. Prices are list prices of 2026-07 as shared/catalog has them, by the core and the GiB.

us-west1 is sold as `Oregon`, europe-west2 as `London`; every other region is missing, as are all other series.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any

COMPUTE_ENGINE = "6F81-5844-456A"
OREGON, LONDON = ("us-west1", "Oregon"), ("europe-west2", "London")
NAMES = dict([OREGON, LONDON])
SPOT = "Spot Preemptible "
Sku = dict[str, Any]

# The words of a series; by region a core and a GiB of memory for an hour, on demand and spot.
SERIES = {
    "E2 Instance": {
        "us-west1": ("0.02181159", "0.00292353", "0.01309", "0.001754"),
        "europe-west2": ("0.0281037", "0.00376602", "0.00891", "0.001194"),
    },
    "N1 Predefined Instance": {
        "us-west1": ("0.031611", "0.004237", "0.01115", "0.001494"),
        "europe-west2": ("0.04073", "0.005458", "0.01062", "0.001423"),
    },
    "N2 Instance": {
        "us-west1": ("0.031611", "0.004237", "0.01499", "0.00201"),
        "europe-west2": ("0.04073", "0.005458", "0.00824", "0.001104"),
    },
    "N2D AMD Instance": {
        "us-west1": ("0.027502", "0.003686", "0.00796", "0.001067"),
        "europe-west2": ("0.035435", "0.004748", "0.01418", "0.0019"),
    },
    "C3 Instance": {
        "us-west1": ("0.03465", "0.003938", "0.00849", "0.000965"),
        "europe-west2": ("0.039501", "0.00448932", "0.0237", "0.002694"),
    },
    "N2 Custom Instance": {
        "us-west1": ("0.03319155", "0.00444885", "0.0157395", "0.0021105"),
        "europe-west2": ("0.0427665", "0.0057309", "0.008652", "0.0011592"),
    },
}
# The words of a disk type, its price per GiB and month in Oregon and London, and how much of it is free.
DISKS = (
    ("Storage PD Capacity", "PDStandard", "0.04", "0.048", 30),
    ("Balanced PD Capacity", "SSD", "0.1", "0.12", 0),
    ("SSD backed PD Capacity", "SSD", "0.17", "0.204", 0),
    ("Hyperdisk Balanced Capacity", "SSD", "0.08", "0.091", 0),
)
WINDOWS = "Licensing Fee for Windows Server 2019 Datacenter Edition"
LICENCES = (
    (f"{WINDOWS} (CPU cost)", "0.046"),
    (f"{WINDOWS} on f1-micro", "0.023"),
    (f"{WINDOWS} on g1-small", "0.023"),
    ("Licensing Fee for Windows Server 2019 Datacenter Edition (RAM cost)", "0"),
    ("Licensing Fee for Red Hat Enterprise Linux 9 on VM with up to 8 VCPU", "0.0144"),
    ("Licensing Fee for Red Hat Enterprise Linux 9 on VM with 9 to 127 VCPU", "0.0108"),
    ("Licensing Fee for Red Hat Enterprise Linux 9 for SAP on VM with up to 8 VCPU", "0.0988"),
    ("Licensing Fee for SUSE Linux Enterprise Server 15 (CPU cost)", "0.11"),
    ("Licensing Fee for SUSE Linux Enterprise Server 15 on f1-micro", "0.02"),
    ("Licensing Fee for SUSE Linux Enterprise Server 15 on g1-small", "0.02"),
)


def skus() -> list[Sku]:
    """All of them, in the order of their descriptions as the real catalogue has no order to rely on."""
    found = [*_machines(), *_storage(), *_gpus(), *_global(), *_to_be_left_out()]
    return sorted(found, key=lambda sku: sku["description"])


def sku(
    description: str,
    price: str,
    *regions: str,
    unit: str = "h",
    usage: str = "OnDemand",
    family: str = "Compute",
    group: str = "CPU",
    free: int = 0,
) -> Sku:
    """One SKU as the API shows it. `free`: how many units have no price."""
    sku_id = "-".join(
        hashlib.sha256(f"{description} {regions}".encode()).hexdigest().upper()[at : at + 4] for at in (0, 4, 8)
    )
    tiers = [{"startUsageAmount": free, "unitPrice": _money(price)}]
    if free:
        tiers.insert(0, {"startUsageAmount": 0, "unitPrice": _money("0")})
    category = {"serviceDisplayName": "Compute Engine", "resourceFamily": family, "resourceGroup": group}
    expression = {"usageUnit": unit, "displayQuantity": 1, "tieredRates": tiers, "baseUnitConversionFactor": 3600}
    pricing = {"summary": "", "pricingExpression": expression, "currencyConversionRate": 1}
    return {
        "name": f"services/{COMPUTE_ENGINE}/skus/{sku_id}",
        "skuId": sku_id,
        "description": description,
        "category": {**category, "usageType": usage},
        "serviceRegions": list(regions),
        "pricingInfo": [{**pricing, "effectiveTime": "2026-07-30T00:00:00Z"}],
        "serviceProviderName": "Google",
        "geoTaxonomy": {"type": "GLOBAL" if regions == ("global",) else "REGIONAL"},
    }


def _money(price: str) -> dict[str, Any]:
    units, nanos = divmod(int(Decimal(price).scaleb(9)), 10**9)
    return {"currencyCode": "USD", "units": str(units), "nanos": nanos}


def _machines() -> list[Sku]:
    found = []
    for words, by_region in SERIES.items():
        for region, (core, ram, spot_core, spot_ram) in by_region.items():
            where = f"running in {NAMES[region]}"
            found += [
                sku(f"{words} Core {where}", core, region),
                sku(f"{words} Ram {where}", ram, region, unit="GiBy.h", group="RAM"),
                sku(f"{SPOT}{words} Core {where}", spot_core, region, usage="Preemptible"),
                sku(f"{SPOT}{words} Ram {where}", spot_ram, region, unit="GiBy.h", group="RAM", usage="Preemptible"),
            ]
    micro, small = "Micro Instance with burstable CPU", "Small Instance with 1 VCPU"
    return [
        *found,
        sku(f"{micro} running in Oregon", "0.0076", "us-west1", group="F1Micro"),
        sku(f"{SPOT}{micro} running in Oregon", "0.000684", "us-west1", group="F1Micro", usage="Preemptible"),
        sku(f"{small} running in Oregon", "0.0257", "us-west1", group="G1Small"),
    ]


def _storage() -> list[Sku]:
    capacity = {"unit": "GiBy.mo", "family": "Storage"}
    found = []
    for words, group, oregon, london, free in DISKS:
        found.append(sku(words, oregon, "us-west1", group=group, free=free, **capacity))
        found.append(sku(f"{words} in London", london, "europe-west2", group=group, **capacity))
    ssd = "SSD backed Local Storage"
    spot = f"{ssd} attached to Spot Preemptible VMs"
    return [
        *found,
        sku(ssd, "0.08", "us-west1", group="LocalSSD", **capacity),
        sku(spot, "0.0428", "us-west1", group="LocalSSD", usage="Preemptible", **capacity),
        sku(f"Regional {DISKS[1][0]}", "0.2", "us-west1", group="SSD", **capacity),
        sku("Hyperdisk Balanced High Availability Capacity", "0.16", "us-west1", group="SSD", **capacity),
        sku("Hyperdisk Balanced IOPS", "0.005", "us-west1", group="SSD", unit="mo", family="Storage"),
        sku("Storage PD Snapshot in US", "0.05", "us-west1", group="PDSnapshot", **capacity),
    ]


def _gpus() -> list[Sku]:
    t4 = "Nvidia Tesla T4 GPU"
    spot = f"{t4} attached to Spot Preemptible VMs running in Oregon"
    return [
        sku(f"{t4} running in Oregon", "0.35", "us-west1", group="GPU"),
        sku(spot, "0.1915", "us-west1", group="GPU", usage="Preemptible"),
        sku(f"{t4} running in London", "0.399", "europe-west2", group="GPU"),
        sku(f"Commitment v1: {t4} running in Oregon for 1 Year", "0.22", "us-west1", group="GPU", usage="Commit1Yr"),
        sku("Nvidia Tesla K80 GPU running in Oregon", "0.45", "us-west1", group="GPU"),
    ]


def _global() -> list[Sku]:
    address = {"family": "Network", "group": "IpAddress"}
    return [
        sku("External IP Charge on a Standard VM", "0.005", "global", **address),
        sku("External IP Charge on a Spot Preemptible VM", "0.0025", "global", usage="Preemptible", **address),
        sku("Static Ip Charge", "0.01", "global", **address),
        *(sku(words, price, "global", family="License", group="Google") for words, price in LICENCES),
    ]


def _to_be_left_out() -> list[Sku]:
    """Commitments, sole tenancy, reservations, extended memory, network: not what a VM on demand or spot costs."""
    return [
        sku("Commitment v1: N2 Cpu in Oregon for 1 Year", "0.0199", "us-west1", usage="Commit1Yr"),
        sku("Commitment v1: N2 Ram in Oregon for 3 Years", "0.0019", "us-west1", unit="GiBy.h", usage="Commit3Yr"),
        sku("N2 Sole Tenancy Instance Core running in Oregon", "0.0031", "us-west1"),
        sku("Sole Tenancy Premium for N2 Sole Tenancy Instance Core running in Oregon", "0.0032", "us-west1"),
        sku("N2 Custom Extended Instance Ram running in Oregon", "0.0096", "us-west1", unit="GiBy.h", group="RAM"),
        sku("Reserved C3 Instance Core in Oregon", "0.02", "us-west1"),
        sku("Network Internet Egress from Oregon to Paris", "0.12", "us-west1", unit="GiBy", family="Network"),
    ]

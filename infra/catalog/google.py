"""What is read from Google: the SKUs of Compute Engine, and what Compute Engine offers where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from infra.catalog.skus import COMPUTE_ENGINE, Sku
from shared.domain.errors import CloudError
from shared.google.calls import Effect, call, options, pages
from shared.google.compute_errors import NOT_FOUND

TIMEOUT = 60.0  # seconds for one page, tried again where it fails for a moment
LOCAL_SSD_GIB = 375  # one partition
MIB = Decimal(1024)


@dataclass(frozen=True, slots=True)
class Offered:
    """A machine type as Compute describes it, and the regions in which at least one zone has it."""

    name: str
    vcpus: int
    memory_gib: Decimal
    shared_core: bool
    gpus: tuple[tuple[str, int], ...]
    architecture: str
    bundled_ssd_gib: int
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is: machine types; for each GPU and region, the zones that have it; for each disk type, its regions;
    the image families of those asked for that are there."""

    machine_types: Mapping[str, Offered]
    gpu_zones: Mapping[str, Mapping[str, tuple[str, ...]]]
    disk_regions: Mapping[str, frozenset[str]]
    families: frozenset[str] = field(default=frozenset())


def skus(endpoint: str | None) -> Iterator[Sku]:
    """Every SKU of Compute Engine in US dollars, as priced at this moment."""
    from google.cloud.billing_v1 import CloudCatalogClient

    client = CloudCatalogClient(transport="rest", client_options=options(endpoint))
    request = {"parent": COMPUTE_ENGINE, "currency_code": "USD"}
    for page in pages(client.list_skus, request, TIMEOUT, size="page_size"):
        yield from (_sku(sku) for sku in page.skus if sku.pricing_info)


def _sku(sku: Any) -> Sku:
    """By its latest price."""
    expression = sku.pricing_info[-1].pricing_expression
    return Sku(
        description=sku.description,
        usage_type=sku.category.usage_type,
        regions=tuple(sku.service_regions),
        unit=expression.usage_unit,
        rates=tuple((tier.start_usage_amount, _dollars(tier.unit_price)) for tier in expression.tiered_rates),
    )


def _dollars(money: Any) -> Decimal:
    """Units and nanos; a price in another currency is no price."""
    if money.currency_code not in ("", "USD"):
        return Decimal(0)
    return Decimal(money.units) + Decimal(money.nanos).scaleb(-9)


def offer(project: str, regions: Iterable[str], families: Mapping[str, Iterable[str]], endpoint: str | None) -> Offer:
    """What Compute Engine shows to the project in those regions; `families` are image families by their project."""
    zones = _zones(project, frozenset(regions), endpoint)
    return Offer(
        machine_types=_machine_types(project, zones, endpoint),
        gpu_zones=_gpu_zones(project, zones, endpoint),
        disk_regions=_disk_regions(project, zones, endpoint),
        families=frozenset(_families(families, endpoint)),
    )


def _zones(project: str, regions: frozenset[str], endpoint: str | None) -> dict[str, str]:
    """The zones of the regions that are there, each with its region."""
    from google.cloud.compute_v1 import RegionsClient

    client = RegionsClient(client_options=options(endpoint))
    found = [region for page in pages(client.list, {"project": project}, TIMEOUT) for region in page.items]
    return {zone.rsplit("/", 1)[-1]: region.name for region in found if region.name in regions for zone in region.zones}


def _machine_types(project: str, zones: Mapping[str, str], endpoint: str | None) -> dict[str, Offered]:
    from google.cloud.compute_v1 import MachineTypesClient

    client = MachineTypesClient(client_options=options(endpoint))
    there: dict[str, set[str]] = defaultdict(set)
    described: dict[str, Any] = {}
    for zone, found in _by_zone(client, project, zones):
        for machine in found.machine_types:
            if not machine.deprecated.state:
                there[machine.name].add(zones[zone])
                described[machine.name] = machine
    return {name: _offered(machine, there[name]) for name, machine in sorted(described.items())}


def _offered(machine: Any, regions: Iterable[str]) -> Offered:
    return Offered(
        name=machine.name,
        vcpus=machine.guest_cpus,
        memory_gib=(Decimal(machine.memory_mb) / MIB).quantize(Decimal("0.01")).normalize(),
        shared_core=machine.is_shared_cpu,
        gpus=tuple((gpu.guest_accelerator_type, gpu.guest_accelerator_count) for gpu in machine.accelerators),
        architecture=machine.architecture or "X86_64",
        bundled_ssd_gib=machine.bundled_local_ssds.partition_count * LOCAL_SSD_GIB,
        regions=tuple(sorted(regions)),
    )


def _gpu_zones(project: str, zones: Mapping[str, str], endpoint: str | None) -> dict[str, dict[str, tuple[str, ...]]]:
    from google.cloud.compute_v1 import AcceleratorTypesClient

    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    client = AcceleratorTypesClient(client_options=options(endpoint))
    for zone, scoped in _by_zone(client, project, zones):
        for gpu in scoped.accelerator_types:
            found[gpu.name][zones[zone]].append(zone)
    return {gpu: {region: tuple(sorted(named)) for region, named in there.items()} for gpu, there in found.items()}


def _disk_regions(project: str, zones: Mapping[str, str], endpoint: str | None) -> dict[str, frozenset[str]]:
    from google.cloud.compute_v1 import DiskTypesClient

    found: dict[str, set[str]] = defaultdict(set)
    for zone, scoped in _by_zone(DiskTypesClient(client_options=options(endpoint)), project, zones):
        for disk in scoped.disk_types:
            found[disk.name].add(zones[zone])
    return {disk: frozenset(regions) for disk, regions in found.items()}


def _by_zone(client: Any, project: str, zones: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """An aggregated list, page by page, as far as it is of the zones."""
    for page in pages(client.aggregated_list, {"project": project}, TIMEOUT):
        for scope, scoped in page.items.items():
            zone = scope.removeprefix("zones/")
            if zone in zones:
                yield zone, scoped


def _families(families: Mapping[str, Iterable[str]], endpoint: str | None) -> Iterator[str]:
    from google.cloud.compute_v1 import ImagesClient

    client = ImagesClient(client_options=options(endpoint))
    for project, names in families.items():
        for family in names:
            try:
                call(client.get_from_family, {"project": project, "family": family}, Effect.READ, TIMEOUT)
            except CloudError as error:
                if error.code != NOT_FOUND:
                    raise
            else:
                yield family

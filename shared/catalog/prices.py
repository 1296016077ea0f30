"""What an hour of each part of a VM costs in a region: dated list prices in US dollars."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from typing import Any

from shared.catalog.files import document
from shared.catalog.images import images
from shared.catalog.machines import MachineType, known_machine_type, offered
from shared.domain.errors import VmCreatorError
from shared.domain.quote import Rate
from shared.domain.spec import Spec

HOURS_A_MONTH = Decimal(730)  # Google's own month: disks are priced per GiB and month
_BILLIONTH = Decimal("0.000000001")


class MissingPrice(VmCreatorError):
    """Something in the spec has no price in the region, so no total can be told. Never counted as zero."""

    def __init__(self, item: str, region: str) -> None:
        super().__init__("price_missing", f"{item} has no price in {region}", item=item, region=region)


class NotOffered(VmCreatorError):
    """The machine type, or its GPU, does not exist in the region."""

    def __init__(self, item: str, region: str) -> None:
        super().__init__("not_offered", f"{item} is not offered in {region}", item=item, region=region)


def rates(spec: Spec, region: str) -> tuple[Rate, ...]:
    """The hourly rates of the spec's machine, GPU, disk, external address and licence in the region.

    Raises NotOffered or MissingPrice. The spec's machine type and image must be the catalogue's.
    """
    licence = images()[spec.os_image].licence
    return (
        *_machine(spec.machine_type, region, spec.spot),
        *(_gpu(spec.gpu.type, spec.gpu.count, spec.machine_type, region, spec.spot) if spec.gpu else ()),
        _disk(spec.disk_type, spec.disk_gib, region),
        _address(region, spec.spot),
        *([_licence(licence, spec.machine_type, region)] if licence else ()),
    )


def machine_hourly(machine: MachineType, region: str, *, spot: bool) -> Decimal | None:
    """The machine alone, without attached GPU, disk or licence; None where it has no price or is not offered."""
    if not offered(machine.name, region):
        return None
    if machine.custom:
        unit = _custom(machine, region, spot)
        return machine.vcpus * unit[0] + machine.memory_gib * unit[1] if unit else None
    pair = document("prices")["machines"].get(machine.name, {}).get(region)
    return Decimal(pair[spot]) if pair and pair[spot] else None


def gpu_hourly(gpu: str, region: str, *, spot: bool) -> Decimal | None:
    """One attachable GPU; None where it has no price. Built-in GPUs are in the machine's price."""
    pair = document("prices")["gpus"].get(gpu, {}).get(region)
    return Decimal(pair[spot]) if pair and pair[spot] else None


@lru_cache(maxsize=8192)
def _machine(name: str, region: str, spot: bool) -> tuple[Rate, ...]:
    """One rate, or two for a custom machine type, which is billed by the vCPU and the GiB."""
    machine = known_machine_type(name)
    if not offered(name, region):
        raise NotOffered(name, region)
    item = f"{name}{', spot' if spot else ''}"
    if machine.custom:
        unit = _custom(machine, region, spot)
        if unit is None:
            raise MissingPrice(item, region)
        vcpus = Rate(item=f"{item}: vCPUs", quantity=Decimal(machine.vcpus), unit="vCPU", unit_price=unit[0])
        memory = Rate(item=f"{item}: memory", quantity=machine.memory_gib.normalize(), unit="GiB", unit_price=unit[1])
        return vcpus, memory
    price = machine_hourly(machine, region, spot=spot)
    if price is None:
        raise MissingPrice(item, region)
    return (Rate(item=item, quantity=Decimal(1), unit="machine", unit_price=price),)


def _custom(machine: MachineType, region: str, spot: bool) -> tuple[Decimal, Decimal] | None:
    """An hour of one vCPU and of one GiB. Google's price list puts 5 % on the series' own prices, spot included."""
    prices = document("prices")["custom"].get(machine.series, {}).get(region)
    pair = prices[2:] if prices and spot else prices
    return (Decimal(pair[0]), Decimal(pair[1])) if pair and pair[0] and pair[1] else None


@lru_cache(maxsize=1024)
def _gpu(gpu: str, count: int, machine: str, region: str, spot: bool) -> tuple[Rate, ...]:
    if known_machine_type(machine).gpu is not None:
        return ()
    if region not in document("prices")["gpus"].get(gpu, {}):
        raise NotOffered(gpu, region)
    price = gpu_hourly(gpu, region, spot=spot)
    name = f"{gpu}{', spot' if spot else ''}"
    if price is None:
        raise MissingPrice(name, region)
    return (Rate(item=name, quantity=Decimal(count), unit="GPU", unit_price=price),)


@lru_cache(maxsize=4096)
def _disk(disk_type: str, gib: int, region: str) -> Rate:
    price = document("prices")["disks"].get(disk_type, {}).get(region)
    if price is None:
        raise MissingPrice(disk_type, region)
    return Rate(
        item=f"{disk_type} disk",
        quantity=Decimal(gib),
        unit="GiB",
        unit_price=(Decimal(price) / HOURS_A_MONTH).quantize(_BILLIONTH),
        running=False,
    )


@lru_cache(maxsize=64)
def _address(region: str, spot: bool) -> Rate:
    pair = document("prices")["addresses"].get(region)
    if pair is None:
        raise MissingPrice("external IPv4 address", region)
    return Rate(item="external IPv4 address", quantity=Decimal(1), unit="address", unit_price=Decimal(pair[spot]))


@lru_cache(maxsize=1024)
def _licence(licence: str, name: str, region: str) -> Rate:
    """The same everywhere, and for spot machines too (no discount is published)."""
    machine = known_machine_type(name)
    book: dict[str, Any] = document("prices")["licences"][licence]
    item = f"{licence} licence"
    if machine.name in book.get("machines", {}):
        return Rate(item=item, quantity=Decimal(1), unit="machine", unit_price=Decimal(book["machines"][machine.name]))
    for most, price in book["tiers"]:
        if most is None or machine.vcpus <= most:
            quantity = Decimal(machine.vcpus) if book["per"] == "vCPU" else Decimal(1)
            return Rate(item=item, quantity=quantity, unit=book["per"], unit_price=Decimal(price))
    raise MissingPrice(f"{item} for {machine.vcpus} vCPUs", region)

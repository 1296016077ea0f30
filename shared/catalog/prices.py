"""What an hour of each part of a VM costs in a region: dated list prices in US dollars."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from shared.catalog.files import document
from shared.catalog.images import images
from shared.catalog.machines import MachineType, machine_types, offered
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
    machine = machine_types()[spec.machine_type]
    if not offered(machine.name, region):
        raise NotOffered(machine.name, region)
    lines = [_machine(machine, region, spec.spot), *_gpu(spec, machine, region), _disk(spec, region)]
    lines.append(_address(region, spec.spot))
    licence = images()[spec.os_image].licence
    return (*lines, _licence(licence, machine, region)) if licence else tuple(lines)


def machine_hourly(machine: MachineType, region: str, *, spot: bool) -> Decimal | None:
    """The machine alone, without attached GPU, disk or licence; None where it has no price or is not offered."""
    pair = document("prices")["machines"].get(machine.name, {}).get(region)
    return Decimal(pair[spot]) if pair and pair[spot] and offered(machine.name, region) else None


def gpu_hourly(gpu: str, region: str, *, spot: bool) -> Decimal | None:
    """One attachable GPU; None where it has no price. Built-in GPUs are in the machine's price."""
    pair = document("prices")["gpus"].get(gpu, {}).get(region)
    return Decimal(pair[spot]) if pair and pair[spot] else None


def _machine(machine: MachineType, region: str, spot: bool) -> Rate:
    price = machine_hourly(machine, region, spot=spot)
    name = f"{machine.name}{', spot' if spot else ''}"
    if price is None:
        raise MissingPrice(name, region)
    return Rate(item=name, quantity=Decimal(1), unit="machine", unit_price=price)


def _gpu(spec: Spec, machine: MachineType, region: str) -> list[Rate]:
    if spec.gpu is None or machine.gpu is not None:
        return []
    if region not in document("prices")["gpus"].get(spec.gpu.type, {}):
        raise NotOffered(spec.gpu.type, region)
    price = gpu_hourly(spec.gpu.type, region, spot=spec.spot)
    name = f"{spec.gpu.type}{', spot' if spec.spot else ''}"
    if price is None:
        raise MissingPrice(name, region)
    return [Rate(item=name, quantity=Decimal(spec.gpu.count), unit="GPU", unit_price=price)]


def _disk(spec: Spec, region: str) -> Rate:
    price = document("prices")["disks"].get(spec.disk_type, {}).get(region)
    if price is None:
        raise MissingPrice(spec.disk_type, region)
    return Rate(
        item=f"{spec.disk_type} disk",
        quantity=Decimal(spec.disk_gib),
        unit="GiB",
        unit_price=(Decimal(price) / HOURS_A_MONTH).quantize(_BILLIONTH),
        running=False,
    )


def _address(region: str, spot: bool) -> Rate:
    pair = document("prices")["addresses"].get(region)
    if pair is None:
        raise MissingPrice("external IPv4 address", region)
    return Rate(item="external IPv4 address", quantity=Decimal(1), unit="address", unit_price=Decimal(pair[spot]))


def _licence(licence: str, machine: MachineType, region: str) -> Rate:
    """The same everywhere, and for spot machines too (no discount is published)."""
    book: dict[str, Any] = document("prices")["licences"][licence]
    item = f"{licence} licence"
    if machine.name in book.get("machines", {}):
        return Rate(item=item, quantity=Decimal(1), unit="machine", unit_price=Decimal(book["machines"][machine.name]))
    for most, price in book["tiers"]:
        if most is None or machine.vcpus <= most:
            quantity = Decimal(machine.vcpus) if book["per"] == "vCPU" else Decimal(1)
            return Rate(item=item, quantity=quantity, unit=book["per"], unit_price=Decimal(price))
    raise MissingPrice(f"{item} for {machine.vcpus} vCPUs", region)

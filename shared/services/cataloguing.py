"""Use case: the catalogue as a page or a program reads it, to choose a specification from."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any, get_args

from shared.catalog.custom import custom_limits, custom_name
from shared.catalog.images import images
from shared.catalog.machines import accelerators, disk_types, machine_types
from shared.catalog.regions import regions
from shared.catalog.workloads import workloads
from shared.domain.money import written
from shared.domain.spec import DiskType


def catalogue() -> dict[str, Any]:
    """Machine types and the rules of custom ones, images (which are still supported), regions, packages, disk types,
    GPUs."""
    today = datetime.now(UTC).date()
    listed = [
        {
            "family": image.family,
            "os": image.os,
            "version": image.version,
            "architecture": image.architecture,
            "min_disk_gib": image.min_disk_gib,
            "supported": image.supported(today),
        }
        for image in images().values()
    ]
    return {**_lasting(), "images": listed}


@cache
def _lasting() -> dict[str, Any]:
    machines = [
        {
            "name": machine.name,
            "series": machine.series,
            "vcpus": machine.vcpus,
            "memory_gib": written(machine.memory_gib),
            "architecture": machine.architecture,
            "gpu": {"type": machine.gpu[0], "count": machine.gpu[1]} if machine.gpu else None,
            "disk_types": disk_types(machine.series),
        }
        for machine in machine_types().values()
    ]
    return {
        "machine_types": machines,
        "custom_machine_types": [
            {
                "series": limits.series,
                "name": custom_name(limits.series, "VCPUS", "MIB"),
                "vcpus": limits.vcpus,
                "least_gib_per_vcpu": written(limits.least_gib),
                "most_gib_per_vcpu": written(limits.most_gib),
                "most_gib": limits.most_gib_in_all,
            }
            for limits in custom_limits().values()
        ],
        "regions": [{"id": region.id, "city": region.city} for region in regions().values()],
        "packages": [{"id": each.id, "title": each.title} for each in workloads().values()],
        "disk_types": list(get_args(DiskType)),
        "gpus": [{"type": gpu.type, "memory_gib": gpu.memory_gib} for gpu in accelerators().values()],
    }

"""zones, regions, machineTypes, diskTypes, acceleratorTypes and projects: what a project finds there by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from local.compute.call import Call
from local.compute.cloud import Cloud
from local.compute.errors import not_found
from local.compute.listing import aggregated, listed
from local.compute.offer import DISK_TYPES, accelerators, machine_type, machine_types, zones
from local.compute.quotas import EVERYWHERE
from local.compute.wire import MADE_BY_GOOGLE, Json, fingerprint, link, steady_id
from shared.catalog.machines import MachineType
from shared.catalog.regions import regions


def project(cloud: Cloud, call: Call) -> Json:
    return {
        "kind": "compute#project",
        "id": steady_id(call.project),
        "creationTimestamp": MADE_BY_GOOGLE,
        "name": call.project,
        "commonInstanceMetadata": {"kind": "compute#metadata", "fingerprint": fingerprint({})},
        "quotas": cloud.quotas.shown(call.project, EVERYWHERE),
        "selfLink": link(f"projects/{call.project}"),
        "defaultNetworkTier": "PREMIUM",
        "xpnProjectStatus": "UNSPECIFIED_XPN_PROJECT_STATUS",
    }


def zone(cloud: Cloud, call: Call) -> Json:
    return _zone(call.project, call.zone)


def zone_list(cloud: Cloud, call: Call) -> Json:
    return listed("zone", call.path, [_zone(call.project, name) for name in zones()], call.params)


def region(cloud: Cloud, call: Call) -> Json:
    return _region(cloud, call.project, call.region)


def region_list(cloud: Cloud, call: Call) -> Json:
    found = [_region(cloud, call.project, name) for name in sorted(regions())]
    return listed("region", call.path, found, call.params)


def machine_type_get(cloud: Cloud, call: Call) -> Json:
    found = machine_type(call.name, call.zone)
    if found is None:
        raise not_found(f"projects/{call.project}/zones/{call.zone}/machineTypes/{call.name}")
    return _machine_type(call.project, call.zone, found)


def machine_type_list(cloud: Cloud, call: Call) -> Json:
    return listed("machineType", call.path, _machine_types(call.project, call.zone), call.params)


def machine_type_aggregated_list(cloud: Cloud, call: Call) -> Json:
    return _everywhere("machineType", call, _machine_types)


def disk_type_get(cloud: Cloud, call: Call) -> Json:
    return _named(_disk_types(call.project, call.zone), call, "diskTypes")


def disk_type_list(cloud: Cloud, call: Call) -> Json:
    return listed("diskType", call.path, _disk_types(call.project, call.zone), call.params)


def disk_type_aggregated_list(cloud: Cloud, call: Call) -> Json:
    return _everywhere("diskType", call, _disk_types)


def accelerator_type_get(cloud: Cloud, call: Call) -> Json:
    return _named(_accelerator_types(call.project, call.zone), call, "acceleratorTypes")


def accelerator_type_list(cloud: Cloud, call: Call) -> Json:
    return listed("acceleratorType", call.path, _accelerator_types(call.project, call.zone), call.params)


def accelerator_type_aggregated_list(cloud: Cloud, call: Call) -> Json:
    return _everywhere("acceleratorType", call, _accelerator_types)


def _everywhere(kind: str, call: Call, of_zone: Callable[[str, str], list[Json]]) -> Json:
    scopes = [f"zones/{name}" for name in zones()]
    found = [(f"zones/{name}", one) for name in zones() for one in of_zone(call.project, name)]
    return aggregated(kind, call.path, scopes, found, call.params)


def _named(found: list[Json], call: Call, collection: str) -> Json:
    for one in found:
        if one["name"] == call.name:
            return one
    raise not_found(f"projects/{call.project}/zones/{call.zone}/{collection}/{call.name}")


def _zone(project: str, name: str) -> Json:
    return {
        "kind": "compute#zone",
        "id": steady_id(name),
        "creationTimestamp": MADE_BY_GOOGLE,
        "name": name,
        "description": name,
        "status": "UP",
        "region": link(f"projects/{project}/regions/{zones()[name]}"),
        "selfLink": link(f"projects/{project}/zones/{name}"),
        "supportsPzs": False,
    }


def _region(cloud: Cloud, project: str, name: str) -> Json:
    there = regions()[name].zones
    gpus = sorted({gpu for zone_name in there for gpu in accelerators(zone_name)})
    return {
        "kind": "compute#region",
        "id": steady_id(name),
        "creationTimestamp": MADE_BY_GOOGLE,
        "name": name,
        "description": name,
        "status": "UP",
        "zones": [link(f"projects/{project}/zones/{zone_name}") for zone_name in there],
        "quotas": cloud.quotas.shown(project, name, gpus),
        "selfLink": link(f"projects/{project}/regions/{name}"),
        "supportsPzs": False,
    }


@cache
def _machine_types(project: str, zone_name: str) -> list[Json]:
    return [_machine_type(project, zone_name, found) for found in machine_types(zone_name)]


def _machine_type(project: str, zone_name: str, found: MachineType) -> Json:
    resource: Json = {
        "kind": "compute#machineType",
        "id": steady_id(found.name),
        "creationTimestamp": MADE_BY_GOOGLE,
        "name": found.name,
        "description": f"{found.vcpus} vCPUs, {found.memory_gib} GB RAM",
        "guestCpus": found.vcpus,
        "memoryMb": int(found.memory_gib * 1024),
        "imageSpaceGb": 0,
        "maximumPersistentDisks": 16 if found.shared_core else 128,
        "maximumPersistentDisksSizeGb": "3072" if found.shared_core else "263168",
        "zone": zone_name,
        "selfLink": link(f"projects/{project}/zones/{zone_name}/machineTypes/{found.name}"),
        "isSharedCpu": found.shared_core,
        "architecture": found.architecture,
    }
    if found.gpu:
        resource["accelerators"] = [{"guestAcceleratorType": found.gpu[0], "guestAcceleratorCount": found.gpu[1]}]
    if found.bundled_ssd_gib:
        resource["bundledLocalSsds"] = {"defaultInterface": "NVME", "partitionCount": found.bundled_ssd_gib // 375}
    return resource


def _disk_types(project: str, zone_name: str) -> list[Json]:
    return list(_of_zone("diskType", project, zone_name, iter(DISK_TYPES)))


def _accelerator_types(project: str, zone_name: str) -> list[Json]:
    found = _of_zone("acceleratorType", project, zone_name, accelerators(zone_name))
    return [{**one, "maximumCardsPerInstance": 8} for one in found]


def _of_zone(kind: str, project: str, zone_name: str, names: Iterator[str]) -> Iterator[Json]:
    for name in names:
        yield {
            "kind": f"compute#{kind}",
            "id": steady_id(name),
            "creationTimestamp": MADE_BY_GOOGLE,
            "name": name,
            "description": name,
            "zone": link(f"projects/{project}/zones/{zone_name}"),
            "selfLink": link(f"projects/{project}/zones/{zone_name}/{kind}s/{name}"),
        }

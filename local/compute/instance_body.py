"""From the body of instances.insert to the instance and its disks: what is checked, and what Compute fills in."""

from __future__ import annotations

from dataclasses import dataclass

from local.compute import scheduling
from local.compute.disk_body import attached, boot_image, check_fit, new_disk
from local.compute.errors import incompatible, invalid, not_found, required, unusable
from local.compute.offer import accelerators, cpu_platform, machine_type
from local.compute.quotas import cpu_metric, gpu_metric
from local.compute.wire import (
    Json,
    checked_labels,
    checked_name,
    fingerprint,
    link,
    new_id,
    path_of,
    short,
    timestamp,
)
from local.compute.world import Disk, Instance, World, region_of
from shared.catalog.machines import MachineType, takes_gpu

_SHIELDED = {"enableSecureBoot": False, "enableVtpm": True, "enableIntegrityMonitoring": True}
_MOST_METADATA = 262144  # characters in one value


@dataclass(frozen=True)
class Order:
    """An instance that may be made, with the disks that are made with it."""

    instance: Instance
    disks: list[Disk]
    machine: MachineType


def read(body: Json, project: str, zone: str, world: World, now: float) -> Order:
    """Check the body and complete it. Raises the 4xx that Compute would answer."""
    name = checked_name(body)
    machine = machine_of(body.get("machineType", ""), project, zone)
    gpus = gpus_of(body.get("guestAccelerators", []), machine, project, zone)
    scheduled = scheduling.completed(body.get("scheduling", {}), has_gpu=bool(gpus), now=now)
    disks, entries = _disks(body, machine, project, zone, world, now)
    path = f"projects/{project}/zones/{zone}/instances/{name}"
    resource: Json = {
        "kind": "compute#instance",
        "id": new_id(),
        "creationTimestamp": timestamp(now),
        "name": name,
        **({"description": body["description"]} if "description" in body else {}),
        "tags": with_fingerprint(body.get("tags", {})),
        "machineType": link(f"projects/{project}/zones/{zone}/machineTypes/{machine.name}"),
        "status": "PROVISIONING",
        "zone": link(f"projects/{project}/zones/{zone}"),
        "canIpForward": body.get("canIpForward", False),
        "networkInterfaces": _interfaces(body.get("networkInterfaces", []), project, zone),
        "disks": entries,
        "metadata": metadata(body.get("metadata", {})),
        **({"serviceAccounts": body["serviceAccounts"]} if body.get("serviceAccounts") else {}),
        "selfLink": link(path),
        "scheduling": scheduled,
        "cpuPlatform": cpu_platform(machine),
        **({"labels": checked_labels(body["labels"])} if body.get("labels") else {}),
        "labelFingerprint": fingerprint(body.get("labels", {})),
        "startRestricted": False,
        "deletionProtection": body.get("deletionProtection", False),
        **({"guestAccelerators": gpus} if gpus else {}),
        "shieldedInstanceConfig": {**_SHIELDED, **body.get("shieldedInstanceConfig", {})},
        "shieldedInstanceIntegrityPolicy": {"updateAutoLearnPolicy": True},
        "resourceStatus": {"scheduling": {}},
    }
    resource["fingerprint"] = fingerprint([resource["id"], name])
    return Order(Instance(project, zone, resource), disks, machine)


def machine_of(url: str, project: str, zone: str) -> MachineType:
    """The machine type that a link names, if it lies in the zone and the zone offers it."""
    field = "resource.machineType"
    if not url:
        raise required(field)
    parts = url.split("/")
    if "zones" in parts and parts[parts.index("zones") + 1] != zone:
        raise invalid(field, url, f"The machine type must be in zone '{zone}'.")
    found = machine_type(parts[-1], zone)
    if found is None:
        missing = f"projects/{project}/zones/{zone}/machineTypes/{parts[-1]}"
        raise invalid(field, url, f"The referenced resource '{missing}' does not exist.")
    return found


def needs(instance: Instance, machine: MachineType) -> dict[str, float]:
    """The quotas that an instance of the type takes while it has power."""
    wanted: dict[str, float] = {cpu_metric(machine.series): machine.vcpus, "CPUS_ALL_REGIONS": machine.vcpus}
    outside = sum(len(interface.get("accessConfigs", [])) for interface in instance.resource["networkInterfaces"])
    if outside:
        wanted["IN_USE_ADDRESSES"] = outside
    for gpu in instance.resource.get("guestAccelerators", []):
        wanted[gpu_metric(short(gpu["acceleratorType"]))] = gpu["acceleratorCount"]
        wanted["GPUS_ALL_REGIONS"] = wanted.get("GPUS_ALL_REGIONS", 0) + gpu["acceleratorCount"]
    return wanted


def metadata(given: Json) -> Json:
    """Metadata with its fingerprint; keys at most once."""
    items = given.get("items", [])
    keys = [item.get("key", "") for item in items]
    if len(set(keys)) != len(keys):
        raise invalid("resource.metadata", "", "Metadata has duplicate keys.")
    if any(len(item.get("value", "")) > _MOST_METADATA for item in items):
        raise invalid("resource.metadata.items", "", f"Value exceeds the limit of {_MOST_METADATA} characters.")
    kept: Json = {"items": items} if items else {}
    return {"kind": "compute#metadata", **with_fingerprint(kept)}


def with_fingerprint(value: Json) -> Json:
    """The value without the fingerprint that it came with, and with its own."""
    kept = {key: held for key, held in value.items() if key not in ("fingerprint", "kind")}
    return {**kept, "fingerprint": fingerprint(kept)}


def gpus_of(given: list[Json], machine: MachineType, project: str, zone: str) -> list[Json]:
    """The GPUs of a machine: built in, or attached as far as the zone has them and the machine takes them."""
    asked = {short(gpu.get("acceleratorType", "")): int(gpu.get("acceleratorCount", 0)) for gpu in given}
    if machine.gpu:
        if asked and asked != dict([machine.gpu]):
            raise incompatible(machine.name, *asked)
        asked = dict([machine.gpu])
    else:
        for gpu, count in asked.items():
            if gpu not in accelerators(zone):
                raise not_found(f"projects/{project}/zones/{zone}/acceleratorTypes/{gpu}")
            if not takes_gpu(machine, gpu, count):
                raise incompatible(machine.name, gpu)
    where = f"projects/{project}/zones/{zone}/acceleratorTypes"
    return [{"acceleratorType": link(f"{where}/{gpu}"), "acceleratorCount": count} for gpu, count in asked.items()]


def _interfaces(given: list[Json], project: str, zone: str) -> list[Json]:
    if not given:
        raise required("resource.networkInterfaces")
    region = region_of(zone)
    network = f"projects/{project}/global/networks/default"
    subnetwork = f"projects/{project}/regions/{region}/subnetworks/default"
    made = []
    for number, asked in enumerate(given):
        for field, there in (("network", network), ("subnetwork", subnetwork)):
            if asked.get(field) and short(asked[field]) != "default":
                raise not_found(path_of(asked[field]) if "projects/" in asked[field] else there + asked[field])
        one: Json = {
            "kind": "compute#networkInterface",
            "network": link(network),
            "subnetwork": link(subnetwork),
            "name": f"nic{number}",
            "fingerprint": fingerprint([new_id()]),
            "stackType": "IPV4_ONLY",
        }
        if asked.get("accessConfigs"):
            one["accessConfigs"] = [_access(access) for access in asked["accessConfigs"]]
        made.append(one)
    return made


def _access(asked: Json) -> Json:
    return {
        "kind": "compute#accessConfig",
        "type": "ONE_TO_ONE_NAT",
        "name": asked.get("name", "External NAT"),
        "networkTier": asked.get("networkTier", "PREMIUM"),
    }


def _disks(
    body: Json, machine: MachineType, project: str, zone: str, world: World, now: float
) -> tuple[list[Disk], list[Json]]:
    """The new disks, and the entries of the instance for all of its disks."""
    given = body.get("disks", [])
    if not given:
        raise required("resource.disks")
    if not given[0].get("boot"):
        raise invalid("resource.disks[0].boot", "false", "The first disk must be a boot disk.")
    made: list[Disk] = []
    entries: list[Json] = []
    for number, asked in enumerate(given):
        if asked.get("source"):
            disk = _existing(asked["source"], project, zone, world)
            image = boot_image(disk)
        else:
            disk, image = new_disk(asked, number, body["name"], machine, project, zone, world, now)
            made.append(disk)
        check_fit(disk, machine)
        if number == 0 and image and image.architecture != machine.architecture:
            raise unusable(
                f"Requested boot disk architecture ({image.architecture}) is not compatible with machine type "
                f"architecture ({machine.architecture})."
            )
        entries.append(attached(asked, disk, number))
    return made, entries


def _existing(source: str, project: str, zone: str, world: World) -> Disk:
    found = world.disks.get((project, zone, short(source)))
    if found is None:
        raise not_found(f"projects/{project}/zones/{zone}/disks/{short(source)}")
    return found

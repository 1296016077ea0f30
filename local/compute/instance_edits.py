"""instances.set…: changes of an instance, and what its guest says."""

from __future__ import annotations

from local.compute import scheduling
from local.compute.call import Call, begin, target_of
from local.compute.cloud import Cloud
from local.compute.disk_body import boot_image
from local.compute.errors import ApiError, condition_not_met, incompatible, invalid, unusable
from local.compute.instance_body import gpus_of, machine_of, metadata, with_fingerprint
from local.compute.instances import find
from local.compute.offer import cpu_platform
from local.compute.wire import Json, checked_labels, fingerprint, link, short
from local.compute.world import Instance
from shared.catalog.machines import MachineType, disk_types

STALE_LABELS = "Labels fingerprint either invalid or resource labels have changed"


def set_labels(cloud: Cloud, call: Call) -> Json:
    instance = find(cloud, call)
    if call.body.get("labelFingerprint") != instance.resource["labelFingerprint"]:
        raise condition_not_met(STALE_LABELS)
    labels = checked_labels(call.body.get("labels", {}))
    return _edit(cloud, call, instance, "setLabels", {"labels": labels, "labelFingerprint": fingerprint(labels)})


def set_metadata(cloud: Cloud, call: Call) -> Json:
    instance = find(cloud, call)
    if call.body.get("fingerprint") != instance.resource["metadata"]["fingerprint"]:
        raise condition_not_met("Supplied fingerprint does not match current metadata fingerprint.")
    return _edit(cloud, call, instance, "setMetadata", {"metadata": metadata(call.body)})


def set_tags(cloud: Cloud, call: Call) -> Json:
    instance = find(cloud, call)
    if call.body.get("fingerprint") != instance.resource["tags"]["fingerprint"]:
        raise condition_not_met("Supplied fingerprint does not match current tags fingerprint.")
    return _edit(cloud, call, instance, "setTags", {"tags": with_fingerprint(call.body)})


def set_scheduling(cloud: Cloud, call: Call) -> Json:
    """The whole scheduling is replaced; only the provisioning model stays unless it is said anew."""
    instance = find(cloud, call)
    _must_be_stopped(instance)
    model = {"provisioningModel": instance.resource["scheduling"]["provisioningModel"]}
    has_gpu = "guestAccelerators" in instance.resource
    given = scheduling.completed({**model, **call.body}, has_gpu=has_gpu, now=cloud.timeline.now())
    return _edit(cloud, call, instance, "setScheduling", {"scheduling": given})


def set_machine_type(cloud: Cloud, call: Call) -> Json:
    instance = find(cloud, call)
    _must_be_stopped(instance)
    machine = machine_of(call.body.get("machineType", ""), call.project, call.zone)
    _check_disks(cloud, instance, machine)
    fields = {
        "machineType": link(f"projects/{call.project}/zones/{call.zone}/machineTypes/{machine.name}"),
        "cpuPlatform": cpu_platform(machine),
        "guestAccelerators": gpus_of(_attached_gpus(instance), machine, call.project, call.zone),
    }
    return _edit(cloud, call, instance, "setMachineType", fields)


def serial_port_output(cloud: Cloud, call: Call) -> Json:
    """What a serial port said from `start` on; `next` is where to go on."""
    instance = find(cloud, call)
    port, start = call.params.get("port", "1"), call.params.get("start", "0")
    if port not in ("1", "2", "3", "4"):
        raise invalid("port", port, "Acceptable values are 1 to 4, inclusive.")
    if not start.isdigit():
        raise invalid("start", start, "Must be a position in the output.")
    everything = instance.guest.serial.get(port, "")
    return {
        "kind": "compute#serialPortOutput",
        "contents": everything[int(start) :],
        "start": start,
        "next": str(max(int(start), len(everything))),
        "selfLink": link(call.path),
    }


def guest_attributes(cloud: Cloud, call: Call) -> Json:
    """The attributes under `queryPath` (`namespace/` or `namespace/key`); 404 until there are any."""
    instance = find(cloud, call)
    query = call.params.get("queryPath", "")
    found = sorted(
        (path, value)
        for path, value in instance.guest.attributes.items()
        if path == query or (query.endswith("/") and path.startswith(query)) or path.split("/")[0] == query
    )
    if not found:
        raise ApiError(404, f"The resource '{query}' of type 'Guest Attribute' was not found.", "notFound")
    named = [(*path.split("/", 1), value) for path, value in found]
    items = [{"namespace": namespace, "key": key, "value": value} for namespace, key, value in named]
    return {
        "kind": "compute#guestAttributes",
        "queryPath": query,
        "queryValue": {"items": items},
        "selfLink": link(call.path),
    }


def _edit(cloud: Cloud, call: Call, instance: Instance, kind: str, fields: Json) -> Json:
    step = ("instance.set", {"id": instance.id, "fields": fields})
    return begin(cloud, call, kind, target_of(instance), cloud.pace.edit, step)


def _must_be_stopped(instance: Instance) -> None:
    if instance.status != "TERMINATED":
        raise unusable("Instance should be in the STOPPED state.")


def _attached_gpus(instance: Instance) -> list[Json]:
    """The GPUs that are not built into the machine type that it has now."""
    now = machine_of(instance.resource["machineType"], instance.project, instance.zone)
    attached: list[Json] = [] if now.gpu else instance.resource.get("guestAccelerators", [])
    return attached


def _check_disks(cloud: Cloud, instance: Instance, machine: MachineType) -> None:
    """Raise 400 if the instance's disks do not go with the machine type."""
    for entry in instance.resource["disks"]:
        disk = cloud.world.disks[instance.project, instance.zone, short(entry["source"])]
        disk_type, image = short(disk.resource["type"]), boot_image(disk)
        if disk_type not in disk_types(machine.series):
            raise incompatible(disk_type, machine.name)
        if image and image.architecture != machine.architecture:
            raise incompatible(image.architecture, machine.name)

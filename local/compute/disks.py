"""disks.*"""

from __future__ import annotations

from local.compute.call import Call, begin
from local.compute.cloud import Cloud
from local.compute.errors import condition_not_met, in_use, invalid, not_found
from local.compute.instance_edits import STALE_LABELS
from local.compute.listing import aggregated, listed
from local.compute.offer import zones
from local.compute.operations import Target
from local.compute.wire import Json, checked_labels, fingerprint, path_of
from local.compute.world import Disk

_LARGEST = 65536  # GB


def get(cloud: Cloud, call: Call) -> Json:
    return _find(cloud, call).resource


def list_(cloud: Cloud, call: Call) -> Json:
    here = [disk.resource for disk in _of_project(cloud, call) if disk.zone == call.zone]
    return listed("disk", call.path, here, call.params)


def aggregated_list(cloud: Cloud, call: Call) -> Json:
    found = [(f"zones/{disk.zone}", disk.resource) for disk in _of_project(cloud, call)]
    scopes = [f"zones/{zone}" for zone in zones()]
    return aggregated("disk", call.path, scopes, found, call.params)


def delete(cloud: Cloud, call: Call) -> Json:
    disk = _find(cloud, call)
    if users := disk.resource.get("users"):
        raise in_use("disk", _target(disk).path, path_of(users[0]))
    return begin(cloud, call, "delete", _target(disk), cloud.pace.edit, ("disk.remove", {"key": list(disk.key)}))


def resize(cloud: Cloud, call: Call) -> Json:
    """A disk grows, also in use; it never shrinks."""
    disk = _find(cloud, call)
    size = int(call.body.get("sizeGb", 0))
    if size <= int(disk.resource["sizeGb"]):
        why = f"New disk size '{size}' must be larger than existing size '{disk.resource['sizeGb']}'."
        raise invalid("sizeGb", size, why)
    if size > _LARGEST:
        raise invalid("sizeGb", size, f"Disk size cannot exceed {_LARGEST} GB.")
    return _edit(cloud, call, disk, "resizeDisk", {"sizeGb": str(size)})


def set_labels(cloud: Cloud, call: Call) -> Json:
    disk = _find(cloud, call)
    if call.body.get("labelFingerprint") != disk.resource["labelFingerprint"]:
        raise condition_not_met(STALE_LABELS)
    labels = checked_labels(call.body.get("labels", {}))
    return _edit(cloud, call, disk, "setLabels", {"labels": labels, "labelFingerprint": fingerprint(labels)})


def _edit(cloud: Cloud, call: Call, disk: Disk, kind: str, fields: Json) -> Json:
    step = ("disk.set", {"key": list(disk.key), "fields": fields})
    return begin(cloud, call, kind, _target(disk), cloud.pace.edit, step)


def _find(cloud: Cloud, call: Call) -> Disk:
    disk = cloud.world.disks.get((call.project, call.zone, call.name))
    if disk is None:
        raise not_found(f"projects/{call.project}/zones/{call.zone}/disks/{call.name}")
    return disk


def _of_project(cloud: Cloud, call: Call) -> list[Disk]:
    return [disk for disk in cloud.world.disks.values() if disk.project == call.project]


def _target(disk: Disk) -> Target:
    return Target(path_of(disk.resource["selfLink"]), str(disk.resource["id"]))

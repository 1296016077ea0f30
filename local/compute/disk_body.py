"""Disks: made from an image or empty, attached to an instance, and which series take which."""

from __future__ import annotations

from datetime import UTC, datetime

from local.compute.errors import already_exists, in_use, incompatible, invalid, not_found
from local.compute.offer import DISK_TYPES, image, image_in_family, image_name
from local.compute.wire import Json, checked_labels, fingerprint, link, new_id, path_of, short, steady_id, timestamp
from local.compute.world import Disk, World
from shared.catalog.images import Image
from shared.catalog.machines import MachineType, disk_types

UEFI = [{"type": "UEFI_COMPATIBLE"}, {"type": "VIRTIO_SCSI_MULTIQUEUE"}, {"type": "GVNIC"}]


def resolved(source: str, project: str, now: float) -> Image:
    """The image that a link names, by its own name or its family's."""
    parts = source.split("/")
    owner = parts[parts.index("projects") + 1] if "projects" in parts else project
    if "family" in parts or "imageFamilyViews" in parts:  # the second is gcloud's way
        found = image_in_family(owner, parts[-1], datetime.fromtimestamp(now, UTC).date())
        missing = f"projects/{owner}/global/images/family/{parts[-1]}"
    else:
        found = image(owner, parts[-1])
        missing = f"projects/{owner}/global/images/{parts[-1]}"
    if found is None:
        why = f"The referenced resource '{missing}' was not found."
        raise invalid("resource.disks[0].initializeParams.sourceImage", source, why)
    return found


def new_disk(
    asked: Json, number: int, owner: str, machine: MachineType, project: str, zone: str, world: World, now: float
) -> tuple[Disk, Image | None]:
    """The disk that an instance's insert asks for in `initializeParams`, and the image that it is made from."""
    params = asked.get("initializeParams", {})
    source = resolved(params["sourceImage"], project, now) if params.get("sourceImage") else None
    if number == 0 and source is None:
        why = "The boot disk must have a source image or a source."
        raise invalid("resource.disks[0].initializeParams.sourceImage", "", why)
    name = params.get("diskName") or (owner if number == 0 else f"{owner}-{number}")
    path = f"projects/{project}/zones/{zone}/disks/{name}"
    if (project, zone, name) in world.disks:
        raise already_exists(path)
    disk_type = short(params.get("diskType", "")) or _usual_type(machine)
    if disk_type not in DISK_TYPES:
        raise not_found(f"projects/{project}/zones/{zone}/diskTypes/{disk_type}")
    resource: Json = {
        "kind": "compute#disk",
        "id": new_id(),
        "creationTimestamp": timestamp(now),
        "name": name,
        "sizeGb": str(_size(asked, source)),
        "zone": link(f"projects/{project}/zones/{zone}"),
        "status": "READY",
        "selfLink": link(path),
        "type": link(f"projects/{project}/zones/{zone}/diskTypes/{disk_type}"),
        "labelFingerprint": fingerprint(params.get("labels", {})),
        "physicalBlockSizeBytes": "4096",
        "enableConfidentialCompute": False,
        "satisfiesPzs": False,
        **({"labels": checked_labels(params["labels"])} if params.get("labels") else {}),
        **(_from_image(source) if source else {}),
    }
    return Disk(project, zone, resource, file_system_gib=int(resource["sizeGb"])), source


def boot_image(disk: Disk) -> Image | None:
    """The image that a disk was made from; None for an empty one."""
    source = disk.resource.get("sourceImage")
    return image(path_of(source).split("/")[1], short(source)) if source else None


def check_fit(disk: Disk, machine: MachineType) -> None:
    """Raise 400 if the machine's series does not take a disk of that type, 400 too if another instance has it."""
    disk_type = short(disk.resource["type"])
    if disk_type not in disk_types(machine.series):
        raise incompatible(disk_type, machine.name)
    if users := disk.resource.get("users"):
        raise in_use("disk", path_of(disk.resource["selfLink"]), path_of(users[0]))


def attached(asked: Json, disk: Disk, number: int) -> Json:
    """An instance's entry for one of its disks."""
    resource = disk.resource
    return {
        "kind": "compute#attachedDisk",
        "type": "PERSISTENT",
        "mode": asked.get("mode", "READ_WRITE"),
        "source": resource["selfLink"],
        "deviceName": asked.get("deviceName") or f"persistent-disk-{number}",
        "index": number,
        "boot": number == 0,
        "autoDelete": asked.get("autoDelete", False),
        **{key: resource[key] for key in ("licenses", "guestOsFeatures", "architecture") if key in resource},
        "interface": asked.get("interface", "SCSI"),
        "diskSizeGb": resource["sizeGb"],
    }


def _usual_type(machine: MachineType) -> str:
    taken = disk_types(machine.series)
    return "pd-standard" if "pd-standard" in taken else taken[0]


def _size(asked: Json, source: Image | None) -> int:
    least = source.min_disk_gib if source else 10
    size = int(asked.get("initializeParams", {}).get("diskSizeGb") or asked.get("diskSizeGb") or least)
    if source and size < least:
        field = "resource.disks[0].initializeParams.diskSizeGb"
        raise invalid(field, size, f"Requested disk size cannot be smaller than the image size ({least} GB)")
    return size


def _from_image(source: Image) -> Json:
    return {
        "sourceImage": link(f"projects/{source.project}/global/images/{image_name(source)}"),
        "sourceImageId": steady_id(f"{source.project}/{image_name(source)}"),
        "licenses": [licence(source)],
        "guestOsFeatures": [*UEFI, *([{"type": "WINDOWS"}] if source.os_family == "windows" else [])],
        "architecture": source.architecture,
    }


def licence(source: Image) -> str:
    """The link to the licence that an image carries."""
    name = image_name(source).rsplit("-v", 1)[0]
    return link(f"projects/{source.project}/global/licenses/{name}")

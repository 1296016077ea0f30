"""images.*: the public image projects, each family with its newest image."""

from __future__ import annotations

from local.compute.call import Call
from local.compute.cloud import Cloud
from local.compute.disk_body import UEFI, licence
from local.compute.errors import not_found
from local.compute.listing import listed
from local.compute.offer import IMAGE_DAY, image, image_in_family, image_name
from local.compute.wire import Json, fingerprint, link, steady_id
from shared.catalog.images import Image, images


def get(cloud: Cloud, call: Call) -> Json:
    found = image(call.project, call.name)
    if found is None:
        raise not_found(f"projects/{call.project}/global/images/{call.name}")
    return _image(found)


def get_from_family(cloud: Cloud, call: Call) -> Json:
    """404 once the family's operating system is past its end: by then its last image is deprecated."""
    found = image_in_family(call.project, call.name, cloud.emulator.clock.now().date())
    if found is None:
        raise not_found(f"projects/{call.project}/global/images/family/{call.name}")
    return _image(found)


def list_(cloud: Cloud, call: Call) -> Json:
    own = [_image(found) for found in images().values() if found.project == call.project]
    return listed("image", call.path, own, call.params)


def _image(found: Image) -> Json:
    name = image_name(found)
    made = f"{IMAGE_DAY[:4]}-{IMAGE_DAY[4:6]}-{IMAGE_DAY[6:]}T00:00:00.000-08:00"
    return {
        "kind": "compute#image",
        "id": steady_id(f"{found.project}/{name}"),
        "creationTimestamp": made,
        "name": name,
        "description": f"{found.os} {found.version}",
        "family": found.family,
        "sourceType": "RAW",
        "status": "READY",
        "archiveSizeBytes": str(found.min_disk_gib << 27),
        "diskSizeGb": str(found.min_disk_gib),
        "licenses": [licence(found)],
        "guestOsFeatures": [*UEFI, *([{"type": "WINDOWS"}] if found.os_family == "windows" else [])],
        "architecture": found.architecture,
        "storageLocations": ["us"],
        "labelFingerprint": fingerprint({}),
        "selfLink": link(f"projects/{found.project}/global/images/{name}"),
    }

"""What a build runs on: the module's own files, the variables of one VM, and both as a zip, the same for the same."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared.domain.machine import Machine, Order, rfc3339

VARIABLES = "terraform.tfvars.json"
SHIPPED = (".tf", ".sh")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest moment that a zip can tell


def module(folder: Path) -> dict[str, bytes]:
    """The module's files, by name."""
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in SHIPPED}
    if not files:
        raise FileNotFoundError(f"no module in {folder}: stage the function with it")
    return files


def variables(order: Order, project: str, network: str, *, instance: bool, firewall: bool) -> dict[str, Any]:
    """The module's variables. `instance`, `firewall`: import it, since it is there already."""
    rule = order.rule
    return {
        **_machine(order.machine),
        "project_id": project,
        "network": network,
        "firewall": {
            "name": rule.name,
            "source_ranges": list(rule.source_ranges),
            "ports": list(rule.ports),
            "description": rule.description,
        },
        "adopt": {"instance": instance, "firewall": firewall},
    }


def _machine(machine: Machine) -> dict[str, Any]:
    gpu = machine.gpu
    return {
        "name": machine.name,
        "zone": machine.zone,
        "machine_type": machine.machine_type,
        "image": f"projects/{machine.image_project}/global/images/family/{machine.image_family}",
        "disk": {"size_gib": machine.disk_gib, "type": machine.disk_type},
        "gpu": {"type": gpu.type, "count": gpu.count} if gpu else None,
        "spot": machine.spot,
        "network_tag": machine.network_tag,
        "labels": dict(machine.labels),
        "metadata": dict(machine.metadata),
        "termination_time": rfc3339(machine.termination_time),
    }


def written(values: Mapping[str, Any]) -> bytes:
    """The variables' file."""
    return json.dumps(values, indent=2, sort_keys=True, ensure_ascii=False).encode()


def archive(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files, with nothing in it that differs from one making to the next."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as whole:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            whole.writestr(entry, files[name])
    return packed.getvalue()

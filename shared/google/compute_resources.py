"""Between our words and Compute Engine's: the bodies that are sent, and the resources that come back.

Bodies are in the form of the generated client's types (snake case, `type_`). What is not said is left to Compute: it
fills in what the machine type allows.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from shared.domain.machine import METADATA_VM, Disk, FirewallRule, Instance, Machine, rfc3339

# Series whose types have their GPUs built in: Compute attaches them by the type alone.
_GPU_BUILT_IN = frozenset({"a2", "a3", "a4", "a4x", "g2", "g4"})
_ARM = frozenset({"c4a", "n4a", "t2a"})
# How its own switch's deletion is called could not be read anywhere; when that was, is known without it.
_WENT_BY = frozenset({"delete", "compute.instances.preempted"})


def instance_body(machine: Machine, project: str, network: str) -> dict[str, Any]:
    """The instance resource to insert: one boot disk that dies with it, one ephemeral address, no service account."""
    series = machine.machine_type.partition("-")[0]
    has_gpu = machine.gpu is not None or series in _GPU_BUILT_IN
    place = f"projects/{project}/zones/{machine.zone}"
    region = machine.zone.rpartition("-")[0]
    body: dict[str, Any] = {
        "name": machine.name,
        "machine_type": f"{place}/machineTypes/{machine.machine_type}",
        "disks": [_boot_disk(machine, place)],
        "network_interfaces": [
            {
                "network": f"projects/{project}/global/networks/{network}",
                # In every region named as its network is: so a network that makes its own subnets has it.
                "subnetwork": f"projects/{project}/regions/{region}/subnetworks/{network}",
                "access_configs": [{"name": "External NAT", "type_": "ONE_TO_ONE_NAT"}],
            }
        ],
        "labels": dict(machine.labels),
        "metadata": {"items": [{"key": key, "value": value} for key, value in machine.metadata.items()]},
        "tags": {"items": [machine.network_tag]},
        "scheduling": _scheduling(machine, has_gpu),
        "shielded_instance_config": {
            # Off for a GPU, useless without NVIDIA's kernel modules, which are built on the machine and signed by
            # nobody that secure boot knows; and on Arm, where several public images have no signed boot loader.
            "enable_secure_boot": not (has_gpu or series in _ARM),
            "enable_vtpm": True,
            "enable_integrity_monitoring": True,
        },
    }
    if machine.gpu is not None and series not in _GPU_BUILT_IN:
        accelerator = f"{place}/acceleratorTypes/{machine.gpu.type}"
        body["guest_accelerators"] = [
            {"accelerator_type": accelerator, "accelerator_count": machine.gpu.count},
        ]
    return body


def _boot_disk(machine: Machine, place: str) -> dict[str, Any]:
    return {
        "boot": True,
        "auto_delete": True,
        "initialize_params": {
            "source_image": f"projects/{machine.image_project}/global/images/family/{machine.image_family}",
            "disk_size_gb": machine.disk_gib,
            "disk_type": f"{place}/diskTypes/{machine.disk_type}",
            # A disk takes none of its instance's labels, and one left behind is found by label only.
            "labels": dict(machine.labels),
        },
    }


def _scheduling(machine: Machine, has_gpu: bool) -> dict[str, Any]:
    """The switch, and what a spot or a GPU machine needs beside it: neither can be moved to another host."""
    scheduling: dict[str, Any] = {
        "termination_time": rfc3339(machine.termination_time),
        "instance_termination_action": "DELETE",
        "provisioning_model": "SPOT" if machine.spot else "STANDARD",
    }
    if machine.spot or has_gpu:
        scheduling["on_host_maintenance"] = "TERMINATE"
    if machine.spot:
        scheduling["automatic_restart"] = False
    return scheduling


def firewall_body(rule: FirewallRule, project: str, network: str) -> dict[str, Any]:
    """An ingress rule for TCP from the rule's ranges to the machines with its tag; no logs, which are billed."""
    return {
        "name": rule.name,
        "description": rule.description,
        "network": f"projects/{project}/global/networks/{network}",
        "direction": "INGRESS",
        "allowed": [{"I_p_protocol": "tcp", "ports": [str(port) for port in rule.ports]}],
        "source_ranges": list(rule.source_ranges),
        "target_tags": [rule.network_tag],
        "log_config": {"enable": False},
    }


def instance_view(found: Any) -> Instance:
    """A Compute instance resource in our words."""
    return Instance(
        id=str(found.id),
        name=found.name,
        zone=last_part(found.zone),
        status=found.status,
        labels=dict(found.labels),
        label_fingerprint=found.label_fingerprint,
        external_ip=_external_ip(found.network_interfaces),
        created_at=datetime.fromisoformat(found.creation_timestamp).astimezone(UTC),
        last_started_at=moment(found.last_start_timestamp),
        last_stopped_at=moment(found.last_stop_timestamp),
        termination_at=moment(found.resource_status.scheduling.termination_timestamp),
        disks=tuple(last_part(disk.source) for disk in found.disks if disk.source),
        spot=found.scheduling.provisioning_model == "SPOT",
        made_as=next((item.value for item in found.metadata.items if item.key == METADATA_VM), None),
        machine_type=last_part(found.machine_type),
        termination_set=moment(found.scheduling.termination_time),
    )


def targeting(project: str, zone: str, name: str) -> str:
    """The filter for what operations tell of an instance, as in
    https://cloud.google.com/compute/docs/samples/compute-preemptible-history"""
    return f'targetLink="https://www.googleapis.com/compute/v1/projects/{project}/zones/{zone}/instances/{name}"'


def end_told(operation: Any, instance_id: str) -> datetime | None:
    """When that instance went, if the operation is what it went by. One of its name may have been there before it."""
    went = operation.operation_type in _WENT_BY and not operation.error.errors
    return moment(operation.end_time) if went and str(operation.target_id) == instance_id else None


def disk_view(found: Any) -> Disk:
    """A Compute disk resource in our words."""
    return Disk(
        id=str(found.id),
        name=found.name,
        zone=last_part(found.zone),
        labels=dict(found.labels),
        in_use=bool(found.users),
        size_gib=int(found.size_gb),
        label_fingerprint=found.label_fingerprint,
    )


def firewall_view(found: Any) -> FirewallRule:
    """A Compute firewall resource in our words."""
    return FirewallRule(
        name=found.name,
        network_tag=next(iter(found.target_tags), ""),
        source_ranges=tuple(found.source_ranges),
        ports=tuple(int(port) for allowed in found.allowed for port in allowed.ports if port.isdigit()),
        description=found.description,
        id=str(found.id),
    )


def moment(text: str) -> datetime | None:
    """A timestamp of Compute's (RFC 3339 with any offset) in UTC; None for none."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else None


def last_part(link: str) -> str:
    """The name at the end of a resource's link."""
    return link.rpartition("/")[2]


def metadata_of(metadata: Any) -> dict[str, str]:
    """Metadata items as a mapping."""
    return {item.key: item.value for item in metadata.items}


def _external_ip(interfaces: Iterable[Any]) -> str | None:
    configs = (config for interface in interfaces for config in interface.access_configs)
    return next((config.nat_i_p for config in configs if config.nat_i_p), None)

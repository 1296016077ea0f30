"""From a VM to what is asked of Compute: the machine, its one firewall rule, its secret, their names and labels."""

from __future__ import annotations

import ipaddress
import re
from datetime import datetime

from shared.catalog.images import images
from shared.catalog.workloads import setup_steps
from shared.domain.life import Figures
from shared.domain.machine import (
    LABEL_END,
    LABEL_ENVIRONMENT,
    LABEL_ID,
    LABEL_OWNER,
    METADATA_VM,
    FirewallRule,
    Machine,
    Order,
)
from shared.domain.vm import Attempt, Vm
from shared.services.provisioning import startup
from shared.services.provisioning.description import Description
from shared.services.views import RDP_PORT, SSH_PORT


def prefix(environment: str, vm_id: str) -> str:
    """What everything of a VM is named by that has no label: `vmc-ENVIRONMENT-VMID`."""
    return f"vmc-{environment}-{vm_id}"


def firewall_name(environment: str, vm_id: str) -> str:
    return f"{prefix(environment, vm_id)}-access"


def firewall_owner(environment: str, name: str) -> str | None:
    """The id of the VM whose rule is named so; None where no VM's is."""
    named = re.fullmatch(firewall_name(environment, "([a-z0-9]+)"), name)
    return named[1] if named else None


def secret_name(environment: str, vm_id: str) -> str:
    return f"{prefix(environment, vm_id)}-login"


def labels(environment: str, vm: Vm, end: datetime) -> dict[str, str]:
    """Our labels: id, owner, environment and end (epoch seconds; label values take no colon)."""
    return {
        LABEL_ENVIRONMENT: environment,
        LABEL_ID: vm.id,
        LABEL_OWNER: vm.owner_id,
        LABEL_END: str(int(end.timestamp())),
    }


def latest_end(vm: Vm, figures: Figures) -> datetime:
    """The end itself once the machine is up; until then the latest that it can be."""
    return vm.expires_at or (vm.deadline_at or vm.created_at + figures.up_deadline) + vm.lease


def machine(environment: str, vm: Vm, attempt: Attempt, public_key: str | None, figures: Figures) -> Machine:
    """The instance of one attempt. `public_key` is None for Windows, whose guest agent makes the account."""
    assert vm.switch_at is not None
    image = images()[vm.spec.os_image]
    return Machine(
        name=attempt.instance_name,
        zone=attempt.zone,
        machine_type=vm.spec.machine_type,
        image_project=image.project,
        image_family=image.family,
        disk_gib=vm.spec.disk_gib,
        disk_type=vm.spec.disk_type,
        gpu=vm.spec.gpu,
        spot=vm.spec.spot,
        network_tag=prefix(environment, vm.id),
        labels=labels(environment, vm, latest_end(vm, figures)),
        metadata=_metadata(vm, public_key),
        termination_time=vm.switch_at,
    )


def order(
    environment: str,
    vm: Vm,
    attempt: Attempt,
    public_key: str | None,
    access_ranges: tuple[str, ...],
    figures: Figures,
) -> Order:
    """The machine of one attempt, and its rule."""
    made = machine(environment, vm, attempt, public_key, figures)
    return Order(vm.id, made, firewall_rule(environment, vm, access_ranges, figures))


def firewall_rule(environment: str, vm: Vm, access_ranges: tuple[str, ...], figures: Figures) -> FirewallRule:
    """Least privilege: the configured ranges, else the requester's address alone; the login port and what was asked
    for. Its id and end are in the description, since firewall rules carry no labels."""
    sources = access_ranges or (str(ipaddress.ip_network(vm.requester_address)),)
    end = int(latest_end(vm, figures).timestamp())
    return FirewallRule(
        name=firewall_name(environment, vm.id),
        network_tag=prefix(environment, vm.id),
        source_ranges=sources,
        ports=tuple(sorted({RDP_PORT if vm.windows else SSH_PORT, *vm.spec.ports})),
        description=f"{LABEL_ID}={vm.id} {LABEL_END}={end}",
    )


def _metadata(vm: Vm, public_key: str | None) -> dict[str, str]:
    steps = setup_steps(vm.spec.packages, images()[vm.spec.os_image])
    metadata = {"enable-guest-attributes": "TRUE", "block-project-ssh-keys": "TRUE", "serial-port-enable": "FALSE"}
    metadata[METADATA_VM] = Description.of(vm).model_dump_json()
    if vm.windows:
        return metadata | {"windows-startup-script-ps1": startup.powershell(steps)}
    return metadata | {"startup-script": startup.bash(steps), "ssh-keys": f"{vm.login_user}:{public_key}"}

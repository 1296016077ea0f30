"""What the cloud shows of ours, each kind read for itself: one that cannot be had keeps no other from view."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from shared.domain.errors import CloudError, PartialList
from shared.domain.machine import LABEL_END, LABEL_ID, Disk, FirewallRule, Instance
from shared.services.provisioning.labelling import told_end
from shared.services.provisioning.machine import firewall_owner
from shared.services.provisioning.turn import Platform

log = logging.getLogger(__name__)

T = TypeVar("T")

INSTANCE, DISK, FIREWALL_RULE, SECRET = "instance", "disk", "firewall rule", "secret"
_TOLD_END = re.compile(rf"{LABEL_END}=(\d+)$")


@dataclass(frozen=True)
class Found:
    """A resource of ours in the cloud. `end`: as its label or description tells it; None if that cannot be read."""

    kind: str
    name: str
    zone: str | None
    vm_id: str | None
    end: datetime | None
    created_at: datetime | None = None
    going: bool = False  # it is being deleted or stopped already


@dataclass(frozen=True)
class Inventory:
    """`found`: resources of every kind that could be read, disks only where no machine uses them. `missing`: by kind,
    why its list is not whole; what such a list does not show may be there all the same."""

    instances: Sequence[Instance]
    found: Sequence[Found]
    missing: Mapping[str, CloudError]

    def covers(self, zone: str | None) -> bool:
        """Whether a machine that is not shown in that zone is not there."""
        why = self.missing.get(INSTANCE)
        return why is None or (isinstance(why, PartialList) and zone is not None and why.covers(zone))


def take(platform: Platform) -> Inventory:
    """Read what there is. What cannot be read is logged, and in `missing`; no CloudError is raised."""
    missing: dict[str, CloudError] = {}

    def listed(kind: str, read: Callable[[], Sequence[T]]) -> Sequence[T]:
        try:
            return read()
        except CloudError as error:
            log.error("a list is not whole", extra={"resource": kind, "code": error.code, "detail": error.detail})
            missing[kind] = error
            return error.found if isinstance(error, PartialList) else ()

    instances = listed(INSTANCE, platform.compute.instances)
    found = [_instance(each) for each in instances]
    found += [_disk(each) for each in listed(DISK, platform.compute.disks) if not each.in_use]
    found += [_rule(each, platform.environment) for each in listed(FIREWALL_RULE, platform.compute.firewalls)]
    found += [_secret(*each) for each in listed(SECRET, platform.secrets.list)]
    return Inventory(instances, found, missing)


def _instance(instance: Instance) -> Found:
    labels = instance.labels
    return Found(
        INSTANCE,
        instance.name,
        instance.zone,
        labels.get(LABEL_ID),
        told_end(labels.get(LABEL_END)),
        instance.created_at,
        going=instance.status == "STOPPING",
    )


def _disk(disk: Disk) -> Found:
    return Found(DISK, disk.name, disk.zone, disk.labels.get(LABEL_ID), told_end(disk.labels.get(LABEL_END)))


def _rule(rule: FirewallRule, environment: str) -> Found:
    """Its description, which anybody can edit, tells its end; whose it is, its name says."""
    told = _TOLD_END.search(rule.description)
    vm_id = firewall_owner(environment, rule.name)
    return Found(FIREWALL_RULE, rule.name, None, vm_id, told_end(told[1] if told else None))


def _secret(name: str, labels: Mapping[str, str]) -> Found:
    return Found(SECRET, name, None, labels.get(LABEL_ID), told_end(labels.get(LABEL_END)))

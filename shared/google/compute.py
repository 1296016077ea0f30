"""Compute Engine: the machines, disks and firewall rules of the project that holds the VMs.

Operations are only begun here, never waited for: the client's own waiting asks Google's fixed address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from shared.domain.errors import AlreadyExists, CloudError, PartialList
from shared.domain.machine import (
    LABEL_ENVIRONMENT,
    LABEL_ID,
    Disk,
    FirewallRule,
    GuestReport,
    Instance,
    Machine,
    OperationView,
    rfc3339,
)
from shared.google.calls import Effect, call, options, pages
from shared.google.compute_answers import check_whole, left_out, while_changing
from shared.google.compute_errors import NOT_FOUND, from_operation, says_absent
from shared.google.compute_resources import (
    disk_view,
    end_told,
    firewall_body,
    firewall_view,
    instance_body,
    instance_view,
    metadata_of,
    targeting,
)
from shared.google.windows_keys import METADATA_KEY, with_key

T = TypeVar("T")

_METADATA_TRIES = 11  # one, and ten re-reads: the guest environment and people's own tools write metadata as well


class ComputeEngine:
    """One project and network; `environment` is the deployment's. `timeout` bounds each call, tries included, in
    seconds; a list makes one call a page. Clients are made at the first call, since importing them takes a second."""

    def __init__(self, project: str, environment: str, network: str, timeout: float, endpoint: str | None) -> None:
        self._project = project
        self._environment = environment
        self._network = network
        self._timeout = timeout
        self._endpoint = endpoint

    def insert(self, machine: Machine, request_id: str) -> str:
        """Start making an instance; the name of the zone operation. AlreadyExists if the zone has one of that name."""
        body = instance_body(machine, self._project, self._network)
        request = {"zone": machine.zone, "instance_resource": body, "request_id": request_id}
        return str(self._write(self._instances.insert_unary, request).name)

    def operation(self, zone: str, name: str) -> OperationView | None:
        """How a zone operation stands; None when Compute no longer knows it."""
        from google.cloud.compute_v1 import Operation

        found = self._find(self._operations.get, {"zone": zone, "operation": name}, name)
        if found is None:
            return None
        done = found.status == Operation.Status.DONE
        stated = Operation.to_dict(found, preserving_proto_field_name=False) if done else {}
        return OperationView(name=found.name, done=done, error=from_operation(stated))

    def instance(self, zone: str, name: str) -> Instance | None:
        """One instance, None if there is none."""
        found = self._find(self._instances.get, {"zone": zone, "instance": name}, name)
        return instance_view(found) if found is not None else None

    def went_at(self, zone: str, name: str, instance_id: str) -> datetime | None:
        """When an instance that is gone was deleted, by whomever, or preempted; None if no operation tells. The first
        counts: a deletion that was asked for again ends later. Compute keeps operations for two weeks or more."""
        request = {"zone": zone, "filter": targeting(self._project, zone, name)}
        listed = [found for page in self._pages(self._operations.list, request) for found in page.items]
        return min((went for each in listed if (went := end_told(each, instance_id))), default=None)

    def instances(self, vm_id: str | None = None) -> Sequence[Instance]:
        """All instances of our environment (and this VM), by label, in every zone; PartialList where one is missing."""
        return self._everywhere(self._instances.aggregated_list, "instances", instance_view, vm_id)

    def delete(self, zone: str, name: str, request_id: str) -> bool:
        """Start deleting an instance; False if there was none."""
        request = {"zone": zone, "instance": name, "request_id": request_id}
        return self._delete(self._instances.delete_unary, request, name)

    def stop(self, zone: str, name: str, request_id: str) -> str:
        """Start stopping it; the operation's name."""
        return self._begin(self._instances.stop_unary, {"zone": zone, "instance": name}, request_id)

    def start(self, zone: str, name: str, request_id: str) -> str:
        """Start starting it; the operation's name."""
        return self._begin(self._instances.start_unary, {"zone": zone, "instance": name}, request_id)

    def set_machine_type(self, zone: str, name: str, machine_type: str, request_id: str) -> str:
        """Start giving a stopped machine another type; the operation's name."""
        body = {"machine_type": f"zones/{zone}/machineTypes/{machine_type}"}
        request = {"zone": zone, "instance": name, "instances_set_machine_type_request_resource": body}
        return self._begin(self._instances.set_machine_type_unary, request, request_id)

    def set_termination(self, zone: str, name: str, when: datetime, request_id: str) -> str:
        """Start giving a stopped machine another termination time; the operation's name. Compute replaces the whole
        scheduling, so all else of it is sent back as it was read."""
        place = {"zone": zone, "instance": name}
        scheduling = self._read(self._instances.get, place).scheduling
        scheduling.termination_time = rfc3339(when)
        request = {**place, "scheduling_resource": scheduling}
        return self._begin(self._instances.set_scheduling_unary, request, request_id)

    def resize_disk(self, zone: str, name: str, gib: int, request_id: str) -> str:
        """Start growing a disk, in use or not; the operation's name. Refused if it has that size already."""
        request = {"zone": zone, "disk": name, "disks_resize_request_resource": {"size_gb": gib}}
        return self._begin(self._disks.resize_unary, request, request_id)

    def label(self, instance: Instance, labels: Mapping[str, str]) -> None:
        """Replace the instance's labels as they were read with it. Not sent again where they are others by now: it may
        be a later end that they tell, written by whoever has the VM's claim meanwhile."""
        body = {"label_fingerprint": instance.label_fingerprint, "labels": dict(labels)}
        place = {"zone": instance.zone, "instance": instance.name}
        self._write(self._instances.set_labels_unary, {**place, "instances_set_labels_request_resource": body})

    def label_disk(self, disk: Disk, labels: Mapping[str, str]) -> None:
        """Replace the disk's labels, as `label` does."""
        body = {"label_fingerprint": disk.label_fingerprint, "labels": dict(labels)}
        request = {"zone": disk.zone, "resource": disk.name, "zone_set_labels_request_resource": body}
        self._write(self._disks.set_labels_unary, request)

    def disks(self, vm_id: str | None = None) -> Sequence[Disk]:
        """All disks of our environment (and this VM), by label, in every zone; PartialList where one is missing."""
        return self._everywhere(self._disks.aggregated_list, "disks", disk_view, vm_id)

    def disk(self, zone: str, name: str) -> Disk | None:
        """One disk, None if there is none."""
        found = self._find(self._disks.get, {"zone": zone, "disk": name}, name)
        return disk_view(found) if found is not None else None

    def delete_disk(self, zone: str, name: str) -> bool:
        """Start deleting a disk; False if there was none."""
        return self._delete(self._disks.delete_unary, {"zone": zone, "disk": name}, name)

    def open_firewall(self, rule: FirewallRule, request_id: str) -> None:
        """Start making the rule; done already if it exists. AlreadyExists if its name serves other machines."""
        body = firewall_body(rule, self._project, self._network)
        try:
            self._write(self._firewalls.insert_unary, {"firewall_resource": body, "request_id": request_id})
        except AlreadyExists:
            there = self.firewall(rule.name)
            if there is None or there.network_tag != rule.network_tag:
                raise

    def describe_firewall(self, name: str, description: str) -> None:
        """Give the rule another description."""
        self._write(self._firewalls.patch_unary, {"firewall": name, "firewall_resource": {"description": description}})

    def firewall(self, name: str) -> FirewallRule | None:
        """One rule, None if there is none."""
        found = self._find(self._firewalls.get, {"firewall": name}, name)
        return firewall_view(found) if found is not None else None

    def firewalls(self) -> Sequence[FirewallRule]:
        """All rules with our environment's name prefix."""
        prefix = f"vmc-{self._environment}-"
        # `eq` compares with a regular expression, the one documented way to ask for a prefix.
        rules: list[FirewallRule] = []
        for page in self._pages(self._firewalls.list, {"filter": f"name eq {prefix}.*"}):
            check_whole(page.warning)
            rules += [firewall_view(found) for found in page.items if found.name.startswith(prefix)]
        return rules

    def close_firewall(self, name: str, request_id: str) -> bool:
        """Start deleting the rule; False if there was none."""
        return self._delete(self._firewalls.delete_unary, {"firewall": name, "request_id": request_id}, name)

    def guest_report(self, zone: str, name: str) -> GuestReport:
        """What the guest has published so far; empty before it published anything."""
        return GuestReport(
            setup=self._guest_attributes(zone, name, "vmc/"),
            host_keys=self._guest_attributes(zone, name, "hostkeys/"),
        )

    def add_windows_key(self, zone: str, name: str, key: Mapping[str, Any]) -> None:
        """Append one JSON line to the metadata item `windows-keys` (fingerprint checked, re-read when it moved).
        Expired keys are left out; every other item stays."""
        place = {"zone": zone, "instance": name}

        def send() -> None:
            metadata = self._read(self._instances.get, place).metadata
            items = metadata_of(metadata)
            items[METADATA_KEY] = with_key(items.get(METADATA_KEY, ""), key)
            listed = [{"key": item, "value": value} for item, value in items.items()]
            body = {"fingerprint": metadata.fingerprint, "items": listed}
            self._write(self._instances.set_metadata_unary, {**place, "metadata_resource": body})

        while_changing(send, _METADATA_TRIES)

    def serial_output(self, zone: str, name: str, port: int) -> str:
        """What the serial port said, from its beginning (of what Compute keeps: the last mebibyte)."""
        request = {"zone": zone, "instance": name, "port": port, "start": 0}
        return str(self._read(self._instances.get_serial_port_output, request).contents)

    def _guest_attributes(self, zone: str, name: str, namespace: str) -> Mapping[str, str]:
        request = {"zone": zone, "instance": name, "query_path": namespace}
        try:
            found = self._read(self._instances.get_guest_attributes, request)
        except CloudError as error:
            if error.code == NOT_FOUND:
                return {}
            raise
        return {item.key: item.value for item in found.query_value.items}

    def _everywhere(
        self, method: Callable[..., Any], kind: str, view: Callable[[Any], T], vm_id: str | None
    ) -> Sequence[T]:
        """What an aggregated list shows of ours. It filters on one label, since combined filters may be refused;
        `_ours` looks at both. Raises PartialList, with all that it shows."""
        label, value = (LABEL_ENVIRONMENT, self._environment) if vm_id is None else (LABEL_ID, vm_id)
        shown: list[T] = []
        gaps: list[str] = []
        for page in self._pages(method, {"filter": f"labels.{label}={value}"}):
            gaps += left_out(page)
            of_all = (found for scope in page.items.values() for found in getattr(scope, kind))
            shown += [view(found) for found in of_all if self._ours(found, vm_id)]
        if gaps:
            raise PartialList(shown, gaps)
        return shown

    def _pages(self, method: Callable[..., Any], request: Mapping[str, Any]) -> Iterator[Any]:
        return pages(method, {"project": self._project, **request}, self._timeout)

    def _ours(self, found: Any, vm_id: str | None) -> bool:
        labels = found.labels
        return labels.get(LABEL_ENVIRONMENT) == self._environment and vm_id in (None, labels.get(LABEL_ID))

    def _find(self, method: Callable[..., T], request: Mapping[str, Any], name: str) -> T | None:
        """What `name` is, None if there is none."""
        try:
            return self._read(method, request)
        except CloudError as error:
            if says_absent(error, name):
                return None
            raise

    def _delete(self, method: Callable[..., Any], request: Mapping[str, Any], name: str) -> bool:
        try:
            self._write(method, request)
        except CloudError as error:
            if says_absent(error, name):
                return False
            raise
        return True

    def _begin(self, method: Callable[..., Any], request: Mapping[str, Any], request_id: str) -> str:
        """Send what begins an operation; the operation's name."""
        return str(self._write(method, {**request, "request_id": request_id}).name)

    def _read(self, method: Callable[..., T], request: Mapping[str, Any]) -> T:
        return call(method, {"project": self._project, **request}, Effect.READ, self._timeout)

    def _write(self, method: Callable[..., T], request: Mapping[str, Any]) -> T:
        """Every write here may be sent twice: it carries a requestId or a fingerprint, or deletes."""
        return call(method, {"project": self._project, **request}, Effect.REPEATABLE, self._timeout)

    @cached_property
    def _instances(self) -> Any:
        from google.cloud.compute_v1 import InstancesClient

        return InstancesClient(client_options=options(self._endpoint))

    @cached_property
    def _disks(self) -> Any:
        from google.cloud.compute_v1 import DisksClient

        return DisksClient(client_options=options(self._endpoint))

    @cached_property
    def _firewalls(self) -> Any:
        from google.cloud.compute_v1 import FirewallsClient

        return FirewallsClient(client_options=options(self._endpoint))

    @cached_property
    def _operations(self) -> Any:
        from google.cloud.compute_v1 import ZoneOperationsClient

        return ZoneOperationsClient(client_options=options(self._endpoint))

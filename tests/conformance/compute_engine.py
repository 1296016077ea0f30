"""A running Compute Engine emulator with Google's clients, for the tests beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from google.api_core.client_options import ClientOptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import compute_v1

from local.compute import make_app
from local.server import in_thread

PROJECT = "demo"
ZONE = "us-west1-a"
UBUNTU = "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64"


class Engine:
    """The emulator at `url`, and what a test asks of it again and again."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url)
        settings: dict[str, Any] = {
            "client_options": ClientOptions(api_endpoint=url),
            "credentials": AnonymousCredentials(),
        }
        self.instances = compute_v1.InstancesClient(**settings)
        self.disks = compute_v1.DisksClient(**settings)
        self.firewalls = compute_v1.FirewallsClient(**settings)
        self.images = compute_v1.ImagesClient(**settings)
        self.machine_types = compute_v1.MachineTypesClient(**settings)
        self.regions = compute_v1.RegionsClient(**settings)
        self.operations = compute_v1.ZoneOperationsClient(**settings)
        self.global_operations = compute_v1.GlobalOperationsClient(**settings)

    def insert(
        self, name: str = "vm-1", zone: str = ZONE, request_id: str = "", **changes: Any
    ) -> compute_v1.Operation:
        """Ask for an instance; the operation as it was answered."""
        request = compute_v1.InsertInstanceRequest(
            project=PROJECT, zone=zone, instance_resource=instance(name, zone, **changes)
        )
        if request_id:
            request.request_id = request_id
        return self.instances.insert_unary(request, retry=None)

    def get(self, name: str = "vm-1", zone: str = ZONE) -> compute_v1.Instance:
        return self.instances.get(project=PROJECT, zone=zone, instance=name, retry=None)

    def names(self, **filters: Any) -> list[str]:
        """The names of the instances in all zones, all pages."""
        request = compute_v1.AggregatedListInstancesRequest(project=PROJECT, **filters)
        return [found.name for _, scope in self.instances.aggregated_list(request) for found in scope.instances]

    def wait(self, operation: compute_v1.Operation, zone: str = ZONE) -> compute_v1.Operation:
        return self.operations.wait(project=PROJECT, zone=zone, operation=operation.name)

    def act(self, verb: str, name: str = "vm-1", **fields: Any) -> compute_v1.Operation:
        """`stop`, `start`, `delete`, `set_labels`… of an instance; the operation as it was answered."""
        request = {"project": PROJECT, "zone": ZONE, "instance": name, **fields}
        return getattr(self.instances, f"{verb}_unary")(request, retry=None)

    def attributes(self, path: str = "vmc/", name: str = "vm-1") -> dict[str, str]:
        """The guest attributes under a path."""
        request = compute_v1.GetGuestAttributesInstanceRequest(
            project=PROJECT, zone=ZONE, instance=name, query_path=path
        )
        found = self.instances.get_guest_attributes(request, retry=None)
        return {item.key: item.value for item in found.query_value.items}

    def serial(self, port: int, start: int = 0, name: str = "vm-1") -> compute_v1.SerialPortOutput:
        request = compute_v1.GetSerialPortOutputInstanceRequest(
            project=PROJECT, zone=ZONE, instance=name, port=port, start=start
        )
        return self.instances.get_serial_port_output(request)

    def fault(self, method: str, **fields: Any) -> None:
        self.http.post("/_faults", json={"method": method, **fields}).raise_for_status()

    def post(self, path: str, **fields: Any) -> httpx.Response:
        return self.http.post(path, json=fields)

    def state(self) -> dict[str, Any]:
        return dict(self.http.get("/_state").json())

    def move(self, seconds: float) -> None:
        """Move the emulated clock on."""
        offset = self.http.get("/_clock").json()["offset"]
        self.post("/_clock", offset=offset + seconds)


def instance(name: str, zone: str = ZONE, **changes: Any) -> compute_v1.Instance:
    """A small Ubuntu machine with an external address; `metadata` is a plain mapping."""
    metadata = changes.pop("metadata", {})
    machine_type = changes.pop("machine_type", "e2-standard-2")
    asked = compute_v1.Instance(
        name=name,
        machine_type=f"zones/{zone}/machineTypes/{machine_type}",
        disks=[boot_disk(**changes.pop("disk", {}))],
        network_interfaces=[
            compute_v1.NetworkInterface(
                network=f"projects/{PROJECT}/global/networks/default",
                access_configs=[compute_v1.AccessConfig(name="External NAT", type_="ONE_TO_ONE_NAT")],
            )
        ],
        metadata=compute_v1.Metadata(items=[compute_v1.Items(key=key, value=value) for key, value in metadata.items()]),
    )
    for field, value in changes.items():
        setattr(asked, field, value)
    return asked


def boot_disk(**params: Any) -> compute_v1.AttachedDisk:
    params = {"source_image": UBUNTU, "disk_size_gb": 20, **params}
    initialize = compute_v1.AttachedDiskInitializeParams(**params)
    return compute_v1.AttachedDisk(boot=True, auto_delete=True, initialize_params=initialize)


@contextmanager
def running(latency: float = 0, folder: Path | None = None) -> Iterator[Engine]:
    """The emulator from here to the end of the block."""
    with in_thread(make_app(folder, latency)) as url:
        yield Engine(url)

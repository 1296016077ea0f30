"""Which method answers which path, and what all calls have in common: faults, requestIds, errors."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.compute import (
    disks,
    firewalls,
    instance_edits,
    instances,
    networks,
    operation_calls,
    places,
    public_images,
)
from local.compute.call import Call, attributes, read
from local.compute.cloud import Cloud
from local.compute.errors import ApiError
from local.compute.wire import Json
from local.faults import Fault
from local.rest import cut

_Handler = Callable[[Cloud, Call], Any]

_ZONE = "zones/{zone}"
_REGION = "regions/{region}"
_INSTANCE = f"{_ZONE}/instances/{{name}}"
_DISK = f"{_ZONE}/disks/{{name}}"

# Google's name of the method, HTTP verb, path after `projects/{project}`, who answers
_METHODS: list[tuple[str, str, str, _Handler]] = [
    ("instances.insert", "POST", f"{_ZONE}/instances", instances.insert),
    ("instances.list", "GET", f"{_ZONE}/instances", instances.list_),
    ("instances.aggregatedList", "GET", "aggregated/instances", instances.aggregated_list),
    ("instances.get", "GET", _INSTANCE, instances.get),
    ("instances.delete", "DELETE", _INSTANCE, instances.delete),
    ("instances.stop", "POST", f"{_INSTANCE}/stop", instances.stop),
    ("instances.start", "POST", f"{_INSTANCE}/start", instances.start),
    ("instances.setLabels", "POST", f"{_INSTANCE}/setLabels", instance_edits.set_labels),
    ("instances.setMetadata", "POST", f"{_INSTANCE}/setMetadata", instance_edits.set_metadata),
    ("instances.setTags", "POST", f"{_INSTANCE}/setTags", instance_edits.set_tags),
    ("instances.setScheduling", "POST", f"{_INSTANCE}/setScheduling", instance_edits.set_scheduling),
    ("instances.setMachineType", "POST", f"{_INSTANCE}/setMachineType", instance_edits.set_machine_type),
    ("instances.getSerialPortOutput", "GET", f"{_INSTANCE}/serialPort", instance_edits.serial_port_output),
    ("instances.getGuestAttributes", "GET", f"{_INSTANCE}/getGuestAttributes", instance_edits.guest_attributes),
    ("disks.list", "GET", f"{_ZONE}/disks", disks.list_),
    ("disks.aggregatedList", "GET", "aggregated/disks", disks.aggregated_list),
    ("disks.get", "GET", _DISK, disks.get),
    ("disks.delete", "DELETE", _DISK, disks.delete),
    ("disks.resize", "POST", f"{_DISK}/resize", disks.resize),
    ("disks.setLabels", "POST", f"{_DISK}/setLabels", disks.set_labels),
    ("firewalls.insert", "POST", "global/firewalls", firewalls.insert),
    ("firewalls.list", "GET", "global/firewalls", firewalls.list_),
    ("firewalls.get", "GET", "global/firewalls/{name}", firewalls.get),
    ("firewalls.delete", "DELETE", "global/firewalls/{name}", firewalls.delete),
    ("firewalls.patch", "PATCH", "global/firewalls/{name}", firewalls.patch),
    ("networks.list", "GET", "global/networks", networks.list_),
    ("networks.get", "GET", "global/networks/{name}", networks.get),
    ("subnetworks.list", "GET", f"{_REGION}/subnetworks", networks.subnetwork_list),
    ("subnetworks.aggregatedList", "GET", "aggregated/subnetworks", networks.subnetwork_aggregated_list),
    ("subnetworks.get", "GET", f"{_REGION}/subnetworks/{{name}}", networks.subnetwork_get),
    ("images.list", "GET", "global/images", public_images.list_),
    ("images.getFromFamily", "GET", "global/images/family/{name}", public_images.get_from_family),
    ("images.get", "GET", "global/images/{name}", public_images.get),
    ("projects.get", "GET", "", places.project),
    ("zones.list", "GET", "zones", places.zone_list),
    ("zones.get", "GET", _ZONE, places.zone),
    ("regions.list", "GET", "regions", places.region_list),
    ("regions.get", "GET", _REGION, places.region),
    ("machineTypes.list", "GET", f"{_ZONE}/machineTypes", places.machine_type_list),
    ("machineTypes.aggregatedList", "GET", "aggregated/machineTypes", places.machine_type_aggregated_list),
    ("machineTypes.get", "GET", f"{_ZONE}/machineTypes/{{name}}", places.machine_type_get),
    ("diskTypes.list", "GET", f"{_ZONE}/diskTypes", places.disk_type_list),
    ("diskTypes.aggregatedList", "GET", "aggregated/diskTypes", places.disk_type_aggregated_list),
    ("diskTypes.get", "GET", f"{_ZONE}/diskTypes/{{name}}", places.disk_type_get),
    ("acceleratorTypes.list", "GET", f"{_ZONE}/acceleratorTypes", places.accelerator_type_list),
    (
        "acceleratorTypes.aggregatedList",
        "GET",
        "aggregated/acceleratorTypes",
        places.accelerator_type_aggregated_list,
    ),
    ("acceleratorTypes.get", "GET", f"{_ZONE}/acceleratorTypes/{{name}}", places.accelerator_type_get),
    ("globalOperations.aggregatedList", "GET", "aggregated/operations", operation_calls.aggregated_list),
    *(
        (f"{collection}.{verb}", http, f"{scope}/operations{rest}", handler)
        for collection, scope in (
            ("zoneOperations", _ZONE),
            ("regionOperations", _REGION),
            ("globalOperations", "global"),
        )
        for verb, http, rest, handler in (
            ("list", "GET", "", operation_calls.list_),
            ("get", "GET", "/{name}", operation_calls.get),
            ("delete", "DELETE", "/{name}", operation_calls.delete),
            ("wait", "POST", "/{name}/wait", operation_calls.wait),
        )
    ),
]


def routes(cloud: Cloud) -> list[BaseRoute]:
    """The API's routes; a path that is none of them answers 404 as Google's front end does, in JSON."""
    made: list[BaseRoute] = []
    for method, verb, rest, handler in _METHODS:
        path = "/compute/v1/projects/{project}" + (f"/{rest}" if rest else "")
        made.append(Route(path, _endpoint(cloud, method, handler), methods=[verb]))
    cloud.timeline.on("call.late", lambda **call: _do_late(cloud, Call(**call)))
    return [*made, Route("/{path:path}", _unknown, methods=["GET", "POST", "PUT", "PATCH", "DELETE"])]


def _endpoint(cloud: Cloud, method: str, handler: _Handler) -> Callable[[Request], Awaitable[Response]]:
    reads = method.endswith(".wait")

    async def answer(request: Request) -> Response:
        try:
            call = await read(method, request)
            call.fault = fault = cloud.faults.take(method, **attributes(call, cloud))
            if fault and fault.drop:
                if fault.delay:
                    cloud.timeline.after(fault.delay, "call.late", **asdict(replace(call, fault=None)))
                return cut(request)
            _refuse(fault)
            told = await _done(cloud, call, handler, changes=not reads and request.method != "GET")
        except ApiError as error:
            return JSONResponse(error.body(), status_code=error.code)
        return cut(request) if fault and fault.lose_response else JSONResponse(told)

    return answer


async def _done(cloud: Cloud, call: Call, handler: _Handler, *, changes: bool) -> Json:
    """Do what the call asks. A fault's delay makes its operation longer; where there is none, its answer late."""
    if call.fault and not changes:
        await cloud.emulator.clock.sleep_until(cloud.emulator.clock.time() + call.fault.delay)
    cloud.timeline.run_due()
    call.check()
    told = _earlier(cloud, call) or handler(cloud, call)
    if inspect.isawaitable(told):
        told = await told
    if changes:
        cloud.timeline.run_due()
        cloud.emulator.changed.set()
    return told


def _do_late(cloud: Cloud, call: Call) -> None:
    """A call that was cut off takes effect, whatever has happened since; nobody hears the answer."""
    handlers = {method: handler for method, _, _, handler in _METHODS}
    with suppress(ApiError):
        call.check()
        if _earlier(cloud, call) is None:
            handlers[call.method](cloud, call)


def _refuse(fault: Fault | None) -> None:
    if fault and fault.status:
        message = fault.message or fault.reason or "Backend Error"
        raise ApiError(fault.status, message, fault.reason, fault.detail.get("details"))


def _earlier(cloud: Cloud, call: Call) -> Json | None:
    """The operation that a call with the same requestId began before: it is the answer, and nothing happens again."""
    key = cloud.world.requests.get(call.request_key) if call.request_id else None
    operation = cloud.world.operations.get(key) if key else None
    return operation.resource if operation else None


async def _unknown(request: Request) -> Response:
    error = ApiError(404, f"The requested URL {request.url.path} was not found on this server.", "notFound")
    return JSONResponse(error.body(), status_code=404)

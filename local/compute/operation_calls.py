"""zoneOperations, regionOperations and globalOperations: get, wait, list and delete."""

from __future__ import annotations

from local.compute.call import Call
from local.compute.cloud import Cloud
from local.compute.listing import aggregated, listed
from local.compute.offer import zones
from local.compute.wire import Json
from shared.catalog.regions import regions

_LONGEST_WAIT = 120.0  # seconds; then Compute answers with whatever state there is


def get(cloud: Cloud, call: Call) -> Json:
    return cloud.operations.find(call.project, call.scope, call.name).resource


async def wait(cloud: Cloud, call: Call) -> Json:
    """Answers when the operation is DONE, or after two minutes of the emulated clock."""
    operation = cloud.operations.find(call.project, call.scope, call.name)
    clock = cloud.emulator.clock
    await clock.sleep_until(min(operation.due, clock.time() + _LONGEST_WAIT))
    cloud.timeline.run_due()
    return operation.resource


def list_(cloud: Cloud, call: Call) -> Json:
    found = [one.resource for one in cloud.operations.of_scope(call.project, call.scope)]
    return listed("operation", call.path, found, call.params)


def aggregated_list(cloud: Cloud, call: Call) -> Json:
    found = [(one.scope, one.resource) for one in cloud.operations.of_scope(call.project)]
    scopes = ["global", *(f"regions/{region}" for region in sorted(regions())), *(f"zones/{zone}" for zone in zones())]
    return aggregated("operation", call.path, scopes, found, call.params)


def delete(cloud: Cloud, call: Call) -> Json:
    """Forgets the operation; what it does goes on."""
    operation = cloud.operations.find(call.project, call.scope, call.name)
    cloud.operations.forget(operation)
    return {}  # Compute answers with an empty body, which Google's Python client fails to read

"""One call of the API, as a handler sees it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from starlette.requests import Request

from local.compute.cloud import Cloud
from local.compute.errors import ApiError, invalid
from local.compute.offer import zones
from local.compute.operations import Target
from local.compute.timeline import Step
from local.compute.wire import Json, short
from local.compute.world import Instance, region_of
from local.faults import Fault
from shared.catalog.regions import regions


@dataclass
class Call:
    """`method` is Google's name (`instances.insert`); `path` starts at `projects/`. Zone, region and name are empty
    where the call has none."""

    method: str
    path: str
    project: str
    zone: str = ""
    region: str = ""
    name: str = ""
    params: dict[str, str] = field(default_factory=dict)
    body: Json = field(default_factory=dict)
    fault: Fault | None = None

    @property
    def scope(self) -> str:
        """Where its operations live."""
        if self.zone:
            return f"zones/{self.zone}"
        return f"regions/{self.region}" if self.region else "global"

    @property
    def request_id(self) -> str:
        return self.params.get("requestId", "")

    @property
    def request_key(self) -> str:
        """A requestId counts for one method on one resource or collection."""
        return f"{self.method} {self.path} {self.request_id}"

    @property
    def fails_late(self) -> bool:
        """Whether the operation that this call begins is to fail."""
        return self.fault is not None and self.fault.operation_error is not None

    def check(self) -> None:
        """Raise 400 for a place that does not exist or a requestId that is none."""
        if self.zone and self.zone not in zones():
            raise invalid("zone", self.zone, "Unknown zone.")
        if self.region and self.region not in regions():
            raise invalid("region", self.region, "Unknown region.")
        if self.request_id:
            try:
                zero = UUID(self.request_id).int == 0
            except ValueError:
                zero = True
            if zero:
                raise invalid("requestId", self.request_id, "Must be a valid UUID that is not zero.")


def attributes(call: Call, cloud: Cloud) -> dict[str, str]:
    """What a fault's `where` may look at."""
    name = call.name or str(call.body.get("name", ""))
    instance = cloud.world.instances.get((call.project, call.zone, name)) if call.zone else None
    machine_type = short(str(call.body.get("machineType", ""))) or (instance.machine_type if instance else "")
    region = call.region or (region_of(call.zone) if call.zone else "")
    return {
        "project": call.project,
        "zone": call.zone,
        "region": region,
        "name": name,
        "machine_type": machine_type,
    }


async def read(method: str, request: Request) -> Call:
    """The call that a request makes. Raises 400 for a body that is no JSON object."""
    raw = await request.body()
    try:
        body = json.loads(raw) if raw else {}
    except ValueError:
        raise ApiError(400, "Parse Error", "parseError") from None
    if not isinstance(body, dict):
        raise ApiError(400, "Parse Error", "parseError")
    places = request.path_params
    return Call(
        method=method,
        path=request.url.path.split("/compute/v1/", 1)[1],
        project=places["project"],
        zone=places.get("zone", ""),
        region=places.get("region", ""),
        name=places.get("name", ""),
        params=dict(request.query_params),
        body=body if request.method == "PATCH" else said(body),
    )


def said(value: Any) -> Any:
    """A body without its nulls and the lists of nothing else: in all but a patch they say nothing, and Terraform's
    provider sends some."""
    if isinstance(value, dict):
        kept = {key: said(held) for key, held in value.items() if held is not None}
        return {key: held for key, held in kept.items() if held != []}
    return [said(each) for each in value if each is not None] if isinstance(value, list) else value


def begin(
    cloud: Cloud,
    call: Call,
    kind: str,
    target: Target,
    seconds: float,
    then: Step | None = None,
    otherwise: Step | None = None,
) -> Json:
    """Begin the operation that a call asks for, and answer with it; the requestId's repeat will get the same."""
    operation = cloud.operations.begin(
        call.scope,
        kind,
        target,
        seconds,
        project=call.project,
        then=then,
        otherwise=otherwise,
        request_id=call.request_id,
        fault=call.fault,
    )
    if call.request_id:
        cloud.world.requests[call.request_key] = operation.key
    return operation.resource


def target_of(instance: Instance) -> Target:
    """An instance as what an operation is about."""
    return Target(instance.path, instance.id)

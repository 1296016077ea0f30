"""What a test or an observer may ask beside the API: look at everything, preempt, power off, vanish, set quotas."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.compute.cloud import Cloud
from local.compute.errors import ApiError, not_found, unusable
from local.compute.power import POWERED_OFF, PREEMPTED, record
from local.compute.scheduling import ends_by_deletion
from local.compute.wire import Json, path_of, short
from local.compute.world import Instance

_Act = Callable[[Cloud, Json], Json]


def routes(cloud: Cloud) -> list[BaseRoute]:
    """`GET /_state`, `GET /_guest/NAME`, and the POSTs that make things happen."""
    return [
        Route("/_state", lambda _: JSONResponse(state(cloud)), methods=["GET"]),
        Route("/_guest/{name}", _guest(cloud), methods=["GET"]),
        Route("/_reset", _acting(cloud, _reset), methods=["POST"]),
        Route("/_forget", _acting(cloud, _forget), methods=["POST"]),
        Route("/_quotas", _acting(cloud, _quotas), methods=["POST"]),
        Route("/_preempt", _acting(cloud, _preempt), methods=["POST"]),
        Route("/_poweroff", _acting(cloud, _power_off), methods=["POST"]),
        Route("/_vanish", _acting(cloud, _vanish), methods=["POST"]),
    ]


def state(cloud: Cloud) -> Json:
    """All that exists or existed, with what it costs: types, sizes and the times (epoch seconds) with power."""
    cloud.timeline.run_due()
    now = cloud.timeline.now()
    return {
        "now": now,
        "instances": [record(instance, now) for instance in cloud.world.instances.values()],
        "gone": cloud.world.gone,
        "disks": [
            {
                "project": disk.project,
                "zone": disk.zone,
                "name": disk.resource["name"],
                "id": disk.resource["id"],
                "status": disk.resource["status"],
                "labels": disk.resource.get("labels", {}),
                "type": short(disk.resource["type"]),
                "size_gib": int(disk.resource["sizeGb"]),
                "file_system_gib": disk.file_system_gib,
                "users": [path_of(user) for user in disk.resource.get("users", [])],
            }
            for disk in cloud.world.disks.values()
        ],
        "firewalls": [
            {"project": project, **{key: rule.get(key) for key in ("name", "id", "description", "sourceRanges")}}
            for (project, _), rule in cloud.world.firewalls.items()
        ],
    }


def _guest(cloud: Cloud) -> Callable[[Request], Awaitable[Response]]:
    """What is inside the guests of that name: passwords in clear, attributes, serial output."""

    async def answer(request: Request) -> Response:
        cloud.timeline.run_due()
        name = request.path_params["name"]
        found = [vars(one.guest) for one in cloud.world.instances.values() if one.name == name]
        return JSONResponse(found[0] if found else not_found(name).body(), status_code=200 if found else 404)

    return answer


def _acting(cloud: Cloud, act: _Act) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        raw = await request.body()
        try:
            cloud.timeline.run_due()
            told = act(cloud, await request.json() if raw else {})
            cloud.timeline.run_due()
        except ApiError as error:
            return JSONResponse(error.body(), status_code=error.code)
        cloud.emulator.changed.set()
        return JSONResponse(told)

    return answer


def _reset(cloud: Cloud, body: Json) -> Json:
    cloud.reset()
    return {}


def _forget(cloud: Cloud, body: Json) -> Json:
    """The time in which Compute knows a requestId again is over, for all so far."""
    cloud.world.requests.clear()
    return {}


def _quotas(cloud: Cloud, body: Json) -> Json:
    """`{"us-west1": {"CPUS": 8}, "global": {"FIREWALLS": 100}}`"""
    cloud.quotas.set(body)
    return body


def _preempt(cloud: Cloud, body: Json) -> Json:
    """Compute takes a spot instance's place: it is stopped or deleted, as its instanceTerminationAction says."""
    instance = _find(cloud, body)
    if not instance.resource["scheduling"]["preemptible"]:
        raise unusable("Only a spot instance can be preempted.")
    return _end(cloud, instance, PREEMPTED, delete=ends_by_deletion(instance))


def _power_off(cloud: Cloud, body: Json) -> Json:
    """The guest powers itself off."""
    return _end(cloud, _find(cloud, body), POWERED_OFF, delete=False)


def _vanish(cloud: Cloud, body: Json) -> Json:
    """The instance is gone without any operation."""
    cloud.power.vanish(_find(cloud, body))
    return {}


def _end(cloud: Cloud, instance: Instance, kind: str, *, delete: bool) -> Json:
    if instance.status != "RUNNING":
        raise unusable(f"The instance is {instance.status}, not RUNNING.")
    return cloud.power.end_by_system(instance, kind, delete=delete).resource


def _find(cloud: Cloud, body: Json) -> Instance:
    """The instance that `{"zone", "name", "project"?}` names; without a project it is `demo`'s."""
    key = (body.get("project", "demo"), body.get("zone", ""), body.get("name", ""))
    instance = cloud.world.instances.get(key)
    if instance is None:
        raise not_found("projects/{}/zones/{}/instances/{}".format(*key))
    return instance

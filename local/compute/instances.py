"""instances.*: what is there, and what changes its life."""

from __future__ import annotations

from local.compute import scheduling
from local.compute.call import Call, attributes, begin, target_of
from local.compute.cloud import Cloud
from local.compute.errors import already_exists, not_found, not_ready, unusable
from local.compute.instance_body import machine_of, needs, read
from local.compute.late_errors import stock_out_told
from local.compute.listing import aggregated, listed
from local.compute.offer import zones
from local.compute.wire import Json
from local.compute.world import Instance, region_of


def find(cloud: Cloud, call: Call) -> Instance:
    """The instance that the call names, or 404."""
    instance = cloud.world.instances.get((call.project, call.zone, call.name))
    if instance is None:
        raise not_found(f"projects/{call.project}/zones/{call.zone}/instances/{call.name}")
    return instance


def insert(cloud: Cloud, call: Call) -> Json:
    """Everything that can be refused is refused here; only a lack of room shows later, in the operation."""
    now = cloud.timeline.now()
    name = call.body.get("name")
    if (call.project, call.zone, name) in cloud.world.instances:
        raise already_exists(f"{call.path}/{name}")
    order = read(call.body, call.project, call.zone, cloud.world, now)
    instance = order.instance
    switch = scheduling.termination(instance, now)
    cloud.quotas.hold(instance, {**needs(instance, order.machine), "INSTANCES": 1})
    try:
        cloud.power.exist(instance, order.disks)
    except Exception:
        cloud.quotas.release(instance)
        raise
    up = cloud.power.begin_up(instance, cloud.pace.insert, switch)
    _tell_stock_out(call, instance)
    gone = ("instance.remove", {"id": instance.id})
    return begin(cloud, call, "insert", target_of(instance), cloud.pace.insert, up, otherwise=gone)


def get(cloud: Cloud, call: Call) -> Json:
    return find(cloud, call).resource


def list_(cloud: Cloud, call: Call) -> Json:
    here = [one.resource for one in _seen(cloud, call) if one.zone == call.zone]
    return listed("instance", call.path, here, call.params)


def aggregated_list(cloud: Cloud, call: Call) -> Json:
    found = [(f"zones/{one.zone}", one.resource) for one in _seen(cloud, call)]
    scopes = [f"zones/{zone}" for zone in zones()]
    return aggregated("instance", call.path, scopes, found, call.params)


def delete(cloud: Cloud, call: Call) -> Json:
    instance = find(cloud, call)
    if instance.resource["deletionProtection"]:
        raise unusable("Resource cannot be deleted if it's protected against deletion.")
    step = None if call.fails_late else cloud.power.begin_removal(instance)
    return begin(cloud, call, "delete", target_of(instance), cloud.pace.power, step)


def stop(cloud: Cloud, call: Call) -> Json:
    """Stopping what is stopped already is a success without effect."""
    instance = find(cloud, call)
    if instance.status == "TERMINATED":
        return begin(cloud, call, "stop", target_of(instance), 0)
    if instance.status != "RUNNING":
        raise not_ready(instance.path)
    step = None if call.fails_late else cloud.power.begin_down(instance)
    return begin(cloud, call, "stop", target_of(instance), cloud.pace.power, step)


def start(cloud: Cloud, call: Call) -> Json:
    """Starting what runs already is a success without effect. Quotas are taken again, and may be short."""
    instance = find(cloud, call)
    if instance.status == "RUNNING":
        return begin(cloud, call, "start", target_of(instance), 0)
    if instance.status != "TERMINATED":
        raise not_ready(instance.path)
    switch = scheduling.termination(instance, cloud.timeline.now())
    machine = machine_of(instance.resource["machineType"], instance.project, instance.zone)
    step = None
    if not call.fails_late:
        cloud.quotas.hold(instance, needs(instance, machine))
        step = cloud.power.begin_up(instance, cloud.pace.power, switch)
    _tell_stock_out(call, instance)
    return begin(cloud, call, "start", target_of(instance), cloud.pace.power, step)


def _seen(cloud: Cloud, call: Call) -> list[Instance]:
    """The project's instances; none while a `list.stale` fault says that the list has not caught up."""
    if cloud.faults.take("list.stale", call=call.method, **attributes(call, cloud)):
        return []
    return [one for one in cloud.world.instances.values() if one.project == call.project]


def _tell_stock_out(call: Call, instance: Instance) -> None:
    """Let a stock-out that was ordered speak as Compute's, naming the region's other zones as having room."""
    if call.fault is None or call.fault.operation_error is None:
        return
    others = [zone for zone in zones() if region_of(zone) == instance.region and zone != instance.zone]
    error = call.fault.operation_error
    call.fault.operation_error = stock_out_told(error, instance.project, instance.zone, instance.machine_type, others)

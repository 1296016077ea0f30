"""An instance's life: it comes up, is stopped, started, preempted, switched off at its time, and goes."""

from __future__ import annotations

from local.compute import scheduling
from local.compute.addresses import Addresses
from local.compute.guest import Guests
from local.compute.operations import SYSTEM, Operations, Target
from local.compute.pace import Pace
from local.compute.quotas import Quotas
from local.compute.timeline import Step, Timeline
from local.compute.wire import Json, short, timestamp
from local.compute.world import Disk, Instance, Operation, World

_STAGING = 1 / 3  # the share of the way to RUNNING that is PROVISIONING
# The operations that Compute itself begins. The first one's name could not be read anywhere: do not match on it.
SWITCHED_OFF = "compute.instances.terminateAtScheduledTime"
PREEMPTED = "compute.instances.preempted"
POWERED_OFF = "compute.instances.guestTerminate"

_GONE_MEANWHILE = {
    "code": "CONFLICT",
    "message": "The instance was deleted or stopped while it was being created.",
    "http": 409,
}


class Power:
    """The changes of state. Each that takes time comes in two halves: `begin_…` now, and a step when it is due."""

    def __init__(
        self,
        world: World,
        timeline: Timeline,
        operations: Operations,
        quotas: Quotas,
        addresses: Addresses,
        guests: Guests,
        pace: Pace,
    ) -> None:
        self._world = world
        self._timeline = timeline
        self._operations = operations
        self._quotas = quotas
        self._addresses = addresses
        self._guests = guests
        self._pace = pace
        timeline.on("instance.staging", self._staging)
        timeline.on("instance.up", self._up)
        timeline.on("instance.down", self._down)
        timeline.on("instance.remove", self._remove)
        timeline.on("instance.expire", self._expire)

    def exist(self, instance: Instance, disks: list[Disk]) -> None:
        """Let a new instance and its new disks exist, with an internal address."""
        instance.address = self._addresses.internal(instance.project, instance.region)
        for interface in instance.resource["networkInterfaces"]:
            interface["networkIP"] = instance.address
        self._world.add(instance)
        for disk in disks:
            self._world.disks[disk.key] = disk
        for entry in instance.resource["disks"]:
            disk = self._world.disks[instance.project, instance.zone, short(entry["source"])]
            disk.resource["users"] = [instance.resource["selfLink"]]
            disk.resource["lastAttachTimestamp"] = timestamp(self._timeline.now())

    def begin_up(self, instance: Instance, seconds: float, switch: float | None) -> Step:
        """Give it power; the step that it is up, for an operation that takes so many seconds, is the answer.

        `switch` is when its terminationTime, or maxRunDuration, ends it.
        """
        instance.power_cycle += 1
        instance.resource["status"] = "PROVISIONING"
        meant = {"id": instance.id, "cycle": instance.power_cycle}
        self._timeline.after(seconds * _STAGING, "instance.staging", **meant)
        scheduling.arm(instance, switch)
        if switch is not None:
            self._timeline.at(switch, "instance.expire", id=instance.id, armed=scheduling.armed(instance))
        return "instance.up", meant

    def begin_down(self, instance: Instance) -> Step:
        """Take its power; the step that it is TERMINATED is the answer."""
        instance.power_cycle += 1
        instance.resource["status"] = "STOPPING"
        return "instance.down", {"id": instance.id, "cycle": instance.power_cycle}

    def begin_removal(self, instance: Instance) -> Step:
        """Delete it; the step that it is gone is the answer."""
        instance.power_cycle += 1
        instance.resource["status"] = "STOPPING"
        return "instance.remove", {"id": instance.id}

    def end_by_system(self, instance: Instance, kind: str, *, delete: bool) -> Operation:
        """Compute itself ends the instance, and leaves an operation of that kind that tells so."""
        step = self.begin_removal(instance) if delete else self.begin_down(instance)
        scope, target = f"zones/{instance.zone}", Target(instance.path, instance.id)
        return self._operations.begin(
            scope, kind, target, self._pace.power, project=instance.project, then=step, user=SYSTEM
        )

    def vanish(self, instance: Instance) -> None:
        """It is gone at once, without a trace of how: nobody who looks later can tell when that was."""
        self._remove(instance.id)
        self._world.gone[-1]["traceless"] = True

    def _staging(self, id: str, cycle: int) -> None:
        instance = self._world.by_id.get(id)
        if instance and instance.power_cycle == cycle and instance.status == "PROVISIONING":
            instance.resource["status"] = "STAGING"

    def _up(self, id: str, cycle: int) -> Json | None:
        instance = self._world.by_id.get(id)
        if instance is None or instance.power_cycle != cycle:
            return _GONE_MEANWHILE
        now = self._timeline.now()
        instance.resource |= {"status": "RUNNING", "lastStartTimestamp": timestamp(now)}
        instance.runs.append([now, None])
        for interface in instance.resource["networkInterfaces"]:
            for access in interface.get("accessConfigs", []):
                access["natIP"] = self._addresses.external()
        self._guests.power_on(instance)
        return None

    def _down(self, id: str, cycle: int) -> None:
        instance = self._world.by_id.get(id)
        if instance is None or instance.power_cycle != cycle:
            return
        instance.resource |= {"status": "TERMINATED", "lastStopTimestamp": timestamp(self._timeline.now())}
        self._lose_power(instance)
        scheduling.arm(instance, None)

    def _lose_power(self, instance: Instance) -> None:
        if instance.runs and instance.runs[-1][1] is None:
            instance.runs[-1][1] = self._timeline.now()
        instance.guest.booted = False
        self._quotas.power_off(instance)
        for interface in instance.resource["networkInterfaces"]:
            for access in interface.get("accessConfigs", []):
                access.pop("natIP", None)

    def _remove(self, id: str) -> None:
        """The instance goes, and with it the disks that it deletes."""
        instance = self._world.by_id.get(id)
        if instance is None:
            return
        self._lose_power(instance)
        self._quotas.release(instance)
        self._addresses.free(instance.project, instance.address)
        for entry in instance.resource["disks"]:
            key = (instance.project, instance.zone, short(entry["source"]))
            if entry["autoDelete"]:
                self._world.disks.pop(key, None)
            elif key in self._world.disks:
                self._world.disks[key].resource |= {"lastDetachTimestamp": timestamp(self._timeline.now())}
                self._world.disks[key].resource.pop("users", None)
        self._world.remove(instance)
        self._world.gone.append(record(instance, self._timeline.now()))

    def _expire(self, id: str, armed: str) -> None:
        """The switch goes off, unless it was taken away or set anew meanwhile."""
        instance = self._world.by_id.get(id)
        if instance is None or scheduling.armed(instance) != armed or instance.status == "STOPPING":
            return
        self.end_by_system(instance, SWITCHED_OFF, delete=scheduling.ends_by_deletion(instance))


def record(instance: Instance, now: float) -> Json:
    """What `/_state` tells of an instance, there or gone: who it is, what it costs, and when it ran (epoch seconds)."""
    resource = instance.resource
    gpus = resource.get("guestAccelerators", [])
    return {
        "project": instance.project,
        "zone": instance.zone,
        "name": instance.name,
        "id": instance.id,
        "status": instance.status,
        "labels": resource.get("labels", {}),
        "created": resource["creationTimestamp"],
        "seen": timestamp(now),
        "machine_type": instance.machine_type,
        "provisioning_model": resource["scheduling"]["provisioningModel"],
        "gpus": {short(gpu["acceleratorType"]): gpu["acceleratorCount"] for gpu in gpus},
        "licences": [short(licence) for licence in resource["disks"][0].get("licenses", [])],
        "external_ips": sum(len(interface.get("accessConfigs", [])) for interface in resource["networkInterfaces"]),
        "runs": instance.runs,
    }

"""The steps that change a resource when an operation ends."""

from __future__ import annotations

from local.compute.guest import Guests
from local.compute.quotas import Quotas
from local.compute.timeline import Timeline
from local.compute.wire import Json, short
from local.compute.world import World


class Edits:
    """Changes of fields, and removals of what has no life of its own."""

    def __init__(self, world: World, timeline: Timeline, quotas: Quotas, guests: Guests) -> None:
        self._world = world
        self._quotas = quotas
        self._guests = guests
        timeline.on("instance.set", self._set_instance)
        timeline.on("disk.set", self._set_disk)
        timeline.on("disk.remove", self._remove_disk)
        timeline.on("firewall.set", self._set_firewall)
        timeline.on("firewall.remove", self._remove_firewall)

    def _set_instance(self, id: str, fields: Json) -> None:
        if instance := self._world.by_id.get(id):
            _replace(instance.resource, fields)
            self._guests.notice(instance)

    def _set_disk(self, key: list[str], fields: Json) -> None:
        disk = self._world.disks.get((key[0], key[1], key[2]))
        if disk is None:
            return
        _replace(disk.resource, fields)
        for user in disk.resource.get("users", []):
            instance = self._world.instances[disk.project, disk.zone, short(user)]
            for entry in instance.resource["disks"]:
                if entry["source"] == disk.resource["selfLink"]:
                    entry["diskSizeGb"] = disk.resource["sizeGb"]
            self._guests.disk_grew(instance)

    def _remove_disk(self, key: list[str]) -> None:
        self._world.disks.pop((key[0], key[1], key[2]), None)

    def _set_firewall(self, project: str, name: str, fields: Json) -> None:
        if rule := self._world.firewalls.get((project, name)):
            _replace(rule, fields)

    def _remove_firewall(self, project: str, name: str) -> None:
        if self._world.firewalls.pop((project, name), None):
            self._quotas.release_firewall(project)


def _replace(resource: Json, fields: Json) -> None:
    """Set fields; an empty one goes, as absent stays absent."""
    for name, value in fields.items():
        if value in (None, {}, []):
            resource.pop(name, None)
        else:
            resource[name] = value

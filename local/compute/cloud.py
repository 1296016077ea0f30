"""The emulated cloud: its parts, put together, and its state as one document."""

from __future__ import annotations

from local.compute.addresses import Addresses
from local.compute.edits import Edits
from local.compute.guest import Guests
from local.compute.operations import Operations
from local.compute.pace import Pace
from local.compute.power import Power
from local.compute.quotas import Quotas
from local.compute.timeline import Timeline
from local.compute.wire import Json
from local.compute.world import World
from local.server import Emulator


class Cloud:
    """Everything behind the API. Used from one event loop only, so nothing in it is locked."""

    def __init__(self, emulator: Emulator, latency: float) -> None:
        self.emulator = emulator
        self.faults = emulator.faults
        self.pace = Pace(latency)
        self.world = World()
        self.timeline = Timeline(emulator.clock, emulator.changed)
        self.quotas = Quotas(self.world)
        self.addresses = Addresses(self.world)
        self.operations = Operations(self.world, self.timeline)
        self.guests = Guests(self.world, self.timeline, self.faults, self.pace)
        self.power = Power(
            self.world, self.timeline, self.operations, self.quotas, self.addresses, self.guests, self.pace
        )
        self.edits = Edits(self.world, self.timeline, self.quotas, self.guests)

    def reset(self) -> None:
        """Back to an empty project; faults and the clock stay."""
        for part in (self.world, self.timeline, self.quotas, self.addresses):
            part.clear()

    def dump(self) -> Json:
        """All of it as JSON."""
        return {
            "world": self.world.dump(),
            "quotas": self.quotas.dump(),
            "addresses": self.addresses.dump(),
            "timeline": self.timeline.dump(),
        }

    def load(self, document: Json) -> None:
        """The reverse of dump; the world first, the others look into it."""
        self.world.load(document["world"])
        self.quotas.load(document["quotas"])
        self.addresses.load(document["addresses"])
        self.timeline.load(document["timeline"])

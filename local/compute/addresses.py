"""Addresses: each region's default subnetwork, and ephemeral external addresses."""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv4Network

from local.compute.errors import ApiError
from local.compute.wire import Json
from local.compute.world import World

# The ranges of Compute's auto-mode networks.
SUBNETWORKS = {
    "us-central1": "10.128.0.0/20",
    "us-west1": "10.138.0.0/20",
    "us-east1": "10.142.0.0/20",
    "europe-west2": "10.154.0.0/20",
    "northamerica-northeast1": "10.162.0.0/20",
    "asia-south2": "10.190.0.0/20",
    "europe-west9": "10.200.0.0/20",
    "northamerica-south1": "10.224.0.0/20",
}
_EXTERNAL = IPv4Network("198.18.0.0/15")  # RFC 2544's range for benchmarks: nothing on the Internet answers there


class Addresses:
    """Gives out addresses, going round each range, so that a released one is not seen again soon."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.clear()

    def clear(self) -> None:
        """Begin again with the first ones."""
        self._external = 0
        self._internal: Counter[tuple[str, str]] = Counter()
        self._taken: set[tuple[str, str]] = set()

    def internal(self, project: str, region: str) -> str:
        """A free address of the region's subnetwork. Raises IP_SPACE_EXHAUSTED where there is none."""
        network = IPv4Network(SUBNETWORKS[region])
        usable = network.num_addresses - 4  # Compute keeps the first two and the last two for itself
        for _ in range(usable):
            address = str(network[2 + self._internal[project, region] % usable])
            self._internal[project, region] += 1
            if (project, address) not in self._taken:
                self._taken.add((project, address))
                return address
        message = f"IP space of 'projects/{project}/regions/{region}/subnetworks/default' is exhausted."
        raise ApiError(400, message, "IP_SPACE_EXHAUSTED")

    def free(self, project: str, address: str) -> None:
        """Take an internal address back."""
        self._taken.discard((project, address))

    def external(self) -> str:
        """An ephemeral external address; the range is far larger than what runs at once."""
        self._external += 1
        return str(_EXTERNAL[self._external % (_EXTERNAL.num_addresses - 1)])

    def dump(self) -> Json:
        """How far round each range; which are taken is known from the instances."""
        return {"external": self._external, "internal": [[*key, count] for key, count in self._internal.items()]}

    def load(self, document: Json) -> None:
        """The reverse of dump, once the world is loaded."""
        self.clear()
        self._external = document["external"]
        self._internal.update({(project, region): count for project, region, count in document["internal"]})
        self._taken = {(instance.project, instance.address) for instance in self._world.instances.values()}

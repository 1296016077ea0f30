"""What each machine does, minute by minute: as it was ordered, else a use that its name makes up."""

from __future__ import annotations

import math
import zlib
from bisect import bisect_right
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from typing import Any

from local.rest import invalid

MINUTE = 60
DAY = 86_400


@dataclass(frozen=True)
class Use:
    """`cpu` and `memory` are shares of what there is, `network` bytes a second; `memory` is None without an agent."""

    cpu: float
    network: float
    memory: float | None = None


@dataclass(frozen=True)
class Order:
    """What the machines of a name do from a moment (epoch seconds) on."""

    since: float
    instance: str
    use: Use


class Uses:
    """All that was ordered, kept between runs. The latest order for a name counts."""

    def __init__(self) -> None:
        self._orders: list[Order] = []

    def order(self, body: dict[str, Any], now: float) -> Order:
        """Raises ApiError 400 for what is no use."""
        known = {"instance", "cpu", "network", "memory", "after"}
        if set(body) - known or "instance" not in body:
            raise invalid(f"A use has {', '.join(sorted(known))}, and names its instance.")
        since = now + float(body.get("after", 0))
        before = self.at(body["instance"], since)
        memory = body.get("memory", before.memory)
        use = Use(
            float(body.get("cpu", before.cpu)),
            float(body.get("network", before.network)),
            None if memory is None else float(memory),
        )
        made = Order(since, body["instance"], use)
        self._orders.append(made)
        self._orders.sort(key=lambda order: order.since)
        return made

    @property
    def by_agent(self) -> bool:
        """Whether any agent has ever reported: before that its metrics do not exist."""
        return any(order.use.memory is not None for order in self._orders)

    def at(self, instance: str, moment: float) -> Use:
        """What the machine does at that moment."""
        until = bisect_right(self._orders, moment, key=lambda order: order.since)
        for order in reversed(self._orders[:until]):
            if fnmatchcase(instance, order.instance):
                return order.use
        return made_up(instance, moment)

    def dump(self) -> dict[str, Any]:
        return {"orders": [asdict(order) for order in self._orders]}

    def load(self, document: dict[str, Any]) -> None:
        self._orders = [Order(**{**each, "use": Use(**each["use"])}) for each in document["orders"]]


def made_up(instance: str, moment: float) -> Use:
    """Between a tenth and a half of the CPU, by the hour of the day and the name: somebody works with it."""
    seed = zlib.crc32(instance.encode())
    day = math.sin(2 * math.pi * (moment / DAY + seed % 24 / 24))
    ripple = zlib.crc32(f"{instance}/{int(moment) // MINUTE}".encode()) / 2**32
    cpu = 0.25 + 0.1 * day + 0.15 * ripple
    return Use(round(cpu, 4), round(40_000 * cpu))

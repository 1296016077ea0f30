"""Provision and the reaper as processes that can be killed at any call of a port that has an effect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shared.db.seals import PostgresSeals
from shared.services.provisioning.advancing import Advancer
from shared.services.provisioning.turn import Platform
from shared.services.reaping import Reaper
from shared.services.relay import Relay
from shared.services.sealing import Sealing
from tests.integration.world import ENVIRONMENT, World


class Killed(BaseException):
    """The process is gone: no handler of its own runs any more."""


# Calls without an effect: dying before one is the same as dying after the effect before it. What is not named here
# counts as an effect, whatever is added to the ports later.
READS = frozenset(
    {
        *("load", "load_by_name", "due", "alive", "terminal", "clock"),
        *("operation", "instance", "instances", "disk", "disks", "firewall", "firewalls", "guest_report"),
        *("serial_output", "read", "exists", "list", "head", "stretch", "unsealed"),
        *("get", "tagged", "why", "find"),
    }
)


@dataclass
class Fate:
    """When a process dies: at its so-manieth effect from now on, before or after it takes place. `seen`: every effect
    so far, as port and method."""

    calls: int = 0
    after: bool = False
    dead: bool = False
    seen: list[tuple[str, str]] = field(default_factory=list)

    def survive(self, port: str, method: str, given: tuple[Any, ...], work: Callable[[], Any]) -> Any:
        if self.dead:
            raise Killed
        if method in READS:
            return work()
        self.seen.append((port, method))
        self.calls -= 1
        self.dead = self.calls == 0
        if self.dead and not self.after:
            raise Killed
        done = work()
        if self.dead:
            raise Killed
        return done


class Port:
    """One of a process's ports: the real thing, until the process is dead."""

    def __init__(self, name: str, part: Any, fate: Fate) -> None:
        self._name, self._part, self._fate = name, part, fate

    def __getattr__(self, method: str) -> Any:
        real = getattr(self._part, method)
        return lambda *given, **named: self._fate.survive(self._name, method, given, lambda: real(*given, **named))


class Unread:
    """Reports and Housekeeping of the sweep: reports that nobody reads."""

    def keep(self, report: dict[str, Any]) -> None:
        """Not kept."""

    def orphan(self, action: str, detail: str, outcome: str) -> None:
        """Not written down."""

    def forget(self) -> None:
        """Nothing here grows old."""


class Workers:
    """Provision and the reaper, put together as shared.bootstrap does it, mortal."""

    def __init__(self, here: World, fate: Fate | None = None) -> None:
        self.fate = fate or Fate()

        def port(name: str, part: Any) -> Any:
            return Port(name, part, self.fate)

        registry, outbox = port("Registry", here.registry), port("Outbox", here.outbox)
        compute, secrets = port("Compute", here.compute), port("Secrets", here.secrets)
        channels = (port(name, here.mail) for name in ("Publisher", "Tasks", "Live"))
        relay = Relay(registry, outbox, *channels)
        engines = here.engines(port, compute)
        platform = Platform(registry, compute, secrets, here.figures, ENVIRONMENT, short=here.platform.short, **engines)
        self.advancer = Advancer(platform, relay)
        sealing = Sealing(port("Seals", PostgresSeals(here.engine)), None)
        self.reaper = Reaper(platform, self.advancer, relay, outbox, Unread(), Unread(), sealing)

    def provision(self, vm_id: str) -> bool:
        """Serve one message; whether the process lived to acknowledge it."""
        return self._live(lambda: self.advancer.advance(vm_id))

    def sweep(self, *, whole: bool = True) -> bool:
        """One tick; whether the process lived to its end. `whole`: no part of it may end in a fault of ours, which a
        database that is made to fail looks like."""

        def work() -> None:
            told = self.reaper.sweep()
            assert not whole or "internal" not in told.values(), told

        return self._live(work)

    def _live(self, work: Callable[[], Any]) -> bool:
        try:
            work()
        except Killed:
            return False
        finally:
            self.fate.calls, self.fate.dead = 0, False
        return True

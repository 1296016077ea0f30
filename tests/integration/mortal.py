"""Provision and the reaper as processes that can be killed at any call of a port that has an effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.services.provisioning.advancing import Advancer
from shared.services.provisioning.turn import Platform
from shared.services.relay import Relay
from tests.integration import assembly
from tests.integration.mailbox import Message
from tests.integration.world import ENVIRONMENT, World


class Killed(BaseException):
    """The process is gone: no handler of its own runs any more."""


# Calls without an effect, by port: dying before one is the same as dying after the effect before it. What is not named
# here counts as an effect, whatever is added to the ports later.
READS: Mapping[str, frozenset[str]] = {
    "Registry": frozenset({"load", "load_by_name", "due", "alive", "terminal", "unended", "clock"}),
    "Compute": frozenset(
        {
            "operation",
            "instance",
            "instances",
            "disk",
            "disks",
            "firewall",
            "firewalls",
            "guest_report",
            "serial_output",
            "went_at",
        }
    ),
    "Secrets": frozenset({"read", "exists", "list"}),
    "Builds": frozenset({"get", "tagged", "why"}),
    "States": frozenset({"find", "read"}),
    "Sources": frozenset({"find", "read"}),
    "Holds": frozenset({"seen", "doubt", "standing", "restored_at"}),
    "Seals": frozenset({"head", "stretch", "unsealed"}),
    "Archive": frozenset({"heads"}),
    "Notices": frozenset({"recipient", "end_of", "idle_stop_of", "idle_state_of"}),
    "Uses": frozenset({"running"}),
    "Metrics": frozenset({"use"}),
}


def reads(port: str, method: str) -> bool:
    """Whether a call has no effect."""
    return method in READS.get(port, ())


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
        if reads(port, method):
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
        doubts, short = port("Holds", here.holds), here.platform.short
        parts = (registry, compute, secrets, here.figures, ENVIRONMENT)
        self.advancer = Advancer(Platform(*parts, short=short, doubts=doubts, **engines), relay)
        self.reaper = assembly.reaper(here, self.advancer, assembly.errands(here, self.advancer, port), port)

    def serve(self, message: Message) -> bool:
        """Serve one message; whether the process lived to acknowledge it."""
        return self._live(lambda: message.serve(self.advancer))

    def provision(self, vm_id: str) -> bool:
        """Serve one that comes of itself; whether the process lived."""
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

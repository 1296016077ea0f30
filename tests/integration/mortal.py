"""Provision and the reaper as processes that can be killed at any call of a port."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
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


@dataclass
class Fate:
    """When a process dies: at its so-manieth call of a port from now on, before or after the call's effect."""

    calls: int = 0
    after: bool = False
    dead: bool = False

    def survive(self, work: Callable[[], Any]) -> Any:
        if self.dead:
            raise Killed
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

    def __init__(self, part: Any, fate: Fate) -> None:
        self._part, self._fate = part, fate

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._part, name)
        return lambda *given, **named: self._fate.survive(lambda: method(*given, **named))


class Unread:
    """Reports and Housekeeping of the sweep: reports that nobody reads."""

    def keep(self, report: dict[str, Any]) -> None:
        """Not kept."""

    def destroyed(self, kind: str, name: str, because: str) -> None:
        """Not written down."""

    def forget(self) -> None:
        """Nothing here grows old."""


class Workers:
    """Provision and the reaper, put together as shared.bootstrap does it, mortal."""

    def __init__(self, here: World) -> None:
        self.fate = Fate()
        registry, outbox = Port(here.registry, self.fate), Port(here.outbox, self.fate)
        compute, secrets = Port(here.compute, self.fate), Port(here.secrets, self.fate)
        relay = Relay(registry, outbox, here.mail, here.mail, here.mail)
        platform = Platform(registry, compute, secrets, here.figures, ENVIRONMENT)
        self.advancer = Advancer(platform, relay)
        sealing = Sealing(Port(PostgresSeals(here.engine), self.fate), None)
        self.reaper = Reaper(platform, self.advancer, relay, outbox, Unread(), Unread(), sealing)

    def provision(self, vm_id: str) -> bool:
        """Serve one message; whether the process lived to acknowledge it."""
        return self._live(lambda: self.advancer.advance(vm_id))

    def sweep(self) -> bool:
        return self._live(self._sweep)

    def _sweep(self) -> None:
        told = self.reaper.sweep()
        assert "internal" not in told.values(), told

    def _live(self, work: Callable[[], Any]) -> bool:
        try:
            work()
        except Killed:
            return False
        finally:
            self.fate.calls, self.fate.dead = 0, False
        return True

"""How long things take, in seconds of the emulated clock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Everything follows from one figure, the latency; with 0 everything is done at once."""

    latency: float

    @property
    def insert(self) -> float:
        """From the call to RUNNING."""
        return 3 * self.latency

    @property
    def power(self) -> float:
        """A stop, start or delete."""
        return 2 * self.latency

    @property
    def edit(self) -> float:
        """Anything that changes a field."""
        return self.latency / 2

    @property
    def boot(self) -> float:
        """From RUNNING to the guest's first words."""
        return self.latency

    @property
    def step(self) -> float:
        """A step of the start-up script."""
        return self.latency

    @property
    def password(self) -> float:
        """The Windows agent's answer to a new key."""
        return 2 * self.latency

"""How often a person may do what costs work or money: by account, and by the address they come from."""

from __future__ import annotations

from datetime import timedelta
from typing import Protocol

from shared.domain.limits import network

SHARED = 5  # an address may do so many times what one person may, since an office has one address


class Limiter(Protocol):
    """Counters that all copies of all functions share."""

    def hit(self, key: str, limit: int, window: timedelta) -> None:
        """Count one more, or raise TooMany (with `retry_after`) where that were more than `limit` in any `window`."""

    def forgive(self, key: str) -> None:
        """Forget what was counted."""


class Limit:
    """One limit on one action: `most` in any `window` for a person, SHARED times that for an address."""

    def __init__(self, limiter: Limiter, action: str, most: int, window: timedelta) -> None:
        self.limiter = limiter
        self.action = action
        self.most = most
        self.window = window

    def hit(self, who: str, address: str) -> None:
        """Count one more for a person (a user's id or an e-mail) and their address. Raises TooMany."""
        self.from_address(address)
        self.limiter.hit(self._key("who", who), self.most, self.window)

    def from_address(self, address: str) -> None:
        """Count one more where the person is not known. Raises TooMany."""
        self.limiter.hit(self._key("from", network(address)), self.most * SHARED, self.window)

    def forgive(self, who: str) -> None:
        """It was honest: the person starts from nothing. The address does not, since it may be an attacker's too."""
        self.limiter.forgive(self._key("who", who))

    def _key(self, kind: str, value: str) -> str:
        return f"{self.action}:{kind}:{value}"

"""How often something may be done: a sliding window, estimated from two fixed ones."""

from __future__ import annotations

import math
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network


def wait(previous: int, current: int, elapsed: timedelta, window: timedelta, limit: int) -> int:
    """Whole seconds until one more is allowed; 0 if it is now.

    `previous` and `current` count what was done in the last window and in this one, of which `elapsed` has passed. The
    last window's share falls as this one goes on, so that no moment lets through twice the limit.
    """
    share = elapsed / window
    if previous * (1 - share) + current + 1 <= limit:
        return 0
    if current + 1 <= limit:  # then `previous` is what stands in the way
        left = window * (1 - (limit - current - 1) / previous) - elapsed
    else:
        left = window - elapsed + window * max(0.0, 1 - (limit - 1) / current)
    return max(1, math.ceil(left.total_seconds()))


def network(address: str) -> str:
    """Who an address stands for: itself, or for IPv6 its /64, all of which one customer has."""
    if isinstance(ip_address(address), IPv6Address):
        return str(ip_network(f"{address}/64", strict=False))
    return address

"""What is used of the model."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Use:
    """Tokens in and out together, US dollars, seconds of waiting."""

    tokens: int
    usd: Decimal
    seconds: Decimal

    def __add__(self, other: Use) -> Use:
        return Use(self.tokens + other.tokens, self.usd + other.usd, self.seconds + other.seconds)

    def __sub__(self, other: Use) -> Use:
        return Use(self.tokens - other.tokens, self.usd - other.usd, self.seconds - other.seconds)


NOTHING = Use(0, Decimal(0), Decimal(0))

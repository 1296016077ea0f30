"""Money: decimals in US dollars, written as strings with the currency beside them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated

from pydantic import Field, PlainSerializer

LEAST = Decimal("0.0001")  # a hundredth of a cent


def rounded(amount: Decimal, rounding: str = ROUND_HALF_UP) -> Decimal:
    """To a hundredth of a cent: fine enough for minutes of a small machine. `rounding`: one of the decimal module's."""
    return amount.quantize(LEAST, rounding=rounding)


def written(amount: Decimal) -> str:
    """Without exponent, and without zeros that say nothing, but never fewer than two decimals: 0.134, 2.50."""
    text = f"{amount:f}"
    if "." not in text:
        return f"{text}.00"
    whole, part = text.split(".")
    part = part.rstrip("0")
    return f"{whole}.{part:0<2}"


Money = Annotated[Decimal, Field(ge=0), PlainSerializer(written, return_type=str, when_used="json")]

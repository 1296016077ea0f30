"""What a model's tokens cost."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

MILLION = Decimal(1_000_000)


@dataclass(frozen=True, slots=True)
class Rates:
    """US dollars for a million tokens, in and out."""

    input: Decimal
    output: Decimal

    def cost(self, tokens_in: int, tokens_out: int) -> Decimal:
        """US dollars."""
        return (self.input * tokens_in + self.output * tokens_out) / MILLION


# OpenAI's list prices of text tokens (platform.openai.com/docs/pricing); a tuned model's name begins with ft:.
_LIST = {
    "gpt-4.1": Rates(Decimal("2.00"), Decimal("8.00")),
    "gpt-4.1-mini": Rates(Decimal("0.40"), Decimal("1.60")),
    "gpt-4.1-nano": Rates(Decimal("0.10"), Decimal("0.40")),
    "gpt-4o": Rates(Decimal("2.50"), Decimal("10.00")),
    "gpt-4o-mini": Rates(Decimal("0.15"), Decimal("0.60")),
    "ft:gpt-4.1": Rates(Decimal("3.00"), Decimal("12.00")),
    "ft:gpt-4.1-mini": Rates(Decimal("0.80"), Decimal("3.20")),
    "ft:gpt-4.1-nano": Rates(Decimal("0.20"), Decimal("0.80")),
}
# A model that nobody told the price of is counted as dearer than any of these, so that a cap errs to the safe side.
UNKNOWN = Rates(Decimal("10.00"), Decimal("40.00"))


def rates(model: str, input: Decimal | None, output: Decimal | None) -> Rates:
    """What the model costs: as configured, else by its name, without its date (`-2025-04-14`) or tuning's suffix."""
    known = _known(model)
    return Rates(known.input if input is None else input, known.output if output is None else output)


def _known(model: str) -> Rates:
    base = ":".join(model.split(":")[:2]) if model.startswith("ft:") else model
    fitting = [name for name in _LIST if base == name or base.startswith(f"{name}-20")]
    return _LIST[max(fitting, key=len)] if fitting else UNKNOWN

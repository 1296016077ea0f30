"""What the deployment costs in a month in which nobody asks anything of it: one table for `make deploy` and for
docs/deploy.md.

    python -m infra.deploy.costs     the table, as docs/deploy.md has it
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

FILE = Path(__file__).with_name("costs.json")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Line:
    """`price` of one `unit`, in the table's currency, as it was read at the source; `quantity` of them in a month."""

    item: str
    quantity: Decimal
    unit: str
    price: Decimal
    source: str
    read: str

    @property
    def total(self) -> Decimal:
        return (self.quantity * self.price).quantize(CENT)


@dataclass(frozen=True)
class IdleMonth:
    currency: str
    region: str
    lines: tuple[Line, ...]
    not_included: tuple[str, ...]

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self.lines), Decimal(0))

    def markdown(self) -> Iterator[str]:
        yield f"| Resource | Quantity | Price | {self.currency} a month | Price read |"
        yield "|---|---:|---:|---:|---|"
        for line in self.lines:
            each = f"{line.price} a {line.unit}"
            yield f"| {line.item} | {line.quantity} | {each} | {line.total} | [{line.read}]({line.source}) |"
        yield f"| **Together** | | | **{self.total}** | |"


def idle_month(file: Path = FILE) -> IdleMonth:
    read = json.loads(file.read_text(encoding="utf-8"))
    lines = [
        Line(**(each | {"quantity": Decimal(each["quantity"]), "price": Decimal(each["price"])}))
        for each in read["lines"]
    ]
    return IdleMonth(read["currency"], read["region"], tuple(lines), tuple(read["not_included"]))


if __name__ == "__main__":
    print("\n".join(idle_month().markdown()))

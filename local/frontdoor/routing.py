"""Which function answers a method and path, by the table that the load balancer's URL map is made from too."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).resolve().parents[2] / "infra" / "routes.json"


@dataclass(frozen=True)
class Rule:
    """Paths are whole, or end in `/*` for everything below."""

    function: str
    methods: frozenset[str]
    paths: tuple[str, ...]

    def takes(self, method: str, path: str) -> bool:
        asked = "GET" if method == "HEAD" else method
        if asked not in self.methods and asked != "OPTIONS":
            return False
        return any(path == each or (each.endswith("/*") and path.startswith(each[:-1])) for each in self.paths)


def rules() -> tuple[Rule, ...]:
    """The table, in its order."""
    return tuple(
        Rule(each["function"], frozenset(each["methods"]), tuple(each["paths"]))
        for each in json.loads(TABLE.read_text())
    )


def function_for(method: str, path: str, table: tuple[Rule, ...]) -> str | None:
    """The first rule that takes it; None when no function does."""
    return next((rule.function for rule in table if rule.takes(method, path)), None)

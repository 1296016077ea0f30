"""What a load balancer does with a request, by the URL map of a plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def service(route_rules: list[Any], method: str, path: str) -> str:
    """Where a URL map sends a request: the first rule by priority any of whose matches holds in all its parts."""
    for rule in sorted(route_rules, key=lambda rule: rule["priority"]):
        if any(_matches(match, method, path) for match in rule["match_rules"]):
            return str(rule["service"]).rpartition("/")[2]
    raise AssertionError(f"no rule takes {method} {path}")


def _matches(match: Mapping[str, Any], method: str, path: str) -> bool:
    def parts() -> Iterator[bool]:
        if match["full_path_match"]:
            yield path == match["full_path_match"]
        if match["prefix_match"]:
            yield path.startswith(match["prefix_match"])
        for header in match["header_matches"]:
            assert header["header_name"] == ":method"
            yield method == header["exact_match"]

    return all(parts())

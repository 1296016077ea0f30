"""Lists: filtered, ordered, in pages; of one place, or of all zones and regions at once."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from typing import Any

from local.compute.errors import invalid
from local.compute.filters import predicate
from local.compute.wire import Json, link

_MOST = 500
_ORDERS = {"": ("name", False), "name": ("name", False), "creationTimestamp desc": ("creationTimestamp", True)}


def listed(kind: str, path: str, resources: Iterable[Json], params: Mapping[str, str]) -> Json:
    """A list answer, such as `compute#instanceList`. Without results it has no `items`, as Compute's."""
    chosen, token = _page([("", resource) for resource in resources], params)
    answer: Json = {"kind": f"compute#{kind}List", "id": path, "selfLink": link(path)}
    if chosen:
        answer["items"] = [resource for _, resource in chosen]
    if token:
        answer["nextPageToken"] = token
    return answer


def aggregated(
    kind: str,
    path: str,
    scopes: Iterable[str],
    found: Iterable[tuple[str, Json]],
    params: Mapping[str, str],
) -> Json:
    """An aggregatedList answer: every scope is in it, those without results on this page with a warning."""
    chosen, token = _page(list(found), params)
    items: dict[str, Json] = {scope: {} for scope in scopes}
    for scope, resource in chosen:
        items[scope].setdefault(f"{kind}s", []).append(resource)
    for scope, held in items.items():
        if not held:
            held["warning"] = _no_results(scope)
    answer: Json = {"kind": f"compute#{kind}AggregatedList", "id": path, "items": items, "selfLink": link(path)}
    if token:
        answer["nextPageToken"] = token
    return answer


def _no_results(scope: str) -> Json:
    return {
        "code": "NO_RESULTS_ON_PAGE",
        "message": f"There are no results for scope '{scope}' on this page.",
        "data": [{"key": "scope", "value": scope}],
    }


def _page(found: list[tuple[str, Json]], params: Mapping[str, str]) -> tuple[list[tuple[str, Json]], str]:
    """One page and the next one's token. A token names the last one seen, so that nothing is skipped when
    something goes between two pages."""
    lets_through = predicate(params.get("filter", ""))
    order = params.get("orderBy", "")
    if order not in _ORDERS:
        raise invalid("orderBy", order, "Unsupported order.")
    by, falling = _ORDERS[order]
    entries = [((scope, resource.get(by, ""), resource["name"]), scope, resource) for scope, resource in found]
    entries = [entry for entry in entries if lets_through(entry[2])]
    entries.sort(key=lambda entry: entry[0], reverse=falling)
    if token := params.get("pageToken", ""):
        last = _last_seen(token)
        entries = [entry for entry in entries if (entry[0] < last if falling else entry[0] > last)]
    limit = _limit(params.get("maxResults", ""))
    page = [(scope, resource) for _, scope, resource in entries[:limit]]
    if len(entries) <= limit:
        return page, ""
    return page, base64.urlsafe_b64encode(json.dumps(entries[limit - 1][0]).encode()).decode()


def _limit(text: str) -> int:
    if not text:
        return _MOST
    if not text.isdigit() or not 0 <= int(text) <= _MOST:
        raise invalid("maxResults", text, f"Acceptable values are 0 to {_MOST}, inclusive.")
    return int(text) or _MOST


def _last_seen(token: str) -> tuple[Any, ...]:
    try:
        return tuple(json.loads(base64.urlsafe_b64decode(token)))
    except (binascii.Error, ValueError):
        raise invalid("pageToken", token, "The page token is invalid.") from None

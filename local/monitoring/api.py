"""The HTTP side: `timeSeries.list` over what the machines did, and `POST /_use`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request

from local.monitoring.query import read
from local.monitoring.series import Machine, answer, page
from local.monitoring.use import Uses
from local.rest import invalid, route
from local.server import Emulator

PAGE = 100_000  # points, the most that a page has


class Monitoring:
    """The API. `compute`: where the emulated Compute Engine is asked for the machines."""

    def __init__(self, compute: str | None, folder: Path | None = None) -> None:
        self.emulator = Emulator("monitoring", folder)
        self.uses = Uses()
        self.compute = compute

    def app(self) -> Starlette:
        listing = route(self.emulator, "GET", "/v3/projects/{project}/timeSeries", "timeSeries.list", self._list)
        return self.emulator.app([listing, route(self.emulator, "POST", "/_use", "use", self._order)], self.uses)

    async def _list(self, request: Request) -> dict[str, Any]:
        query = read(request.query_params)
        machines = await self._machines(request.path_params["project"])
        series = answer(query, machines, self.uses, self.emulator.clock.time())
        shown, following = page(series, *_place(request))
        answered: dict[str, Any] = {"timeSeries": shown} if shown else {}  # an empty field is left out
        return answered | ({"nextPageToken": str(following)} if following is not None else {})

    async def _order(self, request: Request) -> dict[str, Any]:
        made = self.uses.order(await request.json(), self.emulator.clock.time())
        self.emulator.changed.set()
        return {"since": made.since, "instance": made.instance, **vars(made.use)}

    async def _machines(self, project: str) -> list[Machine]:
        if self.compute is None:
            return []
        async with httpx.AsyncClient(verify=False) as client:
            state = (await client.get(f"{self.compute}/_state", timeout=30)).raise_for_status().json()
        found = (*state["instances"], *state["gone"])
        return [_machine(each) for each in found if each["project"] == project]


def _place(request: Request) -> tuple[int, int]:
    """Where the page starts, and how many points it has at the most."""
    try:
        start = int(request.query_params.get("pageToken") or 0)
        return start, min(int(request.query_params.get("pageSize") or PAGE), PAGE)
    except ValueError:
        raise invalid("Invalid page token or page size.") from None


def _machine(record: dict[str, Any]) -> Machine:
    runs = [(begin, end) for begin, end in record["runs"]]
    return Machine(record["project"], record["zone"], record["name"], str(record["id"]), runs)


def make(folder: Path | None = None, compute: str | None = None) -> Starlette:
    return Monitoring(compute, folder).app()

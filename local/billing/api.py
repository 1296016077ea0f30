"""The Cloud Billing Catalog's REST methods: services.list and services.skus.list.

Faults: `services.list`, `skus.list` (see local.rest). A test changes `Catalog.skus` to see what follows.
Not emulated: prices at another time (startTime, endTime), in another currency than US dollars, API keys.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request

from local.billing.skus import COMPUTE_ENGINE, skus
from local.rest import invalid, not_found, paged, route
from local.server import Emulator

SERVICES = [
    {
        "name": f"services/{COMPUTE_ENGINE}",
        "serviceId": COMPUTE_ENGINE,
        "displayName": "Compute Engine",
        "businessEntityName": "businessEntities/GCP",
    }
]
PAGE = 5000


class Catalog:
    """The API over one list of SKUs."""

    def __init__(self, folder: Path | None = None) -> None:
        self.emulator = Emulator("billing", folder)
        self.skus = skus()
        self.pages = 0

    def app(self) -> Starlette:
        return self.emulator.app(
            [
                route(self.emulator, "GET", "/v1/services", "services.list", self._services),
                route(self.emulator, "GET", "/v1/services/{service}/skus", "skus.list", self._list),
            ]
        )

    async def _services(self, request: Request) -> dict[str, Any]:
        return paged(request, "services", SERVICES, PAGE)

    async def _list(self, request: Request) -> dict[str, Any]:
        if request.path_params["service"] != COMPUTE_ENGINE:
            raise not_found("Requested entity was not found.")
        if request.query_params.get("currencyCode", "USD") != "USD":
            raise invalid("Only USD is emulated.")
        self.pages += 1
        return paged(request, "skus", self.skus, PAGE)


def make(folder: Path | None = None) -> Starlette:
    return Catalog(folder).app()

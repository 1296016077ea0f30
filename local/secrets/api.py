"""Secret Manager's REST methods, and `GET /_state`: which secrets there are, never what is in them.

Faults: `secrets.create`, `.get`, `.list`, `.patch`, `.delete`, `.addVersion`, `.access`, `.destroy`, … (see local.rest;
attributes: the path's parameters and `secretId`). Names carry the project's id, where Google answers its number. Not
emulated: regional secrets, IAM, rotation, expiry, encryption keys, etag conditions.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from local.rest import invalid, paged, route
from local.secrets.vault import Secret, Vault, Version, checked_labels, matches
from local.server import Emulator

SECRETS = "/v1/projects/{project}/secrets"
SECRET = SECRETS + "/{secret}"
VERSION = SECRET + "/versions/{version}"
PAGE = 25000


class SecretManager:
    """The API over one vault."""

    def __init__(self, folder: Path | None = None) -> None:
        self.emulator = Emulator("secrets", folder)
        self.vault = Vault()

    def app(self) -> Starlette:
        methods = [
            ("POST", SECRETS, "secrets.create", self._create),
            ("GET", SECRETS, "secrets.list", self._list),
            ("POST", SECRET + ":addVersion", "secrets.addVersion", self._add_version),
            ("GET", SECRET, "secrets.get", self._get),
            ("PATCH", SECRET, "secrets.patch", self._patch),
            ("DELETE", SECRET, "secrets.delete", self._delete),
            ("GET", SECRET + "/versions", "secrets.listVersions", self._list_versions),
            ("GET", VERSION + ":access", "secrets.access", self._access),
            ("GET", VERSION, "secrets.getVersion", self._get_version),
            ("POST", VERSION + ":destroy", "secrets.destroy", self._destroy),
            ("POST", VERSION + ":disable", "secrets.disable", self._disable),
            ("POST", VERSION + ":enable", "secrets.enable", self._enable),
        ]
        routes: list[BaseRoute] = [route(self.emulator, *method) for method in methods]
        routes.append(Route("/_state", self._state, methods=["GET"]))
        return self.emulator.app(routes, self.vault)

    async def _create(self, request: Request) -> dict[str, Any]:
        secret_id, body = request.query_params.get("secretId", ""), await request.json()
        made = self.vault.create(request.path_params["project"], secret_id, body, self._now())
        return made.shown()

    async def _get(self, request: Request) -> dict[str, Any]:
        return self._secret(request).shown()

    async def _list(self, request: Request) -> dict[str, Any]:
        parent = f"projects/{request.path_params['project']}/"
        expression = request.query_params.get("filter", "")
        found = [
            secret.shown()
            for name, secret in sorted(self.vault.secrets.items())
            if name.startswith(parent) and matches(secret, expression)
        ]
        return {**paged(request, "secrets", found, PAGE), "totalSize": len(found)}

    async def _patch(self, request: Request) -> dict[str, Any]:
        secret, body = self._secret(request), await request.json()
        fields = set(request.query_params.get("updateMask", "").split(","))
        if not fields or not fields <= {"labels", "annotations"}:
            raise invalid("updateMask: labels and annotations can be updated.")
        if "labels" in fields:
            secret.labels = checked_labels(body)
        if "annotations" in fields:
            secret.annotations = body.get("annotations", {})
        self.emulator.changed.set()
        return secret.shown()

    async def _delete(self, request: Request) -> dict[str, Any]:
        self.vault.delete(self._secret(request).name)
        self.emulator.changed.set()
        return {}

    async def _add_version(self, request: Request) -> dict[str, Any]:
        body = await request.json()
        version = self.vault.add_version(self._secret(request), body.get("payload", {}), self._now())
        return version.shown()

    async def _list_versions(self, request: Request) -> dict[str, Any]:
        found = [version.shown() for version in reversed(self._secret(request).versions)]
        return {**paged(request, "versions", found, PAGE), "totalSize": len(found)}

    async def _get_version(self, request: Request) -> dict[str, Any]:
        return self._version(request).shown()

    async def _access(self, request: Request) -> dict[str, Any]:
        return self.vault.access(self._version(request))

    async def _destroy(self, request: Request) -> dict[str, Any]:
        return self.vault.set_state(self._version(request), "DESTROYED", self._now()).shown()

    async def _disable(self, request: Request) -> dict[str, Any]:
        return self.vault.set_state(self._version(request), "DISABLED", self._now()).shown()

    async def _enable(self, request: Request) -> dict[str, Any]:
        return self.vault.set_state(self._version(request), "ENABLED", self._now()).shown()

    async def _state(self, _: Request) -> Response:
        return JSONResponse(
            [
                {
                    "name": secret.name,
                    "labels": secret.labels,
                    "versions": [version.state for version in secret.versions],
                }
                for secret in self.vault.secrets.values()
            ]
        )

    def _secret(self, request: Request) -> Secret:
        return self.vault.secret(f"projects/{request.path_params['project']}/secrets/{request.path_params['secret']}")

    def _version(self, request: Request) -> Version:
        return self.vault.version(self._secret(request), request.path_params["version"])

    def _now(self) -> float:
        """The moment of a change, which is about to be made and so to be kept."""
        self.emulator.changed.set()
        return self.emulator.clock.time()


def make(folder: Path | None) -> Starlette:
    """The app, with what it kept in `folder`."""
    return SecretManager(folder).app()

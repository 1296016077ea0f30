"""Cloud SQL Admin API, as far as connectors and the making of users need it (v1 and v1beta4 alike).

One instance; its users are PostgreSQL roles, so nothing is kept here but its authority. Tokens are read, not verified:
whoever reaches this loopback port is trusted. Faults: `connectSettings`, `generateEphemeralCert`, `users.insert`,
`users.list` (see local.rest) and `connect` (see the proxy).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from local.postgres import Server
from local.rest import Answer, ApiError, already_exists, invalid, not_found, route
from local.server import Emulator
from local.sqladmin.authority import Authority
from local.sqladmin.proxy import Proxy, role_of, role_password

LOGIN_SCOPE = "https://www.googleapis.com/auth/sqlservice.login"
IAM_GROUP = "cloudsqliamserviceaccount"  # the role that Cloud SQL puts its IAM service accounts in
ROLE = re.compile(r"[A-Za-z0-9._@+-]{1,63}")


@dataclass(frozen=True)
class Token:
    """What an access token says of itself."""

    account: str
    scopes: frozenset[str]
    expires: datetime


class SqlAdmin:
    """The API of one instance, `connection_name` (PROJECT:REGION:NAME), reached at `address`, in front of `server`."""

    def __init__(self, connection_name: str, server: Server, folder: Path, address: str = "127.0.0.1") -> None:
        self.project, self.region, self.instance = connection_name.split(":")
        self.server = server
        self.address = address
        self.emulator = Emulator("sqladmin", folder)
        self.authority = Authority(folder, connection_name)

    def app(self) -> Starlette:
        """The API, with the TLS server beside it."""
        instance = "/sql/{version}/projects/{project}/instances/{instance}"
        proxy = Proxy(self.server, self.authority.server_context(), self.emulator.faults, self.address)
        routes: list[BaseRoute] = [
            self._route("GET", f"{instance}/connectSettings", "connectSettings", self._connect_settings),
            self._route("POST", f"{instance}:generateEphemeralCert", "generateEphemeralCert", self._ephemeral),
            self._route("POST", f"{instance}/users", "users.insert", self._insert_user),
            self._route("GET", f"{instance}/users", "users.list", self._list_users),
        ]
        return self.emulator.app(routes, background=proxy.serve)

    def _route(self, verb: str, path: str, method: str, answer: Answer) -> Route:
        async def of_this_instance(request: Request) -> dict[str, Any]:
            if (request.path_params["project"], request.path_params["instance"]) != (self.project, self.instance):
                raise not_found("The Cloud SQL instance does not exist.")
            return await answer(request)

        return route(self.emulator, verb, path, method, of_this_instance)

    async def _connect_settings(self, request: Request) -> dict[str, Any]:
        _token(request.headers.get("authorization", "").removeprefix("Bearer "))
        return {
            "kind": "sql#connectSettings",
            "serverCaCert": {
                "kind": "sql#sslCert",
                "cert": self.authority.certificate,
                "instance": self.instance,
            },
            "ipAddresses": [
                {"type": "PRIMARY", "ipAddress": self.address},
                {"type": "PRIVATE", "ipAddress": self.address},
            ],
            "region": self.region,
            "databaseVersion": "POSTGRES_18",
            "backendType": "SECOND_GEN",
        }

    async def _ephemeral(self, request: Request) -> dict[str, Any]:
        _token(request.headers.get("authorization", "").removeprefix("Bearer "))
        body = await request.json()
        login = _token(body["access_token"]) if body.get("access_token") else None
        if login and LOGIN_SCOPE not in login.scopes:
            raise ApiError(403, "PERMISSION_DENIED", "Request had insufficient authentication scopes.")
        try:
            certificate = self.authority.ephemeral(
                body.get("public_key", ""), login.account if login else None, login.expires if login else None
            )
        except ValueError:
            raise invalid("Invalid request: the public key could not be read.") from None
        return {"ephemeralCert": {"kind": "sql#sslCert", "cert": certificate, "instance": self.instance}}

    async def _insert_user(self, request: Request) -> dict[str, Any]:
        body = await request.json()
        kind, name = body.get("type", "BUILT_IN"), role_of(body.get("name", ""))
        if kind != "CLOUD_IAM_SERVICE_ACCOUNT" or not ROLE.fullmatch(name):
            raise invalid("Only users of type CLOUD_IAM_SERVICE_ACCOUNT can be made here.")
        if name in await self._roles():
            raise already_exists(f"User {name} already exists.")
        await self._run(f"""
            DO $$ BEGIN
                CREATE ROLE {IAM_GROUP};
            EXCEPTION WHEN duplicate_object THEN NULL;
            END $$""")
        password = role_password(self.server, name)
        await self._run(f"CREATE ROLE \"{name}\" LOGIN PASSWORD '{password}' IN ROLE {IAM_GROUP}")
        now = self.emulator.clock.now().isoformat()
        return {
            "kind": "sql#operation",
            "operationType": "CREATE_USER",
            "status": "DONE",
            "name": f"create-user-{name}",
            "targetId": self.instance,
            "targetProject": self.project,
            "insertTime": now,
            "endTime": now,
        }

    async def _list_users(self, _: Request) -> dict[str, Any]:
        shared = {"kind": "sql#user", "instance": self.instance, "project": self.project}
        names = sorted(await self._roles())
        items = [{**shared, "name": name, "type": "CLOUD_IAM_SERVICE_ACCOUNT"} for name in names]
        return {"kind": "sql#usersList", "items": items}

    async def _roles(self) -> set[str]:
        rows = await self._run(
            "SELECT m.rolname FROM pg_auth_members a JOIN pg_roles m ON m.oid = a.member"
            f" JOIN pg_roles g ON g.oid = a.roleid WHERE g.rolname = '{IAM_GROUP}'"
        )
        return {row[0] for row in rows}

    async def _run(self, statement: str) -> list[list[Any]]:
        return await asyncio.to_thread(self.server.run, "postgres", statement)


def _token(encoded: str) -> Token:
    """Read a self-signed token. Raises ApiError 401 for what is none, or has expired."""
    try:
        payload = encoded.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        token = Token(
            claims["iss"], frozenset(claims.get("scope", "").split()), datetime.fromtimestamp(claims["exp"], UTC)
        )
    except (IndexError, KeyError, TypeError, ValueError, binascii.Error):
        token = None
    if token is None or token.expires < datetime.now(UTC):
        raise ApiError(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
    return token

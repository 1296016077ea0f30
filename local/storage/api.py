"""The HTTP side: buckets and objects over one store."""

from __future__ import annotations

import email
import email.policy
import json
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from local.rest import ApiError, route
from local.server import Emulator
from local.storage.store import Refused, Store

BUCKETS = "/storage/v1/b"
BUCKET = BUCKETS + "/{bucket}"
OBJECTS = BUCKET + "/o"
OBJECT = OBJECTS + "/{object:path}"


class Storage:
    """The API over one store."""

    def __init__(self, folder: Path | None = None) -> None:
        self.emulator = Emulator("storage", folder)
        self.store = Store()

    def app(self) -> Starlette:
        methods = [
            ("POST", BUCKETS, "buckets.insert", self._make_bucket),
            ("GET", OBJECTS, "objects.list", self._list),
            ("DELETE", OBJECT, "objects.delete", self._delete),
            ("POST", "/upload" + OBJECTS, "objects.insert", self._insert),
            ("GET", BUCKET, "buckets.get", self._bucket),
        ]
        media = Route(OBJECT, self._media_or_resource, methods=["GET"])
        routes: list[BaseRoute] = [media, *(route(self.emulator, *method) for method in methods)]
        return self.emulator.app(routes, self.store)

    async def _make_bucket(self, request: Request) -> dict[str, Any]:
        body = await request.json()
        seconds = int(body.get("retentionPolicy", {}).get("retentionPeriod", 0))
        made = self.store.make_bucket(body["name"], seconds, self.emulator.clock.time())
        self.emulator.changed.set()
        return made

    async def _bucket(self, request: Request) -> dict[str, Any]:
        return self.store.bucket(request.path_params["bucket"])

    async def _list(self, request: Request) -> dict[str, Any]:
        query = request.query_params
        found = self.store.names(request.path_params["bucket"], query.get("prefix", ""), query.get("startOffset", ""))
        start, size = query.get("pageToken", ""), int(query.get("maxResults") or 1000)
        left = [name for name in found if name > start]
        items = [self.store.resource(request.path_params["bucket"], name) for name in left[:size]]
        page: dict[str, Any] = {"kind": "storage#objects", "items": items}
        if len(left) > size:
            page["nextPageToken"] = left[size - 1]
        return page

    async def _insert(self, request: Request) -> dict[str, Any]:
        if request.query_params.get("uploadType") != "multipart":
            raise Refused(400, "invalid", "Only multipart uploads are emulated.")
        resource, kind, content = _parts(request.headers["content-type"], await request.body())
        bucket = request.path_params["bucket"]
        self._check_generation(request, bucket, resource["name"])
        made = self.store.insert(bucket, resource, kind, content, self.emulator.clock.time())
        self.emulator.changed.set()
        return made

    async def _delete(self, request: Request) -> dict[str, Any]:
        bucket, name = request.path_params["bucket"], request.path_params["object"]
        self._check_generation(request, bucket, name)
        self.store.delete(bucket, name, self.emulator.clock.time())
        self.emulator.changed.set()
        return {}

    async def _media_or_resource(self, request: Request) -> Response:
        bucket, name = request.path_params["bucket"], request.path_params["object"]
        try:
            resource = self.store.resource(bucket, name)
        except ApiError as error:
            return error.response()
        if request.query_params.get("alt") == "media":
            return Response(self.store.content(bucket, name), media_type=resource["contentType"])
        return Response(json.dumps(resource), media_type="application/json")

    def _check_generation(self, request: Request, bucket: str, name: str) -> None:
        """Raise 412 unless the object is of the generation that the call is made for; 0: unless there is none."""
        wanted = request.query_params.get("ifGenerationMatch")
        if wanted is not None and wanted != self.store.generation(bucket, name):
            raise Refused(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")


def _parts(content_type: str, body: bytes) -> tuple[dict[str, Any], str, bytes]:
    """The object's resource, its content type and its content, of a multipart/related upload."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    parts = email.message_from_bytes(head + body, policy=email.policy.HTTP).get_payload()
    if not isinstance(parts, list) or len(parts) != 2:
        raise Refused(400, "invalid", "The upload has not two parts.")
    described, content = (part.get_payload(decode=True) for part in parts)
    resource: dict[str, Any] = json.loads(described)
    if not resource.get("name"):
        raise Refused(400, "required", "The object has no name.")
    return resource, parts[1].get_content_type(), content


def make(folder: Path | None) -> Starlette:
    """The app, with what it kept in `folder`."""
    return Storage(folder).app()

"""The HTTP side: buckets and objects over one store."""

from __future__ import annotations

import base64
import json
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from local.rest import route
from local.server import Emulator
from local.storage.store import Object, Refused, Store, hashes

BUCKETS = "/storage/v1/b"
BUCKET = BUCKETS + "/{bucket}"
OBJECTS = BUCKET + "/o"
OBJECT = OBJECTS + "/{object:path}"
BY_NAME = "/{bucket}/{object:path}"


class Storage:
    """The API over one store."""

    def __init__(self, folder: Path | None = None) -> None:
        self.emulator = Emulator("storage", folder)
        self.store = Store()

    def app(self) -> Starlette:
        methods = [
            ("POST", BUCKETS, "buckets.insert", self._make_bucket),
            ("GET", OBJECTS, "objects.list", self._list),
            ("GET", OBJECT, "objects.get", self._get),
            ("DELETE", OBJECT, "objects.delete", self._delete),
            ("POST", "/upload" + OBJECTS, "objects.insert", self._insert),
            ("GET", "/download" + OBJECT, "objects.get", self._get),
            ("GET", BUCKET, "buckets.get", self._bucket),
            ("PATCH", BUCKET, "buckets.patch", self._patch_bucket),
            ("DELETE", BUCKET, "buckets.delete", self._delete_bucket),
            ("GET", BY_NAME, "objects.get", self._content),  # Go's client reads so, and with it Terraform
        ]
        routes: list[BaseRoute] = [route(self.emulator, *method) for method in methods]
        return self.emulator.app(routes, self.store)

    async def _make_bucket(self, request: Request) -> dict[str, Any]:
        body = await request.json()
        seconds = int(body.get("retentionPolicy", {}).get("retentionPeriod", 0))
        versioning = bool(body.get("versioning", {}).get("enabled"))
        made = self.store.make_bucket(body["name"], seconds, self.emulator.clock.time(), versioning=versioning)
        self.emulator.changed.set()
        return made

    async def _bucket(self, request: Request) -> dict[str, Any]:
        return self.store.bucket(request.path_params["bucket"])

    async def _patch_bucket(self, request: Request) -> dict[str, Any]:
        """Versioning alone is emulated."""
        versioning = bool((await request.json()).get("versioning", {}).get("enabled"))
        changed = self.store.set_versioning(request.path_params["bucket"], versioning)
        self.emulator.changed.set()
        return changed

    async def _delete_bucket(self, request: Request) -> Response:
        self.store.delete_bucket(request.path_params["bucket"])
        self.emulator.changed.set()
        return Response(status_code=204)

    async def _list(self, request: Request) -> dict[str, Any]:
        """A page of objects and of what their names have in common up to a delimiter, in one order."""
        query, bucket = request.query_params, request.path_params["bucket"]
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        noncurrent = query.get("versions", "").lower() == "true"
        found: dict[str, Object | None] = {}
        for each in self.store.versions(bucket, prefix, query.get("startOffset", ""), noncurrent=noncurrent):
            deeper = delimiter and each.name.find(delimiter, len(prefix)) + 1
            if deeper:
                found[each.name[: deeper + len(delimiter) - 1]] = None
            else:
                found[f"{each.name}#{each.generation}" if noncurrent else each.name] = each
        start, size = query.get("pageToken", ""), int(query.get("maxResults") or 1000)
        left = [key for key in found if key > start]
        page: dict[str, Any] = {"kind": "storage#objects", "items": [], "prefixes": []}
        for key in left[:size]:
            one = found[key]
            page["items" if one else "prefixes"].append(self.store.resource(bucket, one) if one else key)
        if len(left) > size:
            page["nextPageToken"] = left[size - 1]
        return page

    async def _insert(self, request: Request) -> dict[str, Any]:
        if request.query_params.get("uploadType") != "multipart":
            raise Refused(400, "invalid", "Only multipart uploads are emulated.")
        resource, kind, content = _parts(request.headers["content-type"], await request.body())
        resource.setdefault("name", request.query_params.get("name"))
        if not resource["name"]:
            raise Refused(400, "required", "The object has no name.")
        bucket = request.path_params["bucket"]
        self._check_generation(request, bucket, resource["name"])
        made = self.store.insert(bucket, resource, kind, content, self.emulator.clock.time())
        self.emulator.changed.set()
        return made

    async def _delete(self, request: Request) -> Response:
        bucket, name = request.path_params["bucket"], request.path_params["object"]
        self._check_generation(request, bucket, name)
        self.store.delete(bucket, name, request.query_params.get("generation"), self.emulator.clock.time())
        self.emulator.changed.set()
        return Response(status_code=204)

    async def _get(self, request: Request) -> dict[str, Any] | Response:
        if request.query_params.get("alt") == "media":
            return await self._content(request)
        found, path = self._wanted(request), request.scope["raw_path"].decode()
        link = f"{request.base_url}download{path}?generation={found.generation}&alt=media"
        return self.store.resource(request.path_params["bucket"], found) | {"mediaLink": link}

    async def _content(self, request: Request) -> Response:
        found = self._wanted(request)
        content = base64.b64decode(found.content)
        checksums = hashes(content)
        headers = {
            "X-Goog-Generation": str(found.generation),
            "X-Goog-Metageneration": "1",
            "X-Goog-Hash": f"crc32c={checksums['crc32c']},md5={checksums['md5Hash']}",
        }
        return Response(content, media_type=found.content_type, headers=headers)

    def _wanted(self, request: Request) -> Object:
        bucket, name = request.path_params["bucket"], request.path_params["object"]
        return self.store.object(bucket, name, request.query_params.get("generation"))

    def _check_generation(self, request: Request, bucket: str, name: str) -> None:
        """Raise 412 unless the object is of the generation that the call is made for; 0: unless there is none."""
        wanted = request.query_params.get("ifGenerationMatch")
        if wanted is not None and wanted != self.store.generation(bucket, name):
            raise Refused(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")


def _parts(content_type: str, body: bytes) -> tuple[dict[str, Any], str, bytes]:
    """The object's resource, its content type and its content, of a multipart/related upload. Its lines end as its
    first does: gcloud's with a line feed alone, and it quotes the boundary as only Google knows to read."""
    head = Message()
    head["Content-Type"] = content_type
    boundary = str(head.get_param("boundary") or "").strip("'")
    line = b"\r\n" if body.partition(b"\n")[0].endswith(b"\r") else b"\n"
    parts = (line + body).split(line + f"--{boundary}".encode())
    if not boundary or len(parts) != 4:
        raise Refused(400, "invalid", "The upload has not two parts.")
    (_, described), (kind, content) = (_part(part, line) for part in parts[1:3])
    resource: dict[str, Any] = json.loads(described)
    return resource, kind, content


def _part(part: bytes, line: bytes) -> tuple[str, bytes]:
    """A part's content type and content."""
    head, _, content = part.partition(2 * line)
    return message_from_bytes(head.lstrip()).get_content_type(), content


def make(folder: Path | None) -> Starlette:
    """The app, with what it kept in `folder`."""
    return Storage(folder).app()

"""OpenAI's files, as far as fine-tuning uses them."""

from __future__ import annotations

import itertools
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from starlette.requests import Request

from local.openai.calls import Refused
from local.server import Emulator

LARGEST = 512 * 1024 * 1024  # bytes


class Files:
    """Files by id, with their content."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.documents: dict[str, dict[str, Any]] = {}
        self.contents: dict[str, str] = {}

    async def create(self, request: Request) -> dict[str, Any]:
        parts = _parts(request.headers.get("content-type", ""), await request.body())
        if "file" not in parts or "purpose" not in parts:
            raise Refused(400, "missing_required_parameter", "'file' and 'purpose' are required properties", "file")
        (name, content), (_, purpose) = parts["file"], parts["purpose"]
        if purpose != b"fine-tune":
            raise Refused(400, "invalid_value", f"{purpose.decode()!r} is not one of ['fine-tune']", "purpose")
        if len(content) > LARGEST:
            raise Refused(413, "file_too_large", "The file is too large.", "file")
        id = next(each for number in itertools.count(1) if (each := f"file-local{number}") not in self.documents)
        self.contents[id] = content.decode(errors="replace")
        self.documents[id] = {
            "id": id,
            "object": "file",
            "bytes": len(content),
            "created_at": int(self.emulator.clock.time()),
            "filename": name,
            "purpose": "fine-tune",
            "status": "processed",
            "expires_at": None,
            "status_details": None,
        }
        return self.documents[id]

    async def list(self, request: Request) -> dict[str, Any]:
        wanted = request.query_params.get("purpose")
        found = [each for each in self.documents.values() if wanted in (None, each["purpose"])]
        if request.query_params.get("order", "desc") == "desc":
            found.reverse()
        return page(request, found)

    async def retrieve(self, request: Request) -> dict[str, Any]:
        return self._found(request.path_params["file_id"])

    async def delete(self, request: Request) -> dict[str, Any]:
        id = self._found(request.path_params["file_id"])["id"]
        del self.documents[id], self.contents[id]
        return {"id": id, "object": "file", "deleted": True}

    def _found(self, id: str) -> dict[str, Any]:
        if id not in self.documents:
            raise Refused(404, "not_found", f"No such File object: {id}", "id")
        return self.documents[id]


def page(request: Request, items: list[dict[str, Any]]) -> dict[str, Any]:
    """One page of a list, as `after` and `limit` ask for it."""
    after = request.query_params.get("after")
    ids = [each["id"] for each in items]
    start = ids.index(after) + 1 if after in ids else 0
    length = int(request.query_params.get("limit", "20"))
    cut = items[start : start + length]
    return {
        "object": "list",
        "data": cut,
        "has_more": start + length < len(items),
        "first_id": cut[0]["id"] if cut else None,
        "last_id": cut[-1]["id"] if cut else None,
    }


def _parts(content_type: str, body: bytes) -> dict[str, tuple[str, bytes]]:
    """The fields of a multipart form: file name (empty if it is none) and content."""
    message = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
    if not message.is_multipart():
        raise Refused(400, "invalid_request", "The request must be multipart/form-data.")
    return {
        str(part.get_param("name", header="content-disposition")): (
            part.get_filename() or "",
            part.get_payload(decode=True) or b"",  # type: ignore[dict-item]
        )
        for part in message.iter_parts()
    }

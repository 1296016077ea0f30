"""What a build needs of Cloud Storage itself: its source, its log, its artefacts."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import httpx


class Unreachable(Exception):
    """Cloud Storage refused, or has no such object; the message is its own."""


class Buckets:
    """Objects of one Cloud Storage."""

    def __init__(self, url: str, client: httpx.AsyncClient) -> None:
        self._url = url
        self._client = client

    async def read(self, bucket: str, name: str, generation: str) -> tuple[bytes, str]:
        """An object's content and generation; the live one unless a generation is said."""
        wanted = {"alt": "media", **({"generation": generation} if generation else {})}
        answer = await self._send("GET", f"/storage/v1/b/{bucket}/o/{quote(name, safe='')}", params=wanted)
        return answer.content, answer.headers["x-goog-generation"]

    async def write(self, bucket: str, name: str, content: bytes) -> None:
        described = json.dumps({"name": name, "contentType": "text/plain"}).encode()
        parts = [(b"application/json", described), (b"text/plain", content)]
        body = b"".join(b"--part\r\nContent-Type: %b\r\n\r\n%b\r\n" % part for part in parts) + b"--part--\r\n"
        await self._send(
            "POST",
            f"/upload/storage/v1/b/{bucket}/o",
            params={"uploadType": "multipart"},
            content=body,
            headers={"Content-Type": "multipart/related; boundary=part"},
        )

    async def _send(self, verb: str, path: str, **request: Any) -> httpx.Response:
        try:
            answer = await self._client.request(verb, self._url + path, **request)
        except httpx.HTTPError as error:
            raise Unreachable(f"Cloud Storage cannot be reached: {error}") from error
        if answer.is_error:
            raise Unreachable(answer.json()["error"]["message"])
        return answer

"""The stand-in's calls to the emulated cloud, and the errors that it ends with."""

from __future__ import annotations

import json
import os
import socket
import time
from typing import Any

Json = dict[str, Any]

_POLL = 0.1  # seconds


class Refused(Exception):
    """An answer of 4xx or 5xx, in the words of Google's Go client."""

    def __init__(self, status: int, error: Json) -> None:
        reasons = [entry.get("reason", "") for entry in error.get("errors", [])]
        super().__init__(f"googleapi: Error {status}: {error.get('message', '')}, {', '.join(reasons)}")
        self.status = status


class Failed(Exception):
    """What Terraform ends with: a diagnostic's summary, and its detail or the resource that it is about."""


def compute(verb: str, path: str, body: Json | None = None) -> Json:
    where = os.environ["GOOGLE_COMPUTE_CUSTOM_ENDPOINT"] + path
    content, _ = call(verb, where, json.dumps(body).encode() if body else None, "application/json")
    answer: Json = json.loads(content)
    return answer


def finished(operation: Json) -> None:
    """Wait for an operation. Raises Failed with its errors' messages, as the provider puts them together."""
    path = operation["selfLink"].partition("/compute/v1/")[2]
    while operation["status"] != "DONE":
        time.sleep(_POLL)
        operation = compute("GET", path)
    if errors := operation.get("error", {}).get("errors"):
        raise Failed("".join(_told(each) for each in errors))


def _told(error: Json) -> str:
    lines = [error.get("message", "")]
    for detail in error.get("errorDetails", []) if error.get("code") == "QUOTA_EXCEEDED" else []:
        quota = detail.get("quotaInfo", {})
        pairs = " ".join(f"{key}:{value}" for key, value in sorted(quota.get("dimensions", {}).items()))
        lines += [f"\tmetric name = {quota.get('metricName')}", f"\tlimit name = {quota.get('limitName')}"]
        lines += [f"\tlimit = {quota.get('limit')}", f"\tdimensions = map[{pairs}]"]
    return "\n".join(lines) + "\n"


def call(verb: str, url: str, body: bytes | None, kind: str) -> tuple[bytes, dict[str, str]]:
    """One call: the content and the headers of the answer. By hand, since to import a client takes as long as all the
    rest, in every one of a build's processes."""
    host, _, path = url.removeprefix("http://").partition("/")
    token = os.environ["GOOGLE_OAUTH_ACCESS_TOKEN"]
    sent = f"{verb} /{path} HTTP/1.0\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
    sent += f"Content-Type: {kind}\r\nContent-Length: {len(body or b'')}\r\n\r\n"
    with socket.create_connection((host.partition(":")[0], int(host.partition(":")[2]))) as wire:
        wire.sendall(sent.encode() + (body or b""))
        answer = b"".join(iter(lambda: wire.recv(65536), b""))
    head, _, content = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    if not first:
        raise Failed(f"{verb} {url}: EOF")
    status = int(first.split()[1])
    if status >= 400:
        raise Refused(
            status, json.loads(content)["error"] if content.startswith(b"{") else {"message": content.decode()}
        )
    return content, {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}

"""What a build's own calls to Compute Engine and Cloud Storage pass through: known by its access token, and the place
for a kill -9 exactly between what a call does and what the build learns of it."""

from __future__ import annotations

from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from local.build.running import Course, Runner
from local.rest import ApiError, cut
from local.server import Emulator

# Of the connection, not of the call.
_NOT_PASSED = frozenset({"host", "connection", "content-length", "transfer-encoding", "date", "server"})


class Passing:
    """Passes calls on. `compute` and `storage` are the emulators' addresses."""

    def __init__(self, emulator: Emulator, runner: Runner, compute: str, storage: str) -> None:
        self._emulator = emulator
        self._runner = runner
        self._compute = compute
        self._storage = storage

    def routes(self) -> list[BaseRoute]:
        verbs = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        return [Route("/{path:path}", self._pass, methods=verbs)]

    async def _pass(self, request: Request) -> Response:
        course = self._runner.by_token(request.headers.get("authorization", "").removeprefix("Bearer "))
        if course is None:
            return ApiError(401, "UNAUTHENTICATED", "The access token is not that of a build at work.").response()
        fault = self._emulator.faults.take("build.call", **_attributes(request, course))
        if fault and fault.drop:
            return cut(request)
        if fault and fault.status:
            return ApiError(fault.status, fault.reason or "UNKNOWN", fault.message or "a fault was ordered").response()
        if fault and fault.delay:
            await self._emulator.clock.sleep_until(self._emulator.clock.time() + fault.delay)
        kill = self._emulator.faults.take("build.kill", **_attributes(request, course))
        if kill and kill.detail.get("before"):
            return await self._kill(request, course, kill.detail)
        try:
            answer = await self._forward(request)
        except httpx.TransportError:  # cut there, by a fault: so it is here
            return cut(request)
        return await self._kill(request, course, kill.detail) if kill else answer

    async def _kill(self, request: Request, course: Course, detail: dict[str, Any]) -> Response:
        if status := detail.get("status"):
            course.end(status)
        assert course.steps is not None
        await course.steps.kill()
        return cut(request)

    async def _forward(self, request: Request) -> Response:
        where = self._compute if request.url.path.startswith("/compute/") else self._storage
        # As it came: what is encoded in an object's name must not be decoded on the way.
        path = request.scope["raw_path"].decode() + (f"?{request.url.query}" if request.url.query else "")
        answer = await self._runner.client.request(
            request.method, where + path, headers=_passed(request.headers.items()), content=await request.body()
        )
        return Response(answer.content, answer.status_code, dict(_passed(answer.headers.items())))


def _attributes(request: Request, course: Course) -> dict[str, str]:
    """What a fault's `where` may look at."""
    tags = ",".join(course.build.get("tags", []))
    return {"build": course.build["id"], "tag": tags, "call": f"{request.method} {request.url.path}"}


def _passed(headers: Any) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() not in _NOT_PASSED]

"""One call of the emulated API: who may make it, faults before and after it, errors as OpenAI writes them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.rest import cut
from local.server import Emulator

Answer = Callable[[Request], Awaitable[dict[str, Any]]]


class Refused(Exception):
    """Answered as OpenAI's error document."""

    def __init__(self, status: int, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.param = status, code, param

    def response(self) -> Response:
        return error(self.status, self.code, str(self), self.param)


def error(status: int, code: str, message: str, param: str | None = None) -> Response:
    kind = "invalid_request_error" if status < 500 else "server_error"
    document = {"message": message, "type": kind, "param": param, "code": code}
    return JSONResponse({"error": document}, status_code=status)


def unauthorised(request: Request) -> Response | None:
    """The refusal of a call without a key; any key will do."""
    if request.headers.get("authorization", "").startswith("Bearer "):
        return None
    return error(401, "invalid_api_key", "You didn't provide an API key.")


def route(emulator: Emulator, verb: str, path: str, method: str, answer: Answer) -> Route:
    """`answer` behind `verb path`; faults are taken as `method`, with the path's parameters as attributes."""

    async def endpoint(request: Request) -> Response:
        if refused := unauthorised(request):
            return refused
        fault = emulator.faults.take(method, **request.path_params)
        if fault and fault.drop:
            return cut(request)
        if fault and fault.status:
            return error(fault.status, fault.reason or "server_error", fault.message or "The server had an error.")
        request.state.fault = fault
        try:
            document = await answer(request)
        except Refused as refusal:
            return refusal.response()
        emulator.changed.set()
        return cut(request) if fault and fault.lose_response else JSONResponse(document)

    return Route(path, endpoint, methods=[verb])

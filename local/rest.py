"""One method of an emulated JSON API: faults before and after it, errors in Google's shape, connections really cut."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.server import Emulator

Answer = Callable[[Request], Awaitable[dict[str, Any] | Response]]


class ApiError(Exception):
    """Answered as `{"error": {code, message, status}}`. `status` is Google's canonical code, such as NOT_FOUND."""

    def __init__(self, code: int, status: str, message: str) -> None:
        super().__init__(message)
        self.code, self.status = code, status

    def response(self) -> Response:
        error = {"code": self.code, "message": str(self), "status": self.status}
        return JSONResponse({"error": error}, status_code=self.code)


def not_found(message: str) -> ApiError:
    return ApiError(404, "NOT_FOUND", message)


def invalid(message: str) -> ApiError:
    return ApiError(400, "INVALID_ARGUMENT", message)


def already_exists(message: str) -> ApiError:
    return ApiError(409, "ALREADY_EXISTS", message)


def route(emulator: Emulator, verb: str, path: str, method: str, answer: Answer) -> Route:
    """`answer` behind `verb path`, a JSON document or a whole response; faults are taken as `method`, with the path's
    and the query's parameters as attributes."""

    async def endpoint(request: Request) -> Response:
        fault = emulator.faults.take(method, **{**request.query_params, **request.path_params})
        try:
            if fault and fault.drop:
                return cut(request)
            if fault and fault.status:
                raise ApiError(fault.status, fault.reason or "UNKNOWN", fault.message or "a fault was ordered")
            if fault and fault.delay:
                await emulator.clock.sleep_until(emulator.clock.time() + fault.delay)
            body = await answer(request)
        except ApiError as error:
            return error.response()
        except json.JSONDecodeError:
            return invalid("Invalid JSON payload received.").response()
        if fault and fault.lose_response:
            return cut(request)
        return body if isinstance(body, Response) else JSONResponse(body)

    return Route(path, endpoint, methods=[verb])


def rfc3339(moment: float) -> str:
    """Epoch seconds as Google's APIs write times."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def epoch(written: str) -> float:
    """The reverse. Raises ApiError 400 for what is not a time."""
    try:
        return datetime.fromisoformat(written).timestamp()
    except ValueError:
        raise invalid(f"Invalid time: {written!r}") from None


def seconds(duration: str) -> float:
    """A protobuf duration such as "0.100s". Raises ApiError 400 for what is not one."""
    try:
        return float(duration.removesuffix("s")) if duration.endswith("s") else float("-")
    except ValueError:
        raise invalid(f"Invalid duration: {duration!r}") from None


def paged(request: Request, key: str, items: Sequence[dict[str, Any]], size: int) -> dict[str, Any]:
    """One page of a list, as `pageSize` (at most `size`) and `pageToken` ask for it."""
    try:
        start = int(request.query_params.get("pageToken") or 0)
        length = min(int(request.query_params.get("pageSize") or size), size)
    except ValueError:
        raise invalid("Invalid page token or page size.") from None
    page: dict[str, Any] = {key: list(items[start : start + length])}
    if start + length < len(items):
        page["nextPageToken"] = str(start + length)
    return page


def cut(request: Request) -> Response:
    """End the connection without an answer, as a dying network does. The response returned goes nowhere.

    ASGI has no word for this (an application that raises is answered 500), so it reaches for uvicorn's transport.
    """
    request.receive.__self__.transport.abort()  # type: ignore[attr-defined]
    return Response()

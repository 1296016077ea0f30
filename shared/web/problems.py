"""Every refusal as one `application/problem+json` document (RFC 9457) with a stable `code`."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from shared.domain.errors import Refusal

_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def problem(
    path: str,
    status: int,
    code: str,
    detail: str,
    extra: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer to a refused request for `path`. `extra` is plain JSON and cannot replace what is standard."""
    document = dict(extra or {}) | {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
        "instance": path,
    }
    return JSONResponse(document, status, dict(headers or {}), media_type="application/problem+json")


def handle(app: FastAPI) -> None:
    """Have the app answer its refusals so. What nobody expected is answered by the edge."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _unrouted)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    headers = {}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in error.extra:
        headers["Retry-After"] = str(error.extra["retry_after"])
    return problem(request.url.path, error.status, error.code, error.detail, error.extra, headers)


async def _invalid(request: Request, error: Exception) -> Response:
    """What was sent is never echoed: it may be a password."""
    assert isinstance(error, RequestValidationError)
    errors = [_wrong(each) for each in error.errors()]
    detail = " ".join(f"{each['field']}: {each['message']}" if each["field"] else each["message"] for each in errors)
    return problem(request.url.path, 422, "invalid", detail, {"errors": errors})


async def _unrouted(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status, path = error.status_code, request.url.path
    detail = {
        404: f"There is nothing at {path}.",
        405: f"{path} does not take {request.method}.",
        413: "The request's body is too large.",
    }.get(status, error.detail)
    return problem(path, status, _CODES.get(status, "bad_request"), detail, headers=error.headers)


def _wrong(each: Mapping[str, Any]) -> dict[str, str]:
    if each["type"] == "json_invalid":
        return {"field": "", "message": f"The body is not JSON: character {each['loc'][-1]} does not belong there."}
    return {"field": _field(each["loc"]), "message": _sentence(each["msg"])}


def _field(location: tuple[int | str, ...]) -> str:
    """`("body", "spec", "ports", 0)` → `spec.ports.0`."""
    return ".".join(str(part) for part in location[1:])


def _sentence(message: str) -> str:
    plain = message.removeprefix("Value error, ").rstrip(".")
    return f"{plain[:1].upper()}{plain[1:]}."

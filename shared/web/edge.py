"""What every request passes before any route sees it: trace id, address, limits, headers, the log, and the last net."""

from __future__ import annotations

import ipaddress
import logging
import re
import secrets
import time
from collections.abc import Callable

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.log import trace_id
from shared.web.problems import problem

LARGEST_BODY = 64 * 1024  # bytes; the longest honest request is a sentence and a spec
NO_ADDRESS = "0.0.0.0"  # noqa: S104 an address that nobody has, so a rule for it lets nobody in

# For answers that are JSON; a route that serves a page sets its own policy.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

_TRACE = re.compile(r"(?:00-)?([0-9a-f]{32})(?:[-/].*)?", re.ASCII)
_log = logging.getLogger("vmcreator.request")


class Edge:
    """Gives each request its trace id and address, adds the security headers to each answer, and logs both."""

    def __init__(self, app: ASGIApp, hops: Callable[[], int]) -> None:
        self.app = app
        self.hops = hops

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        began, status = time.perf_counter(), 0
        headers, state = Headers(scope=scope), scope.setdefault("state", {})
        peer = scope["client"][0] if scope.get("client") else ""
        state["address"] = address_of(",".join(headers.getlist("x-forwarded-for")), peer, self.hops())
        traced = trace_id.set(trace_of(headers))

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                answered = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    answered.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, answer)
        finally:
            _record(scope, headers, status, time.perf_counter() - began)
            trace_id.reset(traced)


class Guard:
    """Refuses bodies above LARGEST_BODY, and turns what nobody expected into a 500 that tells nothing but its trace."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > LARGEST_BODY:
            refusal = problem(scope["path"], 413, "too_large", "The request's body is too large.")
            return await refusal(scope, receive, send)
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, _counted(receive), answer)
        except ClientDisconnect:
            _log.info("the client went away")
        except Exception:
            _log.exception("unexpected error")
            if started:
                raise  # too late for a status: the connection breaks, so that nobody takes the part for the whole
            detail = (
                "Something went wrong on our side. Try again; if it stays so, tell your administrator the trace id."
            )
            crash = problem(scope["path"], 500, "internal", detail, {"trace_id": trace_id.get()})
            await crash(scope, receive, send)


def client_address(request: Request) -> str:
    """Whose request it is, as an IP address: what the last trusted proxy saw, never what the client claims."""
    address: str = request.state.address
    return address


def address_of(forwarded: str, peer: str, hops: int) -> str:
    """The entry of X-Forwarded-For that the outermost trusted proxy wrote: `hops` from the right, since each proxy
    appends (Google's load balancer: the client, then itself). With fewer entries, or a word that is no address,
    the socket's peer; NO_ADDRESS where that is none either."""
    entries = forwarded.split(",")
    seen = entries[-hops].strip() if 0 < hops <= len(entries) else peer
    return _normal(seen) or _normal(peer) or NO_ADDRESS


def trace_of(headers: Headers) -> str:
    """The trace that the caller is part of (`traceparent`, else `X-Cloud-Trace-Context`), or a new one."""
    for name in ("traceparent", "x-cloud-trace-context"):
        found = _TRACE.fullmatch(headers.get(name, "").lower())
        if found and found[1].strip("0"):
            return found[1]
    return secrets.token_hex(16)


def _normal(text: str) -> str | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)


def _counted(receive: Receive) -> Receive:
    """A body that does not announce its length, or lies about it, is cut off at the limit."""
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > LARGEST_BODY:
            raise HTTPException(413)
        return message

    return counted


def _record(scope: Scope, headers: Headers, status: int, seconds: float) -> None:
    """One line a request, in Cloud Logging's own field. The query is left out: it may hold secrets."""
    caller = scope["state"].get("caller")
    request = {
        "requestMethod": scope["method"],
        "requestUrl": scope["path"],
        "status": status,
        "latency": f"{seconds:.6f}s",
        "remoteIp": scope["state"]["address"],
        "userAgent": headers.get("user-agent"),
    }
    _log.log(
        logging.ERROR if status >= 500 or not status else logging.INFO,
        "%s %s %s",
        scope["method"],
        scope["path"],
        status or "unanswered",
        extra={"httpRequest": request, "user_id": caller.user_id if caller else None},
    )

"""The load balancer's part on one machine: routes, forwards, streams, and serves the page with its headers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from local.frontdoor.routing import TABLE, function_for, rules

# Hop by hop, or made anew on the way (RFC 9110, section 7.6.1).
_NOT_FORWARDED = frozenset(
    {
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "proxy-authorization",
        "content-length",
    }
)
BALANCER = "35.191.0.1"  # an address of Google's front ends, as the functions see it behind the real load balancer

# The same that the load balancer's URL map sets.
PAGE_HEADERS = json.loads(TABLE.with_name("page_headers.json").read_text())


def make_app(functions: Mapping[str, str], page: Path, control: list[BaseRoute] | None = None) -> Starlette:
    """`functions`: the address of each function; `page`: the built page; `control`: routes of the platform's own that
    come before all others."""
    table = rules()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=120)
        async with (
            _session(timeout, aiohttp.TCPConnector(limit=0)) as reading,
            _session(timeout, aiohttp.TCPConnector(limit=0, force_close=True)) as writing,
        ):
            app.state.session, app.state.writing = reading, writing
            yield

    async def api(request: Request) -> Response:
        function = function_for(request.method, request.url.path, table)
        if function is None:
            return JSONResponse(
                {
                    "type": "about:blank",
                    "title": "Not Found",
                    "status": 404,
                    "code": "not_found",
                    "detail": f"No function answers {request.method} {request.url.path}.",
                },
                404,
                media_type="application/problem+json",
            )
        return await _forward(request, functions[function])

    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    routes = [
        *(control or []),
        Route("/api/{path:path}", api, methods=methods),
        Route("/{path:path}", _page(page), methods=["GET", "HEAD"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


def _session(timeout: aiohttp.ClientTimeout, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(timeout=timeout, connector=connector, auto_decompress=False)


async def _forward(request: Request, address: str) -> Response:
    """Send the request on, whole, and its answer back as it comes."""
    headers = [(name, value) for name, value in request.headers.items() if name not in _NOT_FORWARDED]
    client = request.client.host if request.client else ""
    before = request.headers.get("x-forwarded-for")
    headers = [(name, value) for name, value in headers if name != "x-forwarded-for"]
    headers.append(("x-forwarded-for", ", ".join(filter(None, [before, client, BALANCER]))))
    # A connection that was kept open may be closed by the server in the moment that it is used again. A read is sent
    # once more by the client itself; a write must not be, so each has a connection of its own.
    session: aiohttp.ClientSession = (
        request.app.state.session if request.method in ("GET", "HEAD", "OPTIONS") else request.app.state.writing
    )
    url = f"{address}{request.url.path}" + (f"?{request.url.query}" if request.url.query else "")
    try:
        answer = await session.request(
            request.method, url, headers=headers, data=await request.body(), allow_redirects=False
        )
    except ValueError:
        return JSONResponse({"status": 400, "code": "bad_request", "detail": "A header is malformed."}, 400)
    except (aiohttp.ClientError, TimeoutError):
        return JSONResponse({"status": 502, "code": "bad_gateway", "detail": "The function does not answer."}, 502)
    forwarded = StreamingResponse(_body(answer), status_code=answer.status)
    forwarded.raw_headers = [
        (name.lower().encode(), value.encode("latin-1"))
        for name, value in answer.headers.items()
        if name.lower() not in _NOT_FORWARDED or name.lower() == "content-length"
    ]
    return forwarded


async def _body(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The body as it comes; the connection is dropped with the client, so that the function sees it go."""
    try:
        async for chunk in answer.content.iter_any():
            yield chunk
    finally:
        answer.close()


def _inside(root: Path, path: str) -> Path | None:
    """The file of that path, if there is one inside the folder."""
    try:
        wanted = (root / path).resolve()
        return wanted if wanted.is_relative_to(root) and wanted.is_file() else None
    except (ValueError, OSError):  # NUL; too long for a file's name
        return None


def _page(folder: Path):  # type: ignore[no-untyped-def]
    """A file of the page, or its index for every other path, so that deep links open. Named assets never change."""
    root = folder.resolve()

    async def serve(request: Request) -> Response:
        found = _inside(root, request.path_params["path"]) or root / "index.html"
        if not found.is_file():
            return Response("The page is not built: run `make page`.", 503, media_type="text/plain")
        forever = found.parent.name == "assets"
        caching = "public, max-age=31536000, immutable" if forever else "no-cache"
        return FileResponse(found, headers={**PAGE_HEADERS, "Cache-Control": caching})

    return serve

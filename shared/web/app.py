"""One way to make a function's app, and to hand it to the Functions Framework."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import Depends, FastAPI, Request
from functions_framework.aio import HTTPFunction, http
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from shared.auth import Auth
from shared.web.callers import same_origin
from shared.web.edge import Edge, Guard
from shared.web.problems import handle


def create_app(
    title: str,
    auth: Callable[[], Auth],
    *,
    origins: Callable[[], tuple[str, ...]],
    hops: Callable[[], int] = lambda: 2,
) -> FastAPI:
    """An app with the edge around it and no route yet.

    `auth`, `origins` (other sites whose pages may call) and `hops` (trusted proxies, see `edge.address_of`) are
    asked when a request comes, so that importing a function reads no configuration.
    """
    app = FastAPI(
        title=title,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        dependencies=[Depends(same_origin)],
        middleware=[Middleware(Edge, hops), Middleware(_cors, origins), Middleware(Guard)],
    )
    app.state.auth, app.state.origins = auth, origins
    handle(app)
    return app


def function(app: FastAPI) -> HTTPFunction:
    """The app as an HTTP function: the framework calls what the function returns as the ASGI app of this request,
    with the whole path, body and stream. Its target is `main`."""

    # The framework serves a target as ASGI by itself only if the target has the name it was registered by.
    async def main(_: Request) -> Any:
        return app

    return http(main)


def _cors(app: ASGIApp, origins: Callable[[], tuple[str, ...]]) -> ASGIApp:
    """Cookies do not cross sites (SameSite), so pages of allowed origins send API tokens."""
    allowed = origins()
    if not allowed:
        return app
    return CORSMiddleware(
        app,
        allow_origins=allowed,
        allow_methods=["GET", "POST", "PATCH", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID"],
        expose_headers=["Location", "Retry-After"],
        max_age=3600,
    )

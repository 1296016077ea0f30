"""Who is calling: a session cookie with its CSRF token, or an API token; and what their role lets them do."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.security import APIKeyCookie, HTTPBearer

from shared import auth
from shared.auth import Caller
from shared.domain.errors import Forbidden, Unauthenticated
from shared.web.edge import client_address

COOKIE = "__Host-session"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


async def same_origin(request: Request) -> None:
    """Refuse a write that a browser says comes from another site. Every app has this on every route.

    The rules of Go's net/http.CrossOriginProtection: an allowed origin may; else Sec-Fetch-Site decides; else Origin
    must name the host asked; with neither it is no browser, and no browser's cookies can be abused.
    """
    origin = request.headers.get("origin")
    if request.method in _SAFE or origin in request.app.state.origins():
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        ours = site in ("same-origin", "none")
    else:
        ours = origin is None or _host(origin) == request.headers.get("host")
    if not ours:
        raise Forbidden("cross_origin", "Writes from pages of other sites are refused.")


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def signed_in(
    request: Request,
    _token: Annotated[object, Depends(HTTPBearer(auto_error=False, scheme_name="token"))],
    _cookie: Annotated[object, Depends(APIKeyCookie(name=COOKIE, auto_error=False, scheme_name="session"))],
) -> Caller:
    """The caller; Unauthenticated if there is none. A write by cookie needs X-CSRF-Token."""
    authorization = request.headers.get("authorization")
    cookie = request.cookies.get(COOKIE)
    if authorization is not None:
        caller = _by_token(request, authorization)
    elif cookie:
        caller = _by_session(request, cookie)
    else:
        raise Unauthenticated("unauthenticated", "Sign in, or send an API token as `Authorization: Bearer …`.")
    request.state.caller = caller
    return caller


SignedIn = Annotated[Caller, Depends(signed_in)]


async def admin(caller: SignedIn) -> Caller:
    """The caller, who must be an administrator."""
    if caller.role != "admin":
        raise Forbidden("admin_only", "Only an administrator may do this.")
    return caller


async def auditor(caller: SignedIn) -> Caller:
    """The caller, who must be an auditor or an administrator."""
    if caller.role not in ("auditor", "admin"):
        raise Forbidden("auditor_only", "Only an auditor or an administrator may do this.")
    return caller


Admin = Annotated[Caller, Depends(admin)]
Auditor = Annotated[Caller, Depends(auditor)]


def set_session(response: Response, value: str, longest: timedelta) -> None:
    """Give the browser its session. `__Host-` binds the cookie to this host alone and to HTTPS (or localhost)."""
    response.set_cookie(
        COOKIE, value, max_age=int(longest.total_seconds()), path="/", secure=True, httponly=True, samesite="lax"
    )


def end_session(response: Response) -> None:
    """Have the browser forget it."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")


def _by_token(request: Request, authorization: str) -> Caller:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated("unauthenticated", "Send the API token as `Authorization: Bearer …`.")
    account = request.app.state.auth().bearer(token.strip())
    return Caller(account.user_id, account.email, account.role, "token", client_address(request))


def _by_session(request: Request, cookie: str) -> Caller:
    account = request.app.state.auth().session(cookie)
    expected = auth.csrf_token(cookie)
    if request.method not in _SAFE and not auth.same(request.headers.get("x-csrf-token", ""), expected):
        raise Forbidden("csrf_token_invalid", "Send the session's csrf_token as X-CSRF-Token; GET /api/me tells it.")
    return Caller(
        account.user_id,
        account.email,
        account.role,
        "session",
        client_address(request),
        session=auth.digest(cookie),
        csrf_token=expected,
    )

"""Read-only: VMs, live events, receipts, costs, audit, regions, health, and the API's description."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Header, Path, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse

from shared import bootstrap, web
from shared.bootstrap import people, status
from shared.domain.life import State
from shared.services.costing import Group

app = web.create_app("Status", bootstrap.auth, origins=bootstrap.cors_origins, hops=bootstrap.trusted_hops)

Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
MOST_EVENTS = 2**31 - 1
EVENT_STREAM = "text/event-stream"


@app.get("/api/vms")
def vms(
    caller: web.SignedIn,
    page: web.Page,
    state: Annotated[list[State] | None, Query()] = None,
    owner: Annotated[str | None, Query(max_length=64)] = None,
) -> dict[str, Any]:
    """My VMs, newest first; an administrator's or auditor's own too unless `owner` names one, or `*` for all."""
    return web.paged("vms", status.viewing().page(_viewer(caller), owner, state or [], page))


@app.get("/api/vms/{name}")
def vm(name: Name, caller: web.SignedIn) -> dict[str, Any]:
    """One VM as it is now."""
    return status.viewing().vm(_viewer(caller), name)


@app.get("/api/vms/{name}/events")
def vm_events(
    name: Name,
    caller: web.SignedIn,
    accept: Annotated[str, Header()] = "",
    last_event_id: Annotated[int | None, Header(ge=0, le=MOST_EVENTS)] = None,
    after: Annotated[int, Query(ge=0, le=MOST_EVENTS)] = 0,
) -> Response:
    """What has happened to it, as JSON, or live as server-sent events that resume from any number."""
    since = last_event_id if last_event_id is not None else after
    row = status.viewing().row(_viewer(caller), name)
    if EVENT_STREAM in accept:
        return _stream(status.watching().vm(row, since))
    return JSONResponse(status.viewing().events(row, since))


@app.get("/api/vms/{name}/receipt")
def receipt(name: Name, caller: web.SignedIn) -> dict[str, Any]:
    """The proof that it is gone, and what it cost."""
    return status.viewing().receipt(_viewer(caller), name)


@app.get("/api/vms/{name}/use")
def use(name: Name, caller: web.SignedIn) -> dict[str, Any]:
    """How much of it is used, what follows when it is idle, and a smaller or larger machine that would do."""
    return status.measured().of(status.viewing().row(_viewer(caller), name))


@app.get("/api/vms/{name}/terraform", response_class=Response, responses={200: {"content": {"application/zip": {}}}})
def terraform(name: Name, caller: web.SignedIn) -> Response:
    """It as a Terraform module that imports what is there: a zip for its owner, or an administrator."""
    packed = status.exporting().archive(caller.user_id, name, admin=caller.role == "admin")
    disposition = {"Content-Disposition": f'attachment; filename="{name}-terraform.zip"'}
    return Response(packed, media_type="application/zip", headers=disposition)


@app.get("/api/events")
def events(caller: web.SignedIn) -> Response:
    """All my VMs, live: each one's current document first, then every change."""
    return _stream(status.watching().owner(caller.user_id))


@app.get("/api/costs")
def costs(
    caller: web.SignedIn,
    page: web.Page,
    month: Annotated[
        str | None, Query(max_length=7, description="Like 2026-11, in UTC; this one where none is said.")
    ] = None,
    group: Annotated[Group, Query(description="Whether the list that comes in pages is of VMs or of users.")] = "vm",
    owner: Annotated[str | None, Query(max_length=64)] = None,
) -> dict[str, Any]:
    """What my VMs cost in a month by day, region and VM, against my quota, and what the month will have cost; an
    administrator's or auditor's own too unless `owner` names another account, or `*` for all."""
    document, listing = status.costing().month(_viewer(caller), owner, month, group, page)
    return document | web.paged(f"{group}s", listing)


@app.get("/api/audit")
def audit(
    caller: web.SignedIn,
    page: web.Page,
    vm: Annotated[str | None, Query(max_length=63)] = None,
    actor: Annotated[str | None, Query(max_length=320)] = None,
    action: Annotated[str | None, Query(max_length=64)] = None,
) -> dict[str, Any]:
    """Who did what to which VM, newest first; auditors and administrators see all, others what is theirs."""
    everybody = caller.role in ("auditor", "admin")
    found = people.auditing().search(caller.user_id, page, everybody=everybody, vm=vm, actor=actor, action=action)
    return web.paged("records", found)


@app.get("/api/regions")
def regions(caller: web.SignedIn) -> dict[str, Any]:
    """Each region's limit, use and VMs: one's own by name, the others by number; an administrator sees all names."""
    return status.viewing().regions(_viewer(caller))


@app.get("/api/health")
def health() -> dict[str, Any]:
    """Whether the database answers, and what a page has to know before anybody signs in."""
    return status.viewing().health()


@app.get("/api/openapi.json")
def openapi() -> Response:
    """The whole API, of every function, as OpenAPI 3.1."""
    return Response(status.openapi(), media_type="application/json")


@app.get("/api/docs")
def docs(_: Request) -> HTMLResponse:
    """A page to read and try the API with."""
    return HTMLResponse(_DOCS, headers={"Content-Security-Policy": _DOCS_POLICY})


def _viewer(caller: web.Caller) -> tuple[str, bool]:
    """Who looks, and whether they may see what is other people's."""
    return caller.user_id, caller.role in ("auditor", "admin")


def _stream(messages: Any) -> StreamingResponse:
    return StreamingResponse(messages, media_type=EVENT_STREAM, headers={"X-Accel-Buffering": "no"})


_DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'"
)
_DOCS = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>VM Creator: the API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/init.js"></script>
</body>
</html>
"""


main = web.function(app)

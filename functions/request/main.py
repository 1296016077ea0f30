"""What a signed-in user asks done to a VM: approve, extend, resize, stop, start, delete, reveal."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from fastapi import Path, Response
from pydantic import Field, field_validator

from shared import bootstrap, web
from shared.bootstrap import requests
from shared.domain.login_key import checked_public_key
from shared.domain.spec import DiskSize, MachineTypeName, Model, Spec, parse_duration
from shared.domain.use import WrittenIdleStop, parse_idle_stop
from shared.services.owning import Who
from shared.services.requesting import Answer, Approval
from shared.services.terms import Resize

app = web.create_app("Request", bootstrap.auth, origins=bootstrap.cors_origins, hops=bootstrap.trusted_hops)

Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
Total = Annotated[Decimal, Field(ge=0, le=Decimal("1000000"), decimal_places=4)]


class ApprovalBody(Model):
    """The exact spec, and the ceiling: its price in the dearest region that it may go to, or less. `idle_stop`: after
    being idle for how long it is stopped, or `off`; null: as the account prefers."""

    suggestion_id: str = Field(max_length=64)
    spec: Spec
    approved_total: Total
    ssh_public_key: str | None = Field(default=None, max_length=2000)
    idle_stop: WrittenIdleStop | None = None

    @field_validator("ssh_public_key")
    @classmethod
    def _proper_key(cls, value: str | None) -> str | None:
        return checked_public_key(value) if value is not None else None


class ExtensionBody(Model):
    """How much longer, and the new ceiling for the VM's whole life."""

    by: str
    approved_total: Total

    @field_validator("by")
    @classmethod
    def _length(cls, value: str) -> str:
        parse_duration(value)
        return value


class ResizeBody(Model):
    """Another machine type, a larger disk, or both, and the new ceiling for the VM's whole life."""

    machine_type: MachineTypeName | None = None
    disk_gib: DiskSize | None = None
    approved_total: Total


class IdleStopBody(Model):
    """`off`, or a length from 30m to 12h."""

    idle_stop: WrittenIdleStop


@app.post("/api/vms", status_code=202)
def approve(body: ApprovalBody, caller: web.SignedIn, key: web.IdempotencyKey, response: Response) -> object:
    """Approve a specification at a ceiling: the only thing that creates a VM."""
    approval = Approval(
        user_id=caller.user_id,
        address=caller.address,
        spec=body.spec,
        approved_total=body.approved_total,
        suggestion_id=body.suggestion_id,
        public_key=body.ssh_public_key,
        idle_stop=body.idle_stop,
    )
    return _answered(requests.requesting().approve(approval, key), response)


@app.post("/api/vms/{name}:extend", status_code=202)
def extend(
    name: Name, body: ExtensionBody, caller: web.SignedIn, key: web.IdempotencyKey, response: Response
) -> object:
    """Give it a later end."""
    by = parse_duration(body.by)
    return _answered(requests.owning().extend(_who(caller), name, by, body.approved_total, key), response)


@app.post("/api/vms/{name}:resize", status_code=202)
def resize(name: Name, body: ResizeBody, caller: web.SignedIn, key: web.IdempotencyKey, response: Response) -> object:
    """Give it another machine type, by a stop and a start if it runs, or a larger disk, in place. Its price and what it
    brings about are told by POST /api/quotes with the VM's name."""
    wish = Resize(body.machine_type, body.disk_gib, body.approved_total)
    return _answered(requests.owning().resize(_who(caller), name, wish, key), response)


@app.post("/api/vms/{name}:stop", status_code=202)
def stop(name: Name, caller: web.SignedIn, key: web.IdempotencyKey, response: Response) -> object:
    """Stop it: its vCPUs are given back, its disk stays and is paid for, its address changes at the next start."""
    return _answered(requests.owning().stop(_who(caller), name, key), response)


@app.post("/api/vms/{name}:idle-stop")
def idle_stop(name: Name, body: IdleStopBody, caller: web.SignedIn, _: web.IdempotencyKey) -> object:
    """Have it stopped once it has been idle for so long, counted from now; the same again keeps it running after a
    warning. Nothing is done twice by repeating it."""
    return requests.idle_stops().choose(_who(caller), name, parse_idle_stop(body.idle_stop))


@app.post("/api/vms/{name}:start", status_code=202)
def start(name: Name, caller: web.SignedIn, key: web.IdempotencyKey, response: Response) -> object:
    """Start it again, if its region has room for it."""
    return _answered(requests.owning().start(_who(caller), name, key), response)


@app.post("/api/vms/{name}:reveal")
def reveal(name: Name, caller: web.SignedIn, _: web.IdempotencyKey) -> object:
    """The credentials, once; afterwards 410."""
    return requests.owning().reveal(_who(caller), name).document


@app.delete("/api/vms/{name}", status_code=202)
def delete(name: Name, caller: web.SignedIn) -> object:
    """Delete it, or cancel it while it is being made."""
    return requests.owning().delete(_who(caller), name).document


def _who(caller: web.Caller) -> Who:
    return Who(caller.user_id, caller.role == "admin", caller.address)


def _answered(answer: Answer, response: Response) -> object:
    response.status_code = answer.status
    response.headers["Location"] = f"/api/vms/{answer.document['name']}"
    return answer.document


main = web.function(app)

"""Users and quotas, invitations, regions, the pause switch, orphans, dead letters, models. For administrators."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from fastapi import Path, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from shared import bootstrap, web
from shared.bootstrap import channels, learning, life, people, recovery
from shared.domain.accounts import Role
from shared.domain.learning import Split
from shared.domain.spec import Model

app = web.create_app("Administration", bootstrap.auth, origins=bootstrap.cors_origins, hops=bootstrap.trusted_hops)

Count = Annotated[int, Field(ge=0, le=1_000_000)]
ModelName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\w.:/-]+$")]
VmName = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,63}$")]
OrphanId = Annotated[str, Path(pattern=r"^[a-z0-9.-]{1,200}$")]
LetterId = Annotated[int, Path(ge=1, le=2**62)]
JobId = Annotated[str, Path(pattern=r"^[a-z0-9]{1,64}$")]


class UserChange(Model):
    """What is left out, or null, stays as it is. `max_monthly` in US dollars."""

    role: Role | None = None
    disabled: bool | None = None
    max_vms: Count | None = None
    max_vcpus: Count | None = None
    max_monthly: Decimal | None = Field(default=None, ge=0, max_digits=14, decimal_places=4)


class NewInvitation(Model):
    """`email`: whom alone it lets in; anybody if it is left out."""

    email: str | None = Field(default=None, max_length=320)
    role: Role = "user"


class RegionChange(Model):
    """What is left out, or null, stays as it is. The lowest priority is tried first."""

    vcpu_limit: Count | None = None
    address_limit: Count | None = None
    priority: Count | None = None
    drained: bool | None = None


class SettingsChange(Model):
    """What is left out, or null, stays as it is."""

    creation_paused: bool | None = None
    firewall_rule_limit: Count | None = None


class Seen(Model):
    """`seen`: as the hold's list says."""

    seen: str = Field(pattern=r"^[0-9a-f]{32}$")


class Approval(Model):
    """`approved_total`: the new ceiling for the VM's whole life, in US dollars."""

    approved_total: Decimal = Field(gt=0, max_digits=14, decimal_places=4)


class NewJob(Model):
    """`base_model`: what it starts from, else the configured one. `suffix` is in the tuned model's name. `epochs`: how
    often each example is seen; left out, the provider chooses."""

    base_model: ModelName | None = None
    suffix: str | None = Field(default=None, pattern=r"^[a-z0-9-]{1,18}$")
    epochs: int | None = Field(default=None, ge=1, le=10)


class Evaluation(Model):
    model: ModelName


class Switch(Model):
    """`force`: although it was not judged on all that is held back; then `reason` says why."""

    model: ModelName
    force: bool = False
    reason: str | None = Field(default=None, max_length=500)


@app.get("/api/admin/users")
def users(_: web.Admin, page: web.Page) -> dict[str, Any]:
    """Every account with its quotas and its live VMs, by e-mail."""
    return web.paged("users", people.administering().users(page))


@app.patch("/api/admin/users/{user_id}")
def change_user(user_id: str, body: UserChange, caller: web.Admin) -> dict[str, Any]:
    """Change a role or a quota, or disable the account: its sessions and tokens stop working at once."""
    return people.administering().change_user(caller.admin_actor, user_id, **body.model_dump())


@app.get("/api/admin/invitations")
def invitations(_: web.Admin, page: web.Page) -> dict[str, Any]:
    """Invitations that can still be used."""
    return web.paged("invitations", people.administering().invitations(page))


@app.post("/api/admin/invitations", status_code=201)
def invite(body: NewInvitation, caller: web.Admin) -> dict[str, Any]:
    """A single-use link that lets one person sign up, shown this once."""
    return people.administering().invite(caller.admin_actor, body.email, body.role)


@app.delete("/api/admin/invitations/{invitation_id}", status_code=204)
def withdraw(invitation_id: str, caller: web.Admin) -> None:
    """The invitation's link stops working."""
    people.administering().withdraw(caller.admin_actor, invitation_id)


@app.get("/api/admin/regions")
def regions(_: web.Admin) -> dict[str, Any]:
    """Every region with its limit and its use, in the order in which they are tried."""
    return {"regions": people.administering().regions()}


@app.patch("/api/admin/regions/{region_id}")
def change_region(region_id: str, body: RegionChange, caller: web.Admin) -> dict[str, Any]:
    """Change a limit or a priority, or drain the region: it takes no new VMs."""
    return people.administering().change_region(caller.admin_actor, region_id, **body.model_dump())


@app.get("/api/admin/settings")
def settings(_: web.Admin) -> dict[str, Any]:
    """The switch, and the limit that the project sets."""
    return people.administering().settings()


@app.patch("/api/admin/settings")
def change_settings(body: SettingsChange, caller: web.Admin) -> dict[str, Any]:
    """Pause the creation of VMs, or resume it (deaths go on either way); change the project's limit."""
    return people.administering().change_settings(caller.admin_actor, **body.model_dump())


@app.get("/api/admin/reconciliation")
def reconciliation(_: web.Admin, dry_run: bool = False) -> dict[str, Any]:
    """What the last sweep that found anything unexplained found; with `dry_run` what the next one would do, by the same
    selector. `hold`: what an administrator has to see before anything of it is destroyed."""
    return {"report": life.upkeep().latest(), **life.holding().view(dry_run=dry_run)}


@app.post("/api/admin/reconciliation:go-on")
def go_on(body: Seen, caller: web.Admin) -> dict[str, Any]:
    """The list has been seen: the hold is lifted, and what it held back goes its usual way."""
    return life.holding().go_on(caller.admin_actor, body.seen)


@app.post("/api/admin/reconciliation/{name}:take-end", status_code=202)
def take_end(name: VmName, body: Approval, caller: web.Admin) -> dict[str, Any]:
    """Give the VM the end that its machine's label tells: an extension that the restored database has lost."""
    return recovery.recovering().take_end(caller.admin_actor, name, body.approved_total)


@app.post("/api/admin/reconciliation/{name}:take-machine", status_code=202)
def take_machine(name: VmName, caller: web.Admin) -> dict[str, Any]:
    """Give the VM the machine that the restored database does not know of."""
    return recovery.recovering().take_machine(caller.admin_actor, name)


@app.get("/api/admin/orphans")
def orphans(_: web.Admin) -> dict[str, Any]:
    """What the cloud has and no living VM explains, as it is now, and what the next sweeps would do with it."""
    return life.orphans().listed()


@app.post("/api/admin/orphans/{orphan_id}:destroy", status_code=202)
def destroy_orphan(orphan_id: OrphanId, caller: web.Admin) -> dict[str, Any]:
    """Destroy it now; one that is gone already is answered so."""
    return life.orphans().destroy(caller.admin_actor, orphan_id)


@app.post("/api/admin/orphans/{orphan_id}:adopt", status_code=202)
def adopt_orphan(orphan_id: OrphanId, caller: web.Admin) -> dict[str, Any]:
    """Make a VM of it, of the owner and with the end that its labels name."""
    return life.orphans().adopt(caller.admin_actor, orphan_id)


@app.get("/api/admin/dead-letters")
def dead_letters(_: web.Admin, page: web.Page) -> dict[str, Any]:
    """Messages that were given up and that nobody has decided about, newest first."""
    return web.paged("dead_letters", channels.dead_letters().listed(page))


@app.post("/api/admin/dead-letters/{letter_id}:replay")
def replay_dead_letter(letter_id: LetterId, caller: web.Admin) -> dict[str, Any]:
    """Send it again."""
    return channels.dead_letters().replay(caller.admin_actor, letter_id)


@app.post("/api/admin/dead-letters/{letter_id}:drop")
def drop_dead_letter(letter_id: LetterId, caller: web.Admin) -> dict[str, Any]:
    """Let go of it."""
    return channels.dead_letters().drop(caller.admin_actor, letter_id)


@app.post("/api/admin/receipts:verify")
def verify_receipts(_: web.Admin) -> dict[str, Any]:
    """Walk the whole chain of seals: whether each receipt and audit record is as it was when it was sealed."""
    return life.sealing().verify().view()


@app.get("/api/admin/models")
def models(_: web.Admin) -> dict[str, Any]:
    """The model that answers, those that can be switched to with their scores, and the switches so far."""
    return learning.choosing().models()


@app.post("/api/admin/models:switch")
def switch(body: Switch, caller: web.Admin) -> dict[str, Any]:
    """Let another model answer; every running copy follows within half a minute."""
    return learning.choosing().switch(caller.admin_actor, body.model, body.force, body.reason)


@app.get("/api/admin/models/examples")
def examples(_: web.Admin) -> dict[str, Any]:
    """How many examples there are, and why the other approvals are left out."""
    return learning.exporting().counts()


@app.get("/api/admin/models/examples.jsonl")
def examples_file(_: web.Admin, split: Split = "train") -> StreamingResponse:
    """The examples in OpenAI's chat fine-tuning format."""
    name = f'attachment; filename="examples-{split}.jsonl"'
    lines = learning.exporting().lines(split)
    return StreamingResponse(lines, media_type="application/jsonl", headers={"Content-Disposition": name})


@app.post("/api/admin/models/jobs", status_code=202)
def start_job(body: NewJob, caller: web.Admin, key: web.IdempotencyKey, response: Response) -> object:
    """Start to tune a model on the examples."""
    training = learning.training()
    answer = training.start(caller.admin_actor, key, body.base_model, body.suffix, body.epochs)
    response.headers["Location"] = f"/api/admin/models/jobs/{answer.document['id']}"
    return answer.document


@app.get("/api/admin/models/jobs")
def jobs(_: web.Admin, page: web.Page) -> dict[str, Any]:
    """Fine-tuning jobs, newest first; the one in progress as the provider tells of it now."""
    return web.paged("jobs", learning.training().jobs(page))


@app.get("/api/admin/models/jobs/{job_id}")
def job(job_id: JobId, _: web.Admin) -> dict[str, Any]:
    """One job, with its log."""
    return learning.training().job(job_id)


@app.post("/api/admin/models/jobs/{job_id}:cancel")
def cancel_job(job_id: JobId, caller: web.Admin) -> dict[str, Any]:
    """Stop the job."""
    return learning.training().cancel(caller.admin_actor, job_id)


@app.post("/api/admin/models/evaluations")
def evaluate(body: Evaluation, _: web.Admin) -> dict[str, Any]:
    """Ask the model, and the current one, about the next few held-back examples; repeat until both are `complete`."""
    return learning.evaluating().go_on(body.model)


main = web.function(app)

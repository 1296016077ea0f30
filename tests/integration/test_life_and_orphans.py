"""Machines of ours that no row knows: destroyed at their end, each for itself, and only what was done is recorded."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from shared.db.models import Audit, table
from shared.db.upkeep import PostgresUpkeep
from shared.domain.life import State
from shared.domain.machine import Machine
from shared.services import reconciling
from tests.integration.disorder import SMALL
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.instead import Instead, down
from tests.integration.world import ENVIRONMENT, OWNER, World


def stray(here: World, name: str, end: str) -> None:
    """A machine of ours that no row knows."""
    labels = {"vmc-environment": ENVIRONMENT, "vmc-id": name, "vmc-owner": OWNER, "vmc-end": end}
    switch = here.now() + timedelta(days=30)
    image = ("ubuntu-os-cloud", "ubuntu-2604-lts-amd64")
    made = Machine(name, "us-west1-a", "e2-small", *image, 10, "pd-balanced", None, False, "stray", labels, {}, switch)
    here.compute.insert(made, str(uuid.uuid4()))


@pytest.mark.parametrize(
    "failure",
    [
        {"status": 403, "reason": "forbidden"},
        {"status": 503, "reason": "backendError", "message": "Backend Error"},
        {"operation_error": {"code": "INTERNAL_ERROR", "message": "x"}},
    ],
    ids=["refused", "unanswered", "failing later"],
)
def test_one_orphan_that_cannot_be_destroyed_does_not_save_the_others(here: World, failure: dict[str, Any]) -> None:
    ended = str(int((here.now() - timedelta(days=1)).timestamp()))
    stray(here, "a-stuck", ended)
    stray(here, "b-other", ended)
    here.fault(method="instances.delete", where={"name": "a-stuck"}, times=None, **failure)
    here.sweeps(25)
    assert here.names("instances") == ["a-stuck"]


def test_an_end_that_cannot_be_read_is_an_administrators_to_decide(here: World) -> None:
    stray(here, "odd", "9" * 20)
    (verdict,) = reconciling.plan(here.platform).verdicts
    assert (verdict.found.name, verdict.action) == ("odd", "ask")


def test_a_destroyed_orphan_is_in_the_audit_log(here: World) -> None:
    stray(here, "forgotten", str(int((here.now() - timedelta(days=1)).timestamp())))
    here.sweeps(3)
    assert here.names("instances") == []
    audit = table(Audit)
    with here.engine.begin() as connection:
        told = connection.execute(select(audit.c.detail, audit.c.vm_name, audit.c.vm_id)).all()
    assert any("forgotten" in str(row) for row in told)


def test_an_orphan_that_would_not_go_is_not_recorded_as_destroyed(here: World) -> None:
    stray(here, "a-stuck", str(int((here.now() - timedelta(days=1)).timestamp())))
    here.fault(method="instances.delete", status=403, reason="forbidden", times=None)
    here.sweeps(3)
    refused = [("orphan.destroying", "done"), ("orphan.destroyed", "refused")]
    assert told_of_orphans(here) == refused, "and once only, however many sweeps try"
    here.calm()
    here.sweeps(2)
    assert told_of_orphans(here) == [*refused, ("orphan.destroyed", "done")]


def told_of_orphans(here: World) -> list[tuple[str, str]]:
    audit = table(Audit)
    query = select(audit.c.action, audit.c.outcome).where(audit.c.action.like("orphan.%")).order_by(audit.c.id)
    with here.engine.begin() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_an_orphan_goes_and_a_poweroff_is_seen_while_secret_manager_is_down(here: World) -> None:
    vm_id = here.approve(SMALL)
    here.deliver(until=here.now() + timedelta(minutes=5))
    vm = here.vm(vm_id)
    stray(here, "forgotten", str(int((here.now() - timedelta(days=1)).timestamp())))
    here.http.post("/_poweroff", json={"zone": vm.zone, "name": vm.instance_name}).raise_for_status()
    here.move(60)
    here.advancer.platform = replace(here.platform, secrets=Instead(here.secrets, list=down))
    told = here.sweep()
    assert (told["reconciled"], told["unread"]) == (1, {"secret": "timed_out"})
    here.move(10)
    assert here.names("instances") == [vm.instance_name]
    assert here.vm(vm_id).state is State.STOPPED
    assert PostgresUpkeep(here.engine).latest()["unread"] == {"secret": "timed_out"}


def test_a_row_that_a_newer_revision_wrote_stops_nothing_that_is_done_about_others(here: World) -> None:
    spec = SMALL.model_copy(update={"duration": "2h"})
    newer, other = (here.approve(spec) for _ in range(2))
    here.deliver(until=here.now() + timedelta(minutes=5))
    with here.engine.begin() as connection:
        changed = text("UPDATE vms SET quote = quote || '{\"newer\": 1}' WHERE id = :vm_id")
        connection.execute(changed, {"vm_id": newer})
    stray(here, "forgotten", str(int((here.now() - timedelta(days=1)).timestamp())))
    assert here.sweep()["reconciled"] == 1
    here.move(70 * 60)
    assert here.sweep()["warned"] == 1
    assert here.events(other)[-1] == "ends_soon"
    here.move(24 * 3600)
    verdicts = [each.found.vm_id for each in reconciling.plan(here.platform).verdicts]
    assert newer not in verdicts, "it is no orphan"

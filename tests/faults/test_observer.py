"""The observer sees what it is there to see: each invariant broken by hand, past everything that would prevent it."""

from __future__ import annotations

import ast
import sys
import uuid
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from shared.domain.life import State
from shared.domain.machine import Machine
from tests.faults import observer as its_module
from tests.faults.observing import Eye
from tests.integration.disorder import SMALL
from tests.integration.world import ENVIRONMENT, OWNER, World


@pytest.fixture
def born(here: World) -> str:
    vm_id = here.approve(SMALL)
    here.deliver()
    return vm_id


def machine(here: World, vm_id: str) -> Machine:
    """One that carries the VM's labels."""
    end = str(int((here.now() + timedelta(minutes=1)).timestamp()))
    labels = {"vmc-environment": ENVIRONMENT, "vmc-id": vm_id, "vmc-owner": OWNER, "vmc-end": end}
    switch = here.now() + timedelta(days=1)
    image = ("ubuntu-os-cloud", "ubuntu-2604-lts-amd64")
    return Machine("second", "us-east1-b", "e2-small", *image, 10, "pd-balanced", None, False, "t", labels, {}, switch)


def forge(here: World, statement: str) -> None:
    with here.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(statement))


def rules(eye: Eye, calm_since: datetime | None = None) -> set[str]:
    return {each["rule"] for each in eye.look(calm_since)["violations"]}


def after(here: World, eye: Eye, minutes: int) -> set[str]:
    """What it says once that has lasted so long in calm."""
    calm = here.now()
    eye.look(calm)
    here.move(60 * minutes)
    return rules(eye, calm)


def test_it_imports_nothing_of_ours() -> None:
    tree = ast.parse(Path(its_module.__file__).read_text())
    named = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    named += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    others = {str(name).split(".")[0] for name in named} - sys.stdlib_module_names
    assert others == {"pg8000"}


def test_a_life_as_it_should_be_breaks_nothing(here: World, eye: Eye, born: str) -> None:
    assert after(here, eye, 11) == set()


def test_it_sees_a_second_machine_only_past_the_grace_and_in_calm(here: World, eye: Eye, born: str) -> None:
    here.compute.insert(machine(here, born), str(uuid.uuid4()))
    assert after(here, eye, 9) == set()
    assert after(here, eye, 11) == {"G1"}
    assert rules(eye) == set()


def test_it_sees_a_running_row_without_its_machine(here: World, eye: Eye, born: str) -> None:
    here.http.post("/_vanish", json={"zone": here.vm(born).zone, "name": here.vm(born).instance_name})
    assert after(here, eye, 11) == {"G1"}


def test_it_sees_what_a_dead_vm_has_left(here: World, eye: Eye, born: str) -> None:
    here.to_end(born)
    assert after(here, eye, 11) == set()
    here.compute.insert(machine(here, born), str(uuid.uuid4()))
    here.move(5)
    assert after(here, eye, 11) >= {"G2"}


def test_it_sees_a_deadline_and_an_end_that_were_outlived(here: World, eye: Eye, born: str) -> None:
    forge(here, "UPDATE vms SET deadline_at = platform_now(), expires_at = platform_now()")
    assert after(here, eye, 1) == set()
    assert after(here, eye, 6) == {"G3", "G4"}


def test_it_sees_a_reservation_above_a_limit_but_no_fault_in_a_lowered_one(here: World, eye: Eye, born: str) -> None:
    eye.look()
    here.limit(1)
    assert rules(eye) == set()
    forge(here, "UPDATE vms SET reserved_vcpus = reserved_vcpus + 1")
    assert rules(eye) == {"G5"}


@pytest.mark.parametrize("limit", ["regions SET address_limit", "project SET firewall_rule_limit"])
def test_it_sees_an_address_and_a_rule_above_their_limits(here: World, eye: Eye, born: str, limit: str) -> None:
    forge(here, f"UPDATE {limit} = 0")
    assert rules(eye) == {"G5"}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE vms SET state = 'STOPPED', event_number = event_number + 1",
        "UPDATE vms SET state = 'DELETING'",
        "DELETE FROM audit_log WHERE vm_number = 2",
        "UPDATE audit_log SET to_state = 'STOPPED' WHERE vm_number = 2",
    ],
)
def test_it_sees_a_move_without_its_record(here: World, eye: Eye, born: str, statement: str) -> None:
    forge(here, statement)
    assert rules(eye) == {"G6"}


def adoption(here: World, eye: Eye, *, by: str = "admin", action: str = "adopted", state: str = "RUNNING") -> set[str]:
    """What it says of a VM whose records begin with this one."""
    forget, keep = "DELETE FROM audit_log", "UPDATE vms SET event_number = 1"
    first = f"""INSERT INTO audit_log (actor_kind, actor_id, action, vm_id, vm_name, vm_number, from_state, to_state)
        SELECT '{by}', 'root', '{action}', id, name, 1, NULL, '{state}' FROM vms"""
    for statement in (forget, keep, first):
        forge(here, statement)
    return rules(eye)


def test_it_takes_an_administrators_adoption_for_a_beginning(here: World, eye: Eye, born: str) -> None:
    assert here.vm(born).state is State.RUNNING
    assert adoption(here, eye) == set()


@pytest.mark.parametrize("other", [{"by": "user"}, {"by": "platform"}, {"action": "approved"}, {"action": "adopting"}])
def test_it_takes_no_other_record_for_an_adoption(here: World, eye: Eye, born: str, other: dict[str, str]) -> None:
    assert adoption(here, eye, **other) == {"G6"}


def test_it_sees_an_adoption_as_what_nothing_is_adopted_as(here: World, eye: Eye, born: str) -> None:
    forge(here, "UPDATE vms SET state = 'PROVISIONING'")
    assert adoption(here, eye, state="PROVISIONING") == {"G6"}


def test_it_sees_an_adoption_of_what_was_there_already(here: World, eye: Eye, born: str) -> None:
    forge(here, "UPDATE vms SET event_number = event_number + 1")
    forge(
        here,
        """INSERT INTO audit_log (actor_kind, actor_id, action, vm_id, vm_name, vm_number, from_state, to_state)
        SELECT 'admin', 'root', 'adopted', id, name, event_number, NULL, 'RUNNING' FROM vms""",
    )
    assert rules(eye) == {"G6"}


def metered_more(hours: float) -> str:
    return f"""UPDATE receipts SET document = jsonb_set(document::jsonb, '{{metered,lines,0,quantity}}',
        to_jsonb(((document->'metered'->'lines'->0->>'quantity')::numeric + {hours})::text))"""


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM receipts",
        "UPDATE vms SET approved_total = 0",
        "UPDATE receipts SET document = jsonb_set(document::jsonb, '{resources,0,found}', 'true')",
        metered_more(36 / 3600),
        metered_more(-36 / 3600),
    ],
    ids=["none", "above what was approved", "of what is there", "too much", "too little"],
)
def test_it_sees_a_receipt_that_is_not_so(here: World, eye: Eye, born: str, statement: str) -> None:
    here.to_end(born)
    forge(here, statement)
    assert rules(eye) == {"G7"}


def test_it_sees_a_machine_that_runs_past_its_switch_even_in_disorder(here: World, eye: Eye, born: str) -> None:
    forge(here, "UPDATE vms SET switch_at = platform_now() - interval '2 minutes'")
    assert rules(eye) == {"G4"}

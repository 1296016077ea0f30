"""What a build runs on and what is exported: the module with every variable it declares, the same bytes for the same,
and no secret; and when a lock that a killed build has left may be taken away."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.domain.builds import Build, StoredObject
from shared.domain.errors import Conflict, NotFound
from shared.domain.life import Figures, Outcome, State
from shared.domain.machine import Order
from shared.domain.spec import Gpu
from shared.domain.vm import Attempt, Vm
from shared.services.engines import source
from shared.services.engines.locks import LOCKED, left_behind
from shared.services.exporting import Exporting, Place
from shared.services.provisioning.machine import order
from tests.unit.a_vm import NOW, SPEC, a_vm

MODULE = Path(__file__).parents[2] / "infra" / "terraform" / "vm"
PLACE = Place("test", "vms", "default", (), Figures())
ATTEMPT = Attempt(1, "us-west1", "us-west1-a", "django-001", "request", Outcome.UP, sent_at=NOW)
KEY = "ssh-ed25519 AAAA ann"


def placed(**more: Any) -> Vm:
    switch = NOW + timedelta(days=1)
    return replace(a_vm(state=State.RUNNING, switch_at=switch, instance_id="7", attempts=(ATTEMPT,)), **more)


def wanted(vm: Vm) -> Order:
    return order("test", vm, ATTEMPT, vm.public_key or KEY, (), Figures())


def values(vm: Vm) -> dict[str, Any]:
    return source.variables(wanted(vm), "vms", "default", instance=False, firewall=False)


def test_every_variable_of_the_module_is_given_and_no_other() -> None:
    declared = re.findall(r'^variable "(\w+)"', (MODULE / "variables.tf").read_text(), re.MULTILINE)
    assert set(values(placed())) == set(declared)


def test_the_variables_say_what_the_compute_api_would_be_told() -> None:
    vm = placed(spec=SPEC.model_copy(update={"gpu": Gpu(type="nvidia-tesla-t4", count=2), "spot": True}))
    told, machine = values(vm), wanted(vm).machine
    assert told["gpu"] == {"type": "nvidia-tesla-t4", "count": 2}
    assert (told["spot"], told["labels"], told["metadata"]) == (True, machine.labels, machine.metadata)
    assert told["disk"] == {"size_gib": SPEC.disk_gib, "type": SPEC.disk_type}
    assert datetime.fromisoformat(told["termination_time"]) == vm.switch_at


def test_the_same_files_make_the_same_zip() -> None:
    files = source.module(MODULE)
    assert source.archive(files) == source.archive(dict(reversed(list(files.items()))))
    assert {"main.tf", "variables.tf", "versions.tf", "run.sh"} <= set(files)


def test_a_function_that_was_staged_without_the_module_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="stage"):
        source.module(tmp_path)


class Names:
    def __init__(self, vm: Vm) -> None:
        self.vm = vm

    def by_name(self, name: str) -> Vm | None:
        return self.vm if name == self.vm.name else None


def exported(vm: Vm, caller: str = "owner", *, admin: bool = False) -> Mapping[str, bytes]:
    packed = Exporting(Names(vm), lambda: source.module(MODULE), PLACE).archive(caller, vm.name, admin=admin)
    with zipfile.ZipFile(io.BytesIO(packed)) as whole:
        return {name: whole.read(name) for name in whole.namelist()}


def test_an_export_keeps_its_state_with_its_owner_and_imports_what_is_there() -> None:
    vm = placed()
    files = exported(vm, vm.owner_id)
    assert set(files) == {"main.tf", "variables.tf", "outputs.tf", "versions.tf", "terraform.tfvars.json", "README.md"}
    assert b"backend" not in files["versions.tf"]
    told = json.loads(files["terraform.tfvars.json"])
    assert told["adopt"] == {"instance": True, "firewall": True}
    assert vm.name in files["README.md"].decode()


def test_the_export_of_what_is_gone_would_make_it_anew() -> None:
    gone = placed(state=State.DELETED)
    assert json.loads(exported(gone, gone.owner_id)["terraform.tfvars.json"])["adopt"] == {
        "instance": False,
        "firewall": False,
    }


def test_a_key_that_was_made_for_it_is_left_out_and_its_owner_s_own_is_not() -> None:
    made, own = placed(public_key=None), placed(public_key=KEY)
    assert "ssh-keys" not in json.loads(exported(made, made.owner_id)["terraform.tfvars.json"])["metadata"]
    assert KEY in json.loads(exported(own, own.owner_id)["terraform.tfvars.json"])["metadata"]["ssh-keys"]
    assert 'metadata["ssh-keys"]' in (MODULE / "main.tf").read_text()  # ignored, so that the import changes nothing


def test_an_export_is_its_owner_s_and_an_administrator_s() -> None:
    vm = placed()
    with pytest.raises(NotFound):
        exported(vm, "somebody else")
    assert exported(vm, "somebody else", admin=True)


def test_what_has_no_zone_yet_cannot_be_exported() -> None:
    vm = replace(placed(), attempts=(), switch_at=None)
    with pytest.raises(Conflict):
        exported(vm, vm.owner_id)


def build(status: str, start: int, end: int | None, code: int | None = 137) -> Build:
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)
    finished = at + timedelta(seconds=end) if end is not None else None
    return Build("b", status, frozenset(), at, at + timedelta(seconds=start), finished, code)


LOCK = StoredObject("default.tflock", 5, datetime(2026, 11, 25, 12, 0, 30, tzinfo=UTC))


@pytest.mark.parametrize(
    ("builds", "free"),
    [
        ([build("FAILURE", 10, 60)], True),
        ([build("TIMEOUT", 10, 60, None)], True),
        ([build("FAILURE", 10, 60), build("WORKING", 20, None)], False),
        ([build("FAILURE", 40, 60)], False),
        ([build("FAILURE", 10, 20)], False),
        ([build("FAILURE", 10, 60, LOCKED)], False),
        ([], False),
    ],
    ids=["killed", "timed out", "one at work", "after it", "before it", "it was locked out", "a person's"],
)
def test_a_lock_is_taken_away_only_where_a_build_that_has_ended_took_it(builds: list[Build], free: bool) -> None:
    assert left_behind(LOCK, builds) is free

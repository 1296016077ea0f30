"""What the Terraform engine makes of the builds that Cloud Build tells it of, and when it begins one itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shared.domain.builds import Build, BuildOrder, StoredObject
from shared.domain.errors import AlreadyExists, CloudError, Scope
from shared.domain.life import Figures, Outcome
from shared.domain.machine import Instance, OperationView
from shared.domain.vm import Attempt
from shared.services.engines.terraform import Buckets, TerraformEngine
from shared.services.provisioning.machine import order
from tests.unit.a_vm import NOW, a_vm

VM = a_vm(switch_at=NOW + timedelta(days=1))
ATTEMPT = Attempt(1, "us-west1", "us-west1-a", "django-001", "one", Outcome.SENT, sent_at=NOW)
ORDER = order("test", VM, ATTEMPT, "ssh-ed25519 AAAA", (), Figures())
TAG = f"vmc-test-{VM.id}"
OUTPUT = b'{"instance_id": {"value": "7"}}'
STOCK_OUT = CloudError("stock_out", "no room", Scope.ZONE)


def build(build_id: str, status: str, code: int | None = None, *, request: str = "one", **more: Any) -> Build:
    number = int(build_id)
    ended = status not in ("QUEUED", "WORKING")
    made = Build(
        build_id,
        status,
        frozenset({TAG, f"request-{request}", "apply"}),
        NOW + timedelta(minutes=number),
        NOW + timedelta(minutes=number) if status != "QUEUED" else None,
        NOW + timedelta(minutes=number + 1) if ended else None,
        code,
        OUTPUT if status == "SUCCESS" else b"",
    )
    return replace(made, **more)


class Cloud:
    """Cloud Build, Cloud Storage and Compute Engine in memory: `said` is what the logs tell."""

    def __init__(self, *builds: Build, said: CloudError | None = None) -> None:
        self.all = {each.id: each for each in builds}
        self.said = said
        self.begun: list[BuildOrder] = []
        self.cancelled: list[str] = []
        self.lock: StoredObject | None = None
        self.engine = TerraformEngine(
            self, Buckets(self, "states", self), self, lambda: {"main.tf": b""}, "test", "vms", "default"
        )  # type: ignore[arg-type]

    def create(self, wanted: BuildOrder) -> str:
        self.begun.append(wanted)
        return "new"

    def get(self, build_id: str) -> Build | None:
        return self.all.get(build_id)

    def tagged(self, tag: str) -> Sequence[Build]:
        return [each for each in self.all.values() if tag in each.tags]

    def cancel(self, build_id: str) -> None:
        self.cancelled.append(build_id)

    def why(self, build_id: str) -> CloudError | None:
        return self.said

    def put(self, name: str, content: bytes) -> StoredObject:
        return StoredObject(name, 1, NOW)

    def find(self, name: str) -> StoredObject | None:
        return self.lock

    def delete(self, name: str, generation: int) -> bool:
        self.lock = None
        return True

    def instance(self, zone: str, name: str) -> Instance | None:
        return None

    def firewall(self, name: str) -> None:
        return None

    def outcome(self, attempt: Attempt = ATTEMPT) -> OperationView | None:
        return self.engine.outcome(VM.id, attempt)


def free() -> None:
    """There is time for a write."""


@pytest.mark.parametrize(
    ("status", "code", "unknown"),
    [
        ("FAILURE", 137, True),
        ("FAILURE", 13, True),
        ("FAILURE", 12, True),
        ("FAILURE", 10, False),
        ("FAILURE", 11, False),
        ("FAILURE", 14, False),
        ("TIMEOUT", None, True),
        ("INTERNAL_ERROR", None, True),
        ("CANCELLED", None, True),
    ],
)
def test_a_build_that_may_have_made_something_says_nothing_of_the_machine(
    status: str, code: int | None, unknown: bool
) -> None:
    view = Cloud(build("1", status, code)).outcome()
    assert view is not None
    assert view.error is not None
    assert (view.error.scope, view.error.unknown_outcome) == (Scope.TRANSIENT, unknown)


@pytest.mark.parametrize("status", ["EXPIRED", "CANCELLED"])
def test_a_build_that_never_started_has_made_nothing(status: str) -> None:
    view = Cloud(build("1", status, started_at=None)).outcome()
    assert view is not None
    assert view.error is not None
    assert not view.error.unknown_outcome


def test_what_the_log_says_counts_and_a_fault_of_the_server_s_leaves_it_open() -> None:
    refused = Cloud(build("1", "FAILURE", 13), said=STOCK_OUT).outcome()
    faulty = Cloud(build("1", "FAILURE", 13), said=CloudError("unavailable", "503", Scope.TRANSIENT)).outcome()
    taken = Cloud(build("1", "FAILURE", 13), said=AlreadyExists("taken")).outcome()
    assert refused is not None
    assert refused.error is STOCK_OUT
    assert not STOCK_OUT.unknown_outcome
    assert faulty is not None
    assert faulty.error is not None
    assert faulty.error.unknown_outcome
    assert taken is not None
    assert isinstance(taken.error, AlreadyExists)


def test_a_build_that_went_well_but_tells_no_instance_is_not_believed() -> None:
    good, mute = Cloud(build("1", "SUCCESS", 0)).outcome(), Cloud(build("1", "SUCCESS", 0, output=b"{}")).outcome()
    assert good is not None
    assert good.error is None
    assert mute is not None
    assert mute.error is not None
    assert mute.error.unknown_outcome


def test_a_request_is_settled_only_once_every_build_of_it_is() -> None:
    noted = replace(ATTEMPT, operation="1")
    working = Cloud(build("1", "FAILURE", 13), build("2", "WORKING"), said=STOCK_OUT).outcome(noted)
    second = Cloud(build("1", "FAILURE", 14), build("2", "SUCCESS", 0)).outcome(noted)
    killed = Cloud(build("1", "FAILURE", 137), build("2", "FAILURE", 14)).outcome(noted)
    assert working is not None
    assert not working.done
    assert second is not None
    assert (second.done, second.error) == (True, None)
    assert killed is not None
    assert killed.error is not None
    assert killed.error.unknown_outcome
    assert killed.ended_at == NOW + timedelta(minutes=3)
    assert Cloud().outcome(noted) is None


def test_one_build_at_a_time_is_begun_for_a_vm() -> None:
    cloud = Cloud(build("1", "WORKING", request="another"))
    with pytest.raises(CloudError, match="build_running"):
        cloud.engine.create(ORDER, ATTEMPT, free)
    assert cloud.begun == []


def test_a_build_of_this_request_that_is_there_already_is_the_one() -> None:
    cloud = Cloud(build("1", "WORKING"))
    assert cloud.engine.create(ORDER, ATTEMPT, free) == "1"
    assert cloud.begun == []


def test_a_lock_that_nobody_can_hold_goes_and_any_other_stays() -> None:
    cloud = Cloud(build("1", "FAILURE", 137, request="another"))
    cloud.lock = StoredObject("lock", 5, NOW + timedelta(seconds=90))
    assert cloud.engine.create(ORDER, ATTEMPT, free) == "new"
    assert cloud.lock is None
    cloud.lock = StoredObject("lock", 6, NOW + timedelta(hours=1))
    with pytest.raises(CloudError, match="state_locked"):
        cloud.engine.destroy(ORDER, "death", free)
    assert cloud.lock is not None


def test_a_build_is_tagged_with_its_vm_and_its_request_and_told_where_its_state_is() -> None:
    cloud = Cloud()
    cloud.engine.create(ORDER, ATTEMPT, free)
    begun = cloud.begun[0]
    assert begun.tags == (TAG, "request-one", "apply")
    assert begun.arguments == ("run.sh", "apply")
    assert begun.environment == {"STATE_BUCKET": "states", "STATE_PREFIX": f"vms/test/{VM.id}"}
    assert cloud.engine.state_location(VM.id) == f"gs://states/vms/test/{VM.id}/default.tfstate"


def test_a_destruction_cancels_what_is_queued_and_waits_for_what_is_at_work() -> None:
    cloud = Cloud(build("1", "QUEUED"), build("2", "WORKING"))
    with pytest.raises(CloudError, match="build_running"):
        cloud.engine.destroy(ORDER, "death", free)
    assert cloud.cancelled == ["1"]
    assert cloud.begun == []


def test_a_machine_is_taken_up_once_and_no_trouble_of_cloud_build_s_stands_in_its_way() -> None:
    noted = replace(ATTEMPT, operation="1")
    once, twice = Cloud(build("1", "FAILURE", 137)), Cloud(build("1", "FAILURE", 137), build("2", "FAILURE", 13))
    locked = Cloud(build("1", "FAILURE", 137))
    locked.lock = StoredObject("lock", 5, NOW + timedelta(hours=1))
    assert once.engine.adopt(ORDER, noted, free) == "new"
    assert twice.engine.adopt(ORDER, replace(ATTEMPT, operation="2"), free) is None
    assert twice.engine.adopt(ORDER, noted, free) == "2"  # its answer was lost
    assert locked.engine.adopt(ORDER, noted, free) is None

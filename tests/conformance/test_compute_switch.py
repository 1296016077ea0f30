"""The switch of an emulated instance: terminationTime, what disarms it, preemption and the guest's own power-off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.api_core import exceptions
from google.cloud import compute_v1

from tests.conformance.compute_engine import PROJECT, ZONE, Engine, running

HOUR = 3600.0


@pytest.fixture
def engine() -> Iterator[Engine]:
    with running() as engine:
        yield engine


def scheduling(engine: Engine, hours: float = 2, **fields: Any) -> compute_v1.Scheduling:
    """Deleted so many hours from now."""
    now = datetime.fromisoformat(engine.http.get("/_clock").json()["now"])
    end = (now + timedelta(hours=hours)).isoformat(timespec="milliseconds")
    return compute_v1.Scheduling(
        **{"termination_time": end, "instance_termination_action": "DELETE", "provisioning_model": "STANDARD", **fields}
    )


def armed(engine: Engine) -> str:
    return engine.get().resource_status.scheduling.termination_timestamp


def system_operations(engine: Engine) -> list[compute_v1.Operation]:
    return [one for one in engine.operations.list(project=PROJECT, zone=ZONE) if one.user == "system"]


def test_the_armed_time_is_the_one_that_was_asked_for(engine: Engine) -> None:
    asked = scheduling(engine)
    engine.insert(scheduling=asked)
    assert datetime.fromisoformat(armed(engine)) == datetime.fromisoformat(asked.termination_time)


def test_an_instance_without_a_termination_time_has_nothing_armed(engine: Engine) -> None:
    engine.insert()
    assert armed(engine) == ""


def test_the_instance_is_deleted_at_its_time_and_an_operation_tells_so(engine: Engine) -> None:
    engine.insert(scheduling=scheduling(engine))
    engine.move(2 * HOUR - 60)
    assert engine.names() == ["vm-1"]
    engine.move(120)
    assert engine.names() == []
    assert engine.state()["disks"] == []
    (operation,) = system_operations(engine)
    assert operation.status == compute_v1.Operation.Status.DONE
    assert operation.target_link.endswith("/instances/vm-1")


def test_nobody_needs_to_ask_for_it_to_die(engine: Engine) -> None:
    """The run it had is closed at its time, not when somebody looked."""
    engine.insert(scheduling=scheduling(engine))
    engine.move(50 * HOUR)
    ((started, stopped),) = engine.state()["gone"][0]["runs"]
    assert stopped - started == pytest.approx(2 * HOUR, abs=5)


def test_with_stop_as_its_action_it_is_stopped(engine: Engine) -> None:
    engine.insert(scheduling=scheduling(engine, instance_termination_action="STOP"))
    engine.move(3 * HOUR)
    assert engine.get().status == "TERMINATED"


def test_a_stop_disarms_it_and_a_start_arms_it_again(engine: Engine) -> None:
    engine.insert(scheduling=scheduling(engine))
    before = armed(engine)
    engine.act("stop")
    assert armed(engine) == ""
    engine.act("start")
    assert armed(engine) == before
    engine.move(3 * HOUR)
    assert engine.names() == []


def test_a_stopped_instance_outlives_its_time_and_then_cannot_be_started(engine: Engine) -> None:
    engine.insert(scheduling=scheduling(engine))
    engine.act("stop")
    engine.move(3 * HOUR)
    assert engine.get().status == "TERMINATED"
    with pytest.raises(exceptions.BadRequest, match="Termination time must be in the future"):
        engine.act("start")
    assert engine.get().status == "TERMINATED"


def test_the_time_changes_on_a_stopped_instance_only(engine: Engine) -> None:
    engine.insert(scheduling=scheduling(engine))
    later = scheduling(engine, hours=5)
    with pytest.raises(exceptions.BadRequest):
        engine.act("set_scheduling", scheduling_resource=later)
    engine.act("stop")
    engine.act("set_scheduling", scheduling_resource=later)
    engine.act("start")
    assert datetime.fromisoformat(armed(engine)) == datetime.fromisoformat(later.termination_time)
    engine.move(4 * HOUR)
    assert engine.names() == ["vm-1"]


@pytest.mark.parametrize("hours", [-1, 0.005, 121 * 24])
def test_a_time_must_be_between_half_a_minute_and_120_days_ahead(engine: Engine, hours: float) -> None:
    with pytest.raises(exceptions.BadRequest, match="between 30 seconds and 120 days"):
        engine.insert(scheduling=scheduling(engine, hours))


def test_a_run_duration_counts_from_each_start(engine: Engine) -> None:
    limit = compute_v1.Scheduling(
        max_run_duration=compute_v1.Duration(seconds=7200), instance_termination_action="DELETE"
    )
    engine.insert(scheduling=limit)
    engine.act("stop")
    engine.move(10 * HOUR)
    engine.act("start")
    left = datetime.fromisoformat(armed(engine)) - datetime.now(UTC) - timedelta(hours=10)
    assert left == pytest.approx(timedelta(hours=2), abs=timedelta(seconds=10))


def test_a_spot_instance_is_preempted_as_its_action_says(engine: Engine) -> None:
    spot = {"provisioning_model": "SPOT", "on_host_maintenance": "TERMINATE", "automatic_restart": False}
    engine.insert("gone", scheduling=scheduling(engine, **spot))
    engine.insert("kept", scheduling=scheduling(engine, **{**spot, "instance_termination_action": "STOP"}))
    for name in ("gone", "kept"):
        engine.post("/_preempt", zone=ZONE, name=name).raise_for_status()
    assert engine.names() == ["kept"]
    assert engine.get("kept").status == "TERMINATED"
    told = system_operations(engine)
    assert [one.operation_type for one in told] == ["compute.instances.preempted"] * 2
    assert {one.status for one in told} == {compute_v1.Operation.Status.DONE}


def test_only_spot_is_preempted(engine: Engine) -> None:
    engine.insert()
    assert engine.post("/_preempt", zone=ZONE, name="vm-1").status_code == 400
    assert engine.get().status == "RUNNING"


def test_a_guest_that_powers_off_leaves_a_terminated_instance(engine: Engine) -> None:
    engine.insert(scheduling=scheduling(engine))
    engine.post("/_poweroff", zone=ZONE, name="vm-1").raise_for_status()
    assert engine.get().status == "TERMINATED"
    assert armed(engine) == ""
    assert system_operations(engine)[0].operation_type == "compute.instances.guestTerminate"


def test_an_instance_can_vanish_without_a_trace(engine: Engine) -> None:
    engine.insert()
    engine.post("/_vanish", zone=ZONE, name="vm-1").raise_for_status()
    assert engine.names() == []
    assert system_operations(engine) == []

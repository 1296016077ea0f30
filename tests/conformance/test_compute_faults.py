"""Faults on order of the emulated Compute Engine, quotas, and state that outlives the process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import requests.exceptions
from google.api_core import exceptions
from google.cloud import compute_v1

from tests.conformance.compute_engine import PROJECT, ZONE, Engine, running

STOCK_OUT = {"code": "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"}


@pytest.fixture
def engine() -> Iterator[Engine]:
    with running() as engine:
        yield engine


def test_a_stock_out_shows_in_the_operation_and_leaves_nothing(engine: Engine) -> None:
    engine.fault("instances.insert", where={"zone": ZONE, "machine_type": "e2-*"}, operation_error=STOCK_OUT)
    ended = engine.wait(engine.insert())
    assert (ended.http_error_status_code, ended.http_error_message) == (503, "SERVICE UNAVAILABLE")
    (error,) = ended.error.errors
    assert error.code == STOCK_OUT["code"]
    assert "does not have enough resources available" in error.message
    (info,) = (detail.error_info for detail in error.error_details if detail.error_info.reason)
    assert info.metadatas["zonesAvailable"] == "us-west1-b,us-west1-c"
    assert engine.names() == []
    assert engine.state()["disks"] == []
    assert engine.wait(engine.insert()).error.errors == []


def test_a_stocked_out_instance_is_seen_for_a_moment() -> None:
    with running(latency=3600) as engine:
        engine.fault("instances.insert", operation_error=STOCK_OUT)
        engine.insert()
        assert engine.names() == ["vm-1"]
        engine.move(4 * 3600)
        assert engine.names() == []


def test_a_start_can_meet_a_stock_out_too(engine: Engine) -> None:
    engine.insert()
    engine.act("stop")
    engine.fault("instances.start", where={"name": "vm-1"}, operation_error=STOCK_OUT)
    assert engine.wait(engine.act("start")).error.errors[0].code == STOCK_OUT["code"]
    assert engine.get().status == "TERMINATED"


def test_a_delete_that_fails_late_leaves_the_instance(engine: Engine) -> None:
    engine.insert()
    engine.fault("instances.delete", operation_error={"code": "INTERNAL_ERROR", "message": "try again"})
    assert engine.wait(engine.act("delete")).http_error_status_code == 500
    assert engine.get().status == "RUNNING"


def test_a_lost_answer_took_effect_and_the_repeat_finds_its_operation(engine: Engine) -> None:
    engine.fault("instances.insert", lose_response=True)
    request_id = str(uuid4())
    with pytest.raises(requests.exceptions.ConnectionError):
        engine.insert(request_id=request_id)
    operation = engine.insert(request_id=request_id)
    assert operation.target_id == engine.get().id


def test_a_dropped_call_had_no_effect(engine: Engine) -> None:
    engine.fault("instances.insert", drop=True)
    with pytest.raises(requests.exceptions.ConnectionError):
        engine.insert()
    assert engine.names() == []


def test_a_call_that_is_dropped_for_a_while_takes_effect_later_and_only_once(engine: Engine) -> None:
    engine.fault("instances.insert", drop=True, delay=60, times=2)
    request_id = str(uuid4())
    for _ in range(2):
        with pytest.raises(requests.exceptions.ConnectionError):
            engine.insert(request_id=request_id)
    assert engine.names() == []
    engine.move(61)
    assert engine.names() == ["vm-1"]
    assert engine.insert(request_id=request_id).target_id == engine.get().id


def test_an_ordered_refusal_is_answered_as_google_does(engine: Engine) -> None:
    details = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "CONCURRENT_OPERATIONS_QUOTA_EXCEEDED"}]
    fault = {"status": 403, "reason": "rateLimitExceeded", "message": "Rate Limit Exceeded"}
    engine.fault("instances.insert", **fault, detail={"details": details})
    with pytest.raises(exceptions.Forbidden, match="Rate Limit Exceeded") as caught:
        engine.insert()
    assert caught.value.errors[0] == {
        "message": "Rate Limit Exceeded",
        "domain": "usageLimits",
        "reason": "rateLimitExceeded",
    }
    assert engine.names() == []


def test_a_delay_makes_the_operation_longer(engine: Engine) -> None:
    engine.fault("instances.insert", delay=600)
    operation = engine.insert()
    engine.move(500)
    assert engine.get().status != "RUNNING"
    engine.move(200)
    assert engine.wait(operation).status == compute_v1.Operation.Status.DONE
    assert engine.get().status == "RUNNING"


def test_a_quota_is_refused_with_its_name_and_limit(engine: Engine) -> None:
    engine.post("/_quotas", **{"us-west1": {"CPUS": 4}})
    engine.insert("vm-1")
    engine.insert("vm-2")
    with pytest.raises(exceptions.Forbidden) as caught:
        engine.insert("vm-3")
    assert "Quota 'CPUS' exceeded.  Limit: 4.0 in region us-west1." in caught.value.message
    assert caught.value.errors[0]["reason"] == "quotaExceeded"
    engine.insert("vm-3", "europe-west9-a")


def test_a_stopped_machine_gives_its_cpus_back_and_its_start_needs_them_again(engine: Engine) -> None:
    engine.post("/_quotas", **{"us-west1": {"CPUS": 2}})
    engine.insert("vm-1")
    engine.act("stop", "vm-1")
    engine.insert("vm-2")
    with pytest.raises(exceptions.Forbidden):
        engine.act("start", "vm-1")
    engine.act("delete", "vm-2")
    engine.act("start", "vm-1")
    assert engine.get("vm-1").status == "RUNNING"


def test_a_series_with_a_quota_of_its_own_leaves_the_shared_one_alone(engine: Engine) -> None:
    engine.post("/_quotas", **{"us-west1": {"CPUS": 0, "N2_CPUS": 2, "CPUS_PER_VM_FAMILY": 0}})
    engine.insert("vm-1", machine_type="n2-standard-2")
    for machine_type, metric in (("n2-standard-2", "N2_CPUS"), ("c4-standard-2", "CPUS_PER_VM_FAMILY")):
        with pytest.raises(exceptions.Forbidden, match=f"Quota '{metric}' exceeded"):
            engine.insert("vm-2", machine_type=machine_type)
    quotas = {quota.metric: quota for quota in engine.regions.get(project=PROJECT, region="us-west1").quotas}
    assert (quotas["N2_CPUS"].limit, quotas["N2_CPUS"].usage, quotas["CPUS"].usage) == (2, 2, 0)
    assert "CPUS_PER_VM_FAMILY" not in quotas


def test_a_spot_machine_counts_against_the_preemptible_quota_once_one_is_granted(engine: Engine) -> None:
    spot = compute_v1.Scheduling(provisioning_model="SPOT")
    engine.post("/_quotas", **{"us-west1": {"CPUS": 0}})
    with pytest.raises(exceptions.Forbidden, match="Quota 'CPUS' exceeded"):
        engine.insert("vm-1", scheduling=spot)
    engine.post("/_quotas", **{"us-west1": {"PREEMPTIBLE_CPUS": 2}})
    engine.insert("vm-1", scheduling=spot)
    with pytest.raises(exceptions.Forbidden, match="Quota 'PREEMPTIBLE_CPUS' exceeded"):
        engine.insert("vm-2", scheduling=spot)


def test_addresses_and_firewall_rules_have_quotas_of_their_own(engine: Engine) -> None:
    engine.post("/_quotas", **{"us-west1": {"IN_USE_ADDRESSES": 0}, "global": {"FIREWALLS": 0}})
    with pytest.raises(exceptions.Forbidden, match="IN_USE_ADDRESSES"):
        engine.insert()
    rule = compute_v1.Firewall(name="r", allowed=[compute_v1.Allowed(I_p_protocol="tcp", ports=["22"])])
    with pytest.raises(exceptions.Forbidden, match=r"FIREWALLS.*globally"):
        engine.firewalls.insert_unary(project=PROJECT, firewall_resource=rule, retry=None)


def test_everything_is_still_there_after_a_restart(tmp_path: Path) -> None:
    request_id = str(uuid4())
    with running(latency=3600, folder=tmp_path) as engine:
        engine.post("/_quotas", **{"us-west1": {"CPUS": 3}})
        operation = engine.insert(request_id=request_id, metadata={"enable-guest-attributes": "TRUE"})
        engine.move(3600)
    with running(latency=3600, folder=tmp_path) as engine:
        assert engine.get().status == "STAGING"
        assert engine.insert(request_id=request_id).name == operation.name
        with pytest.raises(exceptions.Forbidden, match="CPUS"):
            engine.insert("vm-2")
        engine.move(4 * 3600)
        assert engine.get().status == "RUNNING"
        assert engine.attributes("hostkeys/")


def test_time_goes_by_without_anybody_asking(tmp_path: Path) -> None:
    """What is due is done when it is due, and written down: not at the next call."""
    with running(latency=0.02, folder=tmp_path) as engine:
        engine.insert()
        kept, deadline = tmp_path / "compute.json", time.monotonic() + 15
        while not (kept.exists() and '"RUNNING"' in kept.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_a_reset_leaves_an_empty_project(engine: Engine) -> None:
    engine.insert()
    engine.post("/_reset").raise_for_status()
    assert engine.names() == []
    assert engine.state()["gone"] == []
    engine.insert()

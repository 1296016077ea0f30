"""Every answer of the emulated Compute Engine is one of Google's own messages, with no field that they do not have."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import proto
import pytest
from google.cloud import compute_v1

from tests.conformance.compute_engine import ZONE, Engine, running

AGGREGATED = "projects/demo/aggregated"
GLOBAL = "projects/demo/global"
HERE = f"projects/demo/zones/{ZONE}"
ANSWERS: dict[str, type[proto.Message]] = {
    "projects/demo": compute_v1.Project,
    "projects/demo/zones": compute_v1.ZoneList,
    "projects/demo/regions": compute_v1.RegionList,
    "projects/demo/regions/us-west1/subnetworks": compute_v1.SubnetworkList,
    "projects/debian-cloud/global/images": compute_v1.ImageList,
    f"{GLOBAL}/networks": compute_v1.NetworkList,
    f"{GLOBAL}/firewalls": compute_v1.FirewallList,
    f"{GLOBAL}/operations": compute_v1.OperationList,
    f"{HERE}/operations": compute_v1.OperationList,
    f"{HERE}/instances": compute_v1.InstanceList,
    f"{HERE}/instances/vm-1": compute_v1.Instance,
    f"{HERE}/instances/vm-1/serialPort": compute_v1.SerialPortOutput,
    f"{HERE}/instances/vm-1/getGuestAttributes?queryPath=vmc/": compute_v1.GuestAttributes,
    f"{HERE}/disks": compute_v1.DiskList,
    f"{HERE}/machineTypes": compute_v1.MachineTypeList,
    f"{HERE}/diskTypes": compute_v1.DiskTypeList,
    f"{HERE}/acceleratorTypes": compute_v1.AcceleratorTypeList,
    f"{AGGREGATED}/instances": compute_v1.InstanceAggregatedList,
    f"{AGGREGATED}/disks": compute_v1.DiskAggregatedList,
    f"{AGGREGATED}/operations": compute_v1.OperationAggregatedList,
    f"{AGGREGATED}/subnetworks": compute_v1.SubnetworkAggregatedList,
    f"{AGGREGATED}/machineTypes": compute_v1.MachineTypeAggregatedList,
    f"{AGGREGATED}/diskTypes": compute_v1.DiskTypeAggregatedList,
    f"{AGGREGATED}/acceleratorTypes": compute_v1.AcceleratorTypeAggregatedList,
}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """A project with something of everything in it."""
    with running() as engine:
        told = {"enable-guest-attributes": "TRUE", "startup-script": "step one true\n"}
        spot = compute_v1.Scheduling(
            provisioning_model="SPOT",
            instance_termination_action="STOP",
            max_run_duration=compute_v1.Duration(seconds=3600),
        )
        engine.insert("vm-1", labels={"owner": "ann"}, metadata=told, scheduling=spot)
        engine.insert("vm-2", machine_type="g2-standard-4")
        engine.act("stop", "vm-2")
        exhausted = {"code": "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"}
        engine.fault("instances.insert", operation_error=exhausted)
        engine.insert("vm-3", request_id="0c4ba4b5-6f4b-4b43-a9e0-2c1f5a3c9e51")
        rule = compute_v1.Firewall(name="rule", allowed=[compute_v1.Allowed(I_p_protocol="tcp", ports=["22"])])
        engine.firewalls.insert_unary(project="demo", firewall_resource=rule)
        yield engine


@pytest.mark.parametrize(("path", "message"), ANSWERS.items(), ids=ANSWERS)
def test_an_answer_has_only_fields_that_google_knows(engine: Engine, path: str, message: type[proto.Message]) -> None:
    answer = engine.http.get(f"/compute/v1/{path}")
    read = message.from_json(answer.text, ignore_unknown_fields=False)
    assert answer.json()["kind"].startswith("compute#")
    assert read.kind == answer.json()["kind"]


def test_a_wait_answers_when_the_operation_is_done() -> None:
    with running(latency=20) as engine:
        assert _waited_while_moving(engine, step=15).status == compute_v1.Operation.Status.DONE


def test_a_wait_gives_up_after_two_minutes() -> None:
    with running(latency=100_000) as engine:
        assert _waited_while_moving(engine, step=130).status == compute_v1.Operation.Status.PENDING


def _waited_while_moving(engine: Engine, step: float) -> compute_v1.Operation:
    """What a wait answers, while the clock is moved on in steps until it does."""
    operation = engine.insert()
    answers: list[compute_v1.Operation] = []
    waiting = threading.Thread(target=lambda: answers.append(engine.wait(operation)))
    waiting.start()
    deadline = time.monotonic() + 20
    while waiting.is_alive() and time.monotonic() < deadline:
        engine.move(step)
        waiting.join(0.02)
    return answers[0]

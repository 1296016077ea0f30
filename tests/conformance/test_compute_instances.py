"""The emulated Compute Engine, by Google's own client: instances from insert to delete."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest
from google.api_core import exceptions
from google.cloud import compute_v1

from tests.conformance.compute_engine import PROJECT, ZONE, Engine, running

ARM = "projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-arm64"
LINKS = "https://www.googleapis.com/compute/v1/projects/demo"


@pytest.fixture
def engine() -> Iterator[Engine]:
    with running() as engine:
        yield engine


@pytest.fixture
def slow() -> Iterator[Engine]:
    """An hour of latency: nothing happens but by a move of the clock."""
    with running(latency=3600) as engine:
        yield engine


def test_an_instance_comes_up_with_everything_that_compute_fills_in(engine: Engine) -> None:
    operation = engine.insert(labels={"owner": "ann"}, disk={"labels": {"owner": "ann"}})
    assert engine.wait(operation).status == compute_v1.Operation.Status.DONE
    assert operation.target_link == f"{LINKS}/zones/{ZONE}/instances/vm-1"

    found = engine.get()
    assert found.status == "RUNNING"
    assert found.id == operation.target_id > 2**61
    assert found.machine_type == f"{LINKS}/zones/{ZONE}/machineTypes/e2-standard-2"
    assert found.network_interfaces[0].access_configs[0].nat_i_p
    assert found.network_interfaces[0].network_i_p.startswith("10.138.0.")
    assert found.scheduling.provisioning_model == "STANDARD"
    assert found.scheduling.on_host_maintenance == "MIGRATE"
    assert found.last_start_timestamp >= found.creation_timestamp
    disk = engine.disks.get(project=PROJECT, zone=ZONE, disk="vm-1")
    assert disk.source_image.startswith("https://www.googleapis.com/compute/v1/projects/ubuntu-os-cloud/global/images/")
    assert disk.source_image.rsplit("-", 1)[1].startswith("v20")
    assert (disk.size_gb, disk.users, dict(disk.labels)) == (20, [found.self_link], {"owner": "ann"})


def test_a_repeated_request_id_gets_the_same_operation_and_makes_one_instance(engine: Engine) -> None:
    request_id = str(uuid4())
    first, second = (engine.insert(request_id=request_id) for _ in range(2))
    assert first.name == second.name
    assert engine.names() == ["vm-1"]
    assert engine.insert("vm-1", "us-west1-b", request_id).name != first.name


@pytest.mark.parametrize("request_id", ["not-a-uuid", "00000000-0000-0000-0000-000000000000"])
def test_a_request_id_must_be_a_uuid_that_is_not_zero(engine: Engine, request_id: str) -> None:
    with pytest.raises(exceptions.BadRequest, match="requestId"):
        engine.insert(request_id=request_id)


def test_a_name_is_taken_once_per_zone(engine: Engine) -> None:
    engine.insert()
    with pytest.raises(exceptions.Conflict) as caught:
        engine.insert()
    assert caught.value.errors[0]["reason"] == "alreadyExists"
    assert f"'projects/demo/zones/{ZONE}/instances/vm-1' already exists" in caught.value.message
    engine.insert(zone="us-west1-b")


def test_what_is_not_there_is_not_found(engine: Engine) -> None:
    with pytest.raises(
        exceptions.NotFound, match=f"'projects/demo/zones/{ZONE}/instances/vm-9' was not found"
    ) as caught:
        engine.get("vm-9")
    assert caught.value.errors[0]["reason"] == "notFound"
    with pytest.raises(exceptions.NotFound):
        engine.act("delete", "vm-9")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "Vm_1"}, "Must be a match of regex"),
        ({"machine_type": "e2-standard-3"}, "machineTypes/e2-standard-3' does not exist"),
        ({"machine_type": "n2-custom-3-4096"}, "does not exist"),
        ({"disk": {"disk_size_gb": 5}}, "cannot be smaller than the image size"),
        ({"disk": {"source_image": ARM}}, r"architecture \(ARM64\) is not compatible"),
        (
            {"machine_type": "n4-standard-2", "disk": {"disk_type": f"zones/{ZONE}/diskTypes/pd-balanced"}},
            r"\[n4-standard-2, pd-balanced\] features are not compatible",
        ),
        ({"labels": {"owner": "Ann"}}, "Label value 'Ann'"),
        ({"network_interfaces": []}, "networkInterfaces"),
    ],
)
def test_what_can_never_work_is_refused_before_anything_is_made(
    engine: Engine, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(exceptions.BadRequest, match=message):
        engine.insert(**{"name": "vm-1", **changes})  # type: ignore[arg-type]
    assert engine.names() == []
    assert engine.state()["disks"] == []


def test_a_machine_type_that_the_region_does_not_offer_is_refused(engine: Engine) -> None:
    with pytest.raises(exceptions.BadRequest, match="n2-standard-2' does not exist"):
        engine.insert(zone="northamerica-south1-a", machine_type="n2-standard-2")


def test_it_passes_through_every_status_as_time_goes_by(slow: Engine) -> None:
    operation = slow.insert()
    assert operation.status == compute_v1.Operation.Status.PENDING
    seen = [slow.get().status]
    for _ in range(3):
        slow.move(3600)
        seen.append(slow.get().status)
    assert seen == ["PROVISIONING", "STAGING", "STAGING", "RUNNING"]
    assert slow.wait(operation).status == compute_v1.Operation.Status.DONE

    slow.act("stop")
    assert slow.get().status == "STOPPING"
    slow.move(7200)
    stopped = slow.get()
    assert stopped.status == "TERMINATED"
    assert stopped.last_stop_timestamp > stopped.last_start_timestamp


def test_what_is_due_happens_in_order_when_the_clock_jumps_over_it(slow: Engine) -> None:
    slow.insert(metadata={"enable-guest-attributes": "TRUE", "startup-script": "step one true\nstep two true\n"})
    slow.move(86400)
    assert slow.attributes()["setup"] == "done"
    times = [step["at"] for step in _steps(slow)]
    assert times == sorted(times)
    assert len(set(times)) == 2


def test_a_stop_takes_the_external_address_and_a_start_gives_another(engine: Engine) -> None:
    engine.insert()
    before = engine.get().network_interfaces[0]
    engine.act("stop")
    stopped = engine.get().network_interfaces[0]
    assert not stopped.access_configs[0].nat_i_p
    assert stopped.network_i_p == before.network_i_p
    engine.act("start")
    after = engine.get().network_interfaces[0]
    assert after.access_configs[0].nat_i_p not in ("", before.access_configs[0].nat_i_p)


def test_a_delete_takes_its_boot_disk_along(engine: Engine) -> None:
    engine.insert()
    engine.act("delete")
    assert engine.names() == []
    assert engine.state()["disks"] == []
    assert [one["name"] for one in engine.state()["gone"]] == ["vm-1"]


def test_an_instance_deleted_while_it_is_made_ends_its_insert_with_conflict(slow: Engine) -> None:
    inserted = slow.insert()
    slow.move(2 * 3600)
    slow.act("delete")
    slow.move(1.5 * 3600)
    ended = slow.wait(inserted)
    assert (ended.http_error_status_code, ended.error.errors[0].code) == (409, "CONFLICT")
    assert slow.get().status == "STOPPING"
    slow.move(3600)
    assert slow.names() == []


def test_labels_change_only_with_their_fingerprint(engine: Engine) -> None:
    engine.insert(labels={"owner": "ann"})
    fingerprint = engine.get().label_fingerprint
    request = compute_v1.InstancesSetLabelsRequest(labels={"owner": "bob"}, label_fingerprint=fingerprint)
    engine.act("set_labels", instances_set_labels_request_resource=request)
    assert dict(engine.get().labels) == {"owner": "bob"}
    with pytest.raises(exceptions.PreconditionFailed) as caught:
        engine.act("set_labels", instances_set_labels_request_resource=request)
    assert caught.value.errors[0]["reason"] == "conditionNotMet"


def test_metadata_changes_only_with_its_fingerprint(engine: Engine) -> None:
    engine.insert(metadata={"a": "1"})
    stale = engine.get().metadata
    fresh = compute_v1.Metadata(
        fingerprint=stale.fingerprint, items=[*stale.items, compute_v1.Items(key="b", value="2")]
    )
    engine.act("set_metadata", metadata_resource=fresh)
    assert {item.key: item.value for item in engine.get().metadata.items} == {"a": "1", "b": "2"}
    with pytest.raises(exceptions.PreconditionFailed, match="current metadata fingerprint"):
        engine.act("set_metadata", metadata_resource=fresh)


def test_a_machine_type_changes_on_a_stopped_instance_only(engine: Engine) -> None:
    engine.insert()
    request = compute_v1.InstancesSetMachineTypeRequest(machine_type=f"zones/{ZONE}/machineTypes/e2-standard-4")
    with pytest.raises(exceptions.BadRequest, match="Instance should be in the STOPPED state"):
        engine.act("set_machine_type", instances_set_machine_type_request_resource=request)
    engine.act("stop")
    engine.act("set_machine_type", instances_set_machine_type_request_resource=request)
    engine.act("start")
    assert engine.get().machine_type.endswith("/e2-standard-4")
    assert _usage(engine, "CPUS") == 4


def test_gpus_go_with_what_takes_them_and_where_they_are(engine: Engine) -> None:
    def with_gpu(zone: str, gpu: str) -> list[compute_v1.AcceleratorConfig]:
        kind = f"projects/demo/zones/{zone}/acceleratorTypes/{gpu}"
        return [compute_v1.AcceleratorConfig(accelerator_type=kind, accelerator_count=1)]

    t4 = with_gpu(ZONE, "nvidia-tesla-t4")
    engine.insert("n1", machine_type="n1-standard-4", guest_accelerators=t4)
    assert engine.get("n1").scheduling.on_host_maintenance == "TERMINATE"
    assert _usage(engine, "NVIDIA_T4_GPUS") == 1
    engine.insert("g2", machine_type="g2-standard-4")
    assert engine.get("g2").guest_accelerators[0].accelerator_type.endswith("/nvidia-l4")
    with pytest.raises(exceptions.BadRequest, match="features are not compatible"):
        engine.insert("e2", guest_accelerators=t4)
    nowhere = with_gpu("us-west1-c", "nvidia-tesla-t4")
    with pytest.raises(exceptions.NotFound):
        engine.insert("n2", "us-west1-c", machine_type="n1-standard-4", guest_accelerators=nowhere)


def _steps(engine: Engine) -> list[dict[str, str]]:
    return [json.loads(value) for key, value in sorted(engine.attributes().items()) if key.startswith("step-")]


def _usage(engine: Engine, metric: str) -> float:
    quotas = engine.regions.get(project=PROJECT, region="us-west1").quotas
    return next(quota.usage for quota in quotas if quota.metric == metric)

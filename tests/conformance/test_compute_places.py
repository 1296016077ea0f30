"""Disks, firewall rules, images and the catalogue of the emulated Compute Engine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from google.api_core import exceptions
from google.cloud import compute_v1

from tests.conformance.compute_engine import PROJECT, ZONE, Engine, boot_disk, running


@pytest.fixture
def engine() -> Iterator[Engine]:
    with running() as engine:
        yield engine


def rule(name: str = "vmc-test-7-access", **changes: object) -> compute_v1.Firewall:
    allowed = [compute_v1.Allowed(I_p_protocol="tcp", ports=["22"])]
    return compute_v1.Firewall(**{"name": name, "allowed": allowed, "source_ranges": ["203.0.113.4/32"], **changes})


def test_a_firewall_rule_is_made_found_by_its_prefix_changed_and_deleted(engine: Engine) -> None:
    operation = engine.firewalls.insert_unary(project=PROJECT, firewall_resource=rule(description="id=7"))
    engine.global_operations.wait(project=PROJECT, operation=operation.name)
    engine.firewalls.insert_unary(project=PROJECT, firewall_resource=rule("other"))
    request = compute_v1.ListFirewallsRequest(project=PROJECT, filter="name eq vmc-test-.*")
    (found,) = engine.firewalls.list(request)
    assert (found.priority, found.direction, found.description) == (1000, "INGRESS", "id=7")

    change = compute_v1.Firewall(source_ranges=["203.0.113.9/32"])
    engine.firewalls.patch_unary(project=PROJECT, firewall=found.name, firewall_resource=change)
    changed = engine.firewalls.get(project=PROJECT, firewall=found.name)
    assert list(changed.source_ranges) == ["203.0.113.9/32"]
    assert changed.allowed[0].ports == ["22"]

    engine.firewalls.delete_unary(project=PROJECT, firewall=found.name)
    with pytest.raises(exceptions.NotFound, match="projects/demo/global/firewalls/vmc-test-7-access"):
        engine.firewalls.get(project=PROJECT, firewall=found.name)


def test_a_firewall_rule_name_is_taken_once(engine: Engine) -> None:
    engine.firewalls.insert_unary(project=PROJECT, firewall_resource=rule())
    with pytest.raises(exceptions.Conflict):
        engine.firewalls.insert_unary(project=PROJECT, firewall_resource=rule())


@pytest.mark.parametrize("changes", [{"allowed": []}, {"source_ranges": ["203.0.113.4/33"]}, {"name": "-r"}])
def test_a_firewall_rule_that_says_nothing_sensible_is_refused(engine: Engine, changes: dict[str, object]) -> None:
    with pytest.raises(exceptions.BadRequest):
        engine.firewalls.insert_unary(project=PROJECT, firewall_resource=rule(**changes))


def test_a_disk_grows_in_use_and_never_shrinks(engine: Engine) -> None:
    engine.insert()
    place = {"project": PROJECT, "zone": ZONE, "disk": "vm-1"}
    larger = compute_v1.DisksResizeRequest(size_gb=40)
    engine.disks.resize_unary(**place, disks_resize_request_resource=larger)
    assert engine.disks.get(**place).size_gb == 40
    assert engine.get().disks[0].disk_size_gb == 40
    with pytest.raises(exceptions.BadRequest, match="must be larger than existing size '40'"):
        engine.disks.resize_unary(**place, disks_resize_request_resource=larger)


def test_a_disk_in_use_is_not_deleted_and_one_that_is_kept_outlives_its_instance(engine: Engine) -> None:
    kept = boot_disk()
    kept.auto_delete = False
    engine.insert(disks=[kept])
    place = {"project": PROJECT, "zone": ZONE, "disk": "vm-1"}
    with pytest.raises(exceptions.BadRequest, match="already being used by 'projects/demo/zones/us-west1-a/instances/"):
        engine.disks.delete_unary(**place)
    engine.act("delete")
    assert list(engine.disks.get(**place).users) == []
    engine.disks.delete_unary(**place)
    with pytest.raises(exceptions.NotFound):
        engine.disks.get(**place)


def test_a_disks_labels_change_only_with_their_fingerprint(engine: Engine) -> None:
    engine.insert()
    place = {"project": PROJECT, "zone": ZONE, "resource": "vm-1"}
    fingerprint = engine.disks.get(project=PROJECT, zone=ZONE, disk="vm-1").label_fingerprint
    request = compute_v1.ZoneSetLabelsRequest(labels={"end": "1"}, label_fingerprint=fingerprint)
    engine.disks.set_labels_unary(**place, zone_set_labels_request_resource=request)
    assert dict(engine.disks.get(project=PROJECT, zone=ZONE, disk="vm-1").labels) == {"end": "1"}
    with pytest.raises(exceptions.PreconditionFailed):
        engine.disks.set_labels_unary(**place, zone_set_labels_request_resource=request)


def test_a_family_gives_its_newest_image_until_its_system_is_past_its_end(engine: Engine) -> None:
    found = engine.images.get_from_family(project="debian-cloud", family="debian-12")
    assert found.name.startswith("debian-12-bookworm-v20")
    assert engine.images.get(project="debian-cloud", image=found.name).id == found.id
    with pytest.raises(exceptions.NotFound):
        engine.images.get_from_family(project="ubuntu-os-cloud", family="ubuntu-2004-lts")


@pytest.mark.parametrize(
    ("name", "vcpus", "memory_mib"),
    [
        ("e2-micro", 2, 1024),
        ("n2-custom-4-8192", 4, 8192),
        ("custom-2-4096", 2, 4096),
        ("custom-1-2048", 1, 2048),
        ("e2-custom-2-4096", 2, 4096),
        ("n4-custom-6-20480", 6, 20480),
    ],
)
def test_machine_types_are_described(engine: Engine, name: str, vcpus: int, memory_mib: int) -> None:
    found = engine.machine_types.get(project=PROJECT, zone=ZONE, machine_type=name)
    assert (found.guest_cpus, found.memory_mb) == (vcpus, memory_mib)


@pytest.mark.parametrize(
    "name", ["n2-custom-3-8192", "n2-custom-4-8000", "e2-custom-34-65536", "c3-custom-4-16384", "n2-custom-4-1024"]
)
def test_a_custom_machine_type_outside_its_series_rules_does_not_exist(engine: Engine, name: str) -> None:
    with pytest.raises(exceptions.NotFound):
        engine.machine_types.get(project=PROJECT, zone=ZONE, machine_type=name)


def test_a_custom_machine_runs_and_counts_its_vcpus(engine: Engine) -> None:
    before = _cpus(engine)
    engine.wait(engine.insert(machine_type="n2-custom-6-20480"))
    assert _cpus(engine) == before + 6


def _cpus(engine: Engine) -> float:
    region = engine.regions.get(project=PROJECT, region=ZONE[:-2])
    return next(quota.usage for quota in region.quotas if quota.metric == "N2_CPUS")


def test_a_machine_type_is_listed_where_it_is_offered(engine: Engine) -> None:
    def names(zone: str) -> set[str]:
        return {found.name for found in engine.machine_types.list(project=PROJECT, zone=zone)}

    assert {"n2-standard-2", "g2-standard-4"} <= names(ZONE)
    assert "n2-standard-2" not in names("northamerica-south1-a")


def test_an_operation_can_be_listed_and_forgotten(engine: Engine) -> None:
    operation = engine.insert()
    assert [one.name for one in engine.operations.list(project=PROJECT, zone=ZONE)] == [operation.name]
    engine.operations.delete(project=PROJECT, zone=ZONE, operation=operation.name)
    with pytest.raises(exceptions.NotFound):
        engine.wait(operation)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("projects/demo", 200),
        ("projects/demo/zones", 200),
        ("projects/demo/zones/us-west1-a", 200),
        ("projects/demo/zones/mars-a", 400),
        ("projects/demo/regions", 200),
        ("projects/demo/regions/us-west1/subnetworks/default", 200),
        ("projects/demo/global/networks", 200),
        ("projects/demo/global/networks/other", 404),
        ("projects/demo/aggregated/subnetworks", 200),
        ("projects/demo/aggregated/machineTypes", 200),
        ("projects/demo/zones/us-west1-a/diskTypes/pd-balanced", 200),
        ("projects/demo/zones/us-west1-a/diskTypes/floppy", 404),
        ("projects/demo/zones/us-west1-a/acceleratorTypes/nvidia-l4", 200),
        ("projects/demo/aggregated/operations", 200),
        ("projects/debian-cloud/global/images", 200),
        ("projects/demo/zones/us-west1-a/toasters", 404),
    ],
)
def test_every_place_answers_in_json(engine: Engine, path: str, status: int) -> None:
    answer = engine.http.get(f"/compute/v1/{path}")
    assert answer.status_code == status
    assert ("error" in answer.json()) == (status != 200)


def test_64_bit_integers_are_strings_and_links_are_googles(engine: Engine) -> None:
    engine.insert()
    found = engine.http.get(f"/compute/v1/projects/demo/zones/{ZONE}/instances/vm-1").json()
    assert isinstance(found["id"], str)
    assert found["disks"][0]["diskSizeGb"] == "20"
    assert found["selfLink"] == f"https://www.googleapis.com/compute/v1/projects/demo/zones/{ZONE}/instances/vm-1"

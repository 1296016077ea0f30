"""What is asked of Compute for each kind of machine, and how its answers are read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from shared.domain.machine import FirewallRule, Machine, rfc3339
from shared.domain.spec import Gpu
from shared.google.compute_resources import firewall_body, instance_body, moment

MACHINE = Machine(
    name="django-001-a",
    zone="us-west1-b",
    machine_type="e2-standard-2",
    image_project="ubuntu-os-cloud",
    image_family="ubuntu-2604-lts-amd64",
    disk_gib=20,
    disk_type="pd-balanced",
    gpu=None,
    spot=False,
    network_tag="vmc-test-k2345",
    labels={"vmc-id": "k2345", "vmc-environment": "test"},
    metadata={"block-project-ssh-keys": "TRUE", "startup-script": "#!/bin/bash\n"},
    termination_time=datetime(2026, 11, 25, 10, 30, tzinfo=UTC),
)


def body(**changes: Any) -> dict[str, Any]:
    return instance_body(replace(MACHINE, **changes), "demo", "vms")


def test_a_plain_machine_asks_for_what_it_names() -> None:
    asked = body()
    assert asked["machine_type"] == "projects/demo/zones/us-west1-b/machineTypes/e2-standard-2"
    assert asked["tags"] == {"items": ["vmc-test-k2345"]}
    assert asked["metadata"]["items"] == [
        {"key": "block-project-ssh-keys", "value": "TRUE"},
        {"key": "startup-script", "value": "#!/bin/bash\n"},
    ]
    (interface,) = asked["network_interfaces"]
    assert interface["network"] == "projects/demo/global/networks/vms"
    assert interface["subnetwork"] == "projects/demo/regions/us-west1/subnetworks/vms"
    assert [config["type_"] for config in interface["access_configs"]] == ["ONE_TO_ONE_NAT"]
    assert "guest_accelerators" not in asked


def test_no_machine_has_a_service_account() -> None:
    assert "service_accounts" not in body()


def test_the_boot_disk_carries_the_labels_and_dies_with_the_machine() -> None:
    (disk,) = body()["disks"]
    assert disk["boot"]
    assert disk["auto_delete"]
    assert disk["initialize_params"] == {
        "source_image": "projects/ubuntu-os-cloud/global/images/family/ubuntu-2604-lts-amd64",
        "disk_size_gb": 20,
        "disk_type": "projects/demo/zones/us-west1-b/diskTypes/pd-balanced",
        "labels": {"vmc-id": "k2345", "vmc-environment": "test"},
    }


@pytest.mark.parametrize("spot", [False, True])
def test_every_machine_kills_itself_at_its_switch(spot: bool) -> None:
    scheduling = body(spot=spot)["scheduling"]
    assert scheduling["termination_time"] == "2026-11-25T10:30:00.000Z"
    assert scheduling["instance_termination_action"] == "DELETE"


def test_an_ordinary_machine_leaves_maintenance_to_compute() -> None:
    assert set(body()["scheduling"]) == {"termination_time", "instance_termination_action", "provisioning_model"}


def test_a_spot_machine_is_neither_moved_nor_restarted() -> None:
    scheduling = body(spot=True)["scheduling"]
    assert scheduling["provisioning_model"] == "SPOT"
    assert scheduling["on_host_maintenance"] == "TERMINATE"
    assert scheduling["automatic_restart"] is False


@pytest.mark.parametrize(
    ("machine_type", "gpu"),
    [
        ("n1-standard-4", Gpu(type="nvidia-tesla-t4", count=1)),
        ("g2-standard-4", Gpu(type="nvidia-l4", count=1)),
        ("a2-highgpu-1g", None),
    ],
)
def test_a_gpu_machine_is_not_moved_and_may_load_its_drivers(machine_type: str, gpu: Gpu | None) -> None:
    asked = body(machine_type=machine_type, gpu=gpu)
    assert asked["scheduling"]["on_host_maintenance"] == "TERMINATE"
    assert asked["scheduling"]["provisioning_model"] == "STANDARD"
    assert not asked["shielded_instance_config"]["enable_secure_boot"]


def test_a_gpu_is_attached_only_where_the_type_has_none_built_in() -> None:
    attached = body(machine_type="n1-standard-4", gpu=Gpu(type="nvidia-tesla-t4", count=2))
    assert attached["guest_accelerators"] == [
        {
            "accelerator_type": "projects/demo/zones/us-west1-b/acceleratorTypes/nvidia-tesla-t4",
            "accelerator_count": 2,
        }
    ]
    assert "guest_accelerators" not in body(machine_type="g2-standard-4", gpu=Gpu(type="nvidia-l4", count=1))


@pytest.mark.parametrize(("machine_type", "secure"), [("e2-standard-2", True), ("c4a-standard-2", False)])
def test_secure_boot_is_on_where_every_public_image_boots_with_it(machine_type: str, secure: bool) -> None:
    shielded = body(machine_type=machine_type)["shielded_instance_config"]
    assert shielded == {
        "enable_secure_boot": secure,
        "enable_vtpm": True,
        "enable_integrity_monitoring": True,
    }


def test_a_firewall_rule_lets_in_its_ranges_to_its_tag_only() -> None:
    rule = FirewallRule("vmc-test-k2345-in", "vmc-test-k2345", ("203.0.113.7/32",), (22, 8000), "k2345 until …")
    assert firewall_body(rule, "demo", "vms") == {
        "name": "vmc-test-k2345-in",
        "description": "k2345 until …",
        "network": "projects/demo/global/networks/vms",
        "direction": "INGRESS",
        "allowed": [{"I_p_protocol": "tcp", "ports": ["22", "8000"]}],
        "source_ranges": ["203.0.113.7/32"],
        "target_tags": ["vmc-test-k2345"],
        "log_config": {"enable": False},
    }


def test_times_travel_in_utc() -> None:
    pacific = timezone(timedelta(hours=-8))
    assert rfc3339(datetime(2026, 11, 23, 1, 2, 3, 4500, tzinfo=pacific)) == "2026-11-23T09:02:03.004Z"
    assert moment("2026-11-23T01:02:03.004-08:00") == datetime(2026, 11, 23, 9, 2, 3, 4000, tzinfo=UTC)
    assert moment("") is None

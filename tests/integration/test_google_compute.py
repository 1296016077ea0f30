"""shared.google.compute against the emulated Compute Engine: machines, disks, rules and guests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC

import httpx
import pytest

from local.compute import make_app
from local.server import in_thread
from shared.domain.errors import AlreadyExists, CloudError, Scope
from shared.domain.machine import FirewallRule
from shared.google.compute import ComputeEngine
from tests.integration.emulated_compute import MACHINE, ZONE, compute, emulator, engine, new_id
from tests.integration.google_account import google_account

__all__ = ["compute", "emulator", "google_account"]

RULE = FirewallRule("vmc-test-k2345-in", "vmc-test-k2345", ("203.0.113.7/32",), (22, 8000), "k2345 2026-11-23")


@pytest.fixture
def slow_emulator() -> Iterator[str]:
    """A cloud in which everything takes emulated minutes."""
    with in_thread(make_app(latency=100)) as url:
        yield url


def test_a_machine_is_made_as_asked_and_reads_back(compute: ComputeEngine) -> None:
    operation = compute.operation(ZONE, compute.insert(MACHINE, new_id()))
    assert operation is not None
    assert operation.done
    assert operation.error is None
    made = compute.instance(ZONE, MACHINE.name)
    assert made is not None
    assert (made.name, made.zone, made.status, made.spot) == (MACHINE.name, ZONE, "RUNNING", False)
    assert made.id.isdigit()
    assert made.labels == MACHINE.labels
    assert made.external_ip
    assert made.disks == (MACHINE.name,)
    assert made.last_started_at is not None
    assert made.last_started_at.tzinfo is UTC
    assert made.termination_at == MACHINE.termination_time.replace(
        microsecond=MACHINE.termination_time.microsecond // 1000 * 1000
    )


def test_an_operation_is_not_done_before_its_time(slow_emulator: str) -> None:
    compute = engine(slow_emulator)
    name = compute.insert(MACHINE, new_id())
    begun = compute.operation(ZONE, name)
    assert begun is not None
    assert not begun.done
    httpx.post(f"{slow_emulator}/_clock", json={"offset": 3600})
    ended = compute.operation(ZONE, name)
    assert ended is not None
    assert ended.done


def test_what_is_not_there_is_absent_and_no_error(compute: ComputeEngine) -> None:
    assert compute.instance(ZONE, "none") is None
    assert compute.disk(ZONE, "none") is None
    assert compute.firewall("none") is None
    assert compute.operation(ZONE, "operation-none") is None
    assert not compute.delete(ZONE, "none", new_id())
    assert not compute.delete_disk(ZONE, "none")
    assert not compute.close_firewall("none", new_id())
    assert compute.instances() == compute.disks() == compute.firewalls() == []


def test_lists_hold_what_is_ours_in_every_zone_and_page(
    compute: ComputeEngine, emulator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.google.calls._PAGE_SIZE", 2)
    for number, zone in enumerate(["us-west1-a", "us-west1-b", "europe-west2-a", "us-west1-b", "asia-south2-a"]):
        labels = {"vmc-environment": "test", "vmc-id": f"id{number % 4}"}
        compute.insert(replace(MACHINE, name=f"m-{number}", zone=zone, labels=labels), new_id())
    compute.insert(replace(MACHINE, name="theirs", labels={"vmc-environment": "live", "vmc-id": "id1"}), new_id())
    assert sorted(found.name for found in compute.instances()) == ["m-0", "m-1", "m-2", "m-3", "m-4"]
    assert sorted(found.name for found in compute.instances("id0")) == ["m-0", "m-4"]
    assert sorted(found.name for found in compute.disks()) == ["m-0", "m-1", "m-2", "m-3", "m-4"]
    assert [(found.name, found.zone) for found in compute.disks("id1")] == [("m-1", "us-west1-b")]
    assert [found.name for found in engine(emulator, "live").instances()] == ["theirs"]


def test_stop_and_start_move_the_machine_and_its_switch(compute: ComputeEngine) -> None:
    compute.insert(MACHINE, new_id())
    stopped = compute.operation(ZONE, compute.stop(ZONE, MACHINE.name, new_id()))
    assert stopped is not None
    assert stopped.done
    resting = compute.instance(ZONE, MACHINE.name)
    assert resting is not None
    assert (resting.status, resting.external_ip, resting.termination_at) == ("TERMINATED", None, None)
    assert resting.last_stopped_at is not None
    compute.start(ZONE, MACHINE.name, new_id())
    running = compute.instance(ZONE, MACHINE.name)
    assert running is not None
    assert running.status == "RUNNING"
    assert running.termination_at is not None


def test_a_spot_machine_is_known_as_one(compute: ComputeEngine) -> None:
    compute.insert(replace(MACHINE, spot=True), new_id())
    made = compute.instance(ZONE, MACHINE.name)
    assert made is not None
    assert made.spot


def test_a_deleted_machine_takes_its_disk_along(compute: ComputeEngine) -> None:
    compute.insert(MACHINE, new_id())
    (disk,) = compute.disks("k2345")
    assert (disk.name, disk.zone, disk.in_use) == (MACHINE.name, ZONE, True)
    assert compute.delete(ZONE, MACHINE.name, new_id())
    assert compute.instance(ZONE, MACHINE.name) is None
    assert compute.disk(ZONE, MACHINE.name) is None


def test_labels_that_somebody_was_faster_to_replace_are_left_as_they_are(compute: ComputeEngine) -> None:
    compute.insert(MACHINE, new_id())
    before = compute.instance(ZONE, MACHINE.name)
    assert before is not None
    compute.label(before, {**MACHINE.labels, "vmc-end": "2"})
    with pytest.raises(CloudError) as error:
        compute.label(before, {**MACHINE.labels, "vmc-end": "1"})
    assert error.value.scope is Scope.TRANSIENT, "whoever still has the claim looks again"
    after = compute.instance(ZONE, MACHINE.name)
    assert after is not None
    assert after.labels == {**MACHINE.labels, "vmc-end": "2"}


def test_a_disks_labels_that_somebody_was_faster_to_replace_are_left_as_they_are(compute: ComputeEngine) -> None:
    compute.insert(MACHINE, new_id())
    before = compute.disk(ZONE, MACHINE.name)
    assert before is not None
    compute.label_disk(before, {"vmc-end": "2"})
    with pytest.raises(CloudError):
        compute.label_disk(before, {"vmc-end": "1"})
    after = compute.disk(ZONE, MACHINE.name)
    assert after is not None
    assert after.labels == {"vmc-end": "2"}


def test_a_firewall_rule_opens_lists_and_closes(compute: ComputeEngine) -> None:
    compute.open_firewall(RULE, new_id())
    compute.open_firewall(RULE, new_id())
    found = compute.firewall(RULE.name)
    assert found is not None
    assert replace(found, id=None) == RULE
    assert compute.firewalls() == [found]
    assert compute.close_firewall(RULE.name, new_id())
    assert compute.firewall(RULE.name) is None


def test_a_rule_of_the_name_that_serves_others_is_not_taken_for_ours(compute: ComputeEngine) -> None:
    compute.open_firewall(replace(RULE, network_tag="others"), new_id())
    with pytest.raises(AlreadyExists):
        compute.open_firewall(RULE, new_id())


def test_only_rules_with_our_prefix_are_listed(compute: ComputeEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.google.calls._PAGE_SIZE", 1)
    for name in ("vmc-test-a", "vmc-test-b", "vmc-test2-a", "vmc-live-a", "my-vmc-test-a"):
        compute.open_firewall(replace(RULE, name=name), new_id())
    assert sorted(rule.name for rule in compute.firewalls()) == ["vmc-test-a", "vmc-test-b"]


def test_the_guest_reports_once_it_has_published(slow_emulator: str) -> None:
    compute = engine(slow_emulator)
    script = "#!/bin/bash\n# guest-attributes\nstep 'redis' apt-get install -y redis\n"
    metadata = {"enable-guest-attributes": "TRUE", "startup-script": script}
    compute.insert(replace(MACHINE, metadata=metadata), new_id())
    silent = compute.guest_report(ZONE, MACHINE.name)
    assert (silent.setup, silent.host_keys) == ({}, {})
    httpx.post(f"{slow_emulator}/_clock", json={"offset": 3600})
    report = compute.guest_report(ZONE, MACHINE.name)
    assert report.setup["setup"] == "done"
    assert "redis" in report.setup["step-01"]
    assert set(report.host_keys) == {"ssh-ed25519"}


def test_a_missing_machine_has_nothing_to_report(compute: ComputeEngine) -> None:
    assert compute.guest_report(ZONE, "none").setup == {}

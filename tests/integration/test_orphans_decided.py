"""An administrator decides about orphans: destroyed sooner, or adopted as the VM that the registry has lost."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from shared.db.adopting import PostgresAdoptions
from shared.db.models import Audit, table
from shared.db.upkeep import PostgresUpkeep
from shared.domain.errors import Conflict, NotFound
from shared.domain.life import State
from shared.domain.machine import Machine
from shared.domain.vm import Actor
from shared.services.orphans import Orphans
from shared.services.terms import Resize
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.test_life_and_orphans import stray
from tests.integration.world import DJANGO, WHO, World

ROOT = Actor("admin", "root", "198.51.100.1")


@pytest.fixture
def orphans(here: World) -> Orphans:
    adoptions = PostgresAdoptions(here.engine, here.registry)
    return Orphans(here.platform, adoptions, PostgresUpkeep(here.engine), here.relay)


def lost(here: World, duration: str = "2h") -> str:
    """A VM that is up, and that the registry then loses, as an older backup would not have it."""
    vm_id = here.approve(DJANGO.model_copy(update={"duration": duration}))
    here.deliver()
    here.advancer.advance(vm_id)
    vm = here.vm(vm_id)
    assert vm.labelled_end == vm.expires_at
    forget(here)
    return vm_id


def forget(here: World) -> None:
    """All VMs, and that there were any."""
    with here.engine.begin() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        for name in ("attempts", "outbox", "audit_log", "vms", "name_counters"):
            connection.execute(text(f"DELETE FROM {name}"))
    here.mail.due.clear()


def only(orphans: Orphans, kind: str = "instance") -> dict:
    (found,) = [each for each in orphans.listed()["orphans"] if each["kind"] == kind]
    return found


def actions(here: World) -> list[tuple[str, str]]:
    audit = table(Audit)
    with here.engine.begin() as connection:
        return [tuple(row) for row in connection.execute(select(audit.c.action, audit.c.actor_id).order_by(audit.c.id))]


def test_what_no_row_explains_is_listed_with_what_will_become_of_it(here: World, orphans: Orphans) -> None:
    lost(here)
    found = only(orphans)
    assert (found["name"], found["action"], found["adoptable"]) == ("django-001", "keep", True)
    assert {each["kind"] for each in orphans.listed()["orphans"]} >= {"instance", "firewall rule", "secret"}


def test_a_destroyed_orphan_is_gone_before_its_end_and_who_did_it_is_known(here: World, orphans: Orphans) -> None:
    lost(here)
    for each in orphans.listed()["orphans"]:
        assert orphans.destroy(ROOT, each["id"])["state"] == "going"
    here.move(60)
    assert here.names("instances") == here.names("firewalls") == []
    assert {("orphan.destroying", "root"), ("orphan.destroyed", "root")} <= set(actions(here))
    told = len(actions(here))
    assert orphans.destroy(ROOT, "instance.us-west1-a.django-001")["state"] == "gone"
    assert len(actions(here)) == told


def test_what_a_living_vm_explains_is_no_orphan(here: World, orphans: Orphans) -> None:
    vm_id = here.approve()
    here.deliver()
    vm = here.vm(vm_id)
    with pytest.raises(Conflict, match="not_an_orphan"):
        orphans.destroy(ROOT, f"instance.{vm.zone}.{vm.instance_name}")
    assert here.names("instances") == [vm.instance_name]


def test_another_environments_machine_is_not_ours_to_destroy(here: World, orphans: Orphans) -> None:
    switch = here.now() + timedelta(days=30)
    labels = {"vmc-environment": "other", "vmc-id": "theirs"}
    image = ("ubuntu-os-cloud", "ubuntu-2604-lts-amd64")
    theirs = Machine(
        "theirs", "us-west1-a", "e2-small", *image, 10, "pd-balanced", None, False, "t", labels, {}, switch
    )
    here.compute.insert(theirs, str(uuid.uuid4()))
    assert orphans.listed()["orphans"] == []
    assert orphans.destroy(ROOT, "instance.us-west1-a.theirs")["state"] == "gone"
    assert here.names("instances") == ["theirs"]


@pytest.mark.parametrize("made_up", ["x", "instance..", "network.global.default", "instance.us-west1-a.a b"])
def test_a_made_up_id_is_not_found(orphans: Orphans, made_up: str) -> None:
    for decide in (orphans.destroy, orphans.adopt):
        with pytest.raises(NotFound):
            decide(ROOT, made_up)


def test_an_adopted_machine_is_the_vm_that_was_lost(here: World, orphans: Orphans) -> None:
    vm_id = here.approve(DJANGO)
    here.deliver()
    here.advancer.advance(vm_id)
    before = here.vm(vm_id)
    assert before.expires_at is not None
    forget(here)
    shown = orphans.adopt(ROOT, only(orphans)["id"])
    after = here.vm(vm_id)
    same = ("name", "owner_id", "spec", "approved_total", "rates", "login_user", "zone", "instance_id")
    assert {name: getattr(after, name) for name in same} == {name: getattr(before, name) for name in same}
    assert after.expires_at == before.expires_at.replace(microsecond=0), "a label tells whole seconds"
    assert (shown["name"], after.state, after.started_at) == (before.name, State.RUNNING, before.started_at)
    assert after.reserved_region == before.reserved_region
    assert orphans.listed()["orphans"] == []
    assert actions(here) == [("adopted", "root")]


def test_adopting_an_extended_machine_approves_its_price_up_to_the_end_that_it_tells(
    here: World, orphans: Orphans
) -> None:
    vm_id = here.approve(DJANGO)
    here.deliver()
    here.owning.extend(WHO, here.vm(vm_id).name, timedelta(hours=5), Decimal(1000), "longer")
    here.deliver(until=here.now() + timedelta(minutes=1))
    forget(here)
    shown = orphans.adopt(ROOT, only(orphans)["id"])
    here.to_end(vm_id)
    receipt = here.receipt(vm_id)
    assert Decimal(receipt["metered"]["total"]) == Decimal(shown["approved_total"]) < 1000


def test_an_adopted_vm_lives_on_to_its_receipt(here: World, orphans: Orphans) -> None:
    vm_id = lost(here)
    orphans.adopt(ROOT, only(orphans)["id"])
    here.owning.extend(WHO, here.vm(vm_id).name, timedelta(hours=1), Decimal(1000), "longer")
    assert here.to_end(vm_id).state is State.DELETED
    assert here.names("instances") == here.names("disks") == here.names("firewalls") == []
    assert Decimal(here.receipt(vm_id)["metered"]["total"]) > 0


def test_a_resized_machine_is_adopted_as_it_is(here: World, orphans: Orphans) -> None:
    vm_id = here.approve()
    here.deliver()
    here.owning.resize(WHO, "django-001", Resize("e2-standard-4", 60, Decimal(1000)), "grow")
    here.deliver()
    forget(here)
    orphans.adopt(ROOT, only(orphans)["id"])
    vm = here.vm(vm_id)
    assert (vm.spec.machine_type, vm.spec.disk_gib, vm.reserved_vcpus) == ("e2-standard-4", 60, 4)
    assert vm.rates[0].item == "e2-standard-4"


def test_a_stopped_machine_is_adopted_as_stopped(here: World, orphans: Orphans) -> None:
    vm_id = here.approve()
    here.deliver()
    here.owning.stop(WHO, here.vm(vm_id).name, "stop")
    here.deliver(until=here.now())
    here.advancer.advance(vm_id)
    assert here.vm(vm_id).state is State.STOPPED
    forget(here)
    orphans.adopt(ROOT, only(orphans)["id"])
    vm = here.vm(vm_id)
    assert (vm.state, vm.reserved_region) == (State.STOPPED, None)
    here.owning.extend(WHO, vm.name, timedelta(days=10), vm.approved_total + 100, "longer")
    here.deliver(until=here.now())
    here.owning.start(WHO, vm.name, "start")
    here.deliver(until=here.now())
    vm = here.vm(vm_id)
    assert (vm.state, vm.change) == (State.RUNNING, None)
    assert vm.expires_at is not None
    assert vm.switch_at is not None
    assert vm.expires_at < vm.switch_at


def test_adopting_twice_or_at_once_makes_one(here: World, orphans: Orphans) -> None:
    vm_id = lost(here)
    orphan_id = only(orphans)["id"]
    with ThreadPoolExecutor(3) as pool:
        names = set(pool.map(lambda _: orphans.adopt(ROOT, orphan_id)["name"], range(3)))
    assert names == {here.vm(vm_id).name}
    assert orphans.adopt(ROOT, orphan_id)["name"] in names
    assert actions(here) == [("adopted", "root")]


def test_an_adopted_name_is_never_given_again(here: World, orphans: Orphans) -> None:
    first, second = here.approve(), here.approve()
    here.deliver()
    for vm_id in (first, second):
        here.advancer.advance(vm_id)
    forget(here)
    taken = here.vm(here.approve()).name
    assert taken == "django-001"
    for each in [each for each in orphans.listed()["orphans"] if each["kind"] == "instance"]:
        orphans.adopt(ROOT, each["id"])
    names = {here.vm(first).name, here.vm(second).name}
    assert names == {"django-002", "django-003"}
    assert here.vm(here.approve()).name == "django-004"


@pytest.mark.parametrize("what", ["made by hand", "its owner is unknown", "its end has come"])
def test_what_does_not_say_enough_is_not_adopted(here: World, orphans: Orphans, what: str) -> None:
    spoil: dict[str, Callable[[], object]] = {
        "made by hand": lambda: stray(here, "odd", str(int((here.now() + timedelta(hours=1)).timestamp()))),
        "its owner is unknown": lambda: (lost(here), relabel(here, **{"vmc-owner": "nobody"})),
        "its end has come": lambda: (lost(here), here.move(2 * 3600 + 60)),
    }
    spoil[what]()
    with pytest.raises(Conflict):
        orphans.adopt(ROOT, only(orphans)["id"])
    assert here.registry.alive() == []


def test_a_machine_that_nothing_but_us_would_end_is_not_adopted(here: World, orphans: Orphans) -> None:
    """Somebody took its termination time from it."""
    lost(here)
    (machine,) = here.compute.instances()
    here.compute.stop(machine.zone, machine.name, str(uuid.uuid4()))
    bare = f"/compute/v1/projects/demo/zones/{machine.zone}/instances/{machine.name}/setScheduling"
    here.http.post(bare, json={}).raise_for_status()
    here.compute.start(machine.zone, machine.name, str(uuid.uuid4()))
    with pytest.raises(Conflict, match="does not end by itself"):
        orphans.adopt(ROOT, only(orphans)["id"])
    assert here.registry.alive() == []


def relabel(here: World, **labels: str) -> None:
    (instance,) = here.compute.instances()
    here.compute.label(instance, {**instance.labels, **labels})


def test_a_second_machine_of_a_vm_is_not_adopted(here: World, orphans: Orphans) -> None:
    vm_id = here.approve()
    here.deliver()
    vm = here.vm(vm_id)
    stray(here, "second", str(int((here.now() + timedelta(hours=1)).timestamp())))
    (second,) = [each for each in here.compute.instances() if each.name == "second"]
    here.compute.label(second, {**second.labels, "vmc-id": vm_id})
    with pytest.raises(Conflict):
        orphans.adopt(ROOT, only(orphans)["id"])
    assert replace(here.vm(vm_id), version=vm.version) == vm

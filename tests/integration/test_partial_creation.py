"""A VM's rule, secret, disk and machine, whichever of them fail: in the end all are there, or all are gone."""

from __future__ import annotations

import httpx
import pytest

from shared.domain.life import TERMINAL, State
from shared.google import calls
from tests.integration.disorder import BROKEN, LATE, SMALL
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.world import World

PARTS = {
    "secret": ("secrets", {"method": "*", **BROKEN}),
    "rule": ("compute", {"method": "firewalls.insert", **BROKEN}),
    "rule, late": ("compute", {"method": "firewalls.insert", **LATE}),
    "machine": ("compute", {"method": "instances.insert", **BROKEN}),
    "machine, late": ("compute", {"method": "instances.insert", **LATE}),
    "machine, unanswered": ("compute", {"method": "instances.insert", "lose_response": True}),
}
SOME = [(each,) for each in PARTS] + [("secret", "rule, late", "machine, unanswered"), ("rule", "machine, late")]
WHOLE = [("secret",), ("rule",), ("machine, late",)]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "_PAUSES", (0.0, 0.0))


def spoil(here: World, parts: tuple[str, ...], times: int | None) -> None:
    for part in parts:
        where, fault = PARTS[part]
        url = f"{here.secrets_url if where == 'secrets' else here.compute_url}/_faults"
        httpx.post(url, json={**fault, "times": times}).raise_for_status()


def calm(here: World) -> None:
    for url in (here.secrets_url, here.compute_url):
        httpx.delete(f"{url}/_faults").raise_for_status()


def there(here: World) -> dict[str, int]:
    """How many of each the emulators themselves have."""
    cloud = here.cloud()
    found = {kind: len(cloud[kind]) for kind in ("instances", "disks", "firewalls")}
    return found | {"secrets": len(here.secrets.list())}


def test_parts_that_fail_a_few_times_are_all_there_in_the_end(here: World) -> None:
    """One VM for each choice of what fails, one after the other."""
    for number, parts in enumerate(SOME, start=1):
        spoil(here, parts, times=4)
        vm_id = here.approve(SMALL)
        for _ in range(8):
            if here.vm(vm_id).state is not State.RUNNING:
                here.sweeps(1)
        calm(here)
        assert here.vm(vm_id).state is State.RUNNING, parts
        assert set(there(here).values()) == {number}, parts


@pytest.mark.parametrize("parts", WHOLE, ids=" and ".join)
def test_parts_that_fail_for_good_leave_none_of_the_others(here: World, parts: tuple[str, ...]) -> None:
    spoil(here, parts, times=None)
    vm_id = here.approve(SMALL)
    here.sweeps(2)
    here.move(here.figures.up_deadline.total_seconds())
    here.sweeps(1)
    calm(here)
    here.sweeps(3)
    assert here.vm(vm_id).state in TERMINAL
    assert set(there(here).values()) == {0}
    assert {each["found"] for each in here.receipt(vm_id)["resources"]} == {False}

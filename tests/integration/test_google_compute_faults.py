"""What goes wrong with Compute, as shared.google.compute tells it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from local.server import free_port, in_thread
from shared.domain.errors import AlreadyExists, CloudError, PartialList, Scope
from shared.domain.machine import Machine
from shared.google.compute import ComputeEngine
from tests.integration.emulated_compute import MACHINE, ZONE, arm, compute, emulator, engine, new_id
from tests.integration.google_account import google_account

__all__ = ["compute", "emulator", "google_account"]


def refused(compute: ComputeEngine, machine: Machine = MACHINE, request_id: str = "") -> CloudError:
    """How an insert is refused at once."""
    with pytest.raises(CloudError) as error:
        compute.insert(machine, request_id or new_id())
    return error.value


def machines(url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx.get(f"{url}/_state").json()["instances"]
    return found


def test_the_same_insert_again_is_the_same_operation(emulator: str, compute: ComputeEngine) -> None:
    request_id = new_id()
    assert compute.insert(MACHINE, request_id) == compute.insert(MACHINE, request_id)
    assert len(machines(emulator)) == 1


def test_another_insert_of_the_name_is_told_that_it_is_taken(compute: ComputeEngine) -> None:
    compute.insert(MACHINE, new_id())
    assert isinstance(refused(compute), AlreadyExists)


def test_one_lost_answer_goes_unnoticed(emulator: str, compute: ComputeEngine) -> None:
    arm(emulator, method="instances.insert", lose_response=True)
    operation = compute.operation(ZONE, compute.insert(MACHINE, new_id()))
    assert operation is not None
    assert operation.error is None
    assert len(machines(emulator)) == 1


def test_lost_answers_leave_the_outcome_unknown_and_the_same_insert_settles_it(
    emulator: str, compute: ComputeEngine
) -> None:
    request_id = new_id()
    arm(emulator, method="instances.insert", lose_response=True, times=3)
    lost = refused(compute, request_id=request_id)
    assert (lost.scope, lost.unknown_outcome) == (Scope.TRANSIENT, True)
    assert len(machines(emulator)) == 1
    name = compute.insert(MACHINE, request_id)
    assert compute.operation(ZONE, name) is not None
    assert len(machines(emulator)) == 1


def test_a_refusal_after_a_lost_answer_does_not_make_it_known(emulator: str, compute: ComputeEngine) -> None:
    arm(emulator, method="instances.insert", lose_response=True)
    arm(emulator, method="instances.insert", status=403, reason="rateLimitExceeded")
    error = refused(compute)
    assert (error.scope, error.unknown_outcome) == (Scope.RATE, True)
    assert len(machines(emulator)) == 1


def test_a_server_that_is_not_there_is_transient() -> None:
    error = refused(engine(f"http://127.0.0.1:{free_port()}"))
    assert (error.code, error.scope) == ("connection_lost", Scope.TRANSIENT)


def test_an_answer_that_does_not_come_is_a_time_out(emulator: str) -> None:
    arm(emulator, method="instances.get", delay=3600)
    with pytest.raises(CloudError) as error:
        ComputeEngine("demo", "test", "default", timeout=0.3, endpoint=emulator).instance(ZONE, "none")
    assert (error.value.code, error.value.scope, error.value.unknown_outcome) == ("timed_out", Scope.TRANSIENT, False)


def test_a_stock_out_ends_the_operation_and_names_other_zones(emulator: str, compute: ComputeEngine) -> None:
    arm(emulator, method="instances.insert", operation_error={"code": "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS"})
    operation = compute.operation(ZONE, compute.insert(MACHINE, new_id()))
    assert operation is not None
    assert operation.done
    assert operation.error is not None
    assert (operation.error.code, operation.error.scope) == ("stock_out", Scope.ZONE)
    assert set(operation.error.zones) == {"us-west1-a", "us-west1-c"}
    assert compute.instance(ZONE, MACHINE.name) is None


def test_a_full_quota_is_the_regions(emulator: str, compute: ComputeEngine) -> None:
    httpx.post(f"{emulator}/_quotas", json={"us-west1": {"CPUS": 1}})
    error = refused(compute)
    assert (error.code, error.scope, error.unknown_outcome) == ("quota_exceeded", Scope.REGION, False)
    compute.insert(replace(MACHINE, zone="us-east1-b"), new_id())


def test_a_rate_limit_behind_403_is_not_a_missing_permission(emulator: str, compute: ComputeEngine) -> None:
    arm(emulator, method="instances.insert", status=403, reason="rateLimitExceeded", message="Rate Limit Exceeded")
    assert refused(compute).scope is Scope.RATE
    arm(emulator, method="instances.insert", status=403, reason="forbidden", message="Required permission")
    assert refused(compute).scope is Scope.PROJECT


def test_a_404_about_the_project_is_not_absence(emulator: str, compute: ComputeEngine) -> None:
    compute.insert(MACHINE, new_id())
    gone = "The resource 'projects/demo' was not found"
    arm(emulator, method="instances.*", status=404, reason="notFound", message=gone, times=2)
    with pytest.raises(CloudError):
        compute.instance(ZONE, MACHINE.name)
    with pytest.raises(CloudError):
        compute.delete(ZONE, MACHINE.name, new_id())


SCOPE_LEFT_OUT = {"items": {"zones/us-west1-a": {"warning": {"code": "UNREACHABLE", "message": "try later"}}}}
LIST_LEFT_OUT = {"unreachables": ["zones/us-west1-a"], "items": {}}
NOTHING_THERE = {"items": {"zones/us-west1-a": {"warning": {"code": "NO_RESULTS_ON_PAGE", "message": "none"}}}}


def answering(body: dict[str, Any]) -> Starlette:
    """A Compute that answers every list so."""

    async def answer(_: Request) -> JSONResponse:
        return JSONResponse(body)

    return Starlette(routes=[Route("/{path:path}", answer)])


@pytest.mark.parametrize("body", [SCOPE_LEFT_OUT, LIST_LEFT_OUT])
def test_a_list_with_a_zone_left_out_is_an_error(body: dict[str, Any]) -> None:
    with in_thread(answering(body)) as url:
        for ask in (engine(url).instances, engine(url).disks):
            with pytest.raises(CloudError) as error:
                ask()
            assert (error.value.code, error.value.scope) == ("partial_list", Scope.TRANSIENT)
            assert (error.value.covers("us-west1-a"), error.value.covers("us-west1-b")) == (False, True)


def test_what_a_list_with_a_zone_left_out_does_show_is_told() -> None:
    labels = MACHINE.labels
    shown = {"name": "a", "zone": "zones/us-west1-b", "labels": labels, "creationTimestamp": "2026-11-25T00:00:00Z"}
    scopes = {**SCOPE_LEFT_OUT["items"], "zones/us-west1-b": {"instances": [shown]}}
    with in_thread(answering({"items": scopes})) as url, pytest.raises(PartialList) as error:
        engine(url).instances()
    assert [each.name for each in error.value.found] == ["a"]


def test_a_list_that_does_not_say_what_it_leaves_out_covers_nothing() -> None:
    body = {"items": {}, "warning": {"code": "LARGE_DEPLOYMENT_WARNING", "message": "too much"}}
    with in_thread(answering(body)) as url, pytest.raises(PartialList) as error:
        engine(url).instances()
    assert not error.value.covers("us-west1-a")


def test_a_list_with_nothing_in_a_zone_is_whole() -> None:
    with in_thread(answering(NOTHING_THERE)) as url:
        assert engine(url).instances() == []

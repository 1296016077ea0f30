"""Compute's error texts, as reports and Google's pages show them, and what each one means here."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.errors import AlreadyExists, CloudError, Scope
from shared.google.compute_errors import fold, from_body, from_operation, lost, says_absent


def answered(http: int, reason: str, message: str, status: str = "") -> CloudError:
    """The error of a write that was answered in the form of Google's older APIs."""
    listed = [{"message": message, "domain": "global", "reason": reason}]
    stated = {"code": http, "message": message, "errors": listed, "status": status}
    return from_body(http, {"error": stated}, write=True)


def ended(code: str, message: str = "", *, status: int = 0, details: tuple[dict[str, Any], ...] = ()) -> CloudError:
    """The error of an operation that ended with this code."""
    error = {"code": code, "message": message, "errorDetails": list(details)}
    found = from_operation({"status": "DONE", "error": {"errors": [error]}, "httpErrorStatusCode": status})
    assert found is not None
    return found


def info(zones_available: str) -> dict[str, Any]:
    metadatas = {
        "attachment": "nvidia-tesla-t4:1",
        "vmType": "n1-standard-4",
        "zone": "us-central1-b",
        "zonesAvailable": zones_available,
    }
    return {
        "errorInfo": {"domain": "compute.googleapis.com", "reason": "resource_availability", "metadatas": metadatas}
    }


NO_ROOM = (
    "The zone 'projects/P/zones/us-central1-b' does not have enough resources available to fulfill the request."
    "  'NULL:0/NULL:0/NULL:0 (state:STOCKOUT, sub-state"
)
FOR_PEOPLE = (
    "A n1-standard-4 VM instance with 1 nvidia-tesla-t4 accelerator(s) is currently unavailable in the us-central1-b"
    " zone. Consider trying your request in the us-central1-a, us-central1-f zone(s), which currently has capacity"
)


def test_a_stock_out_blocks_the_zone_and_names_the_zones_that_have_room() -> None:
    localized = {"localizedMessage": {"locale": "en-US", "message": FOR_PEOPLE}}
    links = {"help": {"links": [{"description": "Troubleshooting documentation", "url": "https://cloud.google.com"}]}}
    error = ended(
        "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS",
        NO_ROOM,
        status=503,
        details=(links, localized, info("us-central1-a,us-central1-f")),
    )
    assert (error.code, error.scope) == ("stock_out", Scope.ZONE)
    assert error.zones == ("us-central1-a", "us-central1-f")
    assert error.detail == FOR_PEOPLE
    assert not error.unknown_outcome


def test_a_stock_out_may_name_no_zone() -> None:
    assert ended("ZONE_RESOURCE_POOL_EXHAUSTED", NO_ROOM, status=503, details=(info(""),)).zones == ()


@pytest.mark.parametrize(
    ("code", "scope"),
    [
        ("ZONE_RESOURCE_POOL_EXHAUSTED", Scope.ZONE),
        ("RESOURCE_POOL_EXHAUSTED", Scope.ZONE),
        ("GPU_STOCKOUT", Scope.ZONE),
        ("insufficientCapacity", Scope.ZONE),
        ("UNSUPPORTED_OPERATION", Scope.ZONE),
        ("REGION_RESOURCE_POOL_EXHAUSTED", Scope.REGION),
        ("IP_SPACE_EXHAUSTED", Scope.REGION),
        ("IP_SPACE_EXHAUSTED_WITH_DETAILS", Scope.REGION),
        ("VPC_NOT_FOUND", Scope.PROJECT),
        ("RESOURCE_NOT_FOUND", Scope.REQUEST),
        ("INVALID_FIELD_VALUE", Scope.REQUEST),
        ("INVALID_USAGE", Scope.REQUEST),
        ("RESOURCE_NOT_READY", Scope.TRANSIENT),
        ("RESOURCE_OPERATION_RATE_EXCEEDED", Scope.RATE),
        ("CONFLICT", Scope.ATTEMPT),
    ],
)
def test_an_operation_that_failed_is_judged_by_its_code(code: str, scope: Scope) -> None:
    error = ended(code, "whatever it says")
    assert error.scope is scope
    assert not error.unknown_outcome


def test_an_operation_without_an_error_went_well() -> None:
    assert from_operation({"status": "DONE", "targetLink": "…/instances/vm-1"}) is None


def test_an_operation_may_fail_with_an_http_status_alone() -> None:
    error = from_operation({"status": "DONE", "httpErrorStatusCode": 503, "httpErrorMessage": "SERVICE UNAVAILABLE"})
    assert error is not None
    assert (error.scope, error.detail, error.unknown_outcome) == (Scope.TRANSIENT, "SERVICE UNAVAILABLE", False)


@pytest.mark.parametrize(
    ("message", "scope"),
    [
        ("Quota 'CPUS' exceeded.  Limit: 24.0 in region us-west1.", Scope.REGION),
        ("Quota 'NVIDIA_T4_GPUS' exceeded.  Limit: 1.0 in region us-central1.", Scope.REGION),
        ("Quota 'IN_USE_ADDRESSES' exceeded. Limit: 4.0 in region us-central1.", Scope.REGION),
        ("Quota 'CPUS_ALL_REGIONS' exceeded. Limit: 12.0 globally.", Scope.PROJECT),
        ("Quota 'GPUS_ALL_REGIONS' exceeded.  Limit: 0.0 globally.", Scope.PROJECT),
        ("Quota 'FIREWALLS' exceeded.  Limit: 100.0 globally.", Scope.PROJECT),
        (
            "Instance 'x' creation failed: Quota 'NVIDIA_T4_GPUS' exceeded.  Limit: 1.0 in region us-west1.",
            Scope.REGION,
        ),
    ],
)
def test_a_quota_reaches_as_far_as_it_says_in_both_spellings(message: str, scope: Scope) -> None:
    at_once, late = answered(403, "quotaExceeded", message), ended("QUOTA_EXCEEDED", message, status=403)
    assert (at_once.code, at_once.scope) == (late.code, late.scope) == ("quota_exceeded", scope)


@pytest.mark.parametrize(("dimension", "scope"), [("region", Scope.REGION), ("consumer", Scope.PROJECT)])
def test_a_quotas_dimensions_decide_before_its_words(dimension: str, scope: Scope) -> None:
    quota = {"quotaInfo": {"metricName": "compute.googleapis.com/cpus", "dimensions": {dimension: "us-west1"}}}
    assert ended("QUOTA_EXCEEDED", "Quota exceeded.", details=(quota,)).scope is scope


@pytest.mark.parametrize(
    "stated",
    [
        {
            "code": 403,
            "message": "Quota exceeded for quota group 'default' and limit 'Queries per user per 100 seconds' of"
            " service 'compute.googleapis.com' for consumer 'project_number:1'.",
            "errors": [{"message": "Quota exceeded", "domain": "usageLimits", "reason": "rateLimitExceeded"}],
            "status": "PERMISSION_DENIED",
        },
        {
            "code": 403,
            "message": "Quota exceeded",
            "errors": [{"message": "Rate Limit Exceeded", "domain": "usageLimits", "reason": "rateLimitExceeded"}],
            "details": [
                {
                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                    "reason": "CONCURRENT_OPERATIONS_QUOTA_EXCEEDED",
                    "domain": "compute.googleapis.com",
                }
            ],
        },
        {
            "code": 403,
            "message": "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of service"
            " 'compute.googleapis.com' for consumer 'project_number:1'.",
            "errors": [{"message": "Quota exceeded", "domain": "usageLimits", "reason": "forbidden"}],
            "status": "PERMISSION_DENIED",
        },
        {"code": 429, "message": "Too many requests", "status": "RESOURCE_EXHAUSTED"},
    ],
)
def test_a_rate_limit_is_known_even_behind_permission_denied(stated: dict[str, Any]) -> None:
    error = from_body(stated["code"], {"error": stated}, write=True)
    assert (error.code, error.scope, error.unknown_outcome) == ("rate_limited", Scope.RATE, False)


def test_a_missing_permission_is_the_projects() -> None:
    message = "Required 'compute.instances.create' permission for 'projects/P/zones/Z/instances/N'"
    error = answered(403, "forbidden", message, status="PERMISSION_DENIED")
    assert (error.code, error.scope) == ("forbidden", Scope.PROJECT)


def test_a_zone_that_the_project_may_not_use_is_the_zones() -> None:
    error = answered(403, "forbidden", "Location us-east1-d is not found or access is unauthorized.")
    assert (error.code, error.scope) == ("location_closed", Scope.ZONE)


@pytest.mark.parametrize("status", [409, 0])
def test_a_taken_name_is_the_attempts(status: int) -> None:
    message = "The resource 'projects/P/zones/Z/instances/N' already exists"
    error = answered(409, "alreadyExists", message) if status else ended("RESOURCE_ALREADY_EXISTS", message)
    assert isinstance(error, AlreadyExists)
    assert error.scope is Scope.ATTEMPT


@pytest.mark.parametrize(
    ("status", "reason", "message", "code"),
    [
        (409, "operationInProgress", "The resource is being changed", "not_ready"),
        (400, "resourceNotReady", "The resource 'projects/P/global/networks/vpc-dev' is not ready", "not_ready"),
        (400, "resourceInUseByAnotherResource", "The disk resource 'd' is already being used by 'i'", "in_use"),
        (
            412,
            "conditionNotMet",
            "Supplied fingerprint does not match current metadata fingerprint.",
            "changed_meanwhile",
        ),
    ],
)
def test_a_state_that_passes_is_transient_and_known(status: int, reason: str, message: str, code: str) -> None:
    error = answered(status, reason, message, status="ALREADY_EXISTS")
    assert (error.code, error.scope, error.unknown_outcome) == (code, Scope.TRANSIENT, False)


@pytest.mark.parametrize(
    "message",
    [
        "Requested disk size cannot be smaller than the image size (10 GB)",
        "Invalid resource usage: 'Requested boot disk architecture (X86_64) is not compatible with machine type"
        " architecture (ARM64).'",
    ],
)
def test_a_wrong_request_is_wrong_everywhere(message: str) -> None:
    assert answered(400, "invalid", message).scope is Scope.REQUEST


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("projects/P/zones/us-west1-a/machineTypes/c4-standard-2", Scope.ZONE),
        ("projects/P/zones/us-west1-a/acceleratorTypes/nvidia-tesla-t4", Scope.ZONE),
        ("projects/P/zones/us-west1-a/diskTypes/hyperdisk-balanced", Scope.ZONE),
        ("projects/P/regions/us-west1/subnetworks/default", Scope.REGION),
        ("projects/P/global/networks/default", Scope.PROJECT),
        ("projects/ubuntu-os-cloud/global/images/family/ubuntu-2004-lts", Scope.REQUEST),
    ],
)
def test_what_is_missing_decides_where_else_it_may_be(path: str, scope: Scope) -> None:
    missing = f"The resource '{path}' was not found"
    unknown = f"Invalid value for field 'x': 'https://www.googleapis.com/compute/v1/{path}'. It does not exist."
    assert answered(404, "notFound", missing).scope is scope
    assert ended("RESOURCE_NOT_FOUND", missing).scope is scope
    assert answered(400, "invalid", unknown).scope is scope


@pytest.mark.parametrize(("status", "reason"), [(503, "backendError"), (500, "backendError"), (500, "internalError")])
def test_a_server_fault_leaves_a_write_unknown_and_a_read_not(status: int, reason: str) -> None:
    stated = {"error": {"errors": [{"domain": "global", "reason": reason, "message": "Backend Error"}], "code": status}}
    write, read = from_body(status, stated, write=True), from_body(status, stated, write=False)
    assert write.scope is read.scope is Scope.TRANSIENT
    assert (write.unknown_outcome, read.unknown_outcome) == (True, False)


def test_a_lost_connection_leaves_a_write_unknown() -> None:
    assert lost(ConnectionError("reset"), timed_out=False, write=True).unknown_outcome
    assert not lost(ConnectionError("reset"), timed_out=False, write=False).unknown_outcome


@pytest.mark.parametrize("body", [{}, {"error": "no"}, {"error": {"errors": "no", "details": [1]}}])
def test_a_body_that_is_no_error_of_googles_is_judged_by_its_status(body: dict[str, Any]) -> None:
    assert from_body(502, body, write=True).scope is Scope.TRANSIENT
    assert from_body(404, body, write=True).code == "not_found"


def test_a_name_with_a_status_in_it_decides_nothing() -> None:
    error = answered(400, "invalid", "Invalid value for field 'name': 'vm-503-quota-exceeded'.")
    assert (error.code, error.scope) == ("invalid", Scope.REQUEST)


def test_only_a_404_about_the_thing_itself_is_absence() -> None:
    thing = answered(404, "notFound", "The resource 'projects/P/zones/Z/instances/django-001' was not found")
    project = answered(404, "notFound", "The resource 'projects/P' was not found")
    assert says_absent(thing, "django-001")
    assert not says_absent(thing, "django-0")
    assert not says_absent(project, "django-001")


@pytest.mark.parametrize("spelling", ["quotaExceeded", "QUOTA_EXCEEDED", "QuotaExceeded"])
def test_both_spellings_fold_to_one(spelling: str) -> None:
    assert fold(spelling) == "QUOTA_EXCEEDED"

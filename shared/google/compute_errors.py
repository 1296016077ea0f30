"""What Google answered, as a CloudError: how far a refusal reaches, and whether the call may have taken effect.

Pure: it judges JSON (an error body, or a finished operation), never a client's exception. A reason has two spellings,
camelCase in an HTTP error (`quotaExceeded`) and UPPER_SNAKE in an operation (`QUOTA_EXCEEDED`); both are folded to the
second. Structured fields decide; a message is read only where Google states the fact nowhere else, and then by its
fixed wording, since an instance's name may hold any word.

Sources: the Compute Engine documentation's pages on resource errors, API quotas and operation quotas, and the
classifiers of skypilot, karpenter-provider-gcp and the Terraform provider.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from shared.domain.errors import AlreadyExists, CloudError, Scope

NOT_FOUND = "not_found"
ALREADY_EXISTS = "already_exists"
CHANGED = "changed_meanwhile"
FAILED_PRECONDITION = "failed_precondition"
CONFLICT = "conflict"
UNAVAILABLE = "unavailable"
CONNECTION_LOST = "connection_lost"
TIMED_OUT = "timed_out"

_RATE = frozenset(
    {
        "RATE_LIMIT_EXCEEDED",
        "USER_RATE_LIMIT_EXCEEDED",
        "CONCURRENT_OPERATIONS_QUOTA_EXCEEDED",
        "RESOURCE_OPERATION_RATE_EXCEEDED",
    }
)
_MISSING = frozenset({"NOT_FOUND", "RESOURCE_NOT_FOUND", "VPC_NOT_FOUND", "INVALID", "INVALID_FIELD_VALUE"})

_REFUSALS: Mapping[str, tuple[str, Scope]] = {
    "ZONE_RESOURCE_POOL_EXHAUSTED": ("stock_out", Scope.ZONE),
    "ZONE_RESOURCE_POOL_EXHAUSTED_WITH_DETAILS": ("stock_out", Scope.ZONE),
    "RESOURCE_POOL_EXHAUSTED": ("stock_out", Scope.ZONE),
    "INSUFFICIENT_CAPACITY": ("stock_out", Scope.ZONE),
    "GPU_STOCKOUT": ("stock_out", Scope.ZONE),
    "REGION_RESOURCE_POOL_EXHAUSTED": ("stock_out", Scope.REGION),
    # The subnet is full, and a region's zones share it.
    "IP_SPACE_EXHAUSTED": ("address_space_exhausted", Scope.REGION),
    "IP_SPACE_EXHAUSTED_WITH_DETAILS": ("address_space_exhausted", Scope.REGION),
    # How Compute says that a spot machine was preempted while it was being made.
    "UNSUPPORTED_OPERATION": ("unsupported_operation", Scope.ZONE),
    # How an insert ends whose instance was deleted meanwhile.
    "CONFLICT": (CONFLICT, Scope.ATTEMPT),
    "ALREADY_EXISTS": (ALREADY_EXISTS, Scope.ATTEMPT),
    "RESOURCE_ALREADY_EXISTS": (ALREADY_EXISTS, Scope.ATTEMPT),
    "RESOURCE_NOT_READY": ("not_ready", Scope.TRANSIENT),
    "OPERATION_IN_PROGRESS": ("not_ready", Scope.TRANSIENT),
    "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE": ("in_use", Scope.TRANSIENT),
    "CONDITION_NOT_MET": (CHANGED, Scope.TRANSIENT),
    "RESOURCE_NOT_FOUND": (NOT_FOUND, Scope.REQUEST),
    "VPC_NOT_FOUND": (NOT_FOUND, Scope.PROJECT),
    "FAILED_PRECONDITION": (FAILED_PRECONDITION, Scope.REQUEST),
    "DEADLINE_EXCEEDED": (TIMED_OUT, Scope.TRANSIENT),
}

_BY_STATUS: Mapping[int, tuple[str, Scope]] = {
    401: ("unauthenticated", Scope.PROJECT),
    403: ("forbidden", Scope.PROJECT),
    404: (NOT_FOUND, Scope.REQUEST),
    408: (TIMED_OUT, Scope.TRANSIENT),
    409: (CONFLICT, Scope.TRANSIENT),
    412: (CHANGED, Scope.TRANSIENT),
    429: ("rate_limited", Scope.RATE),
    499: (UNAVAILABLE, Scope.TRANSIENT),  # gRPC's CANCELLED
}

_QUOTA = re.compile(r"Quota '([A-Z0-9_]+)' exceeded\.\s+Limit: [\d.]+(?: in region (\S+?)\.| (globally)\.)?")
_PER_MINUTE = re.compile(r"^Quota exceeded for quota metric '[^']*' and limit '[^']* per minute' of service ")
_CLOSED = re.compile(r"^Location \S+ is not found or access is unauthorized")
_RESOURCE = re.compile(r"projects/[^/']+/(?P<place>zones|regions|global)/(?:[^/']+/)*?(?P<kind>\w+)/(?P<name>[^/']+)'")
_GONE = re.compile(r"^The resource '(?P<path>[^']+)' was not found")
_DOES_NOT_EXIST = re.compile(r"was not found|does not exist")


def fold(reason: str) -> str:
    """`quotaExceeded` and `QUOTA_EXCEEDED` alike as the second."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", reason).upper()


def from_body(status: int, body: Mapping[str, Any], *, write: bool) -> CloudError:
    """The error of a call that was answered with HTTP `status` and this JSON. `write`: the call would change
    something, so a server fault leaves its outcome unknown."""
    stated = _mapping(body.get("error"))
    listed = [_mapping(entry) for entry in _sequence(stated.get("errors"))]
    details = [_mapping(entry) for entry in _sequence(stated.get("details"))]
    reasons = [*(entry.get("reason") for entry in listed), *(entry.get("reason") for entry in details)]
    message = str(stated.get("message") or f"Google answered with HTTP status {status}")
    error = _classify(status, [*reasons, stated.get("status")], message, details)
    error.unknown_outcome = write and error.code in (UNAVAILABLE, TIMED_OUT)
    return error


def from_operation(operation: Mapping[str, Any]) -> CloudError | None:
    """The error of a finished operation (its JSON), None if it went well. Its outcome is known: it failed."""
    status = int(operation.get("httpErrorStatusCode") or 0)
    listed = [_mapping(entry) for entry in _sequence(_mapping(operation.get("error")).get("errors"))]
    if not listed and not status:
        return None
    first: Mapping[str, Any] = listed[0] if listed else {}
    details = [_mapping(entry) for entry in _sequence(first.get("errorDetails"))]
    message = str(first.get("message") or operation.get("httpErrorMessage") or "the operation failed")
    infos = (_mapping(entry.get("errorInfo")).get("reason") for entry in details)
    return _classify(status, [first.get("code"), *infos], message, details)


def lost(error: Exception, *, timed_out: bool, write: bool) -> CloudError:
    """The error of a call that got no answer: nobody knows whether a write took effect."""
    code = TIMED_OUT if timed_out else CONNECTION_LOST
    return CloudError(code, f"no answer from Google: {error}", Scope.TRANSIENT, unknown_outcome=write)


def says_absent(error: CloudError, name: str) -> bool:
    """Whether this is a 404 about the resource itself. One about its project or zone proves nothing."""
    if error.code != NOT_FOUND:
        return False
    gone = _GONE.match(error.detail)
    return gone is not None and gone["path"].rpartition("/")[2] == name


def _classify(status: int, stated: Sequence[Any], message: str, details: Sequence[Mapping[str, Any]]) -> CloudError:
    """`stated`: the reasons that the answer names, the most specific first; rate limits hide behind status 403."""
    reasons = [fold(str(reason)) for reason in stated if reason]
    detail = _localized(details) or message
    if _RATE.intersection(reasons) or _PER_MINUTE.match(message):
        return CloudError("rate_limited", detail, Scope.RATE)
    if "QUOTA_EXCEEDED" in reasons or _QUOTA.search(message):
        return CloudError("quota_exceeded", detail, _quota_scope(message, details))
    if _CLOSED.match(message):
        return CloudError("location_closed", detail, Scope.ZONE)
    if _MISSING.intersection(reasons) and (scope := _missing_scope(message)):
        return CloudError(NOT_FOUND, detail, scope)
    code, scope = next((_REFUSALS[reason] for reason in reasons if reason in _REFUSALS), None) or _by_status(status)
    if code == ALREADY_EXISTS:
        return AlreadyExists(detail)
    return CloudError(code, detail, scope, zones=_zones(details))


def _by_status(status: int) -> tuple[str, Scope]:
    if status >= 500:
        return UNAVAILABLE, Scope.TRANSIENT
    return _BY_STATUS.get(status, ("invalid", Scope.REQUEST))


def _quota_scope(message: str, details: Sequence[Mapping[str, Any]]) -> Scope:
    """A quota is a region's unless it says that it is the project's."""
    for info in (_mapping(entry.get("quotaInfo")) for entry in details):
        if dimensions := _mapping(info.get("dimensions")):
            return Scope.REGION if dimensions.get("region") else Scope.PROJECT
    found = _QUOTA.search(message)
    if found and (found[3] or found[1].endswith("_ALL_REGIONS")):
        return Scope.PROJECT
    return Scope.REGION


def _missing_scope(message: str) -> Scope | None:
    """Where else the resource that the message calls missing may exist; None if it names none that ties to a place."""
    found = _RESOURCE.search(message)
    if not found or not _DOES_NOT_EXIST.search(message):
        return None
    if found["place"] == "zones" and found["kind"] in ("machineTypes", "acceleratorTypes", "diskTypes"):
        return Scope.ZONE
    if found["kind"] == "subnetworks":
        return Scope.REGION
    return Scope.PROJECT if found["kind"] == "networks" else None


def _zones(details: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Zones of the same region that Compute says have room now."""
    for info in (_mapping(entry.get("errorInfo")) for entry in details):
        named = str(_mapping(info.get("metadatas")).get("zonesAvailable") or "")
        if zones := tuple(zone.strip() for zone in named.split(",") if zone.strip()):
            return zones
    return ()


def _localized(details: Sequence[Mapping[str, Any]]) -> str:
    texts: Iterator[Any] = (_mapping(entry.get("localizedMessage")).get("message") for entry in details)
    return next((str(text) for text in texts if text), "")


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _sequence(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else ()

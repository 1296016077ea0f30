"""Compute's error answers: the HTTP codes, reasons and literal messages that clients branch on."""

from __future__ import annotations

from typing import Any

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}
_REASON = {
    400: "invalid",
    401: "required",
    403: "forbidden",
    404: "notFound",
    409: "alreadyExists",
    412: "conditionNotMet",
    429: "rateLimitExceeded",
    500: "backendError",
    503: "backendError",
}
_USAGE_REASONS = {"quotaExceeded", "rateLimitExceeded"}


class ApiError(Exception):
    """An answer of 4xx or 5xx: the call had no effect. `details` are google.rpc details, where Compute sends them."""

    def __init__(self, code: int, message: str, reason: str = "", details: list[Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = reason or _REASON.get(code, "backendError")
        self.details = details

    def body(self) -> dict[str, Any]:
        """The JSON that Google's APIs of this generation answer."""
        domain = "usageLimits" if self.reason in _USAGE_REASONS else "global"
        error: dict[str, Any] = {
            "code": self.code,
            "message": self.message,
            "errors": [{"message": self.message, "domain": domain, "reason": self.reason}],
            "status": _STATUS.get(self.code, "UNKNOWN"),
        }
        if self.details:
            error["details"] = self.details
        return {"error": error}


def invalid(field: str, value: object, why: str) -> ApiError:
    """A value that can never be right."""
    return ApiError(400, f"Invalid value for field '{field}': '{value}'. {why}", "invalid")


def required(field: str) -> ApiError:
    """A field that is missing."""
    return ApiError(400, f"Required field '{field}' not specified", "required")


def unusable(why: str) -> ApiError:
    """A combination or a state in which the resource cannot be used so."""
    return ApiError(400, f"Invalid resource usage: '{why}'", "invalidResourceUsage")


def incompatible(*features: str) -> ApiError:
    """Machine type, disk type or GPU that do not go together."""
    text = f"[{', '.join(sorted(features))}] features are not compatible for creating instance."
    return ApiError(400, text, "badRequest")


def not_found(path: str) -> ApiError:
    """`path` starts at `projects/`."""
    return ApiError(404, f"The resource '{path}' was not found", "notFound")


def already_exists(path: str) -> ApiError:
    """`path` starts at `projects/`."""
    return ApiError(409, f"The resource '{path}' already exists", "alreadyExists")


def not_ready(path: str) -> ApiError:
    """The resource is between two states; 400, and yet worth another try later."""
    return ApiError(400, f"The resource '{path}' is not ready", "resourceNotReady")


def in_use(kind: str, path: str, user: str) -> ApiError:
    """A resource that another one holds."""
    message = f"The {kind} resource '{path}' is already being used by '{user}'"
    return ApiError(400, message, "resourceInUseByAnotherResource")


def condition_not_met(message: str) -> ApiError:
    """A stale or missing fingerprint."""
    return ApiError(412, message, "conditionNotMet")


def quota_exceeded(metric: str, limit: float, region: str) -> ApiError:
    """The two blanks before `Limit` are Compute's own; an empty region means a project-wide quota."""
    where = f"in region {region}." if region else "globally."
    return ApiError(403, f"Quota '{metric}' exceeded.  Limit: {limit:.1f} {where}", "quotaExceeded")

"""How an operation ends that fails: Compute's error codes, with the HTTP code and phrase that go with them."""

from __future__ import annotations

from typing import Any

from local.compute.wire import Json

_STOCK_OUT = "ZONE_RESOURCE_POOL_EXHAUSTED"
_HELP = "https://cloud.google.com/compute/docs/resource-error"


def http_error(error: Json) -> Json:
    """The fields of an operation that failed. `error` is {code, message?, errorDetails?, http?}."""
    status, phrase = _http(error["code"]) if "http" not in error else (error["http"], _PHRASES[error["http"]])
    first = {key: value for key, value in error.items() if key != "http"}
    first.setdefault("message", error["code"])
    return {"error": {"errors": [first]}, "httpErrorStatusCode": status, "httpErrorMessage": phrase}


def stock_out_told(error: Json, project: str, zone: str, machine_type: str, others: list[str]) -> Json:
    """A stock-out with Compute's own words filled in where the fault that ordered it has none.

    `others` are the zones that are said to have room.
    """
    if not error["code"].startswith(_STOCK_OUT):
        return error
    message = (
        f"The zone 'projects/{project}/zones/{zone}' does not have enough resources available to fulfill the "
        "request.  '(resource type:compute)'."
    )
    told = {"message": message, **error}
    if error["code"] == f"{_STOCK_OUT}_WITH_DETAILS":
        told.setdefault("errorDetails", _details(zone, machine_type, others))
    return told


def _details(zone: str, machine_type: str, others: list[str]) -> list[Any]:
    advice = f"A {machine_type} VM instance is currently unavailable in the {zone} zone."
    metadata = {"vmType": machine_type, "zone": zone, "zonesAvailable": ",".join(others)}
    return [
        {"help": {"links": [{"description": "Troubleshooting documentation", "url": _HELP}]}},
        {"localizedMessage": {"locale": "en-US", "message": advice}},
        {"errorInfo": {"domain": "compute.googleapis.com", "reason": "resource_availability", "metadatas": metadata}},
    ]


_PHRASES = {
    400: "BAD REQUEST",
    403: "FORBIDDEN",
    404: "NOT FOUND",
    409: "CONFLICT",
    500: "INTERNAL SERVER ERROR",
    503: "SERVICE UNAVAILABLE",
}


def _http(code: str) -> tuple[int, str]:
    if "EXHAUSTED" in code or code == "GPU_STOCKOUT":
        status = 503
    elif code.startswith("QUOTA") or code == "PERMISSIONS_ERROR":
        status = 403
    elif code.endswith("NOT_FOUND"):
        status = 404
    elif code.endswith("ALREADY_EXISTS"):
        status = 409
    elif code.startswith("INTERNAL"):
        status = 500
    else:
        status = 400
    return status, _PHRASES[status]

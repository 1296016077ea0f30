"""Builds as they are kept, how lists choose among them, and the operations that stand for them."""

from __future__ import annotations

import base64
import re
from typing import Any

from local.build.request import Json
from local.rest import ApiError, epoch, invalid, not_found, rfc3339

ENDED = frozenset({"SUCCESS", "FAILURE", "INTERNAL_ERROR", "TIMEOUT", "CANCELLED", "EXPIRED"})
_TYPE = "type.googleapis.com/google.devtools.cloudbuild.v1."
_CONDITION = re.compile(r'(\w+)\s*(>=|<=|=|:|>|<)\s*(?:"([^"]*)"|([^\s"()]+))')
_TIMES = {"create_time": "createTime", "start_time": "startTime", "finish_time": "finishTime"}
_FIELDS = {"status": "status", "build_trigger_id": "buildTriggerId", "trigger_id": "buildTriggerId"}
# Google's canonical codes of an operation's error.
_CODES = {"CANCELLED": 1, "TIMEOUT": 4, "EXPIRED": 4, "INTERNAL_ERROR": 13}
_UNKNOWN = 2


class Builds:
    """Every build, by project, location and id, in the order in which they were created."""

    def __init__(self) -> None:
        self.all: dict[str, Json] = {}

    def find(self, project: str, location: str, build_id: str) -> Json:
        found = self.all.get(f"projects/{project}/locations/{location}/builds/{build_id}")
        if found is None:
            raise not_found("Requested entity was not found.")
        return found

    def add(self, build: Json) -> None:
        self.all[build["name"]] = build

    def page(self, project: str, location: str, expression: str, size: int, token: str) -> Json:
        """Builds of one place, the newest first. A token names the last one seen, so that new ones move nothing."""
        parent = f"projects/{project}/locations/{location}/"
        conditions = _conditions(expression)
        found = [
            build
            for name, build in reversed(self.all.items())
            if name.startswith(parent) and all(_holds(build, *condition) for condition in conditions)
        ]
        if token:
            names = [build["name"] for build in found]
            last = parent + "builds/" + token
            if last not in names:
                raise invalid("Invalid page token.")
            found = found[names.index(last) + 1 :]
        page: Json = {"builds": found[:size]} if found else {}
        if len(found) > size:
            page["nextPageToken"] = found[size - 1]["id"]
        return page

    def dump(self) -> Json:
        return {"builds": list(self.all.values())}

    def load(self, document: Json) -> None:
        """What was at work when the emulator ended is not at work any more."""
        for build in document["builds"]:
            if build["status"] not in ENDED:
                build |= {"status": "INTERNAL_ERROR", "statusDetail": "the build was lost in a restart"}
                build.setdefault("finishTime", build.get("startTime", build["createTime"]))
            self.add(build)


def operation(build: Json) -> Json:
    """The operation that creating this build began."""
    place, _, build_id = build["name"].partition("/builds/")
    made: Json = {
        "name": f"{place}/operations/{base64.urlsafe_b64encode(build_id.encode()).decode()}",
        "metadata": {"@type": _TYPE + "BuildOperationMetadata", "build": build},
    }
    if build["status"] in ENDED:
        made["done"] = True
    if build["status"] == "SUCCESS":
        made["response"] = {"@type": _TYPE + "Build", **build}
    elif build["status"] in ENDED:
        message = f"Build failed with status {build['status']}; check build logs for details"
        made["error"] = {"code": _CODES.get(build["status"], _UNKNOWN), "message": message}
    return made


def build_of(operation_name: str) -> str:
    """The id of the build that an operation's last segment stands for."""
    try:
        return base64.urlsafe_b64decode(operation_name).decode()
    except ValueError:
        raise not_found("Requested entity was not found.") from None


def check_running(build: Json) -> None:
    """Raise 400 for a build that is at its end."""
    if build["status"] in ENDED:
        message = f"cannot cancel build {build['id']} in state {build['status']}"
        raise ApiError(400, "FAILED_PRECONDITION", message)


def _conditions(expression: str) -> list[tuple[str, str, str]]:
    """A filter: conditions joined by AND, on tags, status, the trigger and times."""
    conditions = []
    for part in re.split(r"\s+AND\s+", expression.strip()) if expression.strip() else []:
        match = _CONDITION.fullmatch(part.strip())
        if match is None or match[1] not in {"tags", *_FIELDS, *_TIMES}:
            raise invalid(f"invalid filter: {part!r} is not emulated")
        conditions.append((match[1], match[2], match[3] if match[3] is not None else match[4]))
    return conditions


def _holds(build: Json, field: str, operator: str, value: str) -> bool:
    if field in _TIMES:
        return _compared(build.get(_TIMES[field]), operator, value)
    if operator not in ("=", ":"):
        raise invalid(f"invalid filter: {field} {operator} is not emulated")
    if field == "tags":
        return value in build.get("tags", [])
    return bool(build.get(_FIELDS[field], "") == value)


def _compared(moment: Any, operator: str, value: str) -> bool:
    if moment is None:
        return False
    ahead = epoch(moment) - epoch(value)
    return {">=": ahead >= 0, "<=": ahead <= 0, ">": ahead > 0, "<": ahead < 0}.get(operator, ahead == 0)


def span(start: float, end: float) -> Json:
    """A TimeSpan."""
    return {"startTime": rfc3339(start), "endTime": rfc3339(end)}

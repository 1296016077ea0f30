"""Operations: work that takes time, may fail late, and is asked after by name."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from local.compute.errors import not_found
from local.compute.late_errors import http_error
from local.compute.timeline import Step, Timeline
from local.compute.wire import Json, link, new_id, timestamp
from local.compute.world import Operation, World
from local.faults import Fault

USER = "developer@example.com"
SYSTEM = "system"
_KEPT = 14 * 86400.0  # seconds for which Compute remembers an operation
_BEGINS = 0.1  # the share of its time for which an operation is PENDING


@dataclass(frozen=True)
class Target:
    """What an operation is about; `id` is empty where there is no telling."""

    path: str
    id: str = ""


class Operations:
    """Begins operations and ends them when they are due."""

    def __init__(self, world: World, timeline: Timeline) -> None:
        self._world = world
        self._timeline = timeline
        timeline.on("operation.run", self._run)
        timeline.on("operation.end", self._end)

    def begin(
        self,
        scope: str,
        kind: str,
        target: Target,
        seconds: float,
        *,
        project: str,
        then: Step | None = None,
        otherwise: Step | None = None,
        user: str = USER,
        request_id: str = "",
        fault: Fault | None = None,
    ) -> Operation:
        """Begin an operation. At its end `then` is done; if the fault says that it fails, `otherwise` is."""
        seconds += fault.delay if fault else 0.0
        now = self._timeline.now()
        operation = Operation(
            project=project,
            scope=scope,
            resource=_resource(project, scope, kind, target, user, request_id, now),
            due=now + seconds,
            then=list(then) if then else None,
            otherwise=list(otherwise) if otherwise else None,
            error=fault.operation_error if fault else None,
        )
        self._forget_old(now)
        self._world.operations[operation.key] = operation
        self._timeline.at(now + seconds * _BEGINS, "operation.run", key=list(operation.key))
        self._timeline.at(operation.due, "operation.end", key=list(operation.key))
        return operation

    def find(self, project: str, scope: str, name: str) -> Operation:
        """The operation, or 404."""
        operation = self._world.operations.get((project, scope, name))
        if operation is None or operation.forgotten:
            raise not_found(f"projects/{project}/{scope}/operations/{name}")
        return operation

    def of_scope(self, project: str, scope: str | None = None) -> list[Operation]:
        """The operations of a scope, or of a whole project."""
        everything = self._world.operations.values()
        return [
            one for one in everything if one.project == project and scope in (None, one.scope) and not one.forgotten
        ]

    def forget(self, operation: Operation) -> None:
        """Answer for it no longer; what it does at its end is still done."""
        operation.forgotten = True

    def _run(self, key: list[str]) -> None:
        if operation := self._world.operations.get((key[0], key[1], key[2])):
            operation.resource |= {"status": "RUNNING", "startTime": timestamp(self._timeline.now())}

    def _end(self, key: list[str]) -> None:
        operation = self._world.operations.get((key[0], key[1], key[2]))
        if operation is None:
            return
        error = operation.error
        if error is None and operation.then:
            error = self._timeline.do((operation.then[0], operation.then[1]))
        elif error is not None and operation.otherwise:
            self._timeline.do((operation.otherwise[0], operation.otherwise[1]))
        operation.resource |= {"status": "DONE", "progress": 100, "endTime": timestamp(self._timeline.now())}
        if error:
            operation.resource |= http_error(error)

    def _forget_old(self, now: float) -> None:
        operations = self._world.operations
        while operations and (oldest := next(iter(operations.values()))).due < now - _KEPT:
            del operations[oldest.key]


def _resource(project: str, scope: str, kind: str, target: Target, user: str, request_id: str, now: float) -> Json:
    prefix = "systemevent" if user == SYSTEM else "operation"
    name = f"{prefix}-{int(now * 1000)}-{secrets.token_hex(6)}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
    resource: dict[str, Any] = {
        "kind": "compute#operation",
        "id": new_id(),
        "name": name,
        "operationType": kind,
        "targetLink": link(target.path),
        "status": "PENDING",
        "user": user,
        "progress": 0,
        "insertTime": timestamp(now),
        "selfLink": link(f"projects/{project}/{scope}/operations/{name}"),
    }
    if target.id:
        resource["targetId"] = target.id
    if request_id:
        resource["clientOperationId"] = request_id
    if scope != "global":
        resource[scope.split("/")[0].removesuffix("s")] = link(f"projects/{project}/{scope}")
    return resource

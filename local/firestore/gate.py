"""What an armed fault does to a call before it takes effect."""

from __future__ import annotations

from typing import Any

import grpc

from local.clock import Clock
from local.faults import Fault, Faults
from local.firestore.errors import CODES, Refused
from local.firestore.store import written


class Gate:
    """Every call passes here once; a Listen stream once for each request and each batch of changes."""

    def __init__(self, faults: Faults, clock: Clock) -> None:
        self._faults = faults
        self._clock = clock

    async def enter(self, method: str, request: Any | None = None) -> Fault | None:
        """Wait out a fault's delay and raise Refused for its drop or status; gives it for what is left to do."""
        fault = self._faults.take(method, document=touched(request) if request is not None else "")
        if fault is None:
            return None
        if fault.delay:
            await self._clock.sleep_until(self._clock.time() + fault.delay)
        if fault.drop:
            raise Refused(grpc.StatusCode.UNAVAILABLE, "the connection was lost before the call took effect")
        if fault.status:
            code = CODES.get(fault.status, grpc.StatusCode.UNKNOWN)
            raise Refused(code, fault.message or fault.reason or f"fault {fault.id}")
        return fault


def touched(request: Any) -> str:
    """The paths below `documents/` that a request names, one space between them: what a fault's `where` sees."""
    names: list[str] = []
    fields = request.DESCRIPTOR.fields_by_name
    if "writes" in fields:
        names += [written(each) for each in request.writes]
    elif "documents" in fields:
        names += request.documents
    elif "add_target" in fields:
        target = request.add_target
        names += target.documents.documents
        names += [f"{target.query.parent}/{each.collection_id}" for each in target.query.structured_query.from_]
    elif "structured_query" in fields:
        names += [f"{request.parent}/{each.collection_id}" for each in request.structured_query.from_]
    elif "collection_id" in fields:
        names.append(f"{request.parent}/{request.collection_id}")
    elif "name" in fields:
        names.append(request.name)
    elif "document" in fields:
        names.append(request.document.name)
    return " ".join(name.partition("/documents/")[2] for name in names)

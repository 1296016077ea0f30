"""Between the tables' columns and the rules' `Vm`: the one place that knows both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from enum import Enum
from typing import Any

from pydantic import BaseModel, TypeAdapter
from sqlalchemy import RowMapping

from shared.domain.errors import Scope
from shared.domain.life import Outcome, Reason, Setup, State, Wanted
from shared.domain.quote import Quote, Rate, Tariff
from shared.domain.spec import Spec
from shared.domain.vm import Attempt, Change, Operation, Step, Verdict, Vm

_STEPS = TypeAdapter(tuple[Step, ...])
_PLACEMENT = TypeAdapter(tuple[Verdict, ...])
_OPERATION = TypeAdapter(Operation | None)
_RATES = TypeAdapter(tuple[Rate, ...])
_PAST = TypeAdapter(tuple[Tariff, ...])
_CHANGE = TypeAdapter(Change | None)
_ADAPTERS: Mapping[str, TypeAdapter[Any]] = {
    "steps": _STEPS,
    "placement": _PLACEMENT,
    "operation": _OPERATION,
    "rates": _RATES,
    "past": _PAST,
    "change": _CHANGE,
}
VM_FIELDS = tuple(field.name for field in fields(Vm) if field.name != "attempts")
ATTEMPT_FIELDS = tuple(field.name for field in fields(Attempt))
ATTEMPT_MUTABLE = ("outcome", "operation", "sent_at", "error_scope", "error_code", "error_detail", "zones_with_room")


def column(name: str, value: Any) -> Any:
    """A field's value as its column takes it."""
    adapter = _ADAPTERS.get(name)
    return adapter.dump_python(value, mode="json") if adapter else plain(value)


def plain(value: Any) -> Any:
    """Documents, enumerations and collections as the driver takes them."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


def recorded(value: Any) -> Any:
    """A field's value as the audit record's before and after show it: plain JSON."""
    return TypeAdapter(Any).dump_python(value, mode="json")


def attempt_columns(vm_id: str, attempt: Attempt) -> dict[str, Any]:
    return {"vm_id": vm_id} | {name: plain(getattr(attempt, name)) for name in ATTEMPT_FIELDS}


def vm(row: RowMapping, attempts: Iterable[RowMapping]) -> Vm:
    """The row and its attempts as the rules' `Vm`."""
    values = {name: row[name] for name in VM_FIELDS}
    values |= {name: adapter.validate_python(row[name]) for name, adapter in _ADAPTERS.items()}
    values["spec"] = Spec.model_validate(row["spec"])
    values["quote"] = Quote.model_validate(row["quote"])
    values["state"] = State(row["state"])
    values["wanted"] = Wanted(row["wanted"])
    values["setup"] = Setup(row["setup"])
    values["reason"] = Reason(row["reason"]) if row["reason"] else None
    return Vm(**values, attempts=tuple(_attempt(attempt) for attempt in attempts))


def _attempt(row: RowMapping) -> Attempt:
    values = {name: row[name] for name in ATTEMPT_FIELDS}
    values["outcome"] = Outcome(row["outcome"])
    values["error_scope"] = Scope(row["error_scope"]) if row["error_scope"] else None
    return Attempt(**values | {"zones_with_room": tuple(row["zones_with_room"])})

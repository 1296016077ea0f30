"""Firestore's values: their one total order, fields by path, and the transforms a write may carry."""

from __future__ import annotations

import math
from typing import Any

from google.cloud.firestore_v1.field_path import parse_field_path

from local.firestore.errors import invalid
from local.firestore.wire import Value, timestamp

INT64 = (-(2**63), 2**63 - 1)

RANKS = {
    "null_value": 0,
    "boolean_value": 1,
    "integer_value": 2,
    "double_value": 2,
    "timestamp_value": 3,
    "string_value": 4,
    "bytes_value": 5,
    "reference_value": 6,
    "geo_point_value": 7,
    "array_value": 8,
    "map_value": 9,
}
"""The order of types: https://firebase.google.com/docs/firestore/manage-data/data-types#value_type_ordering"""


def order_key(value: Any) -> tuple[Any, ...]:
    """A tuple that compares as Firestore orders values; equal values, 1 and 1.0 among them, have equal keys."""
    kind = value.WhichOneof("value_type")
    if kind not in RANKS:
        raise invalid(f"a value of the type {kind!r} cannot be stored")
    rank = RANKS[kind]
    content = getattr(value, kind)
    match kind:
        case "null_value":
            return (rank,)
        case "double_value":
            return (rank, 0, 0) if math.isnan(content) else (rank, 1, content)
        case "integer_value":
            return (rank, 1, content)
        case "timestamp_value":
            return (rank, content.seconds, content.nanos)
        case "reference_value":
            return (rank, *content.split("/"))
        case "geo_point_value":
            return (rank, content.latitude, content.longitude)
        case "array_value":
            return (rank, tuple(order_key(each) for each in content.values))
        case "map_value":
            return (rank, tuple((name, order_key(content.fields[name])) for name in sorted(content.fields)))
    return (rank, content)


Path = tuple[str, ...]

NAME: Path = ("__name__",)
"""The path that stands for the document's own reference."""


def parts(path: str) -> Path:
    """`a.b.``c-d``` → ("a", "b", "c-d"); INVALID_ARGUMENT if it is no field path."""
    try:
        names = tuple(parse_field_path(path))
    except ValueError as error:
        raise invalid(f"{path!r} is not a field path: {error}") from error
    if not all(names) or not names:
        raise invalid(f"{path!r} is not a field path")
    return names


def read(document: Any, names: Path) -> Any | None:
    """The value at a path, or None."""
    if names == NAME:
        return Value(reference_value=document.name)
    fields = document.fields
    for name in names[:-1]:
        if name not in fields or fields[name].WhichOneof("value_type") != "map_value":
            return None
        fields = fields[name].map_value.fields
    return fields.get(names[-1])


def put(document: Any, names: Path, value: Any) -> None:
    """Write a value at a path; whatever stands in the way of the maps on it is replaced."""
    fields = document.fields
    for name in names[:-1]:
        if fields[name].WhichOneof("value_type") != "map_value":
            fields[name].map_value.SetInParent()
        fields = fields[name].map_value.fields
    fields[names[-1]].CopyFrom(value)


def remove(document: Any, names: Path) -> None:
    """Take away the value at a path, if there is one."""
    fields = document.fields
    for name in names[:-1]:
        if name not in fields:
            return
        fields = fields[name].map_value.fields
    if names[-1] in fields:
        del fields[names[-1]]


def transform(document: Any, change: Any, request_time: int) -> Any:
    """Apply one FieldTransform in place; gives the WriteResult's transform result. `request_time` in microseconds."""
    names = parts(change.field_path)
    old = read(document, names)
    kind = change.WhichOneof("transform_type")
    result = Value(null_value=0)
    if kind == "set_to_server_value":
        # Firestore's REQUEST_TIME is in whole milliseconds.
        new = result = Value(timestamp_value=timestamp(request_time // 1000 * 1000))
    elif kind in ("increment", "maximum", "minimum"):
        new = result = _number(kind, old, getattr(change, kind))
    elif kind in ("append_missing_elements", "remove_all_from_array"):
        new = _array(kind, old, getattr(change, kind))
    else:
        raise invalid(f"a transform of {change.field_path!r} says nothing to do")
    put(document, names, new)
    return result


def _number(kind: str, old: Any | None, operand: Any) -> Any:
    operand_kind = operand.WhichOneof("value_type")
    if operand_kind not in ("integer_value", "double_value"):
        raise invalid(f"{kind} takes a number")
    old_kind = old.WhichOneof("value_type") if old is not None else None
    if old is None or old_kind not in ("integer_value", "double_value"):
        return operand
    left, right = getattr(old, old_kind), getattr(operand, operand_kind)
    if kind != "increment":
        keep = order_key(old) >= order_key(operand) if kind == "maximum" else order_key(old) <= order_key(operand)
        return old if keep else operand
    if old_kind == operand_kind == "integer_value":
        return Value(integer_value=min(max(left + right, INT64[0]), INT64[1]))
    return Value(double_value=float(left) + float(right))


def _array(kind: str, old: Any | None, operand: Any) -> Any:
    before = list(old.array_value.values) if old is not None and old.WhichOneof("value_type") == "array_value" else []
    new = Value()
    new.array_value.SetInParent()
    if kind == "remove_all_from_array":
        unwanted = {order_key(each) for each in operand.values}
        new.array_value.values.extend(each for each in before if order_key(each) not in unwanted)
        return new
    seen = {order_key(each) for each in before}
    for each in operand.values:
        if order_key(each) not in seen:
            seen.add(order_key(each))
            before.append(each)
    new.array_value.values.extend(before)
    return new

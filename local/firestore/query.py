"""Structured queries over one collection: which documents match, in which order, between which cursors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from local.firestore.errors import invalid, unimplemented
from local.firestore.store import Version
from local.firestore.values import NAME, Path, order_key, parts, put, read
from local.firestore.wire import Document, Value

Predicate = Callable[[Any], bool]

AND, OR = 1, 2
ASCENDING, DESCENDING = 1, 2
LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, EQUAL, NOT_EQUAL = 1, 2, 3, 4, 5, 6
ARRAY_CONTAINS, IN, ARRAY_CONTAINS_ANY, NOT_IN = 7, 8, 9, 10
IS_NAN, IS_NULL, IS_NOT_NAN, IS_NOT_NULL = 2, 3, 4, 5
INEQUALITIES = {LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, NOT_EQUAL, NOT_IN}

NULL = order_key(Value(null_value=0))
NAN = order_key(Value(double_value=float("nan")))


@dataclass(frozen=True)
class Order:
    """One sorting criterion."""

    names: Path
    descending: bool

    def key(self, document: Any) -> tuple[Any, ...]:
        value = read(document, self.names)
        if value is None:
            raise invalid(f"a document without {'.'.join(self.names)} cannot be ordered by it")
        return order_key(value)


class Query:
    """A StructuredQuery below `parent`, checked once. `collection` is the full path of what it reads.

    `windowed`: whether a document's membership depends on the others (limit, offset), not on itself alone.
    """

    def __init__(self, parent: str, query: Any) -> None:
        if len(query.from_) != 1 or query.from_[0].all_descendants:
            raise unimplemented("queries of anything but one collection")
        if query.HasField("find_nearest"):
            raise unimplemented("vector queries")
        self.collection = f"{parent}/{query.from_[0].collection_id}"
        self.limit = query.limit.value if query.HasField("limit") else None
        self.offset = query.offset
        self.windowed = self.limit is not None or self.offset > 0
        self._filter = compiled(query.where) if query.HasField("where") else None
        self._orders = _orders(query)
        self._start = query.start_at if query.HasField("start_at") else None
        self._end = query.end_at if query.HasField("end_at") else None
        self._selected = (
            [parts(field.field_path) for field in query.select.fields] if query.HasField("select") else None
        )

    def matches(self, document: Any) -> bool:
        """Whether filter, ordering and cursors admit a document of the collection."""
        if self._filter and not self._filter(document):
            return False
        if any(read(document, order.names) is None for order in self._orders):
            return False
        if self._start is not None and self._against(document, self._start) < (0 if self._start.before else 1):
            return False
        return self._end is None or self._against(document, self._end) <= (-1 if self._end.before else 0)

    def run(self, versions: Iterable[Version]) -> list[Version]:
        """The matching versions in order, offset and limit applied."""
        found = [version for version in versions if self.matches(version.document)]
        for order in reversed(self._orders):
            found.sort(key=lambda version: order.key(version.document), reverse=order.descending)
        end = None if self.limit is None else self.offset + self.limit
        return found[self.offset : end]

    def project(self, document: Any) -> Any:
        """The document with the selected fields alone."""
        return document if self._selected is None else masked(document, self._selected)

    def _against(self, document: Any, cursor: Any) -> int:
        """Where the document stands to a cursor's position: -1 before, 0 at, 1 after."""
        if len(cursor.values) > len(self._orders):
            raise invalid("a cursor has more values than the query has orders")
        for order, value in zip(self._orders, cursor.values, strict=False):
            mine, its = order.key(document), order_key(value)
            if mine != its:
                return 1 if (mine > its) != order.descending else -1
        return 0


def masked(document: Any, paths: list[Path]) -> Any:
    """A copy of the document with the fields at `paths` alone."""
    copy = Document(name=document.name, create_time=document.create_time, update_time=document.update_time)
    for names in paths:
        value = read(document, names) if names != NAME else None
        if value is not None:
            put(copy, names, value)
    return copy


def _orders(query: Any) -> list[Order]:
    """The stated orders, then the fields with inequalities, then the name: each in the last stated direction."""
    stated = [Order(parts(each.field.field_path), each.direction == DESCENDING) for each in query.order_by]
    direction = stated[-1].descending if stated else False
    present = {order.names for order in stated}
    implied = sorted(set(_inequality_fields(query.where)) - present)
    if NAME not in present:
        implied = [each for each in implied if each != NAME] + [NAME]
    return stated + [Order(names, direction) for names in implied]


def _inequality_fields(where: Any) -> Iterable[Path]:
    kind = where.WhichOneof("filter_type")
    if kind == "composite_filter":
        for each in where.composite_filter.filters:
            yield from _inequality_fields(each)
    elif kind == "field_filter" and where.field_filter.op in INEQUALITIES:
        yield parts(where.field_filter.field.field_path)
    elif kind == "unary_filter" and where.unary_filter.op in (IS_NOT_NAN, IS_NOT_NULL):
        yield parts(where.unary_filter.field.field_path)


def compiled(where: Any) -> Predicate:
    """A Filter as a predicate of documents."""
    kind = where.WhichOneof("filter_type")
    if kind == "field_filter":
        return _field_filter(where.field_filter)
    if kind == "unary_filter":
        return _unary_filter(where.unary_filter)
    if kind == "composite_filter" and where.composite_filter.op in (AND, OR):
        predicates = [compiled(each) for each in where.composite_filter.filters]
        joined = all if where.composite_filter.op == AND else any
        return lambda document: joined(predicate(document) for predicate in predicates)
    raise invalid("a filter says nothing")


def _unary_filter(condition: Any) -> Predicate:
    names, op = parts(condition.field.field_path), condition.op
    if op not in (IS_NAN, IS_NULL, IS_NOT_NAN, IS_NOT_NULL):
        raise invalid(f"{op} is no unary operator")

    def holds(document: Any) -> bool:
        value = read(document, names)
        if value is None:
            return False
        key = order_key(value)
        if op in (IS_NULL, IS_NOT_NULL):
            return (key == NULL) == (op == IS_NULL)
        return key == NAN if op == IS_NAN else key not in (NAN, NULL)

    return holds


def _field_filter(condition: Any) -> Predicate:
    names, holds = parts(condition.field.field_path), _operator(condition.op, condition.value)

    def predicate(document: Any) -> bool:
        value = read(document, names)
        return value is not None and holds(value)

    return predicate


def _operator(op: int, operand: Any) -> Callable[[Any], bool]:
    """The test of one field's value. Inequalities compare within one type; null answers none of `!=` and `not in`."""
    wanted = order_key(operand)
    if op in (LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL):
        return lambda value: (key := order_key(value))[0] == wanted[0] and _ordered(op, key, wanted)
    if op == EQUAL:
        return lambda value: order_key(value) == wanted
    if op == NOT_EQUAL:
        return lambda value: order_key(value) not in (wanted, NULL)
    if op == ARRAY_CONTAINS:
        return lambda value: any(order_key(each) == wanted for each in value.array_value.values)
    choices = [order_key(each) for each in operand.array_value.values]
    if not choices:
        raise invalid("this operator takes a non-empty array")
    if op == IN:
        return lambda value: order_key(value) in choices
    if op == NOT_IN:
        return lambda value: NULL not in choices and order_key(value) not in (*choices, NULL)
    if op == ARRAY_CONTAINS_ANY:
        return lambda value: any(order_key(each) in choices for each in value.array_value.values)
    raise invalid(f"{op} is no operator")


def _ordered(op: int, key: tuple[Any, ...], wanted: tuple[Any, ...]) -> bool:
    if op == LESS:
        return key < wanted
    if op == LESS_OR_EQUAL:
        return key <= wanted
    return key > wanted if op == GREATER else key >= wanted

"""Compute's list filters: `labels.owner=ann AND name:vmc-test-*`, and the older `(name eq vmc-.*)`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from local.compute.errors import invalid
from local.compute.wire import Json

Predicate = Callable[[Json], bool]

_TOKEN = re.compile(
    r"""
    \s*(?:(?P<mark>[()])
    |(?P<op><=|>=|!=|=|:|<|>)
    |"(?P<dq>(?:[^"\\]|\\.)*)"|'(?P<sq>[^']*)'
    |(?P<word>[^\s()=!<>:"']+))""",
    re.VERBOSE,
)
_ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def predicate(text: str) -> Predicate:
    """What a filter lets through. Raises 400 for one that cannot be read; an empty one lets everything through."""
    if not text.strip():
        return lambda _: True
    try:
        return _Parser(text).whole()
    except (ValueError, re.error):
        raise invalid("filter", text, "Invalid list filter expression.") from None


class _Parser:
    """Recursive descent: OR binds least, then AND (which may go unsaid), then NOT."""

    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.place = 0

    def whole(self) -> Predicate:
        found = self.any_of()
        if self.place < len(self.tokens):
            raise ValueError("more than a filter")
        return found

    def peek(self) -> tuple[str, str]:
        return self.tokens[self.place] if self.place < len(self.tokens) else ("end", "")

    def take(self) -> tuple[str, str]:
        token = self.peek()
        self.place += 1
        return token

    def any_of(self) -> Predicate:
        choices = [self.all_of()]
        while self.peek() == ("word", "OR"):
            self.take()
            choices.append(self.all_of())
        return choices[0] if len(choices) == 1 else lambda item: any(choice(item) for choice in choices)

    def all_of(self) -> Predicate:
        parts = [self.one()]
        while self.peek() not in {("end", ""), ("mark", ")"), ("word", "OR")}:
            if self.peek() == ("word", "AND"):
                self.take()
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else lambda item: all(part(item) for part in parts)

    def one(self) -> Predicate:
        kind, text = self.take()
        if (kind, text) == ("word", "NOT"):
            inner = self.one()
            return lambda item: not inner(item)
        if (kind, text) == ("mark", "("):
            inside = self.any_of()
            if self.take() != ("mark", ")"):
                raise ValueError("unclosed bracket")
            return inside
        if kind != "word":
            raise ValueError("no field")
        return self.comparison(text)

    def comparison(self, field: str) -> Predicate:
        kind, operator = self.take()
        if kind != "op" and operator not in ("eq", "ne"):
            raise ValueError("no operator")
        value_kind, value = self.take()
        if value_kind not in ("word", "text"):
            raise ValueError("no value")
        return _comparison(field, operator, value)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place = 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if not found:
            raise ValueError("not a filter")
        place = found.end()
        for group, kind in (("mark", "mark"), ("op", "op"), ("word", "word"), ("sq", "text")):
            if found[group] is not None:
                yield kind, found[group]
        if found["dq"] is not None:
            yield "text", re.sub(r"\\(.)", r"\1", found["dq"])


def _comparison(field: str, operator: str, value: str) -> Predicate:
    path = _path(field)
    test = _test(operator, value)
    if operator in ("!=", "ne"):
        return lambda item: all(test(found) for found in _values(item, path))
    return lambda item: any(test(found) for found in _values(item, path))


def _path(field: str) -> list[str]:
    """`labels.a.b` is the label `a.b`: keys of labels are not paths."""
    head, _, rest = field.partition(".")
    return [head, rest] if head == "labels" and rest else field.split(".")


def _values(item: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(item, list):
        for one in item:
            yield from _values(one, path)
    elif not path:
        yield item
    elif isinstance(item, dict) and path[0] in item:
        yield from _values(item[path[0]], path[1:])


def _test(operator: str, value: str) -> Callable[[Any], bool]:
    if operator in ("eq", "ne"):
        pattern = re.compile(value)
        return lambda found: bool(pattern.fullmatch(_text(found))) == (operator == "eq")
    if operator in ("=", "!="):
        return lambda found: fnmatchcase(_text(found), value.replace("[", "[[]")) == (operator == "=")
    if operator == ":":
        return lambda found: _has(_text(found), value)
    return lambda found: _ordered(operator, found, value)


def _has(found: str, value: str) -> bool:
    """`:*` asks whether the field is there; `:abc*` for a beginning; `:abc` for a part."""
    found, value = found.lower(), value.lower()
    return found.startswith(value[:-1]) if value.endswith("*") else value in found


def _ordered(operator: str, found: Any, value: str) -> bool:
    for read in (float, datetime.fromisoformat):
        try:
            return _ORDERED[operator](read(_text(found)), read(value))
        except (ValueError, TypeError):
            continue
    return _ORDERED[operator](_text(found), value)


def _text(found: Any) -> str:
    return str(found).lower() if isinstance(found, bool) else str(found)

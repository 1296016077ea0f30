"""Lists in pages: how much is asked for, and where the next page begins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Item = TypeVar("Item")
Kind = TypeVar("Kind", covariant=True)


@dataclass(frozen=True, slots=True)
class Page:
    """So many items (1..100) after the one that `after` names; from the first if it is None."""

    size: int = 20
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Listing(Generic[Kind]):
    """The items of one page; `next` is what the next page's `after` will be, None on the last."""

    items: Sequence[Kind]
    next: str | None = None


def cut(found: Sequence[Item], page: Page, name: Callable[[Item], str]) -> Listing[Item]:
    """One page of `found`, which has one item more than the page where there is a next one. `name` gives an item's
    cursor."""
    items = found[: page.size]
    return Listing(items, name(items[-1]) if len(found) > page.size else None)

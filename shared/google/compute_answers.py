"""What is made of Compute Engine's answers that more than one call gets: a fingerprint that moved, a list with gaps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.domain.errors import CloudError, PartialList
from shared.google.compute_errors import CHANGED


def while_changing(send: Callable[[], None], tries: int) -> None:
    """Send a change that a fingerprint guards, again while somebody else was faster; `send` reads it each time."""
    for left in reversed(range(tries)):
        try:
            send()
        except CloudError as error:
            if error.code != CHANGED or not left:
                raise
        else:
            return


def check_whole(warning: Any) -> None:
    """Raise PartialList unless this list is whole: what is left out must not look like absence."""
    if _partial(warning):
        raise PartialList((), [""])


def left_out(page: Any) -> list[str]:
    """The places that a page of an aggregated list leaves out; "" for what it does not name."""
    places = [*page.unreachables, *(place for place, scope in page.items.items() if _partial(scope.warning))]
    return [place.rpartition("/")[2] for place in places] or [""] * _partial(page.warning)


def _partial(warning: Any) -> bool:
    return warning.code not in ("", "NO_RESULTS_ON_PAGE")

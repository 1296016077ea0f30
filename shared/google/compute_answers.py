"""What is made of Compute Engine's answers that more than one call gets: a fingerprint that moved, a list with gaps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from shared.domain.errors import CloudError, Scope
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


def check_whole(warning: Any, unreachable: Sequence[str] = ()) -> None:
    """Raise CloudError unless this part of a list is whole: what is left out must not look like absence."""
    if unreachable or warning.code not in ("", "NO_RESULTS_ON_PAGE"):
        reason = warning.message or f"unreachable: {', '.join(unreachable)}"
        raise CloudError("partial_list", f"Compute gave a part of the list only ({reason})", Scope.TRANSIENT)

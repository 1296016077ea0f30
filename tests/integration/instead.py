"""Something else in the place of some methods of one of a world's parts, and what it may do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from shared.domain.errors import CloudError, Scope

DOWN = CloudError("timed_out", "no answer from Google", Scope.TRANSIENT)


class Instead:
    """Something else in the place of some of a part's methods."""

    def __init__(self, part: Any, **methods: Callable[..., Any]) -> None:
        self._part = part
        vars(self).update(methods)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._part, name)


def killed(*_: Any, **__: Any) -> None:
    """The worker dies at this call."""
    raise KeyboardInterrupt


def down(*_: Any, **__: Any) -> None:
    """No answer comes."""
    raise DOWN

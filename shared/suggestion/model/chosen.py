"""The model that answers requests: the one that an administrator has switched to, else the configured one."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import replace

from shared.suggestion.model.context import Message
from shared.suggestion.model.openai_chat import Answer, Model, ModelUnavailable

KNOWN_FOR = 30.0  # seconds for which a choice, once read, is taken to stand


class ChosenModel:
    """`chosen` reads which model it is, None for `configured`; `make` gives the model of a name.

    A model that its provider no longer has is answered for by the configured one.
    """

    def __init__(
        self,
        configured: str,
        chosen: Callable[[], str | None],
        make: Callable[[str], Model],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.configured = configured
        self.chosen = chosen
        self.make = make
        self.clock = clock
        self._known: tuple[float, str] | None = None

    @property
    def name(self) -> str:
        """Its name; read anew after KNOWN_FOR."""
        now = self.clock()
        if self._known is None or now - self._known[0] >= KNOWN_FOR:
            self._known = now, self.chosen() or self.configured
        return self._known[1]

    def ask(self, messages: Sequence[Message], within: float, stream: bool) -> Generator[str, None, Answer]:
        """As Model.ask."""
        name = self.name
        try:
            return (yield from self.make(name).ask(messages, within, stream))
        except ModelUnavailable as failure:
            if not failure.missing or name == self.configured:
                raise
        self._known = self.clock(), self.configured
        answer = yield from self.make(self.configured).ask(messages, within, stream)
        return replace(answer, stand_in=self.configured)

"""A chat completion on the wire: whole, or as a stream of chunks that may break or stall."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

_PIECE = 16  # characters a chunk


class Broken(Exception):
    """Raised inside a stream: its connection ends without the end of the answer."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What is answered: `content` or a `refusal`; `cut` and `stall` are the characters after which a stream breaks, or
    begins to wait for `wait` before each chunk. `usage` is None where it is not told."""

    head: dict[str, Any]
    content: str
    refusal: str | None = None
    finish: str = "stop"
    usage: dict[str, int] | None = None
    cut: int | None = None
    stall: int | None = None
    wait: Callable[[], Awaitable[None]] | None = None

    def whole(self) -> dict[str, Any]:
        """The document of an answer that is not streamed."""
        content = None if self.refusal else self.content
        message = {"role": "assistant", "content": content, "refusal": self.refusal}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": self.finish}
        return {**self.head, "object": "chat.completion", "choices": [choice], "usage": self.usage}

    async def pieces(self, with_usage: bool) -> AsyncIterator[str]:
        """The chunks as server-sent events; with usage (`stream_options`) one more at the end tells it."""
        yield self._chunk({"role": "assistant", "content": "" if not self.refusal else None}, None)
        field, text = ("refusal", self.refusal) if self.refusal else ("content", self.content)
        for start in range(0, len(text), _PIECE):
            if self.cut is not None and start >= self.cut:
                raise Broken
            if self.stall is not None and self.wait and start >= self.stall:
                await self.wait()
            yield self._chunk({field: text[start : start + _PIECE]}, None)
        yield self._chunk({}, self.finish)
        if with_usage and self.usage:
            yield _event({**self._head(), "choices": [], "usage": self.usage})
        yield "data: [DONE]\n\n"

    def _head(self) -> dict[str, Any]:
        return {**self.head, "object": "chat.completion.chunk"}

    def _chunk(self, delta: dict[str, Any], finish: str | None) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _event({**self._head(), "choices": [choice]})


def _event(document: dict[str, Any]) -> str:
    return f"data: {json.dumps(document)}\n\n"

"""Regular expressions for texts of any script, compiled when they are first used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_LETTER = "[0-9A-Za-z_À-ɏ]"
_BEHIND_A_WORD = re.compile(r"\\b(?=$|[|)\[]|\(\?[!=]|\\[sW])")


@dataclass(frozen=True)
class Expression:
    r"""A pattern, in capital and small letters, with `\b` for the edge of a Latin word whatever script is next to it:
    in "GPUなし" the word ends before the Japanese, which Python's own `\b` does not see.

    The large ones take tens of milliseconds to compile, which a process that reads no request does not pay.
    """

    pattern: str

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        ends = _BEHIND_A_WORD.sub(lambda _: f"(?!{_LETTER})", self.pattern)
        return re.compile(ends.replace(r"\b", f"(?<!{_LETTER})"), re.IGNORECASE)

    def search(self, text: str) -> re.Match[str] | None:
        return self._compiled.search(text)

    def match(self, text: str, start: int = 0) -> re.Match[str] | None:
        return self._compiled.match(text, start)

    def finditer(self, text: str, start: int = 0, end: int | None = None) -> Iterator[re.Match[str]]:
        return self._compiled.finditer(text, start, len(text) if end is None else end)

    def findall(self, text: str) -> list[str]:
        return self._compiled.findall(text)

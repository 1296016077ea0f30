"""Regular expressions for plain text (see folding) that cost nothing until a text needs them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from itertools import islice

_MOST = 100  # hits: a text with more of anything is a pasted table, and its first rows say what it is about


class Pattern:
    """A regular expression, compiled when first used. `stems`: pieces, spaced, of which every text that it finds
    something in has one; where there is none, it is not even tried."""

    def __init__(self, source: str, stems: str = "") -> None:
        self.source = source
        self._stems = tuple(stems.split())

    def search(self, text: str) -> re.Match[str] | None:
        return self._compiled.search(text) if self._possible(text) else None

    def match(self, text: str, at: int = 0) -> re.Match[str] | None:
        return self._compiled.match(text, at)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        return self._compiled.fullmatch(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """The first hits: see _MOST."""
        return islice(self._compiled.finditer(text), _MOST) if self._possible(text) else iter(())

    def everywhere(self, text: str) -> Iterator[re.Match[str]]:
        """All hits."""
        return self._compiled.finditer(text) if self._possible(text) else iter(())

    def _possible(self, text: str) -> bool:
        return not self._stems or any(stem in text for stem in self._stems)

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.source)

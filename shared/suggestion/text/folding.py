"""A text in one plain form for every reader of quantities, which still knows where each character came from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from shared.domain.suggestion import Keyword
from shared.suggestion.text.patterns import Pattern

Edit = tuple[int, int, str]  # what stands from start to end (exclusive) is replaced by this
_NUKTA = "\u093c"  # a dot that Hindi writers leave out as often as not
_FRACTIONS = {"½": " 1/2", "¼": " 1/4", "¾": " 3/4"}
_RUN = Pattern(r"\s{2,}|([^\w\s])\1{2,}")  # spaces, rules: as long as people like
_LIST = Pattern(r"(?<=[^\d\s]),(?=\d)")  # "8 cores,16 GB": no decimal comma
_UNLIKE = Pattern(
    r"(?<=[a-z0-9])(?=[\u0900-\u097f\u3040-\u30ff\u3400-\u9fff])|"
    r"(?<=[\u0900-\u097f\u3040-\u30ff\u3400-\u9fff])(?=[a-z0-9])"
)


@dataclass(frozen=True, slots=True)
class Plain:
    """Lower case, without accents, half width, digits as 0-9, a space where scripts meet ("16 内存"). `starts` and
    `ends` give for each character the span that it stands for in `original`."""

    original: str
    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def rewritten(self, edits: Iterable[Edit]) -> Plain:
        """With the edits made; they come in order and do not overlap. Each new character stands for the whole of what
        it replaces."""
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        at = 0
        for start, end, new in edits:
            pieces += (self.text[at:start], new)
            first, last = self._origin(start, end)
            starts += (*self.starts[at:start], *[first] * len(new))
            ends += (*self.ends[at:start], *[last] * len(new))
            at = end
        if not pieces:
            return self
        pieces.append(self.text[at:])
        starts += self.starts[at:]
        ends += self.ends[at:]
        return Plain(self.original, "".join(pieces), starts, ends)

    def replaced(self, pattern: Pattern, new: Callable[[re.Match[str]], str | None]) -> Plain:
        """With each hit of the pattern replaced by what `new` makes of it, or left where that is None."""
        made = ((hit, new(hit)) for hit in pattern.everywhere(self.text))
        return self.rewritten((hit.start(), hit.end(), by) for hit, by in made if by is not None)

    def keyword(self, start: int, end: int, kind: str) -> Keyword:
        """The words as they were written."""
        first, last = self._origin(start, end)
        return Keyword(text=self.original[first:last], kind=kind, start=first, end=last)

    def _origin(self, start: int, end: int) -> tuple[int, int]:
        if start >= end:
            there = self.starts[start] if start < len(self.starts) else len(self.original)
            return there, there
        return min(self.starts[start:end]), max(self.ends[start:end])


def folded(text: str) -> Plain:
    """The text in plain form."""
    if text.isascii():
        plain = Plain(text, text.lower(), range(len(text)), range(1, len(text) + 1))
        return plain.replaced(_RUN, _once).replaced(_LIST, lambda _: ", ")
    pieces = [_folded(character) for character in text]
    at = [index for index, piece in enumerate(pieces) for _ in piece]
    plain = Plain(text, "".join(pieces), at, [index + 1 for index in at])
    return plain.replaced(_UNLIKE, lambda _: " ").replaced(_RUN, _once).replaced(_LIST, lambda _: ", ")


def _once(run: re.Match[str]) -> str:
    return run[1] or ("\n" if "\n" in run[0] else " ")


@lru_cache(maxsize=8192)
def _character(character: str) -> str:
    if character == "，":
        return ", "  # between things, never between digits: those take the narrow one
    if character in _FRACTIONS:
        return _FRACTIONS[character]
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    parts = unicodedata.normalize("NFKD", character)
    latin = parts[0].isascii() or parts[0] in "\u00df\u00e6\u0153"
    if not latin:
        parts = unicodedata.normalize("NFKC", character).replace(_NUKTA, "")
    return "".join(part for part in parts if not "\u0300" <= part <= "\u036f").casefold().replace("œ", "oe")


def _folded(character: str) -> str:
    return character.lower() if character.isascii() else _character(character)

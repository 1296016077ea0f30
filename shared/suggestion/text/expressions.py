"""Regular expressions for texts as they were written, in any script."""

from __future__ import annotations

import re
from functools import cached_property

from shared.suggestion.text.patterns import Pattern

_LETTER = "[0-9A-Za-z_À-ɏ]"
_BEHIND_A_WORD = re.compile(r"\\b(?=$|[|)\[]|\(\?[!=]|\\[sW])")


class Expression(Pattern):
    r"""A pattern in capital and small letters, with `\b` for the edge of a Latin word whatever script is next to it: in
    "GPUなし" the word ends before the Japanese, which Python's own `\b` does not see."""

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        ends = _BEHIND_A_WORD.sub(lambda _: f"(?!{_LETTER})", self.source)
        return re.compile(ends.replace(r"\b", f"(?<!{_LETTER})"), re.IGNORECASE)

"""How far a number reaches in a text as it is laid out: no version and no line's last number has a unit behind it, and
a form's unit stands in its label ("Memory (GB): 12")."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared.suggestion.text.folding import Edit, Plain
from shared.suggestion.text.numerals import NUMBER
from shared.suggestion.text.patterns import Pattern

_YEAR = Pattern(  # a Microsoft product's version: "2022 developer" are no people, "2019 core" no cores
    r"\b(?:windows|win|server|srv|sql|exchange|sharepoint|office|visual studio|dynamics(?: nav)?)[ -]?"
    r"(?P<year>20[0-3]\d)"
    r"(?!\d|-\d\d)(?:[ -]?r2\b)?",
    stems="200 201 202 203",
)
_SYSTEM = Pattern(  # "debian 12,3 days" has no decimal comma
    r"\b(?:debian|ubuntu|rocky(?: linux)?|alma ?linux|rhel|centos(?: stream)?|fedora|opensuse(?: leap)?|sles)[ -]?"
    r"(?:[12]\d|[7-9])(?:\.\d\d?)?(?P<comma>,)(?=\d)",
    stems=",",
)
_LINE_END = Pattern(r"(?<=\d)\s*\n", stems="\n")
_LABEL = Pattern(r"[^\n:=|]{1,32}[:=|]")
_WRAPPED = 50  # characters of a line that may be broken because it was full
_IN_LABEL = Pattern(
    r"(?P<label>(?:[(\[]\s?(?:in |en |em )?|\b(?:in|en|em) |(?<=[a-z])[_ ])"
    r"(?P<unit>[gtm]i?b|[gt]o|[gt]|gigabytes?|gigas?)"
    rf"(?P<close>\s?[)\]])?[\"']?\s?(?P<mark>[:=|は]+)?[\"']?\s?)(?P<n>{NUMBER})(?![\w.,]*\d|\s?(?:[gtm]i?b|[gt]o|%)\b|[a-z])"
)


def bounded(plain: Plain) -> Plain:
    """The text in which versions are no numbers, and a line's end ends what its last number may be of."""
    text = plain.text
    years = [(hit.start("year"), hit.end("year"), "#") for hit in _YEAR.everywhere(text)]
    commas = [(hit.start("comma"), hit.end("comma"), ", ") for hit in _SYSTEM.everywhere(text)]
    return plain.rewritten(sorted([*years, *commas, *_line_ends(text)]))


def _line_ends(text: str) -> Iterator[Edit]:
    """Every one behind a number, but for that of a full line whose sentence goes on in the next."""
    for hit in _LINE_END.everywhere(text):
        full = hit.start() - text.rfind("\n", 0, hit.start()) > _WRAPPED
        goes_on = text[hit.end() : hit.end() + 1].isalpha() and not _LABEL.match(text, hit.end())
        if not (full and goes_on):
            yield hit.start(), hit.end(), ";\n"


def labelled(plain: Plain) -> Plain:
    """The text in which a label's unit stands behind its number: "Memory: 12 gb"."""
    return plain.replaced(_IN_LABEL, _behind)


def _behind(hit: re.Match[str]) -> str | None:
    return f": {hit['n']} {hit['unit']}" if hit["close"] or hit["mark"] else None

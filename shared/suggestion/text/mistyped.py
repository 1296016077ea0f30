"""Units with one slip of the finger, behind a number: "3 dyas", "2 weks", "8 croes"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from shared.suggestion.text.folding import Plain
from shared.suggestion.text.patterns import Pattern

_UNITS = (
    "minutes minutos minuten hours horas heures stunden days dias jours tage week weeks semana semanas semaine "
    "semaines woche wochen month months meses monate years vcpu vcpus cores core coeurs kerne nucleos memory disk "
    "storage users people players"
)
_WORDS = "day hour tag tags jour hora dia year cpu cpus cups user mess dis das pus"  # no slips
_BEHIND_A_NUMBER = Pattern(r"(?P<number>\d[ -]?(?:[gt]b )?)(?P<word>[a-z]{3,9})(?![a-z])")


def mended(plain: Plain) -> Plain:
    """The text with such units as they were meant: two letters swapped, one left out or typed twice."""
    slips = _slips()
    return plain.replaced(
        _BEHIND_A_NUMBER,
        lambda hit: f"{hit['number']}{slips[hit['word']]}" if hit["word"] in slips else None,
    )


@cache
def _slips() -> Mapping[str, str]:
    """Each slip with its unit; what is a word itself is none."""
    units = _UNITS.split()
    known = {*units, *_WORDS.split()}
    return {slip: unit for unit in units for slip in _slips_of(unit) if slip not in known}


def _slips_of(word: str) -> Iterator[str]:
    for at in range(1, len(word)):
        yield word[:at] + word[at + 1 :]
        yield word[:at] + word[at] + word[at:]
        if at + 1 < len(word):
            yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]

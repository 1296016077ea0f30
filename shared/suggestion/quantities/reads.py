"""How many reads of a sequencer a program gets: what assemblers' memory grows with."""

from __future__ import annotations

from decimal import Decimal

from shared.domain.suggestion import Keyword
from shared.suggestion.quantities.traffic import SCALES
from shared.suggestion.text.folding import Plain
from shared.suggestion.text.numerals import NUMBER
from shared.suggestion.text.patterns import Pattern

_MILLION = 10**6
_MOST = Decimal(10**5)  # millions: more than any run gives
_READS = Pattern(
    rf"(?<![\w.,])(?P<n>{NUMBER})\s?(?P<scale>k|mm?|bn?|million|billion|{_MILLION})?\.?\s?(?:of |de |d')?"
    r"(?:(?:illumina|raw|clean|paired|paired[ -]end|pe|single[ -]end|rna[ -]?seq|short|sequencing|条|の)\s?-?){0,4}"
    r"(?:reads?|read[ -]?pairs?|read-?paaren?|lecturas|lectures|leituras|fragments|リード|रीड(?:्स)?)(?![a-z])"
    r"(?!\s*(?:/|per\b|a (?:second|minute|day)|and writes|& writes|an? hour|only|replicas?|ahead))",
    stems="read lectur leitur fragments リード रीड",
)


def million_reads(plain: Plain) -> tuple[Decimal, Keyword] | None:
    """In millions, with its words; a pair counts once. None where less than a million is said, or nothing."""
    for hit in _READS.finditer(plain.text):
        scale = SCALES.get(hit["scale"] or "", _MILLION if hit["scale"] == str(_MILLION) else 1)
        count = Decimal(hit["n"]) * scale / _MILLION
        if count >= 1:
            return min(count, _MOST), plain.keyword(*hit.span(), "reads")
    return None

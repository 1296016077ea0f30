"""A number with its unit, and how the words around it mean it: exactly, at least, at most, not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from shared.domain.suggestion import Keyword
from shared.suggestion.reading import Bound
from shared.suggestion.text.folding import Plain
from shared.suggestion.text.numerals import NUMBER
from shared.suggestion.text.patterns import Pattern

_AROUND = 40  # characters before and behind that are looked at: what is said of a figure stands next to it
_MOST = 10**7  # a larger figure is no size of anything that can be had
ABOUT = (
    r"(?:(?:about|around|approx(?:imately)?\.?|roughly|circa|ca\.?|some|maybe|like|say|~|unos|unas|alrededor de|"
    r"cerca de|"
    r"aproximadamente|environ|a peu pres|etwa|ungefahr|rund|uns|umas|लगभग|करीब|大约|大概|约|約)\s*)?"
)
_AT_MOST = Pattern(
    r"(?:(?<!no )(?<!not )(?<!pas )(?<!nicht )\b(?:at (?:the )?most|max(?:imum)?\.?(?: of)?|"
    r"maximal|(?:no|not) (?:more|greater|bigger|larger) than|not "
    r"(?:over|above|exceed(?:ing)?)|"
    r"up to|under|below|less than|fewer than|within|limit(?:ed)? (?:to|of)|capp?(?:ed)? (?:at|of|to)|como "
    r"(?:maximo|mucho)|maximo(?: de)?|hasta|"
    r"no mas de|menos de|au (?:plus|maximum)|maximum de|jusqu'?a|moins de|pas plus de|hochstens|bis zu|nicht mehr "
    r"als|weniger als|unter|"
    r"no maximo|ate|nao mais (?:de|que))|<=?|≤|अधिकतम|ज्यादा से ज्यादा|最多|不超过|最大|不多于|"
    r"(?<!不)(?<!不得)(?:少于|低于|小于)|上限|"
    r"最高)[\s:]*" + ABOUT + "$"
)
_AT_LEAST = Pattern(
    r"(?:\b(?:(?:no|not|nicht|pas|nao) (?:less|fewer|smaller|lower|under|below|unter|weniger|menos|moins|en dessous)"
    r"(?: than| als| d[eou]s?| que)?|"
    r"at (?:the )?(?:very )?least|min(?:imum)?\.?(?: of)?|minimal|(?:no|not) (?:less|fewer|smaller) than|"
    r"not (?:under|below)|"
    r"more than|over|above|greater than|bigger than|starting (?:at|from)|upwards of|minimo(?: de)?|al menos|por lo "
    r"menos|como minimo|mas de|a partir de|"
    r"au (?:moins|minimum)|minimum de|plus de|mindestens|wenigstens|mehr als|uber|ab|pelo menos|no minimo|ao menos|"
    r"mais de)|"
    r">=?|≥|कम से कम|न्यूनतम|至少|最少|不得?低于|不得?少于|不小于|最低|大于|超过|最小|少なくとも|最低でも)[\s:]*"
    + ABOUT
    + "$"
)
_MORE = Pattern(
    r"^\s*\(?(?:\+|(?:or|and) (?:more|better|higher|above|greater|larger|up|over)\b|and up\b|min(?:imum)?\b|at "
    r"least\b|at (?:a |the )?minimum\b|o mas\b|"
    r"ou plus\b|ou mais\b|oder mehr\b|(?:como |no )?minimo\b|au (?:moins|minimum)\b|mindestens\b|以上|या (?:उससे "
    r")?(?:ज्यादा|अधिक)|से (?:ज्यादा|अधिक)|起)"
)
_LESS = Pattern(
    r"^\s*\(?(?:max(?:imum)?\b|at (?:the )?most\b|(?:or|and) (?:less|fewer|smaller|below|under)\b|tops\b|o menos\b|ou "
    r"moins\b|oder weniger\b|ou menos\b|"
    r"(?:como |no )?maximo\b|au (?:plus|maximum)\b|hochstens\b|以下|以内|以內|まで|तक)"
)
_NOT = Pattern(
    r"(?:\b(?:no|not|never|without|don'?t (?:really )?(?:need|want)|do not (?:need|want)|doesn'?t need|does not "
    r"need|no need for|needn'?t|"
    r"nicht|keine?n?|sin|sans|ohne|sem|pas(?: de)?|pas besoin (?:de|d')|no (?:necesit[oa](?:mos)?|hace falta|"
    r"quiero)|nao (?:preciso(?: de)?|quero)|"
    r"brauche (?:nicht|keine)|rather than)|不需要|不用|不要)\s*(?:an?|any|the|full|whole|those|all|as much as|as "
    r"many as)?\s*(?:of the\s+)?$"
)
_NOT_BEHIND = Pattern(
    r"^\W*(?:(?:is|would be|are) )?(?:overkill|too (?:much|many|big|large|expensive)|more than (?:i|we) need|not "
    r"(?:needed|necessary|required)|zu viel|"
    r"demasiado|c'est trop|は?(?:不要|いらない|多すぎ)|太多|की जरूरत नहीं|नहीं चाहिए)"
)
_LOW = Pattern(
    rf"(?:(?P<between>\bbetween|\bentre(?: les)?|\bzwischen|\bfrom|"
    rf"\bfra)\s+)?(?<![\w.,])(?P<low>{NUMBER})[^\S\n]*(?P<unit>[a-z]{{1,5}})?[^\S\n]*"
    r"(?P<link>-|–|—|~|〜|\bto\b|\bor\b|\ba\b|\bo\b|\bou\b|\boder\b|\bbis\b|\bate\b|\band\b|\by\b|\bet\b|\bund\b|"
    r"\be\b|到|至|से|या|から|、|或)\s*$"
)  # fmt: skip
_BETWEEN_ONLY = frozenset({"and", "y", "et", "und", "e"})
_NAMED_NUMBER = Pattern(r"[a-z][a-z.]*\s+$")  # "debian 12 - 16 GB"
_RANGE_AHEAD = Pattern(r"(?:^|[,;:(]|need|needs|with|about|around|of|ram|memory|want|like|approx|cores?|have|a|is)\s*$")


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the text: the number (a range's lower end, `high` its upper), its unit, where it stands in the plain
    text with its unit, and how it is meant."""

    number: Decimal
    unit: str
    start: int
    end: int
    high: Decimal | None = None
    bound: Bound = "exactly"
    negated: bool = False


def figures(text: str, pattern: Pattern) -> Iterator[Figure]:
    """The figures that the pattern finds, in order: its groups `n` and `unit`. The lower end of a range goes with its
    upper one, with or without a unit of its own."""
    kept: Figure | None = None
    for hit in pattern.finditer(text):
        found = _ranged(text, Figure(number(hit["n"]), hit["unit"], hit.start(), hit.end()))
        found = meant(text, found, found.start, found.end)
        if kept and found.start >= kept.end:
            yield kept
        kept = found
    if kept:
        yield kept


def meant(text: str, figure: Figure, start: int, end: int) -> Figure:
    """The figure with its bound and its negation, read around the words from start to end that belong to it."""
    before, behind = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    bound: Bound = figure.bound
    if _AT_MOST.search(before) or _LESS.match(behind):
        bound = "at most"
    elif _AT_LEAST.search(before) or _MORE.match(behind) or "+" in text[figure.start : figure.end]:
        bound = "at least"
    negated = figure.negated or bool(_NOT.search(before) or _NOT_BEHIND.match(behind))
    return replace(figure, bound=bound, negated=negated)


def number(digits: str) -> Decimal:
    """The digits as a number, bounded: what is larger is no size of anything."""
    return min(Decimal(digits), Decimal(_MOST))


def free(figure: Figure, taken: Iterable[tuple[int, int]]) -> bool:
    """Whether nothing taken overlaps the figure."""
    return not any(start < figure.end and figure.start < end for start, end in taken)


def word(plain: Plain, figure: Figure, kind: str) -> Keyword:
    """The figure's words as they were written."""
    return plain.keyword(figure.start, figure.end, kind)


def _ranged(text: str, figure: Figure) -> Figure:
    """With the lower end that stands before it, if one does: "8-16 GB", "between 4 and 8 cores", "8 or 16"."""
    at = max(0, figure.start - 28)
    low = _LOW.search(text[at : figure.start])
    if low is None or not Decimal(low["low"]) < figure.number or not _same(low["unit"], figure.unit):
        return figure
    if low["link"] in _BETWEEN_ONLY and not low["between"]:
        return figure
    before = text[max(0, at + low.start() - 16) : at + low.start()]
    spaced = low["link"] in "-–—" and text[at + low.end() - 1] == " "
    if spaced and not low["between"] and not _RANGE_AHEAD.search(before) and _NAMED_NUMBER.search(before):
        return figure
    least: Bound = "at least"
    return replace(figure, number=number(low["low"]), high=figure.number, start=at + low.start(), bound=least)


def _same(low: str | None, high: str) -> bool:
    return low is None or low[0] == high.strip("- ")[:1]

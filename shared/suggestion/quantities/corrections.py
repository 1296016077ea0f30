"""What people take back: "8 cores, no wait, 16", "not 8 but 16 GB", "16 GB instead of 8"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared.suggestion.text.folding import Edit, Plain
from shared.suggestion.text.numerals import NUMBER
from shared.suggestion.text.patterns import Pattern

_UNITS = {
    "processors": r"v?cpus?|v?cores?|threads|processors?|nucleos?|coeurs?|kernen?|核|コア|颗|कोर",
    "bytes": r"[mgt]i?b|[gt]|[gmt]o|gi|gigs?|gigas?|gigabytes?|teras?|terabytes?|जीबी|ギガ",
    "time": r"hours?|hrs?|h|days?|d|weeks?|months?|minutes?|mins?|horas?|heures?|stunden?|dias?|jours?|tagen?|semanas?|"
    r"semaines?|wochen?|mes(?:es)?|mois|monaten?|小时|天|周|个月|時間|日間|日|週間|घंटे|दिन|हफ्ते",
    "people": r"users?|people|players?|friends|students|developers|usuarios?|utilisateurs?|nutzer|personas",
    "gpus": r"gpus?|t4s?|l4s?|a100s?|v100s?|h100s?",
}
_UNIT = "|".join(f"(?:{units})" for units in _UNITS.values())
_FIGURE = Pattern(rf"(?<![\w.,])(?P<n>{NUMBER})(?P<unit>[\s-]*(?:{_UNIT})(?![a-z]))?")
_TAKEN_BACK = Pattern(
    r"(?:\b(?:no,? wait|wait,? no|wait|sorry|oops|scratch that|correction|my bad|i meant?|or rather|"
    r"better make (?:that|it)|make (?:that|it)|"
    r"actually,? make it|no,? actually|actually|on second thoughts?|edit|perdon|mejor dicho|no,? espera|en "
    r"realidad|quiero decir|digo|pardon|"
    r"non,? plutot|enfin|en fait|je veux dire|ah nein|nein,? (?:doch|lieber|besser)|quatsch|eigentlich|ich "
    r"meine(?:te)?|doch lieber|desculpe?|"
    r"ou melhor|na verdade|quero dizer|alias|strike that|better yet|changed my mind|thinking about it|"
    r"rectifico|mejor|korrektur|nee|finalement|corrigindo|melhor)\b|"
    r"(?<=[,.;…-] )(?:(?:nah|no|nein|non|nao|hmm|uh|er|err)\b,?)+(?= ?\d)|"
    r"不对|不是,?|应该是|应该|改成|改为|更正|说错了|哦不|还是|いや|すみません|訂正|やっぱり?|じゃなくて|ではなく|नहीं,? "
    r"(?:नहीं|बल्कि)?|माफ करना)"
    r"[\s,.;:—–-]*(?:\b(?:no|wait|sorry|make (?:that|it)|i mean|it should be|should be|need|rather|lieber|mejor|"
    r"plutot|better|a|to)\b[\s,]*)*", stems=(
        "wait sorry oops scratch correction bad meant mean rather make actually thought edit perdon "
        "dicho espera realidad decir digo pardon plutot enfin fait veux nein quatsch eigentlich "
        "meine doch desculp melhor verdade dizer alias strike yet mind rectifico mejor korrektur nee "
        "finalement corrigindo nah no nein non nao hmm uh er 不对 不是 应该 改成 改为 更正 说错了 哦不 还是 "
        "いや すみません 訂正 やっぱ じゃなくて ではなく नहीं माफ"
    ))  # fmt: skip
_PAIRED = Pattern(
    rf"(?:\b(?:not|no|pas|nicht|nao|ni)\s+|"
    rf"不是\s*)(?P<a>{NUMBER})(?P<ua>[\s-]*(?:{_UNIT})(?![a-z]))?[\s,]*(?:\b(?:but(?: rather)?|sino|mais|sondern|"
    rf"mas)\b|而是)\s*"
    rf"(?P<b>{NUMBER})(?P<ub>[\s-]*(?:{_UNIT})(?![a-z]))?",
    stems="but sino mais sondern mas 而是",
)
_INSTEAD_FIRST = Pattern(
    rf"(?:\b(?:instead of|rather than|en vez de|en lugar de|au lieu d(?:e|')|(?:an)?statt|em vez de|ao inves "
    rf"de)\s+)(?P<a>{NUMBER})"
    rf"(?P<ua>[\s-]*(?:{_UNIT})(?![a-z]))?[\s,:]*(?:\b(?:i|we|want|need|use|give me|please|make "
    rf"it)\b[\s,]*)*(?P<b>{NUMBER})(?P<ub>[\s-]*(?:{_UNIT})(?![a-z]))?",
    stems="instead rather lugar vez lieu statt inves",
)
_INSTEAD_LAST = Pattern(
    rf"(?P<b>{NUMBER})(?P<ub>[\s-]*(?:{_UNIT})(?![a-z]))?\s*(?:\w+ ){{0,3}}?(?:instead of|rather than|en vez de|en "
    rf"lugar de|au lieu d(?:e|')|(?:an)?statt|em vez de)\s+"
    rf"(?P<a>{NUMBER})(?P<ua>[\s-]*(?:{_UNIT})(?![a-z]))?",
    stems="instead rather lugar vez lieu statt inves",
)
_GROWN = Pattern(
    rf"(?:\b(?:upgrad\w*|increas\w*|bump\w*|scal\w*|resiz\w*|grow\w*|go(?:ing)?|chang\w*|"
    rf"mov\w*)\s+(?:\w+\s+){{0,4}}?from\s+)(?P<a>{NUMBER})"
    rf"(?P<ua>[\s-]*(?:{_UNIT})(?![a-z]))?\s*(?:\w+\s+)?to\s+(?P<b>{NUMBER})(?P<ub>[\s-]*(?:{_UNIT})(?![a-z]))?",
    "from",
)
_ARROW = Pattern(
    rf"(?<![\w.,])(?P<a>{NUMBER})(?P<ua>[\s-]*(?:{_UNIT})(?![a-z]))?\s?(?:[-=]{{1,3}}>|→|⇒)\s?(?P<b>{NUMBER})"
    rf"(?P<ub>[\s-]*(?:{_UNIT})(?![a-z]))?",
    stems="-> => → ⇒",
)
_FAR = 120  # characters from a figure to the words that take it back
_NEXT = 24  # characters to the next figure of those that take the place of others
_SENTENCE = re.compile(r"[.!?;\n]\s")
_VERSION = re.compile(r"\d\d\.\d\d")  # "24.04": a system's


@dataclass(frozen=True, slots=True)
class _Said:
    number: str
    unit: str
    start: int
    end: int

    @property
    def kind(self) -> str | None:
        return next((kind for kind, units in _UNITS.items() if re.fullmatch(units, self.unit.strip(" -"))), None)


def settled(plain: Plain) -> Plain:
    """The text in which only the figures that are meant in the end remain, each with its unit."""
    for pattern in (_PAIRED, _INSTEAD_FIRST, _GROWN, _INSTEAD_LAST):
        plain = plain.replaced(pattern, _kept)
    plain = plain.replaced(_ARROW, lambda hit: f"{hit['b']}{hit['ub'] or hit['ua'] or ''}")
    return plain.rewritten(_taken_back(plain.text)) if _TAKEN_BACK.search(plain.text) else plain


def _kept(hit: re.Match[str]) -> str | None:
    if not (hit["ua"] or hit["ub"]):
        return None
    return f"{hit['b']}{hit['ub'] or hit['ua']}"


def _taken_back(text: str) -> Iterator[Edit]:
    said = [
        _Said(hit["n"], hit["unit"] or "", hit.start(), hit.end())
        for hit in _FIGURE.finditer(text)
        if hit["unit"] or not _VERSION.fullmatch(hit["n"])
    ]
    done = 0
    for marker in _TAKEN_BACK.finditer(text):
        before = [each for each in said if done <= each.start and marker.start() - _FAR < each.end <= marker.start()]
        edits: list[Edit] = []
        for later in _behind(text, said, marker.end()):
            edit = _in_place_of(text, before, later, marker.start())
            edits += edit
            done = later.end if edit else done
        yield from sorted(edits)


def _behind(text: str, said: list[_Said], at: int) -> Iterator[_Said]:
    """The figures that follow there, each close upon the one before."""
    near = 12
    for each in said:
        if each.start < at:
            continue
        if each.start > at + near or _SENTENCE.search(text[at : each.start]):
            return
        yield each
        at, near = each.end, _NEXT


def _in_place_of(text: str, before: list[_Said], later: _Said, taken_back: int) -> list[Edit]:
    """What makes the last figure of the same kind give way; nothing where there is none."""
    kind = later.kind
    former = next((each for each in reversed(before) if kind is None or each.kind in (kind, None)), None)
    if former is None or not (former.unit or later.unit):
        return []
    unit = later.unit or former.unit
    at = before.index(former)
    last = at == len(before) - 1
    del before[at]
    if last and taken_back - former.end < 40 and not _FIGURE.search(text[taken_back : later.start]):
        return [(former.start, later.end, f"{later.number}{unit}{text[former.end : taken_back]}")]
    return [
        (former.start, former.end, ""),
        *([] if later.unit else [(later.start, later.end, f"{later.number}{unit}")]),
    ]

"""Where a machine is to be: the region or place that a request names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared.catalog.places import Place, capitalised, places
from shared.catalog.regions import regions
from shared.domain.spec import RegionWish
from shared.domain.suggestion import Keyword
from shared.suggestion.text.languages import language
from shared.suggestion.text.sentences import say
from shared.suggestion.text.words import corrected, negated, split

_I = re.IGNORECASE
_REGION_ID = re.compile(
    r"\b(?:us|europe|asia|northamerica|southamerica|australia|me|africa)-[a-z]+\d{1,2}(?:-[a-f])?\b", _I
)
_PEOPLE = (
    r"users?|customers?|clients?|clientele|team|people|players|friends|visitors|audience|students|colleagues|everyone|"
    r"employees|staff|developers|devs|offices?|readers|viewers|members|schools?|kids|market|traffic|requests|"
    r"we(?:['’]re)?|i(?:['’]m)?|they(?:['’]re)?|"
    r"usuarios|clientes|equipo|jugadores|alumnos|oficina|público|utilisateurs|équipe|joueurs|étudiants|bureau|"
    r"kunden|nutzer|benutzer|anwender|spieler|mitarbeiter|büro|leute|usuários|utilizadores|equipe|jogadores|alunos"
)
_NEAR = re.compile(
    r"(?:near(?: to)?|close(?:r)? to|closest to|nearest(?: to)?|around|nearby|next to|not (?:too )?far from|"
    r"latency (?:to|for|from|in)|"
    r"prefer(?:ably|red|ence)?(?: (?:in|for|near))?|ideally(?: (?:in|near))?|if possible in|from|serv(?:e|es|ing)|"
    r"cerca de(?: la| el)?|cercan[oa] a|próxim[oa] [ad]e?|preferiblemente en|desde|près d(?:e |u |['’])|proche "
    r"d(?:e |u |['’])|"
    r"de préférence (?:à|en)|depuis|nahe(?: bei)?|in der nähe (?:von|der)|nähe|bei|am liebsten in|möglichst in|aus|"
    r"perto d[eoa]s?|de preferência (?:em|no|na)|"
    rf"(?:{_PEOPLE})(?:\s+(?:are|is|am|live[sd]?|based|located|mostly|mainly|all|están|sont|sind|estão|"
    rf"located)){{0,4}}\s+"
    r"(?:in|from|at|across|throughout|en|de|à|au|aus|em|no|na|do|da))"
    r"\s*(?:the\s+|la\s+|los\s+|el\s+|le\s+|les\s+|der\s+|den\s+)?$",
    _I,
)
_IN = re.compile(
    r"\b(?:in|at|within|inside|hosted in|located in|region|zone|location|place|to|leave|leaving|into|stay in|on|"
    r"en|à|au|aux|dans|salir de(?: la| el)?|quitter|em|no|na|verlassen)"
    r"[\s:=]+(?:the\s+|la\s+|los\s+|el\s+|le\s+|les\s+|l['’]|der\s+|den\s+)?$|在\s*$",
    _I,
)
_STAYS = re.compile(
    r"\b(?:leave|leaving|salir de|quitter)\s+(?:\w+\s+)?$|"
    r"\b(?:usuários|utilizadores|clientes|jogadores|alunos|equipe|servidor|máquina|estão|está|são)\s+n[oa]s?\s+$",
    _I,
)
_NEAR_BEHIND = re.compile(
    r"\s*(?:の?(?:近く|近郊|付近|周辺|ユーザー?)|附近|周边|周圍|用户|के (?:पास|नज़दीक|नजदीक|करीब|उपयोगकर्ता)|ke "
    r"paas\b|(?:users|customers|players|clients)\b)"
)
_IN_BEHIND = re.compile(
    r"\s*(?:の?リージョン|で(?!は)|に|में|地区|区域|机房|mein\b|me\b)|[\s-]*(?:region|zone|data\s?cent(?:er|"
    r"re)s?|based|location)\b",
    _I,
)
_ALONE_BEFORE = re.compile(r"(?:^|[,;:(\n/、，。；：])\s*$")
_ALONE_BEHIND = re.compile(r"\s*(?:please|pls|instead)?\s*(?:$|[,;.)\n/、，。；）])", _I)
_LETTERED = re.compile(r"[぀-ヿ一-鿿ऀ-ॿ]+")
_LONGEST = 14  # letters of a name in another script


@dataclass(frozen=True, slots=True)
class Where:
    """The region wished for or required, the place that was named, its words, and what has to be said about it."""

    region: RegionWish | None = None
    place: tuple[float, float] | None = None
    keyword: Keyword | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class _Named:
    start: int
    end: int
    place: Place
    near: bool


def where(text: str) -> Where:
    """The first place that the text names as one, or the one that takes it back: a region that is named is required,
    "near X" is a wish. A place without a region of this platform becomes a wish for the nearest one."""
    chosen: _Named | None = None
    for start, end, place in _places(text):
        taken_back = chosen is not None and corrected(text[chosen.end : start])
        if chosen is not None and not taken_back:
            break
        near = _near(text, start, end)
        if near is None and taken_back and chosen:
            near = chosen.near
        if near is not None and (not negated(text, start, end) or _not_refused(text, start)):
            chosen = _Named(start, end, place, near)
    return _answer(text, chosen) if chosen else Where()


def _not_refused(text: str, start: int) -> bool:
    """Whether the "no" before a place is none: "must not leave the UK", and the Portuguese "no Brasil"."""
    return bool(_STAYS.search(text[max(0, start - 32) : start]))


def _near(text: str, start: int, end: int) -> bool | None:
    """Whether the place is only wished for (True) or required (False); None where it is not asked for at all."""
    before = text[max(0, start - 70) : start]
    if _NEAR.search(before) or _NEAR_BEHIND.match(text, end):
        return True
    by_id = bool(_REGION_ID.match(text[start:end]))
    alone = bool(_ALONE_BEFORE.search(before)) and bool(_ALONE_BEHIND.match(text, end))
    return False if by_id or alone or _IN.search(before) or _IN_BEHIND.match(text, end) else None


def _answer(text: str, named: _Named) -> Where:
    place = named.place
    word = Keyword(text=text[named.start : named.end], kind="place", start=named.start, end=named.end)
    at = (place.latitude, place.longitude)
    nearest = place.nearest
    if named.near:
        return Where(RegionWish(prefer=nearest), at, word)
    if place.region:
        return Where(RegionWish(must=place.region), at, word)
    note = say("no_region", language(text), place=word.text, region=nearest, city=regions()[nearest].city)
    return Where(RegionWish(prefer=nearest), at, word, note)


def _places(text: str) -> Iterator[tuple[int, int, Place]]:
    by_id = [(hit.start(), hit.end(), _by_id(hit[0].lower())) for hit in _REGION_ID.finditer(text)]
    found = [(start, end, place) for start, end, place in by_id if place]
    yield from found or sorted((*_latin(text), *_other_scripts(text)), key=lambda named: named[0])


def _latin(text: str) -> Iterator[tuple[int, int, Place]]:
    words, at = split(text), 0
    while at < len(words):
        for length in (3, 2, 1):
            span = words[at : at + length]
            name = " ".join(word.normal for word in span)
            place = places().get(name)
            if place and _written_as_a_name(text, name, span[0].start, span[0].text):
                yield span[0].start, span[-1].end, place
                at += len(span)
                break
        else:
            at += 1


def _written_as_a_name(text: str, name: str, start: int, written: str) -> bool:
    """Whether what may be an everyday word ("nice") stands as a place's name; "us" is a word, "US" and "the us" not."""
    if name == "us":
        return written.isupper() or text[max(0, start - 4) : start].lower() == "the "
    return name not in capitalised() or written[0].isupper()


def _other_scripts(text: str) -> Iterator[tuple[int, int, Place]]:
    """Names in scripts that do not part their words: at each letter the longest that is known."""
    if text.isascii():
        return
    for run in _LETTERED.finditer(text):
        at = run.start()
        while at < run.end():
            for end in range(min(run.end(), at + _LONGEST), at + 1, -1):
                place = places().get(text[at:end])
                if place:
                    yield at, end, place
                    at = end
                    break
            else:
                at += 1


def _by_id(id: str) -> Place | None:
    """A region, or a zone (whose region it is)."""
    return places().get(id) or places().get(id.rsplit("-", 1)[0])

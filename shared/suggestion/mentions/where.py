"""Where a machine is to be: the region or place that a request names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from shared.catalog.places import Place, capitalised, places
from shared.catalog.regions import DEFAULT_REGIONS, regions
from shared.domain.spec import RegionWish
from shared.domain.suggestion import Keyword
from shared.suggestion.text.languages import language
from shared.suggestion.text.sentences import say
from shared.suggestion.text.words import continues, corrected, negated, split

_I = re.IGNORECASE
_REGION_ID = re.compile(
    r"\b(?:us|europe|asia|northamerica|southamerica|australia|me|africa)-[a-z]+\d{1,2}(?:-[a-f])?\b", _I
)
_PEOPLE = (
    r"users?|customers?|clients?|clientele|team|people|players|friends|visitors|audience|students|colleagues|"
    r"everyone|"
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
    r"\s*(?:の?リージョン|で(?!は)|に|में|地区|区域|机房|mein\b|me\b|"
    r"的?(?:一台)?(?:云?服务器|云?主机|机器|虚拟机|节点)|の(?:サーバー?|マシン|インスタンス|仮想マシン)|"
    r"(?:का|की|के|वाला|वाली|ka|ki)\s+(?:सर्वर|मशीन|server|machine|vm))|(?:[’']s)?[\s-]*(?:region|zone|"
    r"data\s?cent(?:er|re)|"
    r"based|location|servers?|box|machine|vm|instance|host|node)s?\b",
    _I,
)
# An area that is refused: "outside the EU", "anywhere but the US", 美国以外.
_OUTSIDE = re.compile(
    r"(?:\b(?:outside(?: of)?|(?:anywhere|everywhere|any region|any place) (?:but|except(?: for)?|besides|"
    r"other than)|"
    r"except(?: for)?|besides|avoid(?:ing)?|away from|excluding|"
    r"(?:keep|stay|leave|hold|host)\w*\s+(?:\w+\s+){0,3}?out of|nowhere in|never in|"
    r"nichts? in|nirgends in|nulle part (?:en|aux?)|en ningún lugar de|fuera de|menos|excepto|salvo|hors(?: d[eu]s?)?|"
    r"en dehors d[eu]|"
    r"sauf|außerhalb(?: von)?|außer|fora d[aeo]s?|exceto)\s+(?:in\s+|en\s+|em\s+|aux?\s+|à\s+)?(?:the\s+|la\s+|"
    r"los\s+|el\s+|"
    r"le\s+|les\s+|"
    r"der\s+|den\s+|l['’]|os\s+)?|\b(?:hors d|en dehors d)['’]|(?:不要|别|不能?|勿)(?:放|部署|建|托管)?(?:在|到)\s*|"
    r"除了?\s*)$",
    _I,
)
_OUTSIDE_BEHIND = re.compile(
    r"\s*(?:以外|之外|の外|を除|ではなく|に置かない|के बाहर|के अलावा|को छोड़|ke bahar)|"
    r"\s+(?:regions? )?(?:(?:is|are) )(?:not an option|out of the question|off[ -]limits|not allowed|excluded|"
    r"forbidden)\b",
    _I,
)
# Places wider than one region, by their names in places.json, and how the ids of the regions in them begin.
_WIDE = {
    **dict.fromkeys(("us", "usa", "united states", "america"), ("us-",)),
    **dict.fromkeys(("europe", "emea"), ("europe-",)),
    **dict.fromkeys(("eu", "european union"), ("europe-west9",)),  # London is in no EU country
    **dict.fromkeys(("asia", "apac"), ("asia-",)),
    "north america": ("us-", "northamerica-"),
}
_ANYWHERE = re.compile(
    r"\b(?:anywhere|any (?:region|location|place)|wherever|no matter where|(?:do(?:es)?n[’']?t (?:matter|care)|"
    r"not important)"
    r" where|(?:do(?:es)?n[’']?t|do(?:es)? not|need(?:n[’']?t| not)) (?:have to |need to |necessarily )?be (?:in|at|"
    r"near)|"
    r"(?:da igual|no importa) d[óo]nde|donde sea|cualquier regi[óo]n|n[’']importe où|peu importe où|egal,? wo|"
    r"irgendwo|qualquer (?:lugar|região)|tanto faz onde)\b(?!\s+(?:but|except|in|near|other|outside))|"
    r"(?:任何|哪个)(?:地区|区域)都|哪里都|どこでも|कहीं भी",
    _I,
)
_ALONE_BEFORE = re.compile(r"(?:^|[,;:(\n/、，。；：])\s*$")
_ALONE_BEHIND = re.compile(r"\s*(?:please|pls|instead)?\s*(?:$|[,;.)\n/、，。；）])", _I)
_LETTERED = re.compile(r"[぀-ヿ一-鿿ऀ-ॿ]+")
_LONGEST = 14  # letters of a name in another script


@dataclass(frozen=True, slots=True)
class Where:
    """The region wished for or required, the place that was named, and what has to be said about it; the regions that
    are refused; whether any place will do; the words that say so."""

    region: RegionWish | None = None
    place: tuple[float, float] | None = None
    note: str | None = None
    unwanted: frozenset[str] = frozenset()
    anywhere: bool = False
    keywords: tuple[Keyword, ...] = ()


@dataclass(frozen=True, slots=True)
class _Named:
    start: int
    end: int
    place: Place
    near: bool


def where(text: str) -> Where:
    """The first place that the text names as one, or the one that takes it back: a region that is named is required,
    "near X" is a wish. A place without a region of this platform becomes a wish for the nearest one, as does one that
    is refused for the first that is not."""
    if _ANYWHERE.search(text):
        return Where(anywhere=True)
    chosen: _Named | None = None
    refused: list[_Named] = []
    for start, end, place in _places(text):
        if _refused(text, start, end, refused):
            refused.append(_Named(start, end, place, False))
            continue
        taken_back = chosen is not None and corrected(text[chosen.end : start])
        if chosen is not None and not taken_back:
            continue
        near = _near(text, start, end)
        if near is None and taken_back and chosen:
            near = chosen.near
        if near is not None:
            chosen = _Named(start, end, place, near)
    answer = _answer(text, chosen) if chosen else Where()
    return _elsewhere(text, answer, chosen, refused) if refused else answer


def _refused(text: str, start: int, end: int, refused: list[_Named]) -> bool:
    """Whether the place is named as one to keep away from, by itself or in one breath with the one before it."""
    if _not_refused(text, start):
        return False
    if refused and continues(text, start, (refused[-1].start, refused[-1].end)):
        return True
    outside = _OUTSIDE.search(text[max(0, start - 40) : start]) or _OUTSIDE_BEHIND.match(text, end)
    return bool(outside) or negated(text, start, end)


def _elsewhere(text: str, answer: Where, chosen: _Named | None, refused: list[_Named]) -> Where:
    """The answer without the regions that are refused: the first of what was chosen, else of all, that is left."""
    unwanted = frozenset(region for named in refused for region in _regions_in(named.place))
    words = tuple(
        Keyword(text=text[named.start : named.end], kind="refused place", start=named.start, end=named.end)
        for named in refused
    )
    answer = replace(answer, unwanted=unwanted, keywords=(*answer.keywords, *words))
    going = answer.region and (answer.region.must or answer.region.prefer)
    if (going or DEFAULT_REGIONS[0].id) not in unwanted:
        return answer
    within = _regions_in(chosen.place) if chosen else frozenset()
    order = [region.id for region in DEFAULT_REGIONS if region.id not in unwanted]
    left = next((id for id in order if id in within), None) or next(iter(order), None)
    return replace(answer, region=RegionWish(prefer=left) if left else None, note=None)


def _regions_in(place: Place) -> frozenset[str]:
    """The platform's regions that lie in the place."""
    begins = _WIDE.get(place.name)
    if begins:
        return frozenset(id for id in regions() if id.startswith(begins))
    return frozenset([place.region]) if place.region else frozenset()


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
        return Where(RegionWish(prefer=nearest), at, keywords=(word,))
    if place.region:
        return Where(RegionWish(must=place.region), at, keywords=(word,))
    note = say("no_region", language(text), place=word.text, region=nearest, city=regions()[nearest].city)
    return Where(RegionWish(prefer=nearest), at, note, keywords=(word,))


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

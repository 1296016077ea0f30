"""How many people use a machine at the same time."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil

from shared.domain.suggestion import Keyword
from shared.suggestion.quantities.figures import Figure, figures, free, number
from shared.suggestion.quantities.traffic import SCALES
from shared.suggestion.text.folding import Plain
from shared.suggestion.text.numerals import NUMBER
from shared.suggestion.text.patterns import Pattern

_AT_ONCE_WORDS = (
    r"players?|gamers|friends|buddies|mates|students?|pupils|developers?|devs|coders|programmers|engineers|"
    r"analysts|data scientists|researchers|attendees|participants|connections|streams|agents|"
    r"jugadores|amig[oa]s|alumn[oa]s|estudiantes|desarrolladores|programadores|conexiones|joueurs|joueuses|"
    r"ami[es]?s|etudiants|eleves|developpeurs|connexions|spielern?|freunden?|schulern?|"
    r"studenten|studierenden?|entwicklern?|verbindungen|jogadores|estudantes|desenvolvedores|conexoes|kids|"
    r"children|classmates|coworkers|colleagues|colegas|collegues|kollegen|team members|seats"
)
_OTHERS = (
    r"users?|people|persons?|employees|staff|visitors?|visits?|clients|customers|sessions|viewers|subscribers|"
    r"members|accounts|usuari[oa]s?|visitas?|visitantes|personas|clientes|empleados|"
    r"utilisateurs?|personnes|visiteurs|clients|employes|salaries|benutzern?|nutzern?|besuchern?|personen|leuten?|"
    r"kunden|mitarbeitern?|anwendern?|pessoas|funcionarios|mau|dau|"
    r"monthly active users?|daily active users?"
)
_SCRIPTS = (
    r"(?:个|名|位|人|の|の同時)?\s*(?:并发|并发的|同时在线)?(?:用户|玩家|学生|同学|朋友|人(?!工|生|类)|员工|开发者|"
    r"客户|ユーザー?|プレイヤー|プレーヤー|学生|友達|友人|開発者|社員)|名(?!前|称)|人|"
    r"(?:लोग(?:ों)?|यूजर(?:्स)?|उपयोगकर्ता(?:ओं)?|खिलाडी|खिलाडियों|छात्र(?:ों)?|दोस्त(?:ों)?|डेवलपर(?:्स)?)"
)
_COUNTED = Pattern(
    rf"(?<![\w.,$€£])(?P<n>{NUMBER})\s?(?P<scale>k|m|million|billion)?\+?[\s-]*(?P<unit>(?P<how>(?:(?!(?:gb|tb|mb|"
    rf"cores?|v?cpus?|days?|hours?|weeks?|months?)\b)[a-z]+[\s-]+){{0,3}}?)"
    rf"(?P<who>(?:{_AT_ONCE_WORDS}|{_OTHERS})(?![a-z])|{_SCRIPTS}))"
)
_GROUP = Pattern(
    rf"\b(?:team|group|class(?:room)?|office|company|crew|staff|squad|department|family|party|equipo|grupo|clase|"
    rf"equipe|groupe|classe|gruppe|klasse|turma) (?:of|de|d'|von|mit|with|com) (?:about |around |~|unos |unas "
    rf")?(?P<n>{NUMBER})(?P<scale>)(?P<unit>)(?![\w.%]|\s*(?:v?cpus?|cores?|gb|servers?|machines|vms|nodes))|"
    rf"(?<![\w.,])(?P<n2>{NUMBER})[\s-](?:person|people|man|player|seat|user|student|developer|dev|member|"
    rf"slot)[\s-](?:team|group|class|office|company|startup|server|world|game|lab|workshop|lobby)\b|"
    rf"(?<![\w.,$€£])(?P<n3>{NUMBER})\s?(?:slots|concurrents?|ccu|simultaneous|at (?:once|the same time|a time)|"
    rf"concurrent|同時接続|并发|en simultane|simultaneos|gleichzeitig)(?![a-z])"
)
_AT_ONCE = Pattern(
    r"concurrent|simultan|at once|at the same time|at a time|online|parallel|active at|a la vez|al mismo tiempo|en "
    r"meme temps|gleichzeitig|zeitgleich|ao mesmo tempo|conectad|并发|同时|同時|एक साथ"
)
_NOT_USERS = Pattern(r"^\s*(?:rows?|records?|tables?|ids?|accounts? in|profiles|table)\b")
_SMALL = 50  # people: a group that is there at once; of a larger crowd a tenth is
_MONTHLY = 50  # of those active in a month, a fifth in a day, and a tenth of them at once


@dataclass(frozen=True, slots=True)
class People:
    """How many are there at the same time, their words, and the rule where these did not say it."""

    users: int | None = None
    keywords: tuple[Keyword, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    notes: tuple[str, ...] = ()


def people(plain: Plain, taken: Sequence[tuple[int, int]]) -> People:
    """The people who use it at once: the largest figure that is said to be so, else the first.

    Members of a small group, and up to 50 users, are there at once; of more users, a tenth (50 at least); of those who
    come in a month, a fiftieth.
    """
    found = [*_counted(plain, taken), *_groups(plain, taken)]
    if not found:
        return People()
    return next((each for each in found if not each.notes), found[0])


def _counted(plain: Plain, taken: Sequence[tuple[int, int]]) -> list[People]:
    text, found = plain.text, []
    hits = {hit.end(): hit for hit in _COUNTED.finditer(text)}
    for figure in figures(text, _COUNTED):
        hit = hits[figure.end]
        if figure.negated or not free(figure, taken) or _NOT_USERS.match(text[figure.end : figure.end + 16]):
            continue
        scale = SCALES.get(hit["scale"] or "", 1)
        count = min(int((figure.high or figure.number) * scale), 10**8)  # of a range the upper end: room for all
        around = (
            hit["how"]
            + hit["who"]
            + text[figure.end : figure.end + 28]
            + text[max(0, figure.start - 14) : figure.start]
        )
        key = plain.keyword(figure.start, figure.end, "users")
        found.append(_at_once(key, max(1, count), hit["who"], around, hit["how"]))
    return found


def _at_once(key: Keyword, count: int, who: str, around: str, how: str) -> People:
    span = ((key.start, key.end),)
    if _AT_ONCE.search(around):
        return People(count, (key,), span)
    if who.startswith(("mau", "monthly")) or "monthly" in how:
        some = max(1, ceil(count / _MONTHLY))
        return People(some, (key,), span, (f"“{key.text}”: a fiftieth of them, {some}, at the same time.",))
    if count <= _SMALL or re.fullmatch(_AT_ONCE_WORDS, who):
        return People(count, (key,), span)
    some = max(_SMALL, ceil(count / 10))
    return People(some, (key,), span, (f"“{key.text}”: a tenth of them (at least 50) at the same time: {some}.",))


def _groups(plain: Plain, taken: Sequence[tuple[int, int]]) -> list[People]:
    found = []
    for hit in _GROUP.finditer(plain.text):
        count = int(number(hit["n"] or hit["n2"] or hit["n3"]))
        if count >= 1 and free(Figure(Decimal(count), "", hit.start(), hit.end()), taken):
            key = plain.keyword(hit.start(), hit.end(), "users")
            found.append(_at_once(key, count, "", hit[0], ""))
    return found

"""How many requests or visits reach a machine."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Decimal
from math import ceil

from shared.domain.suggestion import Keyword
from shared.suggestion.quantities.figures import Figure, free, meant, number
from shared.suggestion.text.folding import Plain
from shared.suggestion.text.numerals import NUMBER
from shared.suggestion.text.patterns import Pattern

_SCALE = r"(?P<scale>k|m|bn?|mm|million|billion|tsd)?"
SCALES = {
    "k": 10**3,
    "tsd": 10**3,
    "m": 10**6,
    "mm": 10**6,
    "million": 10**6,
    "b": 10**9,
    "bn": 10**9,
    "billion": 10**9,
}
_VISITS = (
    r"(?:(?:page ?)?visit(?:or)?s?|unique visitors|uniques|page ?views?|hits|sessions|impressions|shoppers|readers|"
    r"viewers|visitas?|visitantes?|visites?|visiteurs?|paginas vistas|"
    r"besuche[rn]?|(?:seiten)?aufrufe|seitenbesuche|acessos|visualizacoes|pvs?|uvs?)(?![a-z])|(?:次|个|"
    r"人)?(?:的)?(?:访问量?|访客|浏览量?|訪問者?|アクセス|ページビュー)|विजिट(?:र|र्स)?|आगंतुक"
)
_REQUESTS = (
    r"(?:(?:http |api |web |get |concurrent )?(?:requests?|req|calls|queries|qry|transactions|tx|messages|events|"
    r"orders|inferences|predictions|invocations|jobs|emails|mails|writes|reads|operations|ops|inserts|"
    r"lookups|uploads|downloads|peticiones|solicitudes|consultas|llamadas|pedidos|requetes|appels|commandes|"
    r"anfragen|abfragen|bestellungen|nachrichten|requisicoes|requisitos|chamadas|mensagens)(?:/api)?)(?![a-z])|"
    r"(?:次|个|件)?(?:的)?(?:请求|調用|调用|查询|订单|消息|リクエスト|クエリ)|अनुरोध|रिक्वेस्ट"
)
_DAY_WORDS = {
    "second": r"s|secs?|seconds?|segundos?|secondes?|sekunden?|秒|सेकंड",
    "minute": r"mins?|minutes?|minutos?|minuten?|分钟?|分|मिनट",
    "hour": r"h|hrs?|hours?|horas?|heures?|stunden?|小时|時間|घंटे|घंटा",
    "day": r"d|days?|dias?|diarias?|jours?|tag|tage|天|日|दिन|रोज",
    "week": r"wk|weeks?|semanas?|semaines?|wochen?|周|週|हफ्ते",
    "month": r"mo|months?|mes|mois|monat|月|महीने",
    "year": r"yr|years?|ano|an|jahr|年|साल",
}
_UNIT = "|".join(_DAY_WORDS.values())
_EACH = (
    rf"(?:(?:/|\bper\b|\ban?\b|\beach\b|\bevery\b|\bal\b|\bpor\b|\bpar\b|\bpro\b|\bam\b|\bim\b|\ba la\b|\bao\b|"
    rf"\bcada\b|每|毎|प्रति|हर)\s*(?P<per>{_UNIT})(?![a-z])|(?P<ly>daily|hourly|weekly|monthly|diari[ao]s|mensuales|"
    rf"taglich|monatlich|quotidien(?:ne)?s|mensuel(?:le)?s|mensais))"
)
_BEHIND = Pattern(
    rf"(?<![\w.,$€£])(?P<n>{NUMBER})\s?{_SCALE}\+?\s*(?P<before>(?:[a-z-]+\s+){{0,3}}?)(?P<what>{_VISITS}|"
    rf"{_REQUESTS})(?:\s+[a-z]+){{0,2}}?\s*(?:{_EACH})"
)
_BEFORE = Pattern(
    rf"(?:(?:每|毎|1\s*|一)(?P<per>{_DAY_WORDS['second']}|{_DAY_WORDS['minute']}|小时|時間|天|日|周|週|个?月|"
    rf"年)\s*(?:钟|间|間)?|(?P<ly>日均|月均|प्रतिदिन|रोजाना|daily|monthly)|(?:हर|प्रति)\s*(?P<per2>दिन|महीने|सेकंड|"
    rf"घंटे|मिनट))"
    rf"[^\d\n.]{{0,12}}?(?P<n>{NUMBER})\s*{_SCALE}\s*(?P<what>{_VISITS}|{_REQUESTS}|人(?=访问|来|が))"
)
_LY_AHEAD = Pattern(
    rf"(?<![\w.,$€£])(?P<n>{NUMBER})\s?{_SCALE}\+?\s*(?P<ly>daily|hourly|weekly|"
    rf"monthly)\s+(?:[a-z]+\s+){{0,2}}?(?P<what>{_VISITS}|{_REQUESTS})"
)
_SHORT = Pattern(
    rf"(?<![\w.,$€£])(?P<n>{NUMBER})\s?{_SCALE}\s*(?P<what>rps|qps|tps|req/s(?:ec)?|reqs?/s|requests?/s(?:ec)?|r/s|"
    rf"iops|rpm|qpm)(?![a-z])"
)
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800, "month": 2592000, "year": 31536000}
_LY = {
    "hourly": "hour", "daily": "day", "weekly": "week", "monthly": "month", "日均": "day", "月均": "month",
    "प्रतिदिन": "day", "रोजाना": "day", "diari": "day", "quoti": "day", "tagli": "day",
    "mensu": "month", "mensa": "month", "monat": "month",
}  # fmt: skip
_BUSIEST_HOUR = 5  # a fifth of a day's traffic falls into its busiest hour
_VISIT_MINUTES = 2
_MOST = Decimal(10**8)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests per second at the busiest time, or the visitors who are there at once then; with the rule used."""

    requests_per_second: Decimal | None = None
    users: int | None = None
    keywords: tuple[Keyword, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    notes: tuple[str, ...] = ()


def traffic(plain: Plain, taken: Sequence[tuple[int, int]]) -> Traffic:
    """Requests by the highest rate ("a million a day, 300 rps at peak"), visits by the first figure.

    A rate by the second or minute is met as it is; one by the hour is evened out; of a day's a fifth falls into its
    busiest hour. A visit keeps the machine busy for two minutes.
    """
    requests: Traffic | None = None
    visits: Traffic | None = None
    spans: list[tuple[int, int]] = []
    for hit in _hits(plain.text):
        figure = Figure(number(hit["n"]), "", hit.start(), hit.end())
        if not free(figure, (*taken, *spans)) or meant(plain.text, figure, hit.start(), hit.end()).negated:
            continue
        spans.append(hit.span())
        key = plain.keyword(hit.start(), hit.end(), "traffic")
        count = min(Decimal(hit["n"]) * SCALES.get(hit["scale"] or "", 1), _MOST * 10**6)
        per = _per(hit)
        if re.fullmatch(_VISITS + "|人", hit["what"]):
            visits = visits or _visits(key, count, per)
        else:
            rate = _requests(key, count, per)
            requests = rate if requests is None else max(requests, rate, key=_rate)
    return Traffic(
        requests.requests_per_second if requests else None,
        visits.users if visits else None,
        tuple(key for found in (requests, visits) if found for key in found.keywords),
        tuple(spans),
        tuple(note for found in (requests, visits) if found for note in found.notes),
    )


def _hits(text: str) -> list[re.Match[str]]:
    found = [hit for pattern in (_SHORT, _LY_AHEAD, _BEHIND, _BEFORE) for hit in pattern.finditer(text)]
    return sorted(found, key=lambda hit: (hit.start(), -hit.end()))


def _per(hit: re.Match[str]) -> str:
    groups = hit.groupdict()
    if groups.get("ly"):
        return next(per for word, per in _LY.items() if groups["ly"].startswith(word))
    said = groups.get("per") or groups.get("per2")
    if said is None:
        return "minute" if hit["what"] in ("rpm", "qpm") else "second"
    said = said.removeprefix("个")
    return next(unit for unit, words in _DAY_WORDS.items() if re.fullmatch(words, said))


def _busiest(count: Decimal, per: str) -> Decimal:
    """By the second, at the busiest time."""
    if per in ("second", "minute", "hour"):
        return count / _SECONDS[per]
    days = Decimal(_SECONDS[per]) / _SECONDS["day"]
    return count / days / _BUSIEST_HOUR / 3600


def _requests(key: Keyword, count: Decimal, per: str) -> Traffic:
    exact = _busiest(count, per)
    rate = min(max(exact.quantize(Decimal("0.01"), ROUND_UP), Decimal("0.01")), _MOST)
    how = "" if per in ("second", "minute", "hour") else " (a fifth of a day’s in one hour)"
    notes = () if per == "second" else (f"“{key.text}”: about {rate.normalize():f} requests a second{how}.",)
    return Traffic(requests_per_second=rate, keywords=(key,), notes=notes)


def _rate(load: Traffic) -> Decimal:
    return load.requests_per_second or Decimal(0)


def _visits(key: Keyword, count: Decimal, per: str) -> Traffic:
    at_once = max(1, ceil(min(_busiest(count, per) * 60 * _VISIT_MINUTES, _MOST)))
    how = "two minutes each" if per in ("second", "minute", "hour") else "two minutes each, a fifth in one hour"
    return Traffic(users=at_once, keywords=(key,), notes=(f"“{key.text}”: about {at_once} at the same time ({how}).",))

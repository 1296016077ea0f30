"""What a machine may cost: "under $20", "max 50 dollars a month", "budget 30€"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shared.catalog.files import document
from shared.domain.suggestion import Keyword
from shared.suggestion.reading import Budget, Per
from shared.suggestion.text.folding import Plain
from shared.suggestion.text.numerals import NUMBER
from shared.suggestion.text.patterns import Pattern

_CURRENCIES = {
    "USD": r"us\$|\$|usd|us dollars?|dollars?|dolares|dolar|dolares americanos|bucks?|美元|美金|ドル|डॉलर",
    "EUR": r"€|eur|euros?|欧元|ユーロ|यूरो",
    "GBP": r"£|gbp|pounds?|quid|libras|英镑|ポンド|पाउंड",
    "INR": r"₹|inr|rupees?|rupias|卢比|रुपये|रुपए|रुपया",
    "JPY": r"jpy|yen|円|日元",
    "CNY": r"cny|rmb|yuan|元|人民币|块钱",
    "BRL": r"r\$|brl|reais|real",
    "CHF": r"chf|francs?|franken",
    "CAD": r"ca\$|c\$|cad",
    "AUD": r"a\$|au\$|aud",
    "MXN": r"mx\$|mxn|pesos?",
}
_MONEY = "|".join(
    _CURRENCIES[name] for name in ("AUD", "CAD", "MXN", "BRL", "USD", "EUR", "GBP", "INR", "JPY", "CNY", "CHF")
)
_CENTS = r"cents?|centavos|centimos|centimes"
_AMOUNT = Pattern(
    rf"(?:(?:(?P<low>{NUMBER})\s*(?:-|–|to|a)\s*)?(?P<before>{_MONEY}|¥)\s?(?:{NUMBER}\s?(?:-|–|to|"
    rf"and)\s?(?:{_MONEY})?\s?)?(?P<n>{NUMBER})|"
    rf"(?<![\w.,])(?:{NUMBER}\s?(?:-|–|to|a|bis|ou|or)\s?)?(?P<n2>{NUMBER})\s?(?P<behind>{_MONEY}|¥|"
    rf"{_CENTS}))(?P<k>\s?k)?(?![\w.]?\d)(?![a-z])",
    stems=(
        "$ € £ ¥ ₹ usd dollar dolar buck eur cent gbp pound quid libra inr rupe jpy yen cny rmb "
        "yuan brl rea chf franc frank franken cad aud mxn peso 美 ドル डॉलर 欧元 ユーロ यूरो 英镑 "
        "ポンド पाउंड 卢比 रुप 円 元 人民币 块"
    ),
)
_PER: tuple[tuple[str, Per, int], ...] = (
    (r"h|hr|hour|hora|heure|stunde|小时|時間|घंटे|घंटा", "hour", 1),
    (r"d|day|dia|jour|tag|天|日|दिन", "day", 1),
    (r"wk|week|semana|semaine|woche|周|週|हफ्ते", "day", 7),
    (r"mo|mth|month|mes|mois|monat|月|महीने|महीना", "month", 1),
    (r"yr|year|ano|an|jahr|年|साल", "month", 12),
)
_UNIT = "|".join(words for words, _, _ in _PER)
_BEHIND = Pattern(
    rf"^\s*(?:us |usd |total )?(?:(?:/|\bper\b|\ban?\b|\beach\b|\bal\b|\ba la\b|\bpor\b|\bpar\b|\bpro\b|\bim\b|"
    rf"\bam\b|\bao\b|\bcada\b|每|प्रति)\s*(?:个)?(?P<per>{_UNIT})(?![a-z])|(?P<ly>hourly|daily|weekly|monthly|"
    rf"mensual(?:es)?|mensuels?|mensais|monatlich|taglich|每月))"
)
_PER_BEFORE = Pattern(
    r"(?:(?P<ly>monthly|daily|hourly|weekly|mensual|mensuel|monatliches?)\s*(?:budget|cost|spend|presupuesto)?|"
    r"(?P<per>每月|每天|每小时|月|毎月|1日|1時間|हर महीने|महीने))[^\d\n.;]{0,16}$"
)
_LIMITED = Pattern(
    r"(?:\b(?:under|below|less than|no more than|not more than|at most|max(?:imum)?(?: of)?|up to|within|cheaper "
    r"than|budget\w*|spend\w*|pay|cap(?:ped)?|limit\w*|ceiling|keep (?:it|the cost|costs?)|cost\w*|afford|for|"
    r"i have|we have|around|about|presupuesto|menos de|maximo|hasta|como mucho|no mas de|gastar|moins de|maximum|"
    r"au plus|jusqu'?a|pas plus de|depenser|unter|weniger als|hochstens|maximal|bis zu|ausgeben|ate|no maximo|"
    r"orcamento|"
    r"gastar|barato que|por|pour|fur)|[<≤]=?|预算|不超过|最多|低于|少于|予算|以内で|बजट|से कम)[^\d\n;]{0,24}$"
)
_LIMITED_BEHIND = Pattern(
    r"^[^\d\n.;]{0,24}?(?:\b(?:max(?:imum)?|or less|or under|budget|tops|at most|limit|cap|total|altogether|all in|"
    r"presupuesto|como maximo|maximo|o menos|en total|au maximum|max|ou moins|hochstens|gesamt|insgesamt|no maximo|"
    r"ou menos)\b|"
    r"以内|以下|之内|まで|से कम|तक|के अंदर)"
)
_EARNED = Pattern(
    r"\b(?:revenue|sales|turnover|salary|price of|worth|invoice|raised|costs? (?:me|us) (?:now|currently)|"
    r"currently pay\w*|paying|pay now|we pay|i pay|fine of|prize)\b[^\d\n;]{0,24}$"
)
_EARNED_BEHIND = Pattern(
    r"^\s*(?:in |of |de )?(?:annual |yearly |monthly )?(?:revenue|sales|turnover|funding|orders|transactions|"
    r"invoices)\b"
)
_LARGEST = Decimal(10**7)


@dataclass(frozen=True, slots=True)
class Limit:
    """The budget and its words; the note says what was converted."""

    budget: Budget
    keyword: Keyword
    span: tuple[int, int]
    note: str | None


def limit(plain: Plain) -> Limit | None:
    """The first amount of money that is said to be the most, or that is given for a time: "$50 a month". Of a range
    the upper end. Other currencies are converted by the catalogue's dated rates."""
    text = plain.text
    for hit in _AMOUNT.finditer(text):
        before, behind = text[max(0, hit.start() - 40) : hit.start()], text[hit.end() : hit.end() + 32]
        rate = _BEHIND.match(behind) or _PER_BEFORE.search(before)
        limited = _LIMITED.search(before) or _LIMITED_BEHIND.match(behind)
        if _EARNED.search(before) or _EARNED_BEHIND.match(behind) or not (limited or rate):
            continue
        per, share = _per(rate)
        end = hit.end() + (rate.end() if rate and rate.string == behind else 0)
        key = plain.keyword(hit.start(), end, "budget")
        usd, note = _in_dollars(hit, plain.original, share, key.text)
        return Limit(Budget(usd, per), key, (hit.start(), end), note)
    return None


def money(plain: Plain) -> tuple[tuple[int, int], ...]:
    """Where amounts of money stand: no sizes of anything else."""
    return tuple(hit.span() for hit in _AMOUNT.finditer(plain.text))


def _per(rate: re.Match[str] | None) -> tuple[Per, int]:
    """For what time it is, and by how much to divide: weeks count by the day, years by the month."""
    said = (rate["per"] or rate["ly"]) if rate else None
    if said is None:
        return "total", 1
    for words, per, share in _PER:
        if re.fullmatch(words, said) or re.search(rf"^(?:{words})(?:ly|mente)|(?:每|毎|हर |1)(?:{words})", said):
            return per, share
    return ("day", 1) if said.startswith(("dail", "tagl")) else ("month", 1)


def _in_dollars(hit: re.Match[str], original: str, share: int, said: str) -> tuple[Decimal, str | None]:
    amount = min(Decimal(hit["n"] or hit["n2"]) * (1000 if hit["k"] else 1), _LARGEST)
    name = hit["before"] or hit["behind"]
    if re.fullmatch(_CENTS, name):
        return (amount / 100 / share).quantize(Decimal("0.0001")), None
    currency = _currency(name, original)
    if currency == "USD":
        return (amount / share).quantize(Decimal("0.0001")).normalize() + 0, None
    rates = document("exchange_rates")
    usd = (amount * Decimal(rates["usd"][currency]) / share).quantize(Decimal("0.01"))
    day = date.fromisoformat(rates["as_of"])
    return usd, f"“{said}” is taken as {usd} US dollars, by the European Central Bank’s rates of {day:%-d %B %Y}."


def _currency(name: str, original: str) -> str:
    """¥ is the yen where Japanese is written, else the yuan."""
    if name == "¥":
        return "JPY" if re.search("[\u3040-\u30ff]", original) else "CNY"
    return next(currency for currency, words in _CURRENCIES.items() if re.fullmatch(words, name))

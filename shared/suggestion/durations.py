"""How long a machine is wanted for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

NUMBERS = {
    "a": 1.0, "an": 1.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0,
    "eight": 8.0, "nine": 9.0, "ten": 10.0, "twelve": 12.0, "sixteen": 16.0, "half a": 0.5, "half an": 0.5,
    "a half": 0.5, "a couple of": 2.0, "couple of": 2.0, "a few": 3.0, "un": 1.0, "una": 1.0, "une": 1.0, "dos": 2.0,
    "deux": 2.0, "zwei": 2.0, "tres": 3.0, "trois": 3.0, "drei": 3.0, "ein": 1.0, "eine": 1.0,
}  # fmt: skip
NUMBER = r"\d+(?:[.,]\d+)?|" + "|".join(sorted(NUMBERS, key=len, reverse=True))
_HOURS = {
    "h": 1, "hr": 1, "hrs": 1, "hour": 1, "hours": 1, "hora": 1, "horas": 1, "heure": 1, "heures": 1, "stunde": 1,
    "stunden": 1, "d": 24, "day": 24, "days": 24, "día": 24, "días": 24, "dia": 24, "dias": 24, "jour": 24,
    "jours": 24, "tag": 24, "tage": 24, "tagen": 24, "w": 168, "wk": 168, "wks": 168, "week": 168, "weeks": 168,
    "semana": 168, "semanas": 168, "semaine": 168, "semaines": 168, "woche": 168, "wochen": 168, "fortnight": 336,
    "month": 720, "months": 720, "mes": 720, "meses": 720, "mois": 720, "monat": 720, "monate": 720,
    "year": 8760, "years": 8760, "año": 8760, "años": 8760, "jahr": 8760, "jahre": 8760,
    "m": 1 / 60, "min": 1 / 60, "mins": 1 / 60, "minute": 1 / 60, "minutes": 1 / 60, "minutos": 1 / 60,
}  # fmt: skip
_UNIT = "|".join(sorted(_HOURS, key=len, reverse=True))
_LENGTH = re.compile(rf"(?<![\w.,/])({NUMBER})[\s-]?({_UNIT})(?![\w/])", re.IGNORECASE)
_NOT_A_LEASE_BEFORE = re.compile(r"(?:every|each|per|last|past|within|cada|tous les|retain|keep)\s*$", re.IGNORECASE)
_NOT_A_LEASE_BEHIND = re.compile(
    r"^\s*(?:old|ago|retention|of (?:data|logs|history|video|footage|audio|backups)|per\b|a (?:day|week|month)|/)",
    re.IGNORECASE,
)
_PHRASES = (
    (re.compile(r"\b(?:over|for|this|all|during) (?:the )?(?:long )?weekend\b|\bweekend\b", re.IGNORECASE), 48),
    (re.compile(r"\b(?:overnight|over night|for the night|tonight)\b", re.IGNORECASE), 12),
    (re.compile(r"\b(?:for the|all) day\b", re.IGNORECASE), 24),
    (re.compile(r"\bfor the (?:whole |entire )?week\b|\ball week\b", re.IGNORECASE), 168),
    (re.compile(r"\bfor the (?:whole |entire )?month\b|\ball month\b", re.IGNORECASE), 720),
)


@dataclass(frozen=True, slots=True)
class Lasting:
    """A length of time and the words that say it; `loose` if they were a phrase whose length is a convention."""

    length: timedelta
    start: int
    end: int
    loose: bool


def value(number: str) -> float:
    """A number as digits or as a word."""
    lower = number.lower()
    return NUMBERS[lower] if lower in NUMBERS else float(lower.replace(",", "."))


def lasting(text: str, now: datetime) -> Lasting | None:
    """The lease that the text asks for, None if it names none. The first length counts ("2h", "three days"), and a
    second one right behind it adds to it ("1 day 12 hours"); then phrases ("over the weekend")."""
    found = [hit for hit in _LENGTH.finditer(text) if _is_lease(text, hit)]
    if found:
        first = found[0]
        hours, end = _hours(first), first.end()
        for hit in found[1:]:
            if not re.fullmatch(r"[\s,]*(?:and\s)?\s*", text[end : hit.start()]):
                break
            hours, end = hours + _hours(hit), hit.end()
        return Lasting(timedelta(minutes=max(1, round(hours * 60))), first.start(), end, loose=False)
    for phrase, whole in _PHRASES:
        said = phrase.search(text)
        if said:
            return Lasting(timedelta(hours=whole), said.start(), said.end(), loose=True)
    return None


def _hours(hit: re.Match[str]) -> float:
    return min(value(hit[1]), 1e6) * _HOURS[hit[2].lower()]


def _is_lease(text: str, hit: re.Match[str]) -> bool:
    number, unit = hit[1].lower(), hit[2].lower()
    if len(unit) == 1 and (hit[2].isupper() or (unit == "m" and number.isdigit() and len(number) < 2)):
        return False  # 100M rows, 5m parameters
    before, behind = text[: hit.start()], text[hit.end() :]
    rate = number in ("a", "an", "un", "una", "une") and not re.search(r"\b(?:for|por|pour|für)\s*$", before, re.I)
    return not (rate or _NOT_A_LEASE_BEFORE.search(before) or _NOT_A_LEASE_BEHIND.match(behind))

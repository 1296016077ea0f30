"""How many people use a machine at the same time."""

from __future__ import annotations

import re
from math import ceil

from shared.domain.suggestion import Keyword

_I = re.IGNORECASE
_PEOPLE = (
    r"users?|people|persons?|players?|friends|students?|developers?|devs|employees|staff|colleagues|engineers|analysts|"
    r"visitors?|visits?|clients|customers|connections|sessions|viewers|subscribers|"
    r"usuarios?|visitas?|personas|amigos|jugadores|utilisateurs|visiteurs|joueurs|benutzer|nutzer|besucher|spieler|"
    r"usuários|visitantes|jogadores"
)
_USERS = re.compile(
    rf"(?<![\w.,$€£])(\d[\d,.]*)\s?(k|m|million|thousand)?\+?\s+((?:\w+[\s-]+){{0,2}}?)({_PEOPLE})\b"
    r"((?:\s+\w+)?\s*(?:/|a|per|al|por|par|pro|am)\s*(?:day|month|hour|día|dia|mes|jour|mois|tag|monat|hora))?",
    _I,
)
_AT_ONCE = re.compile(r"concurrent|simultaneous|at once|at the same time|online|parallel", _I)
_ALL_AT_ONCE = re.compile(
    r"^(?:players?|friends|students?|developers?|devs|engineers|analysts|connections|sessions|"
    r"jugadores|joueurs|spieler|amigos)",
    _I,
)


def users(text: str) -> tuple[int, Keyword, str | None] | None:
    """How many people use it at the same time, the words, and the rule that was used where they did not say.

    Visits: each keeps the machine busy for two minutes, and the busiest hour has a fifth of a day's. Members of a
    small group, and up to 50 users, are there at once; of more users, a tenth (50 at least).
    """
    hit = _USERS.search(text)
    if hit is None:
        return None
    count = _count(hit[1], (hit[2] or "").lower())
    word = Keyword(text=hit[0].strip(), kind="users", start=hit.start(), end=hit.start() + len(hit[0].strip()))
    people, rate = hit[4].lower(), (hit[5] or "").lower()
    if _AT_ONCE.search(hit[3]) or _AT_ONCE.search(text[hit.end() : hit.end() + 24]):
        return count, word, None
    if rate or people.startswith(("visit", "besucher")) or re.search(r"daily|monthly", hit[3], _I):
        days = 30 if re.search(r"month|mes|mois|monat", rate + hit[3], _I) else 1
        at_once = max(1, ceil(count / days / 5 * 2 / 60))
        return at_once, word, f"{word.text}: about {at_once} at the same time (two minutes each, a fifth in one hour)"
    if _ALL_AT_ONCE.match(people) or count <= 50:
        return count, word, None
    at_once = max(50, ceil(count / 10))
    return at_once, word, f"{word.text}: a tenth of them, {at_once}, at the same time"


def _count(digits: str, scale: str) -> int:
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", digits):
        number = float(re.sub(r"[.,]", "", digits))
    else:
        number = float(digits.replace(",", ".").rstrip(".").split(".")[0] or 0)
    factor = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6}.get(scale, 1)
    return int(min(number * factor, 1e8))

"""What a refinement says of the time that was agreed on: "twice as long", "a day more", "make it a week"."""

from __future__ import annotations

from datetime import timedelta

from shared.suggestion.mentions.relative import factor_in
from shared.suggestion.text.expressions import Expression

_OF_TIME = Expression(
    r"\b(?:time|duration|long(?:er)?|lease|period|tiempo|duraci[óo]n|largo|temps|dur[ée]e|longtemps|lange?|länger|"
    r"zeit|dauer|"
    r"laufzeit|tempo|duração|short(?:er)?)\b|时间|时长|期间|期間|時間|समय|अवधि"
)
_SPAN = (
    r"(?P<n>\d{1,3}|an?|one|two|three|four|five|six|un[ao]?|une|dos|deux|eine?n?|zwei|um|uma|dois|duas|tres|três|"
    r"drei|trois)\s+"
    r"(?:more\s+|extra\s+|additional\s+)?"
    r"(?P<unit>hour|hora|heure|stunde|day|d[íi]a|jour|tag|week|semana|semaine|woche|month|mes|mois|monat|"
    r"m[êe]s)(?:s|n|en|es)?\b"
)
_MORE = Expression(
    rf"\b(?:add|another|extend(?:ed)?(?: (?:it|that|this))?(?: by| for)?|prolong\w*(?: (?:it|d['’]|de|um))?|plus|"
    rf"verlänger\w*(?: (?:es|um|sie))*|añad\w*|ajoute[rz]?|adicion\w+)\s+(?:for\s+|by\s+|another\s+)?{_SPAN}"
)
_MORE_BEHIND = Expression(rf"\b{_SPAN}\s*(?:longer|more|extra|additional|on top|más|mas|de plus|mehr|länger|a mais)\b")
_LESS_BEHIND = Expression(rf"\b{_SPAN}\s*(?:shorter|less|fewer|menos|de moins|weniger|kürzer|a menos)\b")
_RATHER = Expression(
    rf"\b(?:make (?:it|that)|change (?:it |that )?to|set (?:it )?to|rather|better|que sea[n]?|mejor|plutôt|lieber|"
    rf"doch|melhor)\s+"
    rf"(?:for\s+|por\s+|pour\s+|für\s+)?{_SPAN}"
)
_NUMBERS = {
    **dict.fromkeys(["a", "an", "one", "un", "una", "uno", "une", "ein", "eine", "einen", "um", "uma"], 1),
    **dict.fromkeys(["two", "dos", "deux", "zwei", "dois", "duas"], 2),
    **dict.fromkeys(["three", "tres", "trois", "drei", "três"], 3),
    **{"four": 4, "five": 5, "six": 6},
}
_HOURS = {"h": 1, "s": 1, "d": 24, "j": 24, "t": 24, "w": 168, "m": 720}  # by a unit's first letter; see _length


def lasting(text: str, agreed: timedelta) -> timedelta | None:
    """How long the machine is to be kept now, where the text says it by what was agreed; None where it does not."""
    for more in (_MORE.search(text), _MORE_BEHIND.search(text)):
        if more:
            return agreed + _length(more["n"], more["unit"])
    less = _LESS_BEHIND.search(text)
    if less:
        return agreed - _length(less["n"], less["unit"])
    rather = _RATHER.search(text)
    if rather:
        return _length(rather["n"], rather["unit"])
    factor = factor_in(text) if _OF_TIME.search(text) else None
    return timedelta(seconds=round(agreed.total_seconds() * float(factor))) if factor else None


def _length(number: str, unit: str) -> timedelta:
    """A number and a unit in any of the languages; "semana", "semaine" begin like "Stunde", and are weeks."""
    times = int(number) if number.isdigit() else _NUMBERS[number.lower()]
    hours = 168 if unit.lower().startswith("sem") else _HOURS[unit[0].lower()]
    return timedelta(hours=hours * times)

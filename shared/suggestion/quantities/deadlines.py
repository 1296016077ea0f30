"""When a machine is wanted until: "until Friday 5pm", "bis Freitag 17 Uhr", "周五下午5点之前"."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from shared.suggestion.quantities.calendar_words import DAYS, LATER, MONTHS, TIMES_OF_DAY, WEEKDAYS, any_of
from shared.suggestion.text.patterns import Pattern

_UNTIL = (
    r"(?:\b(?:(?P<before>before|prior to|antes d(?:el?|[ao])|avant|vor)|(?P<by>by|d'ici(?: a| au)?)|up until|until|"
    r"untill|till|til|through|thru|up to|from now (?:on )?to|now to|"
    r"ending(?: on)?|ends?(?: on)?|expir(?:es?|ing)(?: on)?|hasta|jusqu'?(?:a|au|en)?|bis(?: (?:zum?|"
    r"einschliesslich))?|ate(?: [ao]s?)?)(?![a-z])|直到|截止到?|到)\s*"
)
_FILL = (
    r"(?:(?:the|at|on|el|la|las|los|le|den|dem|der|das|am|um|a|o|as|this|coming|este|ce|diesen|esta|kommenden|"
    r"proximo|proxima|prochain|約|约)\s+)*"
)
_NEXT = r"(?:next|nachsten?|下个?|来週の?|来)\s*"
_HALF = r"(?:上午|下午|晚上|早上|中午|午前|午後|夜|夕方|朝|सुबह|दोपहर|शाम|रात)"
_PART = (
    r"(?:\s*(?:de la|de l'|da|de|in the|in der|du|am|at|this|esta|ce|heute)?\s*(?:tarde|noche|manana|madrugada|"
    r"noite|manha|evening|"
    r"afternoon|morning|night|soir|apres-midi|matin|abends?|nachmittags?|mittags|morgens))"
)
_TIME = (
    rf"(?:{_HALF}?\s*(?:\d{{1,2}}(?::\d\d)?\s*[ap]\.?m\.?(?![a-z])|\d{{1,2}}(?:[:.]|\s?h\s?)\d\d(?!\d)(?:\s?(?:h|"
    rf"uhr|hrs|hours))?|"
    r"\d{1,2}\s?(?:h(?:eures?|oras?|rs)?|uhr|o'?clock|点钟?|點|時|时|बजे)(?![a-z])(?:\d\d\s?分|半)?|(?:a las?|as|"
    r"at)\s+\d{1,2}(?![\d:.%a-z-]))"
    rf"{_PART}?|\d{{1,2}}(?::\d\d)?{_PART}|{any_of(*TIMES_OF_DAY.values())})"
)
_WEEKDAY, _MONTH, _RELATIVE = any_of(*WEEKDAYS), any_of(*MONTHS), any_of(DAYS[2], DAYS[1], DAYS[0])
_PERIODS = {
    "week": r"week|semana|semaine|woche",
    "month": r"month|mes|mois|monat|月底|月末|महीने",
    "year": r"year|ano|annee|jahr|年末|年底",
}
_PERIOD_END = (
    r"(?:(?:the )?end of (?:the |this )?(?:week|month|year)|(?:final|fin) de (?:semana|mes|ano)|(?:la )?fin (?:du "
    r"mois|de la semaine|de l'annee)|(?:zum )?ende (?:des monats|der woche|des jahres)|"
    r"(?:monats|wochen|jahres)ende|(?:o )?(?:fim|final) d[oae] (?:mes|semana|ano)|(?:本|这个?|今)?月(?:底|末)|年末|"
    r"年底|(?:month|week|year)[ -]?end|महीने के अंत)"
)
_ORDINAL = r"\d{1,2}(?:st|nd|rd|th|er)"
_DATE = (
    rf"(?:{_RELATIVE}|{_WEEKDAY}|\d{{4}}-\d\d-\d\d|{_MONTH}\.?\s+(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?(?!\d|:|"
    rf"\s?(?:am|pm|h\b|uhr))|"
    rf"(?:{_ORDINAL}|\d{{1,2}}\.?)\s+(?:of\s+|de\s+)?{_MONTH}|\d{{1,2}}\s*月\s*\d{{1,2}}\s*[日号]|{_PERIOD_END}|"
    rf"(?:the end of|end of|ende|fin de|fim de|final de) {_MONTH}|{_ORDINAL}(?![a-z])|"
    r"(?<=dia )\d{1,2}(?!\d)|(?<=\ble )\d{1,2}(?![\d:]|\s?h)|(?<=\bden )\d{1,2}\.|(?<=\bel )\d{1,2}(?![\d:]|\s?h)|"
    r"the weekend|the week-end)"
)
_BETWEEN = r"(?:\s*,?\s*(?:at|as?|las?|les|um|gegen|around|about|the|in|vers|a|de|la|en|por|pela|am)\b)*\s*,?\s*の?\s*"
_ON = r"\s*,?\s*(?:on|of|this|el|le|am|de|do|da|in)?\s*"
_MARK = Pattern(rf"{_UNTIL}{_FILL}(?:dia )?")
_MARK_BEHIND = Pattern(r"\s?(?:之前|以前|前|为止|為止|まで|迄|तक|\btak\b)", "前 止 まで 迄 तक tak")
_DAY_SAID = Pattern(rf"(?P<next>{_NEXT})?(?P<day>{_DATE})")
_TIME_SAID = Pattern(_TIME)
_THEN_TIME, _THEN_DAY = Pattern(_BETWEEN), Pattern(_ON)
_NOT_AN_END = Pattern(
    r"\b(?:start\w*|begin\w*|deliver\w*|ready|available|order\w*|ship\w*|launch\w*|provision\w*|set up|up and "
    r"running|decide|answer|reply|need it|have it)\b[^.;\n]{0,20}$"
)
_NO_LEASE = Pattern(  # "on leave until", "the contract runs until"
    r"\b(?:leave|vacations?|holidays?|out of office|ooo|away|absent|sick|abroad|travell?ing|contract|warranty|"
    r"licen[cs]e|"
    r"support(?:ed)?|closed|valid|registration|urlaub|elternzeit|krank|vacaciones|baja|conges?|ferias|licenca)\b"
    r"[^.;\n]{0,24}$|休假|休暇|छुट्टी"
)
_DAY = timedelta(days=1)
_SATURDAY = 5
_LONGEST = 24  # characters of a day and a time


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment (a day's end is the next one's midnight), how long until then, and where the plain text names it;
    `vague` if neither a day nor an hour is named, only a part of the day; `by`: it may be when it has to be ready."""

    moment: datetime
    length: timedelta
    start: int
    end: int
    vague: bool = False
    by: bool = False


@dataclass(frozen=True, slots=True)
class _Said:
    """A day and an hour as they are written, either of them None; `before`: it ends as the day begins."""

    day: str | None
    hour: str | None
    next_week: bool
    start: int
    end: int
    before: bool = False
    by: bool = False


def deadline(text: str, now: datetime) -> Deadline | None:
    """The first moment that the text names as an end, counted from `now` in the writer's own zone. A day without a time
    counts whole, unless it is "before" it; a weekday is the next to come, today's if its hour has not passed."""
    for said in _all_said(text):
        moment = _moment(said, now)
        if moment is not None:
            left = (moment.astimezone(UTC) - now.astimezone(UTC)).total_seconds()
            vague = said.hour is not None and not re.search(r"\d", said.hour)
            return Deadline(moment, timedelta(minutes=-(-int(left) // 60)), said.start, said.end, vague, said.by)
    return None


def _all_said(text: str) -> Iterator[_Said]:
    """What is said behind "until", and before "まで"."""
    for mark in _MARK.finditer(text):
        if mark["by"] and _NOT_AN_END.search(text[max(0, mark.start() - 36) : mark.start()]):
            continue
        if _NO_LEASE.search(text[max(0, mark.start() - 40) : mark.start()]):
            continue
        said = _said(text, mark.end())
        if said:
            yield replace(said, start=mark.start(), before=mark["before"] is not None, by=mark["by"] is not None)
    for mark in _MARK_BEHIND.finditer(text):
        starts = range(max(0, mark.start() - _LONGEST), mark.start())
        ending = (said for at in starts if (said := _said(text, at)) and said.end == mark.start())
        said = next(ending, None)
        if said:
            yield replace(said, end=mark.end())


def _said(text: str, at: int) -> _Said | None:
    """The day, the time or both that stand there, in either order."""
    day = _DAY_SAID.match(text, at)
    if day:
        between = _THEN_TIME.match(text, day.end())
        hour = _TIME_SAID.match(text, between.end() if between else day.end())
        return _Said(day["day"], hour[0] if hour else None, bool(day["next"]), at, (hour or day).end())
    hour = _TIME_SAID.match(text, at)
    if hour is None:
        return None
    between = _THEN_DAY.match(text, hour.end())
    day = _DAY_SAID.match(text, between.end() if between else hour.end())
    return _Said(day["day"] if day else None, hour[0], bool(day and day["next"]), at, (day or hour).end())


def _moment(said: _Said, now: datetime) -> datetime | None:
    """The first such moment after `now`; None where there is no such day or hour, or it is past for good."""
    start_of_day = said.before or said.day in ("the weekend", "the week-end")
    at = _clock(said.hour) if said.hour else timedelta() if start_of_day else _DAY
    if at is None:
        return None
    today = now.date()
    days = _days(said.day, today, said.next_week, timed=bool(said.hour)) if said.day else _from(today, 1)
    moments = (datetime.combine(each, time(), now.tzinfo) + at for each in days)
    return next((moment for moment in moments if moment > now), None)


def _clock(said: str) -> timedelta | None:
    """The time since midnight."""
    numbers = re.findall(r"\d+", said)
    if not numbers:
        return timedelta(hours=next(hour for hour, words in TIMES_OF_DAY.items() if re.fullmatch(words, said)))
    hour, minute = int(numbers[0]), int(numbers[1]) if len(numbers) > 1 else 30 if "半" in said else 0
    if hour < 12 and LATER.search(said):
        hour += 12
    elif hour == 12 and re.search(r"\d\s*a\.?m|午夜", said):
        hour = 0
    return timedelta(hours=hour, minutes=minute) if hour <= 24 and minute < 60 else None


def _days(said: str, today: date, next_week: bool, timed: bool) -> Iterator[date]:
    """The days that the words may mean, soonest first."""
    weekday = next((at for at, names in enumerate(WEEKDAYS) if re.fullmatch(names, said)), None)
    if "weekend" in said or ("week-end" in said and not said.startswith("week")):
        weekday = _SATURDAY
    if weekday is not None:
        ahead = (weekday - today.weekday()) % 7 or (0 if timed else 7)
        in_next_week = 7 - today.weekday() + weekday
        return _from(today + _DAY * (in_next_week if next_week else ahead), 7)
    relative = next((days for days, names in DAYS.items() if re.fullmatch(names, said)), None)
    if relative is not None:
        return iter((today + _DAY * relative,))
    if re.fullmatch(r"\d{4}-\d\d-\d\d", said):
        return _valid(*map(int, said.split("-")))
    month = next((at for at, names in enumerate(MONTHS, 1) if re.search(rf"(?<![a-z]){any_of(names)}", said)), None)
    numbers = [int(digits) for digits in re.findall(r"\d+", said)]
    if len(numbers) == 2:
        month = numbers[0]
    return _dated(numbers, month, today) if numbers else _period_end(said, month, today)


def _dated(numbers: list[int], month: int | None, today: date) -> Iterator[date]:
    """A day of a month: this year's or the next's; without a month, this one's or the next's."""
    months = [(today.year + at // 12, at % 12 + 1) for at in range(today.month - 1, today.month + 13)]
    for year, each in months:
        if month in (None, each):
            yield from _valid(year, each, numbers[-1])


def _period_end(said: str, month: int | None, today: date) -> Iterator[date]:
    if month is not None:
        year = today.year + (month < today.month)
        yield date(year, month, monthrange(year, month)[1])
        return
    period = next((period for period, words in _PERIODS.items() if re.search(words, said)), "month")
    if period == "week":
        yield today + _DAY * (6 - today.weekday())
    elif period == "month":
        yield date(today.year, today.month, monthrange(today.year, today.month)[1])
    else:
        yield date(today.year, 12, 31)


def _from(first: date, step: int) -> Iterator[date]:
    return iter((first, first + _DAY * step))


def _valid(year: int, month: int, day: int) -> Iterator[date]:
    try:
        yield date(year, month, day)
    except ValueError:
        return

"""Spans of time that people name and do not count: "over the weekend", "overnight", "for the semester"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from shared.suggestion.text.patterns import Pattern

NO_END = timedelta(days=3650)
_DAY = timedelta(days=1)
_WEEKEND = Pattern(
    r"(?<!every )(?<!each )(?<!on )(?:(?<![a-z])(?:week-?end|wk-?e?nd|fin de semana|finde|fi(?:m|nal) de semana|"
    r"wochenende)(?![a-z])|周末|週末|वीकेंड|सप्ताहांत)"
)
_LONG_WEEKEND = Pattern(
    r"\b(?:long|bank holiday|three-day|3-day|extended|holiday) week-?end\b|\bpuente\b|\bweek-?end "
    r"prolonge\b|\bverlangertes wochenende\b|\bferiadao\b|小长假|3 ?連休|三連休",
    stems="week puente wochenend feriad 长假 連休",
)
_PART_OF_DAY = (
    (Pattern(
        r"\b(?:for the|this|all) morning\b|\besta manana\b|\bce matin\b|\bheute (?:morgen|vormittag)\b|\besta "
        r"manha\b|今天上午|今朝"
    ), time(12)),
    (Pattern(
        r"\b(?:for the|this|all) afternoon\b|\besta tarde\b|\bcet apres-midi\b|\bheute nachmittag\b|今天下午|"
        r"今日の午後|आज दोपहर"
    ), time(18)),
    (Pattern(
        r"\b(?:for the|this|all) evening\b|\bce soir\b|\bheute abend\b|今天晚上|今晚|今夜|आज शाम"
    ), time(23, 59)),
)  # fmt: skip
_SHORTEST_PART = timedelta(hours=4)  # what is left of a part of the day is no less
_CONVENTIONS = tuple(
    (Pattern(words, stems), timedelta(hours=hours))
    for hours, stems, words in (
        (12, "night noche nuit nacht noite 夜 晚 रात", (
            r"\b(?:overnight|over ?night|all-nighter|for the night|(?:all|the whole) night|through the night|"
            r"tonight|(?:por|"
            r"durante|toda) la noche|esta noche|(?:pour|pendant) la nuit|cette nuit|toute la nuit|"
            r"uber nacht|heute nacht|die ganze nacht|(?:durante|toda) a noite|esta noite|a noite toda)\b|过夜|"
            r"一晚|一夜|1 ?晚|整晚|一晩|रात भर|आज रात"
        )),
        (8, "day", r"\b(?:for (?:a|the|one|1) )?(?:working|work|business|office) ?day\b"),
        (120, "week", r"\b(?:work|working|business) ?week\b"),
        (24, "day dia journee tag 天 今日 日中 दिन", (
            r"\b(?:for the|all|whole|entire|just for the) (?:rest of the )?day\b|\brest of the day\b|\b(?:just|"
            r"only|for) (?:for )?today\b|\b(?:todo el|"
            r"durante el) dia\b|\b(?:toute|pour) la journee\b|\bden ganzen tag\b|\bo dia (?:todo|inteiro)\b|整天|"
            r"一整天|今日中|1 ?日中|दिन भर"
        )),
        (168, "week semana semaine woche 周 今週 हफ्ते", (
            r"\b(?:for the|all|this|whole|entire|the rest of the) (?:whole |entire |rest of the )?week\b|\b(?:toda "
            r"la|esta|durante la) semana\b|\b(?:toute la|cette) semaine\b|\b(?:die ganze|diese) woche\b|"
            r"\b(?:toda a|esta) semana\b|\ba semana (?:toda|inteira)\b|整周|这周|本周|今週|इस हफ्ते"
        )),
        (720, "month mes mois monat 月 महीने", (
            r"\b(?:for the|all|this|whole|entire) (?:whole |entire |rest of the )?month\b|\b(?:todo el|este) mes\b|"
            r"\b(?:tout le|ce) mois\b|\bden ganzen monat\b|\bdiesen monat\b|\bo mes (?:todo|inteiro)\b|整个月|"
            r"这个月|今月|इस महीने"
        )),
        (2880, "mester term 学期 सेमेस्टर", (
            r"\b(?:semester|semestre|trimester|for the term|school term|this term)\b|学期|सेमेस्टर"
        )),
        (2160, "summer winter season quarter verano ete sommer 夏休み 暑假", (
            r"\b(?:(?:for|over|all|during) (?:the |this )?(?:summer|winter|season|quarter)|todo el verano|tout "
            r"l'ete|den ganzen sommer)\b|夏休み|暑假"
        )),
        (8760, "year ano annee jahr 学年", (
            r"\b(?:for the|all|this|academic|school) (?:whole |entire |academic |school )?year\b|\bano escolar\b|"
            r"\bannee scolaire\b|\bschuljahr\b|学年"
        )),
        (336, "sprint", r"\b(?:for|during) (?:a|the|this|one|our|1|next)(?: \d-week)? sprint\b"),
        (48, "hackathon", r"\b(?:for|during) (?:a|the|this|our) hackathon\b"),
        (NO_END.days * 24, (
            "permanent forever indefini good siempre dauerhaft unbefristet sempre end 长期 永久 ずっと 無期限 हमेशा"
        ), (
            r"\b(?:permanent(?:ly|e|emente|ement)?|forever|indefinite(?:ly)?|for good|indefinidamente|para siempre|"
            r"indefiniment|dauerhaft|unbefristet|para sempre|no end date|without an end date)\b|长期|永久|ずっと|"
            r"無期限|हमेशा के लिए"
        )),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Occasion:
    """How long it is taken to last, where the plain text names it, and when it ends where that is what counts."""

    length: timedelta
    start: int
    end: int
    until: datetime | None = None


def occasion(text: str, now: datetime) -> Occasion | None:
    """The occasion that the text names. A lease starts at once: one for a weekend lasts until its Monday, whatever day
    it is; a part of the day is what is left of it."""
    for pattern, end in _PART_OF_DAY:
        said = pattern.search(text)
        if said:
            left = _until(now, datetime.combine(now, end, now.tzinfo))
            return Occasion(max(left, _SHORTEST_PART), said.start(), said.end())
    long = _LONG_WEEKEND.search(text)
    said = long or _WEEKEND.search(text)
    if said:
        days = 8 - now.weekday() if long else 7 - now.weekday()  # a long one takes its Monday too
        until = datetime.combine(now + _DAY * days, time(), now.tzinfo)
        return Occasion(max(_until(now, until), _SHORTEST_PART), said.start(), said.end(), until)
    for pattern, length in _CONVENTIONS:
        said = pattern.search(text)
        if said:
            return Occasion(length, said.start(), said.end())
    return None


def _until(now: datetime, moment: datetime) -> timedelta:
    """Real time, in whole minutes: clocks may be put forward or back between the two."""
    return timedelta(minutes=round((moment.astimezone(UTC) - now.astimezone(UTC)).total_seconds() / 60))

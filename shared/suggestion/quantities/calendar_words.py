"""Names of days, months and times of day, in plain form and several languages, as parts of regular expressions."""

from __future__ import annotations

from shared.suggestion.text.patterns import Pattern

# By Monday = 0; Chinese and Japanese names need no word's end.
WEEKDAYS = (
    "mon(?:day)?|lunes|lundi|montag|segunda(?:-feira)?|(?:周|週|星期|礼拜)一|月曜日?|सोमवार",
    "tue(?:s(?:day)?)?|martes|mardi|dienstag|terca(?:-feira)?|(?:周|週|星期|礼拜)二|火曜日?|मंगलवार",
    "wed(?:nesday)?|miercoles|mercredi|mittwoch|quarta(?:-feira)?|(?:周|週|星期|礼拜)三|水曜日?|बुधवार",
    "thu(?:rs?(?:day)?)?|jueves|jeudi|donnerstag|quinta(?:-feira)?|(?:周|週|星期|礼拜)四|木曜日?|गुरुवार",
    "fri(?:day)?|viernes|vendredi|freitag|sexta(?:-feira)?|(?:周|週|星期|礼拜)五|金曜日?|शुक्रवार",
    "sat(?:urday)?|sabado|samedi|samstag|sonnabend|(?:周|週|星期|礼拜)六|土曜日?|शनिवार",
    "sun(?:day)?|domingo|dimanche|sonntag|(?:周|週|星期|礼拜)(?:日|天)|日曜日?|रविवार",
)
MONTHS = (
    "jan(?:uary)?|enero|janvier|januar|janner|janeiro|जनवरी",
    "feb(?:ruary)?|febrero|fevrier|februar|fevereiro|फरवरी",
    "mar(?:ch)?|marzo|mars|marz|marco|मार्च",
    "apr(?:il)?|abril|avril|अप्रैल",
    "may|mayo|mai|maio|मई",
    "jun(?:e)?|junio|juin|juni|junho|जून",
    "jul(?:y)?|julio|juillet|juli|julho|जुलाई",
    "aug(?:ust)?|agosto|aout|अगस्त",
    "sep(?:t(?:ember)?)?|septiembre|septembre|setembro|सितंबर",
    "oct(?:ober)?|octubre|octobre|oktober|outubro|अक्टूबर",
    "nov(?:ember)?|noviembre|novembre|novembro|नवंबर",
    "dec(?:ember)?|diciembre|decembre|dezember|dezembro|दिसंबर",
)
# Days from today.
DAYS = {
    0: "today|hoy|aujourd'?hui|heute|hoje|今天|今日|आज|aaj",
    1: "tomorrow|tmrw|tmw|manana|demain|morgen|amanha|明天|明日|कल|kal",
    2: "(?:the )?day after tomorrow|pasado manana|apres-demain|ubermorgen|depois de amanha|后天|明後日|परसों",
}
# Hour, by words for a time of the day when no hour is said.
TIMES_OF_DAY = {
    9: "(?:in the )?morning|por la manana|le matin|matin|fruh|vormittag|de manha|manana|manha|早上|上午|朝|午前|सुबह",
    12: "noon|midday|mediodia|midi|mittag|meio-dia|中午|正午|दोपहर",
    17: "afternoon|por la tarde|apres-midi|nachmittag|a tarde|tarde|下午|午後",
    21: "evening|por la noche|soir|abend|a noite|noche|noite|晚上|傍晚|夕方|夜|शाम|shaam|sham",
    24: (
        "midnight|night|medianoche|minuit|mitternacht|meia-noite|end of (?:the )?(?:day|business)|close of "
        "business|eod|cob|eob|午夜|半夜|रात"
    ),
}


# What says that an hour below 12 is one of the second half of the day.
LATER = Pattern(
    r"\d\s*p\.?m|下午|晚上|中午|午後|夜|夕方|दोपहर|शाम|रात|tarde|noche|noite|evening|afternoon|soir|apres-midi|shaam|night|"
    r"abends|nachmittags"
)


def any_of(*alternatives: str) -> str:
    """One group of all alternatives that ends where a Latin word does."""
    return f"(?:(?:{'|'.join(alternatives)})(?![a-z]))"

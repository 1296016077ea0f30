"""How long a machine is wanted for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import chain

from shared.domain.spec import format_duration
from shared.domain.suggestion import Keyword
from shared.suggestion.quantities.deadlines import deadline
from shared.suggestion.quantities.figures import Figure, free, meant, number
from shared.suggestion.quantities.occasions import NO_END, occasion
from shared.suggestion.text.folding import Plain
from shared.suggestion.text.numerals import NUMBER
from shared.suggestion.text.patterns import Pattern

_WORDS: dict[float, str] = {
    1 / 60: "m|mins?|minutes?|minut(?:o|it)?os?|minutinhos?|minuten?|分钟|分鐘|分間|分|मिनट",
    1: "h|hrs?|hours?|horas?|horitas?|horinhas?|heures?|std|stunden?|stundchen|ghant[ae]|ghanton?|"
    "(?:个|個)?(?:小时|小時|钟头)|時間|"
    "घंटे|घंटा|घंटों",
    24: "d|days?|dias?|diitas?|diitos?|diazinhos?|jours?|journees?|tag|tagen?|(?:werk|arbeits|kalender)tagen?|"
    "din|dinon?|天|(?:个|個)?工作日|営業日|日間|日|दिनों|दिन",
    168: "w|wks?|weeks?|semanas?|semanitas?|semaninhas?|semaines?|wochen?|haft[ae]|"
    "hafton?|(?:个|個)?(?:星期|礼拜)|周|週間|週|हफ्तों|हफ्ते|हफ्ता|"
    "सप्ताह",
    336: "fortnights?",
    360: "quinzenas?|quincenas?|quinzaines?",
    720: "mos|mths?|months?|mes|meses|mois|monat|monaten?|mahin[ae]|mahinon?|"
    "(?:个|個)月|[かカヶヵケ]月|महीनों|महीने|महीना",
    8760: "yrs?|years?|anos?|ans|jahren?|saal|年間|年|साल",
}
_UNIT = "|".join(_WORDS.values())
_ONE = r"an?|la(?= qui)|una?|une|um|uma|eine?[nmr]?|nen?"
_GOOD = (
    r"(?:more |full |whole |entire |solid |good |short |business |working |calendar |"
    r"consecutive |volle |ganze |gute |petite |bonne |buena )?"
)
_LENGTH = Pattern(
    rf"(?:(?<![\w.,/$€£-])|(?<=\d[hdw]))(?:(?P<low>{NUMBER})\s*(?:-|–|to|or|a|o|ou|bis|oder|ate|~|〜|到|至|से|"
    rf"या)\s*)?(?P<n>{NUMBER}(?=[\s-]*)|(?:{_ONE})(?=[\s-]))[\s-]*{_GOOD}"
    rf"(?P<unit>{_UNIT})(?:(?P<min>\d\d)(?![\da-z]))?(?![a-z/]|\d+(?!\d*[hms]))"
)
_RATE_OF_NUMBER_BEFORE = Pattern(
    r"(?:\b(?:every|each|per|last|past|previous|within|in|after|ago|older than|cada|tous les|toutes les|alle|"
    r"jede[nr]?|a cada|dans|en|innerhalb von|"
    r"timeout(?: of)?|ttl(?: of)?|interval(?: of)?|delay(?: of)?|retention(?: of)?|retain|hace|lleva|depuis|seit|ha|"
    r"(?:company|firm|team|shop|startup) of)|每|毎|"
    r"最近|过去|過去|隔|月|हर|पिछले)\s*:?\s*$"
)
_PAST_BEFORE = Pattern(  # "has been up for"
    r"\b(?:been|had|was|were|used|ran|existed|waited|worked|served|lasted|took)\b[^.;,\n]{0,30}$"
)
_TAKES_BEFORE = Pattern(
    r"\b(?:takes?|taking|tarda\w*|dauert|braucht|prend\w*|dure|demora\w*|leva)\s+(?:(?:me|us|you|about|around|roughly|"
    r"approx\w*|up to|at least|some|maybe|unos|unas|etwa|environ|cerca de)\s+)*$|需要|かかる"
)
_KEPT_BEFORE = Pattern(
    r"\b(?:retain\w*|retention|keep(?:ing)?(?! (?:it|the|this|that|them|my|our|running|up|alive|one|me))|kept|"
    r"stor(?:e|es|ed|ing)|history|archiv\w+|backups?|cach\w+|ttl|"
    r"rotat\w+|warranty|uptime|experience|contract|logs? for|conservar|guardar|conserver|aufbewahr\w+|guardar|old "
    r"data|session|token|timeout|expires? after)\b"
)
_ENDS = (
    r"(?:(?:auto[ -]?|self[ -]?)?(?:delet|destroy|destruct|remov|kill|terminat|expir|stopp|clos|wip|decommission|"
    r"dispos)\w*|gone|dies?|end(?:s|ed|ing)?|stops?|over|done|finished|down|off|releas(?:e|ed)|"
    r"borr\w+|apag\w+|elimin\w+|termin\w+|destru\w+|acab\w+|supprim\w+|etein\w+|detrui\w+|arret\w+|fini\w*|"
    r"(?:ge)?losch\w*|weg|(?:ab|aus)(?:schalten|geschaltet)?|beend\w+|fertig|deslig\w+|exclu\w+|delet\w+|encerr\w+)"
)
_IT = r"(?:it|this|that|them|everything|all|itself|again|down|off|up|automatically|la|lo|se|le|es|ihn|sie|wieder|tudo)"
_THE_MACHINE = (
    r"(?:(?:the|this|my|la|el|le|die|den|das|a|o) (?:vm|machine|server|box|instance|maquina|servidor|rechner))"
)
_ENDED_BEFORE = Pattern(
    rf"\b(?:(?:shut|turn|switch|power|tear|take|clean|wind)(?:s|ed|ing)?(?: {_IT}| {_THE_MACHINE})+|"
    rf"{_ENDS}(?: {_IT}| {_THE_MACHINE})*)\s*[:,]?\s"
    r"(?:in|within|after|en|dentro de|dans|apres|innerhalb von|nach|em|depois de|despues de|al cabo de)\s*$"
)
_ENDED_BEHIND = Pattern(
    rf"^\s?(?:from now|spater|plus tard|despues|later|depois)?[\s,]*(?:(?:you|we|it|i|they|then|please|can|will|be|and|"
    rf"'ll|may|should|wieder|dann|bitte|on|se|je|kannst du|darf|soll) ?)*(?:{_IT} )*"
    rf"(?:{_ENDS}\b(?! (?:in|by)\b)|(?:go|shut|turn|switch|tear)\b)|"
    r"^\s?[后後]に?\s?(?:删除|删掉|销毁|关机?|关闭|削除|停止|破棄|消)|"
    r"^\s?बाद\s?(?:बंद|डिलीट|हटा)"
)
_FROM_NOW = Pattern(r"^[\s-]*from now\b")
_BEGINS = Pattern(
    r"\b(?:start|begin|launch|ready|available|need|deploy|provision|go(?:es)? live|create)\w*\b[^.;\n]{0,24}$"
)
_NOT_A_LEASE_BEHIND = Pattern(
    r"^[\s-]*(?:old|ago|plus vieux|retention|(?:of|de|d') (?:data|logs|history|video|footage|audio|backups?|metrics|"
    r"experience|recordings?|uptime|records|content|tape|prices|retention|historial|donnees|datos)|"
    r"taglich|daily|diari[oa]s?|par jour|al dia|por dia|am tag|pro tag|每天|worth|from now\b|per\b|an? (?:day|"
    r"week|month|year)\b|/|later|delay|latency|timeouts?|intervals?|warranty|"
    r"in advance|"
    r"window|uptime|history|backlog|apart|each\b|every\b|of retention|log retention|"
    r"前|以前|以内に|ごと|毎|おき|पहले|plus tot|antes de|fruher)"
)
_USED = (  # what a machine does for so many hours, not what it is given
    r"(?:use|usage|uso|utilisation|usage|nutzung|run\w*|comput\w*|cpus?|gpus?|server|machine|vms?|time|access|work|tests?|"
    r"pruebas?|prova|play|fun|demos?|workshops?|class|lab|labor|hands|practice|training|up ?time|load|trial|"
    r"experiments?|"
    r"builds?|simulation|processing|calcul|travail|jeu|formation|entrainement|cours|tp|trabajo|calculo|entrenamiento|juego|"
    r"clase|trabalho|teste|treino|jogo|aula|arbeit|betrieb|hackathon|(?!recording|meeting)\w+ing)\b"
)
_RECORDED = (
    r"(?:audio\w*|videos?(?! ?(?:call|conf))\w*|movies?|films?|footage|lectures|interviews?|podcasts?|recordings?|"
    r"speech|"
    r"meetings|calls|\w*material|aufnahmen?|aufzeichnung\w*|vorlesungen|musik|music|clips?|episodes?)\b"
)
_MATERIAL = Pattern(
    rf"^[\s-]*(?:hours?|h)?\s?(?:(?<=\w)|long )?(?:{_RECORDED}|raw {_RECORDED})|"
    rf"^\s?(?:worth )?(?:of|de|d'|von) (?!(?:[\w-]+ ){{0,2}}?{_USED})(?=[a-z])|"
    r"^\s?(?:长|長)?\s?(?:的|の|分の|की|के|का|ki|ke|ka)?\s?(?:講義|讲座|动画|動画|录音|録音|音频|音声|视频|映像|会议录|会議|访谈|インタビュー|"
    r"播客|ポッドキャスト|课程录|素材|录像|रिकॉर्डिंग|वीडियो|ऑडियो|इंटरव्यू|recording|video|audio|interview)"
)
_NO_LENGTH = Pattern(
    r"^\s?(?:model|render|graphic|print|game|scan|design|cad|anim|art\b|viewer|software|app\b|object|scene|engine|"
    r"asset|plot|data)"
)
_FOR = Pattern(
    r"(?:\b(?:for|during|lasting|lasts?|over|run(?:ning)? for|need it|let'?s say|say|"
    r"digamos|disons|sagen wir|por|durante|pour|pendant|fur|lease|duration|"
    r"duracion|duree|dauer|next|the next|proximos|prochains|nachsten)|期间|时长|"
    r"期間)\s*(?:the |a |los |las |les |die )?(?:next |coming |proximos |proximas |prochains |prochaines |nachsten "
    r")?(?:of |is |[:=]\s*)?"
    r"(?:about |around |roughly |approximately |maybe |like |up to |at most |at least |only |just |~|unos |unas |"
    r"environ |etwa |ca\.? |cerca de |mindestens )*$"
)
_FOR_BEHIND = Pattern(
    r"^\s*(?:lang\b|long\b|lease\b|间|間|के लिए|の間|利用|使う|使いたい|ke liye\b|tak\b|ka kaam\b|only\b|total\b|max\b)"
)
_ABOUT_ONE = Pattern(  # "about an hour", "debian, a week"
    r"(?:\b(?:about|around|roughly|approximately|just|only|maybe|environ|etwa|circa|nur|bloss|solo|seulement|so)\s+|"
    r"[,;:(–—-]\s?|^\s*)$"
)
_CLAUSE_END = Pattern(r"^\s*(?:[,.;!?)\n]|$|(?:bitte|por favor|please|pls|svp|only|max|so|nomas)\b)")
_RATED = Pattern(  # "500 visits a day", "twice a week"
    r"\d|\b(?:once|twice|times|hours?|users|visit\w*|requests?|people|orders|hits|per)\b"
)
_LABELLED = Pattern(rf"(?<![\w-])(?P<unit>{_UNIT})(?:\(s\))?\)?[\"']?\s?[:=|]\s?(?P<n>{NUMBER})(?![\w.,]*\d|\s?[a-z%])")
_JOINED = Pattern(r"[\s,]*(?:(?:and|y|et|und|e|&)\s)?\s*")
_LONGEST_HOURS = 24 * 3650


@dataclass(frozen=True, slots=True)
class Lasting:
    """A length of time, the words that say it, and what of it is a convention."""

    length: timedelta
    keyword: Keyword
    note: str | None = None


def lasting(plain: Plain, now: datetime, taken: Sequence[tuple[int, int]] = ()) -> Lasting | None:
    """The lease that the text asks for, None if it names none: a deadline; else a length, first one that is said to be
    the lease's ("for three days"), and one right behind it adds to it ("1 day 12 hours"); then an occasion."""
    until = deadline(plain.text, now)
    hits = [hit for hit in _lengths(plain) if _is_lease(plain, hit, taken)] or list(_from_now(plain, taken))
    counted = any(_rank(plain.text, hit) < 2 for hit in hits)
    if until and not ((until.vague and hits) or (until.by and counted)):
        key = plain.keyword(until.start, until.end, "duration")
        return Lasting(until.length, key, f"“{key.text}” is taken as until {_spoken(until.moment)}.")
    if hits:
        return _length(plain, hits)
    told = occasion(plain.text, now)
    if told is None:
        return None
    key = plain.keyword(told.start, told.end, "duration")
    if told.until:
        return Lasting(told.length, key, f"“{key.text}” is taken as from now until {_spoken(told.until)}.")
    taken_as = "names no end" if told.length >= NO_END else f"is taken as {format_duration(told.length)}"
    return Lasting(told.length, key, f"“{key.text}” {taken_as}.")


def _spoken(moment: datetime) -> str:
    """A midnight as the end of its day."""
    if moment.time() == time():
        return f"the end of {moment - timedelta(days=1):%A %-d %B %Y}"
    return f"{moment:%A %-d %B %Y, %H:%M}"


def _lengths(plain: Plain) -> Iterator[re.Match[str]]:
    """ "5 days", else "days: 5"."""
    plural = _LENGTH.finditer(plain.text)
    first = next(plural, None)
    return _LABELLED.finditer(plain.text) if first is None else chain((first,), plural)


def _from_now(plain: Plain, taken: Sequence[tuple[int, int]]) -> Iterator[re.Match[str]]:
    """ "2 days from now", where it is not said to begin then."""
    for hit in _lengths(plain):
        free_of = free(Figure(number("1"), "", hit.start(), hit.end()), taken)
        begins = _BEGINS.search(plain.text[max(0, hit.start() - 40) : hit.start()])
        if free_of and _FROM_NOW.match(plain.text[hit.end() : hit.end() + 12]) and not begins:
            yield hit


def _length(plain: Plain, hits: Sequence[re.Match[str]]) -> Lasting:
    text = plain.text
    first = min(range(len(hits)), key=lambda at: _rank(text, hits[at]))
    hours, end = _hours(hits[first]), hits[first].end()
    for hit in hits[first + 1 :]:
        if not _JOINED.fullmatch(text[end : hit.start()][:12]):
            break
        hours, end = hours + _hours(hit), hit.end()
    length = timedelta(minutes=max(1, round(min(hours, _LONGEST_HOURS) * 60)))
    key = plain.keyword(hits[first].start(), end, "duration")
    loose = hits[first].groupdict().get("low") is not None
    return Lasting(length, key, f"“{key.text}” is taken as {format_duration(length)}." if loose else None)


def _rank(text: str, hit: re.Match[str]) -> int:
    """How likely the length is the lease's: said to be so, bare, how long a job takes or for how many years."""
    if _TAKES_BEFORE.search(text[max(0, hit.start() - 40) : hit.start()]):
        return 2
    return 0 if _for(text, hit) else 3 if _of(hit) == 8760 else 1


def _of(hit: re.Match[str]) -> float:
    """The hours of its unit."""
    return next(hours for hours, words in _WORDS.items() if re.fullmatch(words, hit["unit"]))


def _for(text: str, hit: re.Match[str]) -> bool:
    before, behind = text[max(0, hit.start() - 40) : hit.start()], text[hit.end() : hit.end() + 12]
    return bool(_FOR.search(before) or _FOR_BEHIND.match(behind))


def _hours(hit: re.Match[str]) -> float:
    count = float(number(hit["n"])) if hit["n"][0].isdigit() else 1.0
    return count * _of(hit) + int(hit.groupdict().get("min") or 0) / 60


def _is_lease(plain: Plain, hit: re.Match[str], taken: Sequence[tuple[int, int]]) -> bool:
    text, unit, said = plain.text, hit["unit"], hit["n"]
    figure = Figure(number("1"), unit, hit.start(), hit.end())
    if not free(figure, taken) or not _is_time(plain, hit):
        return False
    before, behind = text[max(0, hit.start() - 48) : hit.start()], text[hit.end() : hit.end() + 24]
    clause = re.split(r"[.;,\n]\s|\band\b", before)[-1]
    if not (said[0].isdigit() or unit == "fortnight" or _for(text, hit) or _ABOUT_ONE.search(before)) and (
        _RATED.search(clause) or not _CLAUSE_END.match(behind)
    ):
        return False
    if meant(text, figure, hit.start(), hit.end()).negated or _MATERIAL.match(text[hit.end() : hit.end() + 60]):
        return False
    if not _KEPT_BEFORE.search(clause) and (
        _ENDED_BEFORE.search(before) or _ENDED_BEHIND.match(text[hit.end() :][:60])
    ):
        return True
    kept = _KEPT_BEFORE.search(clause) or _RATE_OF_NUMBER_BEFORE.search(before) or _PAST_BEFORE.search(before)
    return not (kept or _NOT_A_LEASE_BEHIND.match(behind))


def _is_time(plain: Plain, hit: re.Match[str]) -> bool:
    """Whether the unit is one: not "100M rows", "5m parameters", "3D", "in the year 2026年"."""
    unit, said = hit["unit"], hit["n"]
    written = plain.original[plain.ends[hit.end("unit") - 1] - 1] if len(unit) == 1 and unit.isascii() else ""
    if written.isupper() and (unit in "md" or not plain.original.isupper()):
        return False
    if unit == "m" and (len(said) < 2 or not said.isdigit()):
        return False
    if hit.groupdict().get("min") and unit != "h":
        return False
    if unit == "d" and _NO_LENGTH.match(plain.text[hit.end() : hit.end() + 10]):
        return False
    return not (unit in ("年", "years", "year") and said[0].isdigit() and float(said) > 50)

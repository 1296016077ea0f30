"""Numbers as people write them → digits with a decimal point: "1,000", "sixteen", "une demi-douzaine", "十六"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from text_to_num import text2num

from shared.suggestion.text.folding import Edit, Plain
from shared.suggestion.text.halves import with_halves
from shared.suggestion.text.number_words import HAN_DIGITS, HAN_UNITS, HINDI, HINGLISH, PARTS, SCALES
from shared.suggestion.text.patterns import Pattern

_ENDLESS = Pattern(r"\d{16,}")  # a card's or an account's, no quantity
NUMBER = r"\d+(?:\.\d+)?"

_GERMAN_UNITS = "ein|eine|zwei|drei|vier|funf|sechs|sieben|acht|neun"
_GERMAN = Pattern(
    rf"(?:(?:{_GERMAN_UNITS})?hundert)?(?:und)?(?:zwei|drei|vier|funf|sechs|sieben|acht|neun|zehn|elf|zwolf|"
    rf"(?:drei|vier|funf|sech|sieb|acht|neun)zehn|(?:(?:{_GERMAN_UNITS})und)?(?:zwan|drei|vier|funf|sech|sieb|acht|"
    rf"neun)(?:z|ss)ig)?"
    r"(?:tausend)?"
)
# Words that are others in English or in another tongue: numbers only before what is counted.
_HOMOGRAPHS = frozenset({"once", "sept", "cent", "cents", "elf", "six", "mil", "dix", "dos"})
_COUNTED = Pattern(
    r"[\s-]*(?:g[bo]?|gi?gas?|t[bo]|teras?|nucleos?|hilos|c(?:o|oe)?eurs?|kernen?|horas?|heures?|stunden|dias?|"
    r"jours?|tagen?|semanas?|semaines?|wochen|mes(?:es)?|mois|monaten?|usuari?[oa]s|utilisateurs|nutzer|benutzer|"
    r"personas?|"
    r"personnes|pessoas|personen|amigos|amis|freunden?|jugadores|joueurs|jogadores|spieler|visitas|visites|besucher|"
    r"estudiantes|alumnos|eleves|v?cpus?|cores?|gpus?|tarjetas|cartes|placas|karten|users|people|hours?|days?|weeks?|months?|gigs|players|friends)\b"
)
_JOINERS = frozenset({"and", "y", "et", "e"})
_WORD = Pattern(r"[a-z]+|\u0900-\u097f+")
_ISH = Pattern(r"(?<=\d)-?ish\b", stems="ish")
_ONE = Pattern(
    r"\b(?:an?|une?|una|eine?n?|um) (?=tera(?:byte|octet|s|\b)|tb\b|petabyte|gi?ga?(?:byte|octet)?s? (?:of|de)\b)",
    stems="tera tb pet gig",
)
_TWICE_SAID = Pattern(r"(?<![\w.,])(?P<n>\d+)\s?\((?P<again>\d+)\)")  # "thirty (30)"
_HINGLISH_WORD = Pattern(  # Hindi in Latin letters: "do" and "das" are others elsewhere
    rf"\b(?:{'|'.join(HINGLISH)})(?= (?:din|dino|dinon|haft[ae]|hafto|hafton|mahin[ae]|mahino|mahinon|ghant[ae]|"
    r"ghanto|ghanton|saal|core|cpu|vcpu|gb|tb|log|logo)\b)",
    stems="din haft mahin ghant saal core cpu gb tb log",
)
_LOOSE = (
    (
        r"(?:half an?|half-an?|an? half|une? demi|eine? halbes?|medi[oa]|mei[oa]|demi)[\s-](?:dozen|douzaine|"
        r"docena|dutzend|duzia)s?(?: of| de| d')?", 6),
    (r"(?:an? )?couple(?: of)?(?: of the)?|an? pair of|pair of|un par de|une paire de|um par de", 2),
    (
        r"(?:an? )?few (?:hundred|dozen hundred)s?(?: of)?|hundreds of|cientos de|(?:des |quelques )?centaines de|"
        r"(?:einige )?hunderte(?: von)?|centenas de", 300),
    (r"(?:an? )?few thousand(?: of)?|thousands of|miles de|milliers de|tausende(?: von)?|milhares de", 3000),
    (r"(?:an? )?few dozen|dozens of|docenas de|des dizaines de|dutzende|dezenas de", 36),
    (
        r"an? few|a small number of|few(?= (?:users|people|friends|visitors|days|hours|weeks|cores))|several|unos "
        r"pocos|unas pocas|unos cuantos|"
        r"unas cuantas|algunos|algunas|varios|varias|quelques|plusieurs|ein paar|einigen?|mehreren?|alguns|algumas|"
        r"varios|(?:uns|umas|unos|unas)(?= (?:di[ai]|hor|seman|mes(?:es)?\b|minut))|कुछ", 3),
    (r"(?:an? )?handful of", 5),
    (r"(?:une )?dizaine (?:de |d')|(?:una )?decena de|(?:uma )?dezena de", 10),
    (r"(?:une )?quinzaine (?:de |d')|(?:una )?quincena de", 15),
    (r"(?:une )?vingtaine (?:de |d')|(?:una )?veintena de", 20),
    (r"(?:une )?trentaine (?:de |d')", 30),
    (r"(?:une )?cinquantaine (?:de |d')", 50),
    (r"(?:une )?centaine (?:de |d')|(?:un )?centenar de|(?:uma )?centena de", 100),
    (r"(?:un )?millier (?:de |d')|(?:un )?millar de", 1000),
)  # fmt: skip
_LOOSELY = Pattern(
    "|".join(rf"(?P<l{n}_{at}>(?<!\w)(?:{words})(?:(?<=[ '])|(?!\w)))" for at, (words, n) in enumerate(_LOOSE))
)
_DOZENS = Pattern(
    r"\b(?:(?P<n>\d+)|an?|una?|une|uma?|eine?)?\s*(?:dozens?|docenas?|douzaines?|dutzend|duzias?)\b(?: of| de| d')?",
    stems="dozen docena douzaine dutzend duzia",
)
_GROUPED = Pattern(
    r"(?<![\w.,])\d+(?:[.,'’]\d+)+(?![.,]?\d)|(?<![\w.,:/-])\d{1,3}(?: 000)+(?!\d)|(?<=[$€£])\d+(?:[.,'’]\d+)+"
)
_SCALED = Pattern(
    rf"(?<![\d.])({NUMBER})\s*-?(thousand|tsd|tausend|mil|mille|millions?|millionen|mio|millon(?:es)?|milhao|"
    rf"milhoes|百万|千万|万|萬|千|亿|億|सौ|हजार|लाख|करोड़|करोड|lakhs?|crores?)"
    r"(?![a-z])",
    stems="thousand tsd tausend mil mio 百 千 万 萬 亿 億 सौ हजार लाख करोड lakh crore",
)
_LONG_SCALE = Pattern(
    r"\bmil mill?ones\b|\bmil milhoes\b|\bmilliards?\b|\bmilliarden?\b|\bbilh(?:ao|oes)\b", stems="mil bilh"
)  # 10⁹, English "billion"
_SCALE = Pattern(r"thousand|tausend|mil|mille|mill?i(?:o|on|ons|ones|onen|oes)|milhao|milhoes")
_SCALED_BEFORE = Pattern(r"(?:\d|half|half an?|medio|demi|halbe|meio)[\s-]*$")
_HAN_COUNTER = (
    r"\s*(?:个|個|核|颗|块|塊|张|張|台|天|周|週|星期|小时|小時|時間|分钟|分鐘|分間|日間|日(?!前)|年|月|か月|ヶ月|"
    r"ヵ月|カ月|人|名|位|次|コア|用户|"
    r"用戶|访问|同時|g|t|m|v|ギガ|テラ|台|枚|つ|请求|学生|ユーザー|点|时|時)"
)
_HAN = Pattern(
    rf"[零〇一二两兩三四五六七八九][零〇一二两兩三四五六七八九十百千万萬亿億]+|"
    rf"[十百千万][零〇一二两兩三四五六七八九十百千万萬亿億]+(?={_HAN_COUNTER})|"
    rf"[一二两兩三四五六七八九十半几幾数](?={_HAN_COUNTER})|(?<=[个個天周週年月時间間])半(?=小时|天|月|年|周)"
)
_NO_NUMBERS = frozenset({"一一", "三三", "万一", "千万", "一千零一"})
_HINDI_WORD = Pattern(r"[\u0900-\u097f]+")


def in_digits(plain: Plain) -> Plain:
    """The text with every number in digits, thousands ungrouped and a point before decimals."""
    plain = plain.replaced(_ENDLESS, lambda _: "#")
    plain = plain.replaced(_GROUPED, lambda hit: _ungrouped(hit[0]))
    if not plain.original.isascii():
        plain = plain.replaced(_HAN, _han)
        plain = plain.replaced(_HINDI_WORD, lambda hit: f"{HINDI[hit[0]]}" if hit[0] in HINDI else None)
    plain = plain.replaced(_LONG_SCALE, lambda _: "billion")
    plain = plain.replaced(_LOOSELY, lambda hit: f"{(hit.lastgroup or '')[1:].split('_')[0]} ")
    plain = plain.rewritten(_worded(plain.text))
    plain = with_halves(plain)
    plain = plain.replaced(_ONE, lambda _: "1 ")
    plain = plain.replaced(_ISH, lambda _: "")
    plain = plain.replaced(_HINGLISH_WORD, lambda hit: f"{HINGLISH[hit[0]]}")
    plain = plain.replaced(_TWICE_SAID, lambda hit: hit["n"] if hit["n"] == hit["again"] else None)
    plain = plain.replaced(_DOZENS, lambda hit: f"{int(hit['n'] or 1) * 12} ")
    return plain.replaced(_SCALED, _scaled)


def loosely(plain: Plain) -> Iterator[tuple[int, int]]:
    """Where the original gives a number without saying it ("a few", "hundreds of"), as spans of it."""
    for hit in _LOOSELY.finditer(plain.text):
        yield plain.starts[hit.start()], plain.ends[hit.end() - 1]


def _ungrouped(digits: str) -> str | None:
    """None where it is no number: an address, a version, a list."""
    parts = re.split(r"[.,'’ ]", digits)
    marks = [mark for mark in digits if not mark.isdigit()]
    if len(parts) > 2 and len(set(marks[:-1])) == 1 and marks[-1] not in marks[:-1] and marks[-1] in ".,":
        return f"{''.join(parts[:-1])}.{parts[-1]}" if all(len(part) == 3 for part in parts[1:-1]) else None
    if len(set(marks)) > 1:
        return None
    thousands = all(len(part) == 3 for part in parts[1:]) and 1 <= len(parts[0]) <= 3 and parts[0] != "0"
    lakhs = len(parts) > 2 and marks[0] == "," and len(parts[-1]) == 3 and all(len(part) == 2 for part in parts[1:-1])
    if thousands or lakhs:
        return "".join(parts)
    return ".".join(parts) if len(parts) == 2 and marks[0] in ".," else None


def _worded(text: str) -> Iterator[Edit]:
    """Runs of number words, each as long as it makes a number in one of the languages that have all its words."""
    words = list(_WORD.everywhere(text))
    parts, at = _vocabulary(), 0
    while at < len(words):
        languages = "" if _scales(text, words[at]) else parts.get(words[at][0]) or _german(words[at][0])
        if not languages:
            at += 1
            continue
        last = _run(text, words, at, languages)
        found = next(_readings(text, words, at, last, languages), None)
        if found is None:
            at += 1
            continue
        end, number = found
        yield words[at].start(), words[end].end(), str(number)
        at = end + 1


def _scales(text: str, word: re.Match[str]) -> bool:
    """Whether the word multiplies the number in digits, or the half, before it ("2 million"): see _SCALED."""
    return bool(_SCALED_BEFORE.search(text[max(0, word.start() - 9) : word.start()]) and _SCALE.fullmatch(word[0]))


def _run(text: str, words: list[re.Match[str]], first: int, languages: str) -> int:
    """The last word that may belong to the number which begins at the first."""
    parts, last = _vocabulary(), first
    for at in range(first + 1, min(first + 10, len(words))):
        between = text[words[at - 1].end() : words[at].start()]
        if between not in (" ", "-"):
            break
        if set(parts.get(words[at][0], "").split()) & set(languages.split()):
            last = at
        elif words[at][0] not in _JOINERS:
            break
    return last


def _readings(
    text: str, words: list[re.Match[str]], first: int, last: int, languages: str
) -> Iterator[tuple[int, int]]:
    for end in range(last, first - 1, -1):
        run = text[words[first].start() : words[end].end()]
        if run in _HOMOGRAPHS and not _COUNTED.match(text, words[end].end()):
            return
        for language in languages.split():
            number = _number(run, language)
            if number is not None:
                yield end, number


@lru_cache(maxsize=4096)
def _number(words: str, language: str) -> int | None:
    try:
        if language == "de":
            words = words.replace("funf", "fünf").replace("zwolf", "zwölf")
        return int(text2num(words, language))
    except ValueError:
        return None


@cache
def _vocabulary() -> Mapping[str, str]:
    """Each word and the languages that make numbers of it, spaced."""
    found: dict[str, str] = {}
    for language, words in PARTS.items():
        for word in words.split():
            found[word] = f"{found.get(word, '')} {language}".strip()
    return found


@lru_cache(maxsize=4096)
def _german(word: str) -> str:
    return "de" if len(word) > 2 and _GERMAN.fullmatch(word) else ""


def _scaled(hit: re.Match[str]) -> str:
    word = hit[2].rstrip("s") if hit[2].isascii() else hit[2]
    number = float(hit[1]) * 10.0 ** SCALES.get(word, 6)
    return f"{min(number, 1e15):.6f}".rstrip("0").rstrip(".")


def _han(hit: re.Match[str]) -> str | None:
    """Chinese and Japanese numerals, up to hundreds of millions."""
    written = hit[0]
    if written in _NO_NUMBERS or len(written) > 12:
        return None
    if written in ("半", "几", "幾", "数"):
        return " 0.5 " if written == "半" else " 3 "
    total = part = digit = 0
    for sign in written:
        if sign in HAN_DIGITS:
            digit = digit * 10 + HAN_DIGITS[sign] if digit else HAN_DIGITS[sign]
        elif HAN_UNITS[sign] < 10_000:
            part, digit = part + (digit or 1) * HAN_UNITS[sign], 0
        else:
            total, part, digit = total + (part + digit or 1) * HAN_UNITS[sign], 0, 0
    return f" {total + part + digit} "

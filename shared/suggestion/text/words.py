"""A request's words, and which of them are not meant: refused, replaced, compared with, taken back."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from shared.suggestion.text.languages import language

_I = re.IGNORECASE
# Latin words with their inner points and trailing signs: Next.js, C++, .NET. A plus joins two: "kibana+logstash".
_WORD = re.compile(r"\.?[A-Za-z0-9À-ɏ]+(?:[.#][A-Za-z0-9À-ɏ]+)*(?:\+\+|\+(?![A-Za-z0-9À-ɏ])|#)*")
_NEGATIONS = (
    *(r"no longer(?: need| want| use)?", r"no need (?:for|of|to (?:use|have|install|run))", "no", "not", "without"),
    *(
        "w/o",
        "nor",
        "neither",
        "never",
        "avoid",
        "exclud(?:e|es|ing)",
        "except(?: for)?",
        "skip",
        "minus",
        "other than",
    ),
    *(r"(?:any|every)thing (?:but|except|besides)", r"any\s\w+ (?:but|except)", "apart from", "nothing(?: with)?"),
    r"(?:do(?:es)?n[’']?t|do(?:es)? not|won[’']?t|will not|can[’']?t|cannot|must not|mustn[’']?t|"
    r"should(?:n[’']?t| not))"
    r"(?: (?:really|even|actually|also))? (?:need|want|use|install|have|require|like|include|be|run|run on|be on|"
    r"(?:give|get|send|hand) (?:me|us)|put|pick|choose|take|add|set up|deploy|go (?:for|with))",
    *(r"get(?:ting)? rid of", "got rid of", "drop(?:ping)?", "remove", "uninstall", "leave out", "take out", "forget"),
    *(r"sin(?: necesidad de)?", r"no (?:quiero|queremos|necesito|necesitamos|uses?|usar|tengo|hace falta|instal\w+)"),
    *("nada de", "excepto", "salvo", "menos", "ni", "quita(?:r)?", "elimina(?:r)?"),
    *("sans", r"pas besoin d(?:e|')", r"pas d(?:e|')", "pas", "sauf", "aucune?", r"ne (?:veux|voulons) pas(?: de)?"),
    *("ohne", r"kein(?:e[nmrs]?)?", "nicht", r"au(?:ß|ss)er", "weder", "entferne"),
    *(
        "sem",
        r"n[ãa]o (?:quero|queremos|preciso|precisamos|use|usar)(?: de)?",
        r"n[ãa]o",
        "exceto",
        "nem",
        "remov[ae]r?",
    ),
)
_INSTEAD = (
    *("instead of", "rather than", "in place of", "as opposed to", r"replac(?:e|es|ing|ement (?:for|of))", "unlike"),
    *(r"swap(?:ping)?(?: out)?", r"alternatives? to", "in lieu of", r"(?:similar|comparable|identical) to", "than"),
    *(r"compared (?:to|with)", "same as", "just like", r"like (?:our|my|the|their|your)", r"emulat\w+"),
    r"(?:migrat\w+|mov(?:e|es|ed|ing)|switch\w*|convert\w*|port(?:ed|ing)|com(?:e|ing)|chang(?:e|ing)|transition\w*)"
    r"(?: \w+){0,3}? (?:away from|from|off(?: of)?)",
    *(
        r"en (?:lugar|vez) de",
        r"(?:migr\w+|pas\w+) (?:desde|de)",
        r"reempla[zc]\w+(?: a)?",
        "que mi",
        "como (?:mi|nuestr[oa])",
    ),
    *("au lieu d(?:e|')", "plutôt que", r"remplace[rz]?", r"migr\w+ (?:depuis|de)", r"à la place d(?:e|')", "que mon"),
    *(
        "statt",
        "anstatt",
        "anstelle von",
        r"ersetz\w+",
        "als mein(?:e[nmrs]?)?",
        r"(?:umstieg|migration|wechsel\w*) von",
    ),
    *("em vez de", "ao invés de", "no lugar d[oae]", r"substitu\w+(?: [oa])?", "do que (?:o|a)?"),
)
_NOT_NEGATIONS = re.compile(
    r"\b(?:not (?:only|just|merely|without)|no (?:matter|problem|worries|rush|idea|later than|more than|less than|"
    r"fewer"
    r" than)|why not|no s[oó]lo|no solamente|no es s[oó]lo|pas (?:seulement|que|sans)|non seulement|nicht (?:nur|"
    r"ohne)|"
    r"n[ãa]o (?:s[óo]|apenas|somente)|por qu[ée] no|por que n[ãa]o|pourquoi pas|warum nicht|if not|or not|"
    r"whether or not)"
    r"\b|不仅|不只|不但|不少于|不超过",
    _I,
)
_FILLERS = re.compile(
    r"(?:an?|any|the|our|my|your|their|that|this|those|these|use|using|want|need|have|having|install|installing|to|"
    r"of|"
    r"for|in|on|near|with|be|kind|sort|type|more|extra|additional|dedicated|separate|external|local|own|fancy|real|"
    r"public|big|expensive|running|old|existing|current|legacy|deploy|nvidia|microsoft|ms|"
    r"un[ao]?|unos|el|la|los|las|de|del|en|ning[uú]na?|usar|instalar|une|le|les|des|du|d'|l'|utiliser|installer|"
    r"ein(?:e[nmrs]?)?|de[nmrs]|die|das|von|im|in|teure[ns]?|um|uma|o|os|as|do|da|nenhuma?)(?:\s+|(?<=['’]))",
    _I,
)
_CUE = re.compile(
    rf"(?<![\w’'-])(?:{'|'.join(sorted((*_NEGATIONS, *_INSTEAD), key=len, reverse=True))})(?:\s+|(?<='))", _I
)
_CUE_UNSPACED = re.compile(
    r"(?:不要|不用|不需要|没有|沒有|无需|無需|不想要|不想用|不使用|不装|不是|除了|而不是|别用|不带|代替|替代|"
    r"取代|无|無)"
    r"(?:安装|使用|任何|用|装|一个)?\s*|बिना(?: किसी)?\s+"
)
_BEHIND = re.compile(
    r"(?:\s+(?:servers?|databases?))?"
    r"(?:[-\s](?:less|free)\b|\s+(?:(?:is|are|isn[’']?t|aren[’']?t)\s+)?(?:not\s+)?(?:unnecessary|overkill)\b|"
    r"\s+(?:(?:is|are)\s+not|isn[’']?t|aren[’']?t|not)\s+(?:really\s+)?(?:needed|required|necessary|wanted|an "
    r"option|allowed|used)|"
    r"\s+no (?:es necesari[oa]|hace falta)|\s+n[’']est pas nécessaire|\s+n[ãa]o é necessári[oa]|"
    r"\s+(?:ist |wird |brauche ich |brauchen wir |will ich |benötigen wir )?nicht(?: (?:nötig|notwendig|"
    r"gebraucht|benötigt))?(?=\s*(?:[,.;!]|$))|"
    r"\s*(?:は|を|が|も|の)?\s*(?:なし|無し|ナシ|(?<=[はをがもの])不要|いらない|要らない|いりません|要りません|使わない|使いません|"
    r"必要ない|必要ありません|必要なし|じゃなく|ではなく|じゃない|ではない|以外|抜き|入れない)|"
    r"\s*(?:以外|除外|就?不要(?![\u4e00-\u9fff])|不需要(?![\u4e00-\u9fff])|不用(?![\u4e00-\u9fff]))|"
    r"\s*(?:के बिना|नहीं|(?:की|का) (?:कोई )?(?:ज़रूरत|जरूरत|आवश्यकता) नहीं|के अलावा|मत))",
    _I,
)
_COMPARED = re.compile(
    r"\b(?:similar to|(?:just )?like|same as|than|compared (?:to|with)|unlike) (?:our|my|the|their|your) "
    r"[^,.;!?\n]{0,60}?"
    r"\b(?:which|that|runs|running|where)\b[^,.;!?\n]{0,80}",
    _I,
)
# What was taken out of a list, and what was wrong the time before: neither is meant, nor what stands before it.
_LEFT_OUT = re.compile(
    r"\b(?:leave|leaving|keep|cut|take|lass\w*|deja\w*|deix\w*|laisse[rz]?)\s+(?:[\w.+#-]+\s+){1,4}?"
    r"(?:out\b(?!\s+of)|weg\b|fuera\b|fora\b|de côté\b)|(?:去掉|去除|排除|不含|不包括)[^，。,.;\n]{1,16}",
    _I,
)
_MISTAKEN = re.compile(
    r"\b(?:by (?:mistake|accident|error)|mistakenly|accidentally|(?:was|were) (?:\w+ )?(?:wrong|a mistake|an error|"
    r"not what (?:i|we))|por (?:error|equivocación|engano)|fue un error|estaba mal|foi (?:um )?(?:erro|engano)|"
    r"estava errad[oa]|par erreur|était (?:une erreur|faux)|versehentlich|aus versehen|war (?:falsch|ein fehler)|"
    r"galti se)\b|装错|弄错|选错|是?错的|間違(?:え|い|っ)|誤って|गलती से|गलत था",
    _I,
)
_CLAUSE = re.compile(r"[.,;:!?\n，。；！？、।]|\bbut\b|\bpero\b|\bmais\b|\baber\b|\bmas\b", _I)
_LONGEST_CLAUSE = 80
_FIRST = 10  # letters that a clause may have before the word that it begins with: "last time by mistake …"
_LISTED = re.compile(
    r"\s*(?:,\s*)?(?:\b(?:or|nor|neither|ni|o|oder|noch|ou|nem|या)\b|/|或|和|や|、)\s*(?:an?\s+|any\s+)?", _I
)
_LISTED_TOO = re.compile(r"\s*(?:,|&|\band\b|\by\b|\bet\b|\bund\b|\be\b)\s*(?:an?\s+|any\s+)?", _I)
_WITHOUT = re.compile(r"(?:without|w/o|sin|sans|ohne|sem|neither|drop|remove|बिना)(?:\s+\w+){0,2}\s+$", _I)
_CORRECTION = re.compile(
    r"\b(?:no,? (?:sorry|wait|make)|sorry|wait|oops|scratch that|correction|actually|i mean(?:t)?|make (?:it|"
    r"that)|or rather|"
    r"on second thoughts?|on reflection|changed? (?:my|our) mind|nah|nope|went with|decided (?:on|for)|settled on|"
    r"cambié de "
    r"idea|changé d[’']avis|anders überlegt|mudei de ideia|strike that|change (?:it|that) to|better|perd[oó]n|digo|"
    r"mejor(?: dicho)?|espera|enfin|pardon|"
    r"plutôt|je veux dire|non,|nein|quatsch|ich meine|besser gesagt|doch lieber|lieber|desculpe?a?|quer dizer|aliás|"
    r"melhor)\b|^\s*(?:->|→|=>|⇒|➔)\s*$|不对|应该是|还是用|改主意|やっぱり|ではなく|いや|नहीं",
    _I,
)
_NEAR = 80  # characters behind a word in which it is refused: spaces that go on for ever are no part of a sentence
_AS_WELL = re.compile(r"\b(?:also|as well|too|plus|both|and|además|también|aussi|auch|também)\b", _I)


@dataclass(frozen=True, slots=True)
class Word:
    """A word as written, its normal form, and where it stands."""

    text: str
    normal: str
    start: int
    end: int


def split(text: str) -> tuple[Word, ...]:
    """The words of the text in order."""
    return tuple(Word(found[0], found[0].lower(), found.start(), found.end()) for found in _WORD.finditer(text))


def negated(text: str, start: int, end: int | None = None) -> bool:
    """Whether what stands there is not meant: refused ("no Docker", "Redis is not needed"), to be replaced ("instead
    of MySQL", "migrating from Oracle") or only compared with ("like our box which runs Tomcat").

    `end` is where it ends; without it, the word that begins at `start` is taken.
    """
    positions, spans = _refusals(text)
    if start in positions:
        return True
    at = bisect_right(spans, (start, len(text))) - 1
    if at >= 0 and spans[at][0] <= start < spans[at][1]:
        return True
    if end is None:
        word = _WORD.match(text, start)
        end = word.end() if word else start
    return bool(_BEHIND.match(text, end, end + _NEAR)) and not _NOT_NEGATIONS.match(text, end)


def continues(text: str, start: int, former: tuple[int, int]) -> bool:
    """Whether a thing that starts there is refused in one breath with the refused one at `former`: "no Docker or
    Redis", "without Docker and Redis"."""
    between = text[former[1] : start]
    if _LISTED.fullmatch(between):
        return True
    return bool(_LISTED_TOO.fullmatch(between)) and bool(_WITHOUT.search(text[max(0, former[0] - 40) : former[0]]))


def corrected(between: str) -> bool:
    """Whether the words between two things of one kind take the first back: "Ubuntu, no sorry, Debian"."""
    return len(between) <= 60 and bool(_CORRECTION.search(between)) and not _AS_WELL.search(between)


@lru_cache(maxsize=16)
def _refusals(text: str) -> tuple[frozenset[int], tuple[tuple[int, int], ...]]:
    """Where a refused thing may begin, and the spans in which nothing is meant, in order."""
    spans = [(hit.start(), hit.end()) for form in (_COMPARED, _LEFT_OUT) for hit in form.finditer(text)]
    spans += [_clause(text, hit) for hit in _MISTAKEN.finditer(text)]
    return frozenset(_refused_starts(text)), tuple(sorted(spans))


def _clause(text: str, end: re.Match[str]) -> tuple[int, int]:
    """From the beginning of the clause that the match is in to the end of the match; where the clause begins with it
    ("by mistake I took Rocky"), to that of the clause."""
    first = max(0, end.start() - _LONGEST_CLAUSE)
    begins = [hit.end() for hit in _CLAUSE.finditer(text, first, end.start())]
    start = begins[-1] if begins else first
    if end.start() - start > _FIRST:
        return start, end.end()
    behind = _CLAUSE.search(text, end.end(), end.end() + _LONGEST_CLAUSE)
    return start, behind.start() if behind else end.end() + _LONGEST_CLAUSE


def _refused_starts(text: str) -> Iterator[int]:
    affirmed = {hit.start() for hit in _NOT_NEGATIONS.finditer(text)}
    affirmed |= {at for hit in _NOT_NEGATIONS.finditer(text) for at in range(hit.start(), hit.end())}
    portuguese = language(text) == "pt"
    for cues in (_CUE, _CUE_UNSPACED):
        for cue in cues.finditer(text):
            if cue.start() in affirmed or (portuguese and cue[0].strip().lower() == "no"):
                continue  # the Portuguese "no" is "in the"
            at = cue.end()
            yield at
            while (filler := _FILLERS.match(text, at)) is not None:
                at = filler.end()
                yield at

"""The ports that a request opens, those that it keeps closed, and those that it wants alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared.domain.suggestion import Keyword
from shared.suggestion.text.expressions import Expression
from shared.suggestion.text.words import negated

_NUMBERS = (  # a list begins where no longer one does
    r"(?<!\d)(?<!\d,)\d{1,5}(?:\s*(?:,|and|&|\+|/|y|et|und|e|、|和|と)\s*(?:(?:ports?|el|los|le|les|den|o)\s+)?\d{1,5}(?!\s*(?:gb|gib|tb|mb|"
    r"cores?|v?cpus?|days?|hours?|users?|weeks?))){0,9}"
)
_PORTS = Expression(
    rf"(?:\b(?:open(?:ing)?|expose|exposing|allow|forward|listen(?:s|ing)? on|reachable on|abrir|abre|ouvrir|"
    rf"ouvre|öffne|öffnen|abra)\s+)?(?:\b(?:the|el|los|le|les|den|die|o|a|as|os)\s+)?"
    rf"(?:(?:(?:tcp|udp|web|http|https)[\s/-]*)*\b(?:ports?|puertos?|portas?)\b|端口|ポート|"
    rf"पोर्ट)\s*(?:number\s*|n[°º]\s*)?[:=]?\s*({_NUMBERS})"
)
_PORTS_VERB = Expression(
    rf"\b(?:open(?:ing)?|expose|exposing|allow|forward|"
    rf"(?:abr(?:ir|irme|irnos|e|es|as?|an|imos|id)|ouvr(?:ir|e|ez)|öffnen?)(?:\s+(?:el|la|los|las|le|les|den|die|o|a|os|"
    rf"as))?|开放|開放|打开)\s*(?:tcp\s+|udp\s+)?({_NUMBERS})(?!\d|\s*(?:%|gb|tb|mb|cores?|users?|tickets?|issues?|files?|connections?|days?|hours?))"
)
_PORTS_BEHIND = Expression(
    rf"(?<![\d.])({_NUMBERS})\s*(?:番?ポート|端口|(?:tcp |udp )?ports?\s+(?:open|exposed|too|as well))"
)
_HTTP = Expression(r"\b(?:open|expose|allow)(?:ing)?\s+http(s)?(?:\s*(?:and|/|&)\s*https)?\b")
_PORT = r"(?:(?:the|el|la|le|den|o|a)\s+)?(?:(?:tcp|udp)\s+)?(?:(?:ports?|puertos?|portas?|端口|ポート|पोर्ट)\s*)?"
_OPEN = (
    r"(?:open(?:ing)?|expos\w+|publish\w*|allow\w*|forward\w*|make\s+public|abr(?:as?|ir|e)|expon\w+|ouvr\w+|"
    r"öffne\w*|freigeben|expor|exponha)"
)
_SHUT = (
    r"(?:closed|shut|blocked|private|internal(?:ly)?|hidden|firewalled|local(?:ly|host)?|unexposed|cerrad[oa]s?|"
    r"fermée?s?|"
    r"geschlossen|zu|fechad[oa]s?)"
)
_NO_UNIT = (
    r"(?![\d.]|\s*(?:%|[kmgt]i?b|g\b|gigs?|cores?|v?cpus?|users?|players?|people|hours?|days?|weeks?|months?|years?|"
    r"usd|dollars?|euros?|requests?|rps|x\b))"
)
# Numbers that are ports even where nothing calls them so.
_KNOWN = (
    r"(?:22|80|443|1433|1521|3000|3306|3389|5000|5432|5601|5672|6379|6443|7474|8000|8080|8081|8443|8888|9000|9042|"
    r"9090|"
    r"9092|9200|11211|15672|25565|27017)"
)
_CLOSED = Expression(
    rf"\b(?:(?:do\s?n[o’']?t|don[’']t|never|no|not|without|must\s?n[o’']?t|should\s?n[o’']?t|nicht|não|ne pas)"
    rf"(?:\s+(?:need|want|have)\s+to|\s+be)?\s+{_OPEN}|n[’'](?:ouvr\w+|expos\w+)\s+pas|clos(?:e|es|ing)|"
    rf"block(?:ing)?|shut|hide|"
    rf"cierra|cerrar|ferme[rz]?|schließ\w*|fech(?:e|ar))\s+(?:up\s+|off\s+)?{_PORT}({_NUMBERS}){_NO_UNIT}|"
    rf"\b(?:keep|leave|with|have|deja|garde[rz]?|lass\w*|mantenha)\s+{_PORT}({_NUMBERS})\s+(?:\w+\s+)?{_SHUT}\b|"
    rf"{_PORT}\b({_NUMBERS})\s+(?:(?:must|should|may|can|shall|is|are|be|to|stays?|remains?|stay|remain|only|just|"
    rf"bitte|"
    rf"darf|soll|bleibt|debe|quedar|doit|rester|deve|ficar)\s+){{0,4}}(?:(?:not|never|nicht|pas|n’est pas|"
    rf"no)\s+(?:be\s+)?"
    rf"(?:public\w*|open\w*|expos\w+|reachable|accessible|öffnen|freigeben|offen|abiert[oa]|ouvert\w*|abert[oa])|"
    rf"{_SHUT}\b)|"
    rf"\b(?:without|sin|sans|ohne|sem|(?:but |and )?(?:no|not|except))\s+(?:(?:ports?|puertos?|"
    rf"portas?)\s+(?:el\s+)?({_NUMBERS})|"
    rf"({_KNOWN}){_NO_UNIT})|"
    rf"(?:不要|别|不|勿|禁止|无需|不必|关闭|屏蔽)(?:要)?(?:对外)?(?:开放|打开|暴露|开)?\s*(?:端口)?\s*({_NUMBERS})(?=\s*(?:端口|[，,。]|$))|"
    rf"({_NUMBERS})\s*(?:端口)?\s*(?:不要|不|别)(?:对外)?(?:开放|打开|暴露|开|公开)|"
    rf"({_NUMBERS})\s*番?\s*(?:ポート)?\s*(?:は|を)?\s*(?:開け(?:ない|ず)|開放しない|閉じ|公開しない|塞)|"
    rf"({_NUMBERS})\s*(?:पोर्ट)?\s*(?:मत|न|बंद|नहीं)\s*(?:खोल|रख|कर)"
)
_NONE = Expression(
    r"\b(?:no|without(?: any)?|zero)\s+(?:(?:public|open|exposed|inbound|external|extra|additional|"
    r"other)\s+)*ports?\b(?!\s*\d)|"
    rf"\b(?:do\s?n[o’']?t|don[’']t|never|not|nothing|no need to)\s+{_OPEN}\s+(?:(?:any|other|more|"
    rf"the)\s+)*(?:ports?\b(?!\s*\d)|"
    r"(?:any|no)thing\b)|\bnothing\s+(?:is\s+)?(?:exposed|open|public)\b|\ball (?:the )?ports (?:closed|shut|"
    r"blocked)\b|"
    r"\bsin puertos\b(?!\s*\d)|\bningún puerto\b|\baucun port\b|\bsans port\b(?!\s*\d)|\bkeine (?:offenen |"
    r"öffentlichen )?ports\b|"
    r"\bsem portas\b(?!\s*\d)|\bnenhuma porta\b|不(?:要)?开放(?:任何|公网)?端口|"
    r"ポートは(?:一切)?(?:開けない|公開しない|不要|なし)|"
    r"कोई पोर्ट (?:नहीं|मत)"
)
_ONLY = Expression(
    rf"\b(?:only|just|nothing but|solo|sólo|solamente|únicamente|uniquement|seulement|nur|só|somente|apenas)\s+"
    rf"(?:(?:{_OPEN}|with|via|on|over)\s+)*{_PORT}({_KNOWN}(?:\s*(?:,|and|&|\+|/|y|et|und|"
    rf"e)\s*{_KNOWN}){{0,5}}){_NO_UNIT}|"
    rf"\b(?:only|just|nur|solo|sólo|seulement|uniquement|somente|apenas)\s+(?:{_OPEN}\s+)?(?:the\s+)?(?:ports?|"
    rf"puertos?|portas?|le port)\s+"
    rf"({_NUMBERS})|\b(?:ports?\s+)?({_KNOWN})\s+(?:only|alone|and nothing else|nothing else)\b|"
    rf"\bexpos\w+\s+only\s+(?:ports?\s+)?({_NUMBERS})|(?:只|仅)(?:需要|需|要)?(?:对外)?(?:开放|打开|开)?\s*(?:端口)?\s*({_KNOWN})|"
    rf"({_KNOWN})\s*番?\s*(?:ポート)?\s*(?:だけ|のみ)|(?:केवल|सिर्फ़?|सिर्फ)\s*(?:पोर्ट\s*)?({_KNOWN})"
)
_ONLY_HTTPS = Expression(
    r"\b(?:only|just|nur|solo|seulement|uniquement|apenas)\s+https\b(?!\s*(?:and|&|\+|/))|\bhttps\s+(?:only|alone)\b"
)


@dataclass(frozen=True, slots=True)
class Openings:
    """Ports to open beside those that the packages serve; ports to keep closed; `only`: no others than these are to be
    open (none: empty), None where nothing says so."""

    opened: tuple[int, ...] = ()
    closed: frozenset[int] = frozenset()
    only: tuple[int, ...] | None = None
    keywords: tuple[Keyword, ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    """Ports, and the words that speak of them."""

    start: int
    end: int
    ports: tuple[int, ...]

    def overlaps(self, other: _Said) -> bool:
        return self.start < other.end and other.start < self.end

    def keyword(self, text: str, kind: str) -> Keyword:
        return Keyword(text=text[self.start : self.end], kind=kind, start=self.start, end=self.end)


def openings(text: str) -> Openings:
    """What the text says of ports; a database's too, where it is asked for."""
    none = [_Said(hit.start(), hit.end(), ()) for hit in _NONE.finditer(text)]
    shut = [*(_said(hit) for hit in _CLOSED.finditer(text)), *none]
    alone = [each for each in _alone(text) if not any(map(each.overlaps, shut))]
    opened = [each for each in _opened(text) if not any(map(each.overlaps, (*shut, *alone)))]
    only = tuple(port for each in alone for port in each.ports)
    found = tuple(dict.fromkeys((*(port for each in opened for port in each.ports), *only)))
    words = [each.keyword(text, "ports") for each in (*opened, *alone)]
    words += [each.keyword(text, "closed ports") for each in shut]
    closed = frozenset(port for each in shut for port in each.ports) - set(found)
    return Openings(found, closed, only if alone or none else None, tuple(words))


def _said(hit: re.Match[str]) -> _Said:
    named = " ".join(group for group in hit.groups() if group)
    ports = tuple(int(number) for number in re.findall(r"\d+", named) if 1 <= int(number) <= 65535)
    return _Said(hit.start(), hit.end(), ports)


def _alone(text: str) -> Iterator[_Said]:
    yield from map(_said, _ONLY.finditer(text))
    for hit in _ONLY_HTTPS.finditer(text):
        yield _Said(hit.start(), hit.end(), (443,))


def _opened(text: str) -> Iterator[_Said]:
    for pattern in (_PORTS, _PORTS_VERB, _PORTS_BEHIND):
        for hit in pattern.finditer(text):
            if not negated(text, hit.start(), hit.start()):
                yield _said(hit)
    for hit in _HTTP.finditer(text):
        yield _Said(hit.start(), hit.end(), (443,) if hit[1] else (80, 443))

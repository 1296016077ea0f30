"""How a machine may be: interruption, economy, machine series."""

from __future__ import annotations

import re

from shared.catalog.machines import machine_types
from shared.domain.suggestion import Keyword
from shared.suggestion.reading import Wish
from shared.suggestion.text.expressions import Expression
from shared.suggestion.text.words import continues, negated

_I = re.IGNORECASE


def _any(*forms: str) -> Expression:
    return Expression(rf"\b(?:{'|'.join(forms)})\b")


_SPOT = _any(
    "spot", r"spot (?:vms?|instances?|machines?)", r"pre-?emptibles?", "interruptible", "interruption tolerant",
    r"(?:can|may|could) be (?:interrupted|killed|pre-?empted|stopped|terminated|reclaimed)(?: (?:any ?time|at "
    r"any (?:time|moment)))?",
    r"interruptions? (?:is |are |would be )?(?:ok|okay|fine|acceptable|no problem|tolerated|harmless)",
    r"(?:ok|okay|fine|don[’']?t mind|happy) (?:with |if )?(?:it (?:is|gets) )?(?:interrupted|interruptions?|"
    r"pre-?emption|killed)",
    r"if it (?:dies|is killed|gets killed|goes away|stops|crashes)[^.;\n]{0,20}(?:restart|re-?run|start (?:it "
    r")?again|fine|ok|no (?:big )?(?:deal|problem))",
    r"(?:we |i )?(?:can |just |simply )*(?:restart|re-?run) (?:it )?(?:if|when) (?:it )?(?:dies|is killed|gets "
    r"killed|pre-?empted|interrupted)",
    r"checkpoint(?:s|ed|ing)?", "interrumpible", "puede interrumpirse", "interruptible", "peut être interrompue?",
    "unterbrechbar", "pode ser interrompid[oa]", "preemptível",
    r"(?:darf|kann|dürfte) (?:(?:gern|ruhig|auch|jederzeit|mal|ja) ){0,2}(?:unterbrochen|abgebrochen|gestoppt|beendet|"
    r"gekillt) werden",
    r"(?:unterbrechung|abbruch|abbrüche|interruption|interrupción|interrupcion|interrupción|interrupção)\w*"
    r" (?:(?:ist|sind|wäre|wären|est|sont|son|es|são|é) )?(?:ok|okay|egal|erlaubt|in ordnung|kein problem|"
    r"akzeptabel|acceptée?s?|acceptables?|tolérée?s?|possibles?|permises?|autorisée?s?|aceptad[oa]s?|aceptables?|"
    r"permitid[oa]s?|aceit[oa]s?|toleradas?)",
    r"interrupciones (?:aceptadas|permitidas|ok)", r"interrupções (?:aceitas|permitidas|ok)",
    r"(?:peut|peuvent) être (?:arrêtée?|coupée?|interrompue?)s?",
    r"(?:se puede|puede ser|puede) (?:interrumpir|interrumpid[oa]|cortar(?:se)?|parar(?:se)?)",
    r"pode (?:ser )?(?:interromper|parad[oa]|cortad[oa])",
)  # fmt: skip
_SPOT_UNSPACED = re.compile(
    r"(?<!不)可以?(?:接受)?(?:随时)?(?:被)?(?:随时)?(?:中断|打断|终止|回收|抢占|停掉)|抢占式|竞价|"
    r"(?:中断|停止|落ち|止ま)(?:され)?(?:っ)?(?:ても|てもよい|も)\s?(?:大丈夫|構わない|かまわない|OK|ok|いい|よい|問題ない|平気)|"
    r"(?:रुक|बंद हो) (?:जाए|सकती है|सकता है)|中断(?:して)?も?(?:OK|可|かまわない|いい)|プリエンプティブル|スポット|स्पॉट"
)
_STEADY = _any(
    r"(?:must|should|may|can) ?(?:not|n[o’']t|never) (?:be )?(?:interrupted|interrupt|pre-?empted|killed|go "
    r"down|stop|be stopped|die)",
    r"(?:can[’']?t|cannot) (?:be )?(?:interrupted|go down|stop|afford (?:interruptions?|downtime|to lose it))",
    r"(?:no|without|zero) (?:interruptions?|downtime|pre-?emption)", r"un ?interrupted(?:ly)?",
    r"on[\s-]demand(?: only)?", r"never (?:go(?:es)? down|be interrupted)", "sin interrupciones", "sans interruption",
    "ohne unterbrechung(?:en)?", "sem interrupç(?:ão|ões)", "no puede interrumpirse", "नहीं रुकना",
    r"(?:darf|kann|soll) (?:nicht|nie|niemals|keinesfalls) (?:unterbrochen|abgebrochen|gestoppt|beendet) werden",
    r"ne (?:doit|peut) (?:pas|jamais) être (?:arrêtée?|coupée?|interrompue?)",
    r"no (?:debe|puede|se puede) (?:ser )?(?:interrumpi\w+|cortar\w*|parar\w*)",
    r"não (?:deve|pode) (?:ser )?(?:interromp\w+|parar|parad[oa])",
)  # fmt: skip
_STEADY_UNSPACED = re.compile(
    r"不(?:能|可|可以|允许|想|要)(?:被)?(?:随时)?(?:中断|打断|终止|回收|抢占)|"
    r"中断(?:不可|できない|されない|されては困|しない)|नहीं रुक|बंद नहीं हो"
)
_WISHES: tuple[tuple[Expression, Wish], ...] = (
    (
        _any(
            *(
                "cheap(?:est|er|ly|o)?",
                r"low(?:est)?[\s-]?(?:cost|price)",
                "inexpensive",
                r"(?:on a |tight |small |low )budget",
                "tiny",
            ),
            *(
                "smallest",
                "minimal",
                r"cost[\s-]?effective",
                "affordable",
                "economical",
                "frugal",
                "as little as possible",
            ),
            *(
                r"(?:can[’']?t|cannot|don[’']?t want to) (?:afford|spend|pay) (?:much|a lot)",
                "bare minimum",
                "save money",
                "budget[- ]friendly",
            ),
            *(
                r"barat\w+",
                r"económic\w+",
                "pas cher",
                r"moins chère?s?",
                "bon marché",
                r"günstig\w*",
                r"billig\w*",
                r"preiswert\w*",
            ),
            *(r"econômic\w+", "sasta", "saste"),
        ),
        "cheap",
    ),
    (Expression(r"便宜|省钱|最低价|安い|安く|安価|格安|सस्त[ाेी]"), "cheap"),
    (
        _any(
            *(
                "fast(?:est|er)?",
                "powerful",
                r"high[\s-]performance",
                "beefy",
                "performant",
                "snappy",
                "speedy",
                "as quick as possible",
            ),
            *(r"low[\s-]latency", "top[- ]performance", "max(?:imum)? performance"),
            *(
                r"rápid\w+",
                r"potente\w*",
                r"puissante?s?",
                r"rapides?",
                r"schnell(?:e[nmrs]?|st\w*)?",
                r"leistungsst\w+",
                r"veloz\w*",
            ),
        ),
        "fast",
    ),
    (Expression(r"高性能|快速|更快|速い|高速|तेज़|तेज"), "fast"),
    (
        _any(
            *(
                "green(?:est|er)?(?! ?screen)",
                r"low[\s-]carbon",
                r"carbon[\s-](?:neutral|free|aware|friendly)",
                "sustainable",
                r"eco[\s-]?friendly",
            ),
            *(
                "renewable(?: energy)?",
                "climate[- ]friendly",
                r"environmentally friendly",
                "lowest (?:carbon|emissions)",
                r"(?:small|low)(?:est)? carbon footprint",
            ),
            *(
                "ecológic[oa]",
                "sostenible",
                "écologique",
                "bas carbone",
                "klimafreundlich",
                "umweltfreundlich",
                "nachhaltig",
                "sustentável",
            ),
        ),
        "green",
    ),
    (Expression(r"环保|低碳|绿色能源|環境に優しい|低炭素|हरित"), "green"),
)
_NOT_A_WISH = re.compile(
    r"^fast(?:er|est)?[\s-]?(?:api|cgi|text|ai|line)|^green(?:plum|house|bone|lock)|^budget\s+(?:app|tool|"
    r"tracker)|^speedy\s+\w+box",
    _I,
)
_NO_MACHINE_SPEED = re.compile(
    r"^\w+\s+(?:ssd|nvme|disk|disc|storage|internet|network|drive|connection|as possible to (?:get|set))", _I
)
_SERIES_NAMES = r"e2|n1|n2|n2d|n4a?|n4d|c2d?|c3d?|c4[adn]?|t2[ad]|m[1234]|a2|a3|a4|g2|g4|h3|h4d|z3|x4"
_SERIES = Expression(
    rf"(?<![0-9A-Za-z_.-])({_SERIES_NAMES})(?![0-9A-Za-z_.])(?!-[a-z0-9])(?:[\s-]?(?:series|machines?|instances?|"
    rf"types?|vms?|"
    rf"family|シリーズ|系列))?"
)
_SERIES_ASKED = re.compile(
    r"(?:\b(?:an?|use|using|want|on|with|of|the|not|no|avoid|like|prefer|series|about|to|instead of|than|except|"
    r"without|switch to|try|"
    r"un|una|une|ein(?:e[nmrs]?)?|um|uma|kein(?:e[nmrs]?)?|sin|sans|ohne|sem|pas d[e'’])\s*$|[,;(]\s*$|^\s*$)",
    _I,
)


def spot(text: str) -> tuple[bool, Keyword] | None:
    """Whether interruptions are accepted (or refused) in so many words."""
    steady = _STEADY.search(text) or _STEADY_UNSPACED.search(text)
    if steady:
        return False, Keyword(text=steady[0], kind="not wanted", start=steady.start(), end=steady.end())
    hit = _SPOT.search(text) or _SPOT_UNSPACED.search(text)
    if hit is None:
        return None
    no = negated(text, hit.start(), hit.end())
    return not no, Keyword(text=hit[0], kind="not wanted" if no else "spot", start=hit.start(), end=hit.end())


def wish(text: str) -> tuple[Wish, Keyword] | None:
    """Whether it should be cheap, fast or green: the one that is said first."""
    found = [
        (hit, name)
        for pattern, name in _WISHES
        for hit in pattern.finditer(text)
        if not negated(text, hit.start(), hit.end())
        and not _NOT_A_WISH.match(text[hit.start() : hit.start() + 24])
        and not (name == "fast" and _NO_MACHINE_SPEED.match(text[hit.start() : hit.start() + 40]))
    ]
    if not found:
        return None
    hit, name = min(found, key=lambda each: each[0].start())
    return name, Keyword(text=hit[0], kind="economy", start=hit.start(), end=hit.end())


def series(text: str) -> tuple[str | None, frozenset[str], tuple[Keyword, ...]]:
    """The machine series that the text wishes for ("an n2"), those that it refuses ("not e2"), and the words."""
    wanted: str | None = None
    unwanted: set[str] = set()
    refused: tuple[int, int] | None = None
    words = []
    known = {machine.series for machine in machine_types().values()}
    for hit in _SERIES.finditer(text):
        name = hit[1].lower()
        said = hit[0].lower() != name or _SERIES_ASKED.search(text[max(0, hit.start() - 20) : hit.start()])
        if name not in known or not (said or refused or negated(text, hit.start(), hit.end())):
            continue
        no = negated(text, hit.start(), hit.end())
        if no or (refused is not None and continues(text, hit.start(), refused)):
            no, refused = True, (hit.start(), hit.end())
            unwanted.add(name)
        else:
            wanted, refused = name, None
        words.append(
            Keyword(text=hit[0], kind="not wanted" if no else "machine series", start=hit.start(), end=hit.end())
        )
    return wanted, frozenset(unwanted - {wanted}), tuple(words)

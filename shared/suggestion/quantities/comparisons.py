"""Figures that describe what somebody has, not what is asked for: "my laptop has 8 GB and that is too little"."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from shared.suggestion.quantities.figures import ABOUT
from shared.suggestion.reading import Bound
from shared.suggestion.text.patterns import Pattern

Compared = Literal["owned", "outgrown"]

_AROUND = 70  # characters in which a figure is said to be too little
_MACHINE = (
    r"(?:servers?|vms?|machines?|boxe?s?|workstations?|instances?|vps|droplets?|hosts?|nodes?|builders?|computers?|"
    r"setup|environment|database|db|servidor(?:es)?|maquinas?|instancias?|equipos?|serveurs?|rechner|maschinen?|"
    r"server|instanz(?:en)?|kiste)"
)
_OWN_MACHINE = (
    r"(?:laptops?|pcs?|desktops?|macbooks?(?: (?:air|pro))?|mac(?: ?mini)?|notebooks?|gaming rig|home server|nas|"
    r"raspberry pi|chromebook|thinkpad|portatil|ordenador|ordinateur|notebook|rechner|computador|pc portable)"
)
_MY = (
    r"(?:my|our|his|her|their|mi|mis|nuestr[oa]s?|mon|ma|notre|nos|meine?[rnsm]?|unser[e]?[rnsm]?|meus?|minhas?|"
    r"noss[oa]s?)"
)
_OLD = (
    r"(?:current(?:ly)?|present(?:ly)?|at the moment|at present|right now|as of now|existing|old(?:er)?|"
    r"previous(?:ly)?|"
    r"former(?:ly)?|today we have|used to (?:have|use|run|be)|so far|until now|as[- ]is|legacy|last time|"
    r"actual(?:es|mente)?|viej[oa]s?|antigu[oa]s?|antes|hasta ahora|"
    r"actuel(?:le)?(?:s|ment)?|ancien(?:ne)?s?|vieux|vieille|jusqu'?ici|"
    r"derzeit(?:ige[rnsm]?)?|aktuell(?:e[rnsm]?)?|bisher(?:ige[rnsm]?)?|momentan|jetzige[rnsm]?|alte[rnsm]?|"
    r"atual(?:mente)?|atuais|antig[oa]s?|velh[oa]s?)"
)
_HAD = (
    rf"\b{_MY}\s+(?!new\b)(?:[\w./-]+\s+){{0,4}}?{_OWN_MACHINE}\b|"
    rf"\b(?:the|this|an?|{_MY})\s+(?:[\w-]+\s+){{0,2}}?{_MACHINE}\s+"
    r"(?:(?!should|must|shall|will|would|needs?|to\b|can|could|may)\w+\s+){0,2}?"
    r"(?:has|have|had|only|currently|is on|runs on|tiene|tenia|solo|hat|hatte|tem|tinha|avait)\b|"
    rf"\b(?:i|we)\s+(?:currently\s+)?(?:have|had|own|use|used|run|ran|got)\s+(?:got\s+)?(?:[\w./-]+\s+){{1,4}}?"
    rf"(?:{_OWN_MACHINE}|{_MACHINE})\b|"
    r"\b(?:j'ai|nous avons|on a|tengo|tenemos|ich hab(?:e)?|wir haben|tenho|temos)\s+(?:[\w./-]+\s+){1,3}?"
    rf"(?:{_OWN_MACHINE}|{_MACHINE})\b|"
    rf"\b(?:{_MACHINE}|{_OWN_MACHINE}|one)\s+(?:that\s+)?(?:i|we)\s+(?:have|had|use|own|am using|are using|run)\b|"
    rf"\b(?:than|like|what)\s+(?:what\s+)?{_MY}\b|\b{_OLD}\b|\bnow (?:we|i) (?:have|use|run)\b|"
    r"\b(?:upgrad|upsiz|resiz|scal|bump|grow|go|step|jump|mov|switch|aufrust|passe|ampli|augment)\w*\s+(?:\w+\s+){0,4}?"
    r"(?:from|von|de|desde)\s+(?=\d[^.;\n]{0,50}?\b(?:to|auf|a|para|vers)\s\d)|"
    r"我的(?:电脑|笔记本)|目前|现在的|现在用|现在是|现有|当前|原来|以前的|旧的?|老服务器|今の|今は|現在の?|現状|既存|これまで|古い|"
    r"私のpc|मेरे (?:लैपटॉप|कंप्यूटर)|(?:पुरान[ाेी]|मौजूदा|वर्तमान|अभी)(?![\u0900-\u097f])"
)
_WISHED = (
    r"\b(?:needs?|needed|wants?|wanted|requires?|requesting|looking (?:for|to)|(?<!they )(?<!it )give me|get me|"
    r"please|pls|plz|should|"
    r"must|upgrad\w* to|mov(?:e|ing) to|but i|let'?s|let us|(?:i|we)'?d like|would like|new|instead|rather have|"
    r"replacement|therefore|hence|could (?:i|we|you)|can (?:i|we|you)|try(?:ing)?|provision|target|desired|proposed|"
    r"so (?:now|at least|get|make)|(?:so|now|ahora|jetzt|to|auf|para|vers) (?=\d)|make it|going for|go for|"
    r"necesit\w+|quier[oe]|queremos|querria\w*|nuev[oa]s?|hace falta|por favor|pido|pedimos|solicit\w+|"
    r"besoin|veux|voulons|voudrai\w*|faudrait|faut|nouveaux?|nouvel(?:le)?s?|merci de|souhait\w+|desormais|"
    r"brauch\w+|mochten?|will|wollen|benotig\w+|neue[rnsm]?|bitte|hatten? gern\w*|sollen?|sollten?|"
    r"precis\w+|quero|queria|nov[oa]s?|gostari\w+)(?![a-z])|"
    r"[-=]>|→|⇒|需要|想要|想换|换成|(?<![不需主重只])要(?=\s?\d)|升级|申请|希望|改为|改成|新服务器|新的|请|必要|にしたい|ので|(?:です|ます|だ)が|けど|新しい|お願い|欲しい|ほしい|चाहिए|"
    r"नया|नई|नए|कृपया|इसलिए|लेकिन"
)
_TURNS = Pattern(
    rf"(?P<wished>{_WISHED})|(?P<had>{_HAD})|(?P<heading>[:?]\s?\n)|(?P<stop>[.!?;](?:\s|$)|。)|(?P<line>\n)"
)
_SAME = Pattern(
    r"\b(?:migrat\w*|replac\w*|same|move (?:it|this|our|my)|moving|like (?:it|that|the)|equivalent|similar|"
    r"identical|match(?:es|ing)?|lift and shift|reproduc\w*|copy|clone|"
    r"migrar|migrer|migrieren|umzieh\w*|ersetzen|remplacer|reemplazar|substituir|mism[oa]s?|igual(?:es)?|meme|"
    r"pareil|gleiche[rnsm]?|dieselbe[n]?|mesm[oa]s?)\b|迁移|移行|一样|相同|同じ|同様|जैसा|वही"
)
_OUTGROWN = Pattern(
    r"\b(?:too (?:little|small|slow|weak|few)|not (?:be )?enough|(?:is|was)n'?t enough|insufficient|runs? out|"
    r"running out|ran out|maxed out|struggl\w*|can'?t (?:handle|cope|keep up)|keeps? (?:crashing|falling)|"
    r"swaps?|swapping|out of memory|oom(?:s|ing|ed)?|falls short|doesn'?t cut it|overloaded|"
    r"no (?:es suficiente|alcanza|basta|da para mas)|se queda cort[oa]|es poco|ne suffit (?:pas|plus)|"
    r"insuffisant\w*|trop (?:peu|petite?|lente?)|rame|reicht (?:uns )?nicht|zu (?:wenig|klein|langsam|schwach)|"
    r"nao (?:e suficiente|basta|chega|aguenta)|e pouco)\b|不够|不足|太小|太慢|"
    r"足りな|遅い|重い|कम (?:है|पड)|धीम[ाी]"
)
_OUTGROWN_BEFORE = Pattern(
    r"\b(?:out of (?:memory|ram)|oom(?:s|ing|ed)?|swaps|swapping|crash\w*|killed|dies|died|fails|failed|too slow|"
    r"not enough|struggl\w*|maxed out|sin memoria|a court de memoire)\s+(?:\w+\s+){0,2}?(?:at|with|on|even with|con|"
    rf"mit|bei|avec|a|com)\s+(?:only |just |the )?{ABOUT}$"
)
_DISCARDED = Pattern(
    r"^[^()\n.;]{0,40}\)\s*(?:\w+\s+){0,2}?(?:useless|obsolete|dead|gone|retired|broken|decommissioned|going away|"
    r"out of service|end of life|eol|no longer|hors service|obsoletes?|kaputt|defekt|ausgemustert|obsolet[oa]s?)\b"
)
_GREATER = Pattern(
    r"\b(?:more|bigger|better|larger|beefier|faster|stronger|quicker|more powerful)\s+(?:\w+\s+){0,2}?than\b|"
    r"\b(?:need|want|give me|get me|something|with) (?:\w+ )?(?:more|bigger|better|larger|beefier|faster)\b"
)
_FACTORS = tuple(
    (Pattern(words), Decimal(factor))
    for factor, words in (
        ("4", r"\b(?:four times|quadruple|4 ?x|4 times|cuatro veces|quatre fois|viermal|quatro vezes)\b|四倍|4 ?倍"),
        ("3", r"\b(?:triple|three times|3 ?x|3 times|el triple|trois fois|dreifach\w*|dreimal|tres vezes)\b|3 ?倍"),
        ("2", (
            r"\b(?:double|twice|two times|2 times|2 ?x|x ?2|doble|deux fois|le double|doppelt\w*|zweimal|dobro)\b|"
            r"两倍|2 ?倍|翻倍|加倍|二倍|दोगुन|दुगुन"
        )),
        ("0.5", r"\b(?:half(?! (?:an?|of an?) )|mitad|moitie|halfte|metade)\b|一半|半分|आध"),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heir:
    """What is made of the figures of somebody's machine: `factor` of them, `bound` as it is then meant."""

    factor: Decimal
    bound: Bound


def compared(text: str, start: int, end: int) -> Compared | None:
    """What the figure is that stands there: `owned`, by something that is there already; `outgrown`, said to be too
    little; or None, asked for."""
    behind = text[end : end + _AROUND]
    stop = re.search(r"[.!?;\n,](?:\s|$)|\d|[。]", behind)
    rest = behind[: stop.start()] if stop else behind
    turn = _TURNS.search(rest)
    if _OUTGROWN.search(rest[: turn.start()] if turn else rest):
        return "outgrown"
    if _OUTGROWN_BEFORE.search(text[max(0, start - _AROUND) : start]):
        return "outgrown"
    if _DISCARDED.match(text[end : end + 2 * _AROUND]):
        return "owned"
    spans = _possessions(text)
    at = bisect_right(spans, (start, len(text))) - 1
    return "owned" if at >= 0 and spans[at][0] <= start < spans[at][1] else None


def heir(text: str, outgrown: bool) -> Heir | None:
    """What is to be had of that which somebody has, where no other size is asked for: as many times as the text says;
    the same; twice as much where it is too little (`outgrown`: a figure is said to be); None where nothing links the
    two."""
    for pattern, factor in _FACTORS:
        if pattern.search(text):
            return Heir(factor, "at least")
    if outgrown or _GREATER.search(text):
        return Heir(Decimal(2), "at least")
    if _SAME.search(text):
        return Heir(Decimal(1), "exactly")
    return Heir(Decimal(2), "at least") if _OUTGROWN.search(text) else None


@lru_cache(maxsize=8)
def _possessions(text: str) -> tuple[tuple[int, int], ...]:
    """The stretches that speak of what somebody has, in order."""
    return tuple(_stretches(text))


def _stretches(text: str) -> Iterator[tuple[int, int]]:
    """From the words that say so to those that wish for something, or to the end of the sentence; below a heading
    ("Current server:", "What do you have now?") to the next one."""
    since: int | None = None
    under_heading = False
    for turn in _TURNS.everywhere(text):
        said = turn.lastgroup
        if said == "had":
            since = turn.start() if since is None else since
        elif said == "heading":
            if since is not None and not under_heading:
                under_heading = True
            elif since is not None:
                yield since, turn.start()
                since, under_heading = None, False
        elif since is not None and (said in ("wished", "stop") or not under_heading):
            yield since, turn.start()
            since, under_heading = None, False
    if since is not None:
        yield since, len(text)

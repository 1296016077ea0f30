"""What a refinement says of the last suggestion without a number of its own: "cheaper", "twice the RAM"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from shared.domain.suggestion import Keyword
from shared.suggestion.text.expressions import Expression
from shared.suggestion.text.words import negated

Size = Literal["vcpus", "memory", "disk"]
Field = Literal["vcpus", "memory", "disk", "price", "speed"]

_FIELDS: tuple[tuple[Size, Expression], ...] = (
    (
        "disk",
        Expression(
            r"\b(?:disks?|discs?|storage|disk space|space|ssd|hdd|nvme|drives?|volume|discos?|almacenamiento|"
            r"disque|stockage|festplatten?|speicherplatz|"
            r"armazenamento|espacio|espace|espaço)\b|磁盘|硬盘|存储|ディスク|ストレージ|डिस्क|स्टोरेज"
        ),
    ),
    (
        "memory",
        Expression(r"\b(?:memory|ram|mem|memoria|mémoire|(?:arbeits)?speicher|memória)\b|内存|記憶|メモリー?|मेमोरी|रैम"),
    ),
    (
        "vcpus",
        Expression(
            r"\b(?:v?cpus?|cores?|processors?|compute|núcleos?|procesadores|c(?:œ|oe)urs?|processeurs?|kerne?n?|"
            r"prozessoren|processadores)\b|核|コア|プロセッサ|कोर|सीपीयू"
        ),
    ),
)
_PRICE = Expression(
    r"\b(?:price|costs?|money|bill|budget|precio|coste|costo|prix|coût|preis|kosten|preço|custo)\b|价格|費用|"
    r"値段|価格|कीमत|दाम"
)
_ALL = Expression(r"\b(?:everything|it all|all of it|todo|tout|alles|tudo)\b|全部|すべて|全て|सब")
_CHEAPER = Expression(
    r"\b(?:cheap(?:er|est)?|less expensive|(?:cost|pay|spend)(?:s|ing)? less|lower (?:the )?(?:price|cost)|"
    r"(?:too|less) (?:expensive|costly|pricey|dear)|más barat[oa]|más económic[oa]|menos car[oa]|(?:muy|"
    r"demasiado) car[oa]|moins ch(?:er|ère)|trop ch(?:er|ère)|"
    r"günstiger\w*|billiger\w*|preiswerter\w*|zu teuer|mais barat[oa]|mais em conta|(?:muito|demasiado) car[oa]|"
    r"sasta)\b|更?便宜|太贵|もっと安|安く|安い|高すぎ|सस्त[ाेी]"
)
_FASTER = Expression(
    r"\b(?:faster|quicker|speed(?:ier)?|more powerful|beefier|stronger|more performance|better performance|too "
    r"slow|más (?:rápid[oa]|potente)|plus (?:rapide|puissante?)|schneller\w*|leistungsstärker\w*|zu langsam|"
    r"mais (?:rápid[oa]|potente|poderos[oa]))\b|"
    r"更快|更强|太慢|もっと速|速く|高速に|遅すぎ|तेज़?"
)
_FACTORS: tuple[tuple[Expression, Decimal], ...] = (
    (
        Expression(
            r"\b(?:quadrupl\w+|four times|4\s?x|x\s?4|cuádrupl\w+|quatre fois|vierfach\w*|vervierfach\w*|quatro "
            r"vezes)\b|四倍|4倍|चौगुन"
        ),
        Decimal(4),
    ),
    (
        Expression(
            r"\b(?:tripl\w+|three times|3\s?x|x\s?3|trois fois|dreifach\w*|verdreifach\w*|três vezes|tres "
            r"veces)\b|三倍|3倍|तिगुन|तीन गुना"
        ),
        Decimal(3),
    ),
    (
        Expression(
            r"\b(?:twice|doubl\w+|two times|2\s?x|x\s?2|dobl\w+|duplic\w+|el doble|deux fois|doppelt\w*|"
            r"verdopp\w+|zweimal|dobr[oe]|duas vezes)\b|两倍|2倍|翻倍|加倍|二倍|倍に|दोगुन[ाेी]|दुगुन"
        ),
        Decimal(2),
    ),
    (
        Expression(
            r"\b(?:hal(?:f|ve|ved|ving)|(?:la )?mitad|moitié|hälfte|halb\w*|halbier\w*|metade)\b|一半|减半|"
            r"半分|आध[ाेी]"
        ),
        Decimal("0.5"),
    ),
)
_PERCENT = Expression(r"(?<![\w.])(\d{1,3})\s?(?:%|percent|por ?ciento|pour ?cent|prozent)")
_UP = Expression(
    r"\b(?:more|bigger|larger|greater|increase|extra|additional|raise|grow|upgrade|higher|beefier|too (?:small|"
    r"little)|not enough|"
    r"más|mayor|aumenta\w*|ampl[ií]a\w*|plus|davantage|augmente\w*|mehr|größere?[nrsm]?|erhöh\w+|mais|maior|"
    r"aument\w+)\b|更多|更大|增加|加大|大一点|増や|もっと|大き|ज़्यादा|ज्यादा|अधिक|बड़[ाेी]|बढ़ा"
)
_DOWN = Expression(
    r"\b(?:less|smaller|fewer|reduce|shrink|decrease|lower|too (?:big|much|large|many)|"
    r"menos|menor|más pequeñ[oa]|reduc\w+|moins|plus petite?|réduis\w*|réduire|weniger|kleinere?[nrsm]?|"
    r"verringer\w+|reduzier\w+|mais pequen[oa]|reduz\w*|diminu\w+)\b|更少|更小|减少|小一点|小さ|減ら|少な|कम|छोट[ाेी]"
)
_SIZED = Expression(
    r"\b(?:bigger|larger|smaller|too (?:small|big|large)|shrink|more powerful|beefier|más (?:grande|pequeñ[oa])|"
    r"plus (?:grand|petit)e?|größere?[nrsm]?|kleinere?[nrsm]?|mais? (?:grande|pequen[oa])|maior|menor|mayor)\b|"
    r"更大|更小|大一点|小一点|大き|小さ|बड़[ाेी]|छोट[ाेी]"
)
_SLIGHTLY = Expression(
    r"\b(?:a (?:little )?bit|slightly|a little|un poco|un peu|etwas|ein bisschen|um pouco)\b|一点|少し|थोड़[ाेी]"
)
_BY = Expression(
    r"(?:\b(?:add|another|extra|plus|añade|ajoute)\s+|\+\s*)(\d+(?:\.\d+)?)\s*(gb|gib|g|tb|tib|v?cpus?|"
    r"cores?)\b|(?<![\w.])(\d+(?:\.\d+)?)\s*(gb|gib|g|tb|tib|v?cpus?|cores?)\s+(?:more|extra|additional|más|de "
    r"plus|mehr|a mais)\b"
)
_CLAUSE = Expression(r"[^,;.!?\n，、。]+(?:[.,]\d[^,;.!?\n，、。]*)*")
_PARTED = Expression(r"\b(?:and|but|with|y|pero|con|et|mais(?= (?:avec|moins))|avec|und|aber|mit|mas|com)\b")


@dataclass(frozen=True, slots=True)
class Relative:
    """A change of one field of the last suggestion: multiplied by `factor`, then `plus` is added (vCPUs or GiB)."""

    field: Field
    factor: Decimal = Decimal(1)
    plus: Decimal = Decimal(0)

    @property
    def grows(self) -> bool:
        """Whether it makes more of it, or leaves it."""
        return self.of(Decimal(1)) >= 1

    def of(self, value: Decimal) -> Decimal:
        """What the field is to become."""
        return value * self.factor + self.plus


def relatives(text: str) -> tuple[tuple[Relative, ...], tuple[Keyword, ...]]:
    """The relative changes that a refinement asks for, each field once, and its words."""
    found: dict[Field, Relative] = {}
    words = []
    for start, clause in _clauses(text):
        for each in _changes(clause):
            found.setdefault(each.field, each)
            bare = clause.strip()
            at = start + clause.index(bare)
            words.append(Keyword(text=bare, kind="refinement", start=at, end=at + len(bare)))
    return tuple(found.values()), tuple(dict.fromkeys(words))


def _clauses(text: str) -> Iterator[tuple[int, str]]:
    for hit in _CLAUSE.finditer(text):
        at = 0
        for joint in [*_PARTED.finditer(hit[0]), None]:
            end = joint.start() if joint else len(hit[0])
            if hit[0][at:end].strip():
                yield hit.start() + at, hit[0][at:end]
            at = joint.end() if joint else end


def _changes(clause: str) -> Iterator[Relative]:
    by = _BY.search(clause)
    if by:
        yield _added(clause, Decimal(by[1] or by[3]), (by[2] or by[4]).lower())
        return
    cheaper, faster = _CHEAPER.search(clause), _FASTER.search(clause)
    factor = factor_in(clause)
    if cheaper and not negated(clause, cheaper.start(), cheaper.end()):
        yield Relative("price", min(factor, 1 / factor) if factor else Decimal(1))
        return
    if faster and not any(pattern.search(clause) for _, pattern in _FIELDS):
        yield Relative("speed", factor or Decimal(1))
        return
    factor = factor or _direction(clause)
    if factor is not None:
        for field in _fields(clause):
            yield Relative(field, factor)


def _added(clause: str, number: Decimal, unit: str) -> Relative:
    if unit.startswith(("v", "c")):
        return Relative("vcpus", plus=number)
    gib = number * 1024 if unit.startswith("t") else number
    return Relative("disk" if _FIELDS[0][1].search(clause) or unit.startswith("t") else "memory", plus=gib)


def factor_in(clause: str) -> Decimal | None:
    """How many times as much, where the clause says it."""
    percent = _PERCENT.search(clause)
    if percent:
        part = Decimal(min(int(percent[1]), 400)) / 100
        if _DOWN.search(clause) or _CHEAPER.search(clause):
            return max(Decimal(1) - part, Decimal("0.05"))
        return 1 + part if _UP.search(clause) or _FASTER.search(clause) else None
    return next((factor for pattern, factor in _FACTORS if pattern.search(clause)), None)


def _direction(clause: str) -> Decimal | None:
    """A step up or down, where the clause says no more than that: twice or half, a bit: half of that."""
    down = _DOWN.search(clause)
    slightly = bool(_SLIGHTLY.search(clause))
    if down:
        return Decimal("0.75") if slightly else Decimal("0.5")
    if _UP.search(clause):
        return Decimal("1.5") if slightly else Decimal(2)
    return None


def _fields(clause: str) -> tuple[Field, ...]:
    """What the clause speaks of; the whole machine where it only says bigger or smaller."""
    named: tuple[Field, ...] = tuple(field for field, pattern in _FIELDS if pattern.search(clause))
    if named:
        return named
    if _PRICE.search(clause):
        return ("price",)
    if _ALL.search(clause):
        return ("vcpus", "memory", "disk")
    return ("vcpus", "memory") if _SIZED.search(clause) else ()

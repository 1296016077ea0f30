"""How much memory, disk, data and GPU memory a text states: which size is of what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from shared.suggestion.quantities.figures import ABOUT, Figure, figures, free, meant
from shared.suggestion.text.numerals import NUMBER
from shared.suggestion.text.patterns import Pattern

_GIB = {"m": Decimal(1) / 1024, "g": Decimal(1), "t": Decimal(1024), "p": Decimal(1024 * 1024)}
_SCRIPTS = {
    "जीबी": "g", "गीगाबाइट": "g", "टीबी": "t", "टेराबाइट": "t", "एमबी": "m", "ギガバイト": "g", "ギガ": "g",
    "テラバイト": "t", "テラ": "t", "メガ": "m", "吉字节": "g", "太字节": "t", "兆": "m",
}  # fmt: skip
_NOT_A_RATE = r"(?!\s?/\s?s\b|\s?ps\b|\s?(?:per|a) second)"
_SIZE = Pattern(
    rf"(?<![\w.,$€£])(?:(?P<times>\d{{1,2}})\s?[x×*]\s?)?(?P<n>{NUMBER})\s?\+?[\s-]*(?P<unit>"
    r"(?:mb|mib|mi|mo|mega(?:byte|octet)?s?|m|gb|gib|gi|gigs?|gigas?|giga ?(?:byte|octet)s?|g|go|tb|tib|ti|"
    r"tera(?:byte|octet)?s?|t|to|pb|petabytes?)\b"
    rf"|{'|'.join(_SCRIPTS)}){_NOT_A_RATE}"
)  # fmt: skip
_DOUBTFUL = frozenset(
    {"t", "to", "go", "m", "mo", "mi", "ti", "g"}
)  # "2 to 4", "5g network": units only if something says so
_MEMORY = (
    r"(?:(?:system |physical |main )?(?:ram|memory|mem(?:_?limit|_reservation)?|memoria(?: ram)?|"
    r"memoire(?: vive| ram)?|arbeitsspeicher|"
    r"hauptspeicher|ram-speicher)\b|ddr\d\b|"
    r"(?:物理|运行)?内存|記憶體|メモリー?|मेमोरी|रैम)"
)
DISK = (
    r"(?:(?:(?:boot|root|system|data|persistent|local|hard|solid[ -]state|fast|nvme|ssd|pd|free|attached|block) ?)*"
    r"(?:disks?|discs?|ssds?|hdds?|nvme|storage|drives?|volumes?|space|pd(?:-\w+)?|discos?(?: duro)?|"
    r"almacenamiento|armazenamento|disques?(?: dur)?|stockage|"
    r"festplatten?(?:nplatz|nspeicher|platz)?|speicherplatz|plattenplatz|platz|platte|espacio|espaco|espace)\b|"
    r"(?:固态|系统|数据)?(?:硬盘|磁盘|存储|盘)|ディスク|ストレージ|डिस्क|स्टोरेज)"
)
_VRAM = (
    r"(?:(?:v-?ram|(?:gpu|graphics?|graphic card|video|grafik|cuda)[ -]?(?:ram|memory|mem|speicher)|memoria (?:de "
    r")?(?:video|gpu|grafica)|memoire (?:video|gpu|graphique)|"
    r"videospeicher|grafikspeicher)\b|显存|gpu\s*(?:メモリ|内存)|vram)"
)
_CARD = r"(?:cards?|karten?|cartes?|tarjetas?|placas?|卡|カード|कार्ड)"
_DATA = (
    r"(?:(?:data\s?sets?|data|databases?|db|files?|photos?|pictures?|videos?|footage|logs?|dumps?|archives?|images|"
    r"documents?|backups?|corpus|corpora|records|tables?|"
    r"collection|library|media|music|csvs?|parquet|json|fastqs?|fasta|bams?|vcfs?|"
    r"datos|base de datos|bases de datos|fotos|donnees|base de "
    r"donnees|fichiers?|journaux|daten(?:bank|satz|menge)?|"
    r"dados|banco de dados|arquivos|archivos|index(?:es)?|content)\b|数据集?|数据库|資料|データ(?:セット|ベース)?|"
    r"写真|照片|डेटा(?:बेस)?|डाटा)"
)
_TRAFFIC = Pattern(
    r"^\s*(?:(?:of|de|von)\s+)?(?:\w+\s+)?(?:bandwidth|traffic|egress|transfer|ingress|trafico|trafic|swap)\b"
)
_OF_ONE_FILE = Pattern(r"\b(?:uploads?|attachments?|file ?size|body size)\b[^.;,\n]{0,24}$")
_SMALL_WORDS = r"(?:of|de|von|d'|in|as|total|dedicated|fast|の|的|का|की|के)"
_MULTIPLES = (
    r"(?:postgres(?:ql)?|mysql|mariadb|mongo(?:db)?|sql|redis|elasticsearch|sqlite|oracle|csv|video|image|text|"
    r"training|log|production|prod|customer|existing|source|raw|compressed|compressed|imagenet|geo\w*|wikipedia|"
    r"\w+ing)"
)
_BEHIND = tuple(
    (kind, Pattern(rf"^[^\S\n]*(?:-\s*)?(?:{_SMALL_WORDS}\s*)*{extra}{words}(?![\"']?\s*[:=|])"))
    for kind, words, extra in (
        ("gpu memory", rf"(?:{_VRAM}|(?:gpus?|graphics cards?|显卡|{_CARD})(?![a-z]))", ""),
        ("memory", _MEMORY, ""),
        ("disk", DISK, ""),
        ("data", _DATA, rf"(?:(?:{_MULTIPLES}|our|my|your|the|old|new|high-\w+)\s+){{0,3}}"),
    )
)
_IS = (
    rf"(?: (?:size|capacity|quantity|amount|grosse|taille|tamano|tamanho)|容量|サイズ|大小)?"
    rf"[\"']?\s*(?:\([^)\d]{{0,12}}\)\s*)?(?:[:=|は]|\bis\b|\bof\b|\bde\b|\bmit\b|\bcon\b|>=|≥|-)?\s*{ABOUT}(?:(?:at "
    rf"least|min(?:imum)?(?: of)?|up to|max(?:imum)?|>=?|至少)\s*)?$"
)
_BEFORE = tuple(
    (kind, Pattern(rf"(?<![a-z]){words}{link}"))
    for kind, words, link in (
        ("gpu memory", _VRAM, _IS),
        ("gpu memory", rf"(?:gpus?|graphics cards?|{_CARD})", (
            rf"\s*(?:\bwith\b|\bmit\b|\bcon\b|\bavec\b|\bcom\b|\bde\b|\bof\b|\bw/|\()\s*{ABOUT}"
            r"(?:at least\s*|min(?:imum)?\s*)?$"
        )),
        ("memory", _MEMORY, _IS),
        ("disk", DISK, _IS),
        ("data", _DATA, (
            rf"\s*(?:\([^)\d]{{0,12}}\)\s*)?(?:(?:size|grosse|taille)\s*)?(?:[:=]|\bof\b|\bde\b|\bis\b|\bare\b|"
            rf"\bist\b|\bes\b|\best\b|是|は|\bhas\b|\bthat is\b)\s*{ABOUT}$"
        )),
    )
)  # fmt: skip
_NUMBER_AHEAD = Pattern(rf"^\s*(?:[:=]|of|is|de)?\s*(?:\d+\s?x\s?)?{NUMBER}\s*(?:[mgt]i?b?|gigs?|[gt]o)\b")
_BARE = Pattern(
    rf"(?<![\w.,-])(?P<n>\d{{1,5}})(?:(?P<behind>\s(?:ram|mem|memory)\b)|(?=\s*(?:$|[,;)\n|/]|\.(?!\d)|and\b|{_MEMORY}|{DISK}|"
    rf"v?cpus?\b(?!\w)|cores?:)))"
)
_LABEL = Pattern(rf"(?<![\w-])(?:(?P<memory>{_MEMORY})|{DISK})\s?(?:[:=]+|は)?\s?$")
_PER = Pattern(
    r"^\s*(?:(?:of|de)\s+)?(?:(?!for|over|during)\w+\s+){0,2}?(?:(?:per|a|every|each|/|al|por|par|pro|am)\s*(?P<per>day|hour|week|"
    r"month|dia|jour|tag|semana|mes|woche|monat)|(?P<daily>daily|hourly|weekly|monthly))\b"
)
_KEPT = Pattern(
    rf"\b(?:for|over|keep|kept|retain(?:ed)?|retention(?: of)?|store(?:d)?|history of|of|durante|pendant|fur|"
    rf"por)\s*(?:\w+\s){{0,2}}?{ABOUT}(?P<n>{NUMBER})[\s-]*(?P<unit>days?|weeks?|months?|years?|dias?|semanas?|"
    rf"mes(?:es)?|jours?|semaines?|mois|tagen?|wochen|monaten?)\b|"
    rf"(?P<n2>{NUMBER})[\s-]*(?P<unit2>days?|weeks?|months?|years?)[\s-]*(?:of )?(?:retention|history)"
)  # fmt: skip
_DAYS = {"d": 1, "j": 1, "t": 1, "w": 7, "s": 7, "m": 30, "y": 365}  # by a unit's first letter
_USUAL_MEMORY = frozenset({1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256})
_CORES_BEFORE = Pattern(
    r"(\d+)\s*-?(?:v?cpus?|v?cores?|c|核心?|コア|nucleos?|coeurs?|kernen?)\s*(?:[,/&+|x-]|and|with|mit|con|y|und|"
    r"et|e|com)?\s*$"
)


@dataclass(frozen=True, slots=True)
class Size:
    """A size in GiB and what it is of: "memory", "disk", "data" or "gpu memory"; `said` if a word says so, `times` so
    many of it, `inherited` where it is made of what somebody has."""

    figure: Figure
    gib: Decimal
    kind: str
    said: bool
    times: int = 1
    inherited: bool = False


def sizes(text: str, taken: Sequence[tuple[int, int]]) -> Iterator[Size]:
    """Every size of the text, in order, decimal and binary units alike. What it is of is said by the words behind it,
    unless these begin the next size, or by those before it, unless these belong to the size before."""
    claimed = 0  # where the words end that belong to the size before
    bare = dict(_unitless(text))
    for figure in [*figures(text, _SIZE), *bare]:
        if not free(figure, taken) or _TRAFFIC.match(text[figure.end :][:40]):
            continue
        if _OF_ONE_FILE.search(text[max(0, figure.start - 40) : figure.start]):
            continue
        kind, start, end = (bare[figure], figure.start, figure.end) if figure in bare else _of(text, figure, claimed)
        if kind is None and not _plausible(text, figure):
            continue
        times = re.match(r"(\d+)\s?[x×*]", text[figure.start : figure.end])
        count = int(times[1]) if times and figure.high is None else 1
        figure = meant(text, figure, start, end)
        gib = _gib(figure) * (count if kind != "gpu memory" else 1)
        claimed = max(claimed, end)
        total, kind = _accumulated(text, figure, gib, kind)
        if total is not None:
            yield Size(figure, total, kind or _usual(text, figure, total), kind is not None, count)


def _of(text: str, figure: Figure, claimed: int) -> tuple[str | None, int, int]:
    """What the size is of, and from where to where the words for it and its own stand."""
    behind, before = text[figure.end : figure.end + 50], text[max(claimed, figure.start - 40) : figure.start]
    after = next(((kind, hit.end()) for kind, one in _BEHIND if (hit := one.match(behind))), None)
    ahead = next(((kind, len(before) - hit.start()) for kind, one in _BEFORE if (hit := one.search(before))), None)
    if ahead and (after is None or _NUMBER_AHEAD.match(behind[after[1] :]) or _gpus_own(ahead[0], after[0], behind)):
        return ahead[0], figure.start - ahead[1], figure.end
    if after:
        return after[0], figure.start, figure.end + after[1]
    return None, figure.start, figure.end


def _gpus_own(ahead: str, after: str, behind: str) -> bool:
    """ "A GPU with 24 GB of memory" speaks of the GPU's, "with 24 GB of RAM" of the machine's."""
    return ahead == "gpu memory" and after == "memory" and "memory" in behind[:24]


def _unitless(text: str) -> Iterator[tuple[Figure, str]]:
    """ "RAM: 16, disk 200", "32 ram": gigabytes, and what of."""
    for hit in _BARE.finditer(text):
        label = None if hit["behind"] else _LABEL.search(text[max(0, hit.start() - 24) : hit.start()])
        if label or hit["behind"]:
            start = hit.start() - (len(label[0]) if label else 0)
            kind = "disk" if label and label["memory"] is None else "memory"
            yield Figure(Decimal(hit["n"]), "", start, hit.end()), kind


def _plausible(text: str, figure: Figure) -> bool:
    unit = figure.unit
    if unit not in _DOUBTFUL:
        return True
    behind = text[figure.end : figure.end + 16]
    if unit == "g" and not re.match(r"\s*(?:network|connection|internet|router|lte|modem)", behind):
        return figure.number >= 8 or bool(_CORES_BEFORE.search(text[max(0, figure.start - 16) : figure.start]))
    ends = bool(re.match(r"\s*(?:$|[,;.)\n/+]|(?:et|avec|pour|pendant|durant|sur|sous|jusqu|a|en|max|min)\b)", behind))
    return ends and (
        unit in ("go", "gi", "mi", "ti") or (unit == "to" and bool(re.search(r"\b(?:de|et|avec)\b", text)))
    )


def _gib(figure: Figure) -> Decimal:
    unit = figure.unit.strip("- ")
    return figure.number * _GIB[_SCRIPTS.get(unit, unit[:1]) or "g"]


def _usual(text: str, figure: Figure, gib: Decimal) -> str:
    """What a bare size is of: memory if it is one that machines have, or stands in proportion to the processors
    before it; else disk."""
    cores = _CORES_BEFORE.search(text[max(0, figure.start - 24) : figure.start])
    if cores and gib <= Decimal(cores[1]) * 16:
        return "memory"
    return "memory" if gib <= 64 or gib in _USUAL_MEMORY else "disk"


def _accumulated(text: str, figure: Figure, gib: Decimal, kind: str | None) -> tuple[Decimal | None, str | None]:
    """What comes in by the day adds up over the days that it is kept; None where that is not said."""
    rate = _PER.match(text[figure.end : figure.end + 40])
    if rate is None or kind in ("memory", "gpu memory"):
        return gib, kind
    kept = _KEPT.search(text[figure.end :]) or _KEPT.search(text)
    if kept is None:
        return None, kind
    per = (rate["per"] or rate["daily"]).replace("daily", "day")
    days = Decimal(kept["n"] or kept["n2"]) * _days(kept["unit"] or kept["unit2"])
    return min(gib / _days(per) * days, Decimal(10**6)), "data"


def _days(unit: str) -> Decimal:
    return Decimal(1) / 24 if unit.startswith("h") else Decimal(_DAYS[unit[0]])

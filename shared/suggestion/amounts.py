"""Numbers with units: processors, memory, disk, GPUs, users, model sizes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from math import ceil

from shared.catalog.machines import machine_type
from shared.domain.suggestion import Keyword
from shared.suggestion.durations import NUMBER, value
from shared.suggestion.reading import Stated
from shared.suggestion.words import negated

_I = re.IGNORECASE
_GIB = {"m": Decimal(1) / 1024, "g": Decimal(1), "t": Decimal(1024), "p": Decimal(1024 * 1024)}
_SIZE = re.compile(
    rf"(?<![\w.,])({NUMBER})(?:\s*-\s*|\s*)"
    r"(mb|mib|mo|gb|gib|gig|gigs|giga|gigabytes?|g|go|tb|tib|t|to|terabytes?|teras?|pb|petabytes?)\b",
    _I,
)
_VCPUS = re.compile(
    rf"(?<![\w.,])({NUMBER})(?:\s*-\s*|\s*)"
    r"(?:v-?cpus?|(?:virtual )?cpus?|(?:cpu |virtual |physical )?cores?|processors?|"
    r"núcleos?|nucleos?|cœurs?|coeurs?|kerne?n?)\b",
    _I,
)
_VCPUS_BEHIND = re.compile(r"\b(?:v?cpus?|cores?)\s*[:=]\s*(\d+)\b", _I)
_WORDED_CORES = re.compile(r"\b(single|dual|quad|hexa|octa)[\s-]?cores?\b", _I)
_CORES = {"single": 1, "dual": 2, "quad": 4, "hexa": 6, "octa": 8}
_PAIR = re.compile(r"(?<![\w.])(\d+)\s?c(?:ores?)?\s?[/,x×-]?\s?(\d+)\s?g(?:b|ib)?(?!\w)", _I)

_MEMORY = r"(?:v?ram|memory|mem|memoria|mémoire|speicher|arbeitsspeicher|ddr\d?)"
_DISK = r"(?:disks?|discs?|ssd|hdd|nvme|storage|drive|volume|space|disco|almacenamiento|stockage|festplatte|pd|boot)"
_DATA = r"(?:data\s?sets?|data|database|files?|photos?|videos?|logs?|dumps?|archives?|images|documents?|db)"
_BETWEEN = r"\s*(?:of|de|von|d')?\s*(?:\w+\s+){0,1}?"
_OWN = r"(?!\s*[:=])"  # in "5 GB disk: 10 GB" the word is the next size's
_NEXT = re.compile(r"^\s*\w+\s+(?:of\s+)?\d[\d.]*\s*[gt]i?b?\b", _I)
_BEHIND = {
    "gpu memory": re.compile(rf"^{_BETWEEN}(?:vram|gpu memory|gpu ram|graphics memory|video memory|gpu)\b{_OWN}", _I),
    "memory": re.compile(rf"^{_BETWEEN}{_MEMORY}\b{_OWN}", _I),
    "disk": re.compile(rf"^{_BETWEEN}{_DISK}\b{_OWN}", _I),
    "data": re.compile(rf"^{_BETWEEN}(?:\w+\s+)?{_DATA}\b{_OWN}", _I),
}
_BEFORE = {
    "gpu memory": re.compile(r"\b(?:vram|gpu memory)\s*(?:of|:|=)?\s*$", _I),
    "memory": re.compile(rf"\b{_MEMORY}\s*(?:of|de|:|=|is)?\s*$", _I),
    "disk": re.compile(rf"\b{_DISK}\s*(?:of|de|:|=|is)?\s*$", _I),
    "data": re.compile(rf"\b{_DATA}\s*(?:of|de|:|=|is)\s*(?:about |around )?$", _I),
}
_GPU = re.compile(
    r"(?:(?<![\w.])(\d+|one|two|four|eight)\s*[x×]?\s*)?\b(?:nvidia[\s-]+)?(?:tesla[\s-]+)?"
    r"(t4|p4|p100|v100|l4|a100|h100|rtx[\s-]?pro[\s-]?6000|rtx[\s-]?6000)s?\b(?:[\s-]*(80|40)\s?gi?b)?",
    _I,
)
_GPU_TYPES = {
    "t4": "nvidia-tesla-t4",
    "p4": "nvidia-tesla-p4",
    "p100": "nvidia-tesla-p100",
    "v100": "nvidia-tesla-v100",
    "l4": "nvidia-l4",
    "a100": "nvidia-tesla-a100",
    "h100": "nvidia-h100-80gb",
}
_ANY_GPU = re.compile(
    r"(?:(?<![\w.])(\d+|two|four|eight)\s*[x×]?\s*)?\b(gpus?|graphics cards?|cuda|tarjeta gráfica)\b", _I
)
_BILLIONS = re.compile(r"(?<![\w.])(\d{1,4}(?:\.\d+)?)\s?(?:b|bn|billion)(?:[\s-](?:param\w*|model\w*))?(?![\w])", _I)
_MACHINE = re.compile(
    r"\b(?:(?:[a-z]\d[a-z]-|[a-z]\d-)?custom-\d+-\d+|[a-z]\d[a-z]{0,2}-(?:[a-z]+-)?[a-z0-9]+(?:-lssd)?)\b", _I
)
_SERIES = re.compile(
    r"\b(e2|n1|n2d?|n4a?d?|c2d?|c3d?|c4[adn]?|t2d|m[134]|a2|a3|g2|g4)\b[\s-](?:series|machine|instance|type|vm|family)",
    _I,
)


@dataclass(frozen=True, slots=True)
class Amounts:
    """Every number of the text, with its words. `gpu`: asked for (True), refused (False), or not spoken of."""

    stated: Stated
    keywords: tuple[Keyword, ...]
    gpu: bool | None = None
    data_gib: Decimal | None = None
    billions: Decimal | None = None


def amounts(text: str) -> Amounts:
    """All amounts that the text states. Decimal and binary units are taken alike: 32 GB is answered with 32 GiB."""
    stated, words = _machine(text)
    stated, cores = _vcpus(text, stated)
    found = Amounts(stated, (*words, *cores))
    found = _gpus(text, found)
    found = _sizes(text, found)
    size = _BILLIONS.search(text)
    if size:
        found = replace(found, billions=Decimal(size[1]), keywords=(*found.keywords, _word(size, "model size")))
    return found


def _word(hit: re.Match[str], kind: str) -> Keyword:
    return Keyword(text=hit[0].strip(), kind=kind, start=hit.start(), end=hit.start() + len(hit[0].rstrip()))


def _machine(text: str) -> tuple[Stated, tuple[Keyword, ...]]:
    for hit in _MACHINE.finditer(text):
        if machine_type(hit[0].lower()) and not negated(text, hit.start()):
            return Stated(machine_type=hit[0].lower()), (_word(hit, "machine type"),)
    series = _SERIES.search(text)
    if series and not negated(text, series.start()):
        return Stated(series=series[1].lower()), (_word(series, "machine series"),)
    return Stated(), ()


def _vcpus(text: str, stated: Stated) -> tuple[Stated, tuple[Keyword, ...]]:
    pair = _PAIR.search(text)
    if pair:
        both = replace(stated, vcpus=int(pair[1]), memory_gib=Decimal(pair[2]))
        return both, (_word(pair, "vCPUs"),)
    for pattern in (_VCPUS, _VCPUS_BEHIND):
        hit = pattern.search(text)
        if hit and not negated(text, hit.start()):
            return replace(stated, vcpus=max(1, ceil(min(value(hit[1]), 1e6)))), (_word(hit, "vCPUs"),)
    worded = _WORDED_CORES.search(text)
    if worded:
        return replace(stated, vcpus=_CORES[worded[1].lower()]), (_word(worded, "vCPUs"),)
    return stated, ()


def _gpus(text: str, found: Amounts) -> Amounts:
    for hit in _GPU.finditer(text):
        if negated(text, hit.start()):
            continue
        name = re.sub(r"[\s-]", "", hit[2].lower())
        type = "nvidia-a100-80gb" if name == "a100" and hit[3] == "80" else _GPU_TYPES.get(name, "nvidia-rtx-pro-6000")
        count = max(1, int(value(hit[1]))) if hit[1] else 1
        stated = replace(found.stated, gpu=type, gpu_count=count)
        return replace(found, stated=stated, gpu=True, keywords=(*found.keywords, _word(hit, "GPU")))
    any_gpu = _ANY_GPU.search(text)
    if any_gpu is None:
        return found
    none = negated(text, any_gpu.start()) or re.match(r"[\s-]*(?:less|free)\b", text[any_gpu.end() :], _I)
    wanted = not none
    stated = replace(found.stated, gpu_count=max(1, int(value(any_gpu[1]))) if any_gpu[1] and wanted else 1)
    word = _word(any_gpu, "GPU" if wanted else "not wanted")
    return replace(found, stated=stated, gpu=wanted, keywords=(*found.keywords, word))


def _sizes(text: str, found: Amounts) -> Amounts:
    taken = [(word.start, word.end) for word in found.keywords]
    for hit, kind in _kinds_of_sizes(text, found.stated):
        if any(start < hit.end() and hit.start() < end for start, end in taken):
            continue
        size = Decimal(str(min(value(hit[1]), 1e6))) * _GIB[hit[2][0].lower()]
        stated = found.stated
        if kind == "memory" and stated.memory_gib is None:
            stated = replace(stated, memory_gib=size)
        elif kind == "disk" and stated.disk_gib is None:
            stated = replace(stated, disk_gib=ceil(size))
        elif kind == "gpu memory":
            stated = replace(stated, gpu_gib=size)
        data = (found.data_gib or Decimal(0)) + size if kind == "data" else found.data_gib
        gpu = True if kind == "gpu memory" else found.gpu
        found = replace(found, stated=stated, data_gib=data, gpu=gpu, keywords=(*found.keywords, _word(hit, kind)))
    return found


def _kinds_of_sizes(text: str, stated: Stated) -> Iterator[tuple[re.Match[str], str]]:
    """Each size and what it is of: by the word behind it (unless that begins the next size), else before it; bare
    sizes by what is usual: memory when small or next to processors, disk when large."""
    for hit in _SIZE.finditer(text):
        unit = hit[2].lower()
        doubtful = unit in ("t", "to", "go", "m", "mo") or (unit == "g" and stated.vcpus is None)
        if doubtful and not _explained(text, hit):
            continue  # "2 to 4", "4 go", "5g network": units only if something says so
        yield hit, _kind(text, hit)


def _explained(text: str, hit: re.Match[str]) -> bool:
    return any(pattern.search(text[hit.end() : hit.end() + 40]) for pattern in _BEHIND.values())


def _kind(text: str, hit: re.Match[str]) -> str:
    behind, before = text[hit.end() : hit.end() + 40], text[max(0, hit.start() - 24) : hit.start()]
    said_behind = next((kind for kind, pattern in _BEHIND.items() if pattern.search(behind)), None)
    said_before = next((kind for kind, pattern in _BEFORE.items() if pattern.search(before)), None)
    if said_before and (said_behind is None or _NEXT.match(behind)):
        return said_before
    if said_behind:
        return said_behind
    size = Decimal(str(min(value(hit[1]), 1e6))) * _GIB[hit[2][0].lower()]
    if size >= 512 and not _VCPUS.search(before):
        return "disk"
    return "memory"

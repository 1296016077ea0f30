"""Which GPUs a text states: type, count and memory; whether one is wanted at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.domain.suggestion import Keyword
from shared.suggestion.quantities.figures import Figure, free, meant, number
from shared.suggestion.text.folding import Plain
from shared.suggestion.text.patterns import Pattern
from shared.suggestion.text.words import negated

_TYPES = {
    "t4": "nvidia-tesla-t4",
    "p4": "nvidia-tesla-p4",
    "p100": "nvidia-tesla-p100",
    "v100": "nvidia-tesla-v100",
    "l4": "nvidia-l4",
    "a100": "nvidia-tesla-a100",
    "h100": "nvidia-h100-80gb",
    "rtxpro6000": "nvidia-rtx-pro-6000",
}
# What Compute Engine does not have → the nearest that it has: no less memory, by NVIDIA's data sheets, where there is
# one; else the largest.
_NEAREST = {
    name: found
    for found, names in {
        "nvidia-tesla-t4": "k80 m60 p40 t40 a2 a16 rtx4000 rtxa4000 rtx2060 rtx2070 rtx2080 rtx2080ti rtx3050 "
        "rtx3060 rtx3060ti rtx3070 rtx3070ti rtx3080 rtx3080ti rtx4050 rtx4060 rtx4060ti rtx4070 rtx4070ti rtx4080 "
        "rtx5060 rtx5060ti rtx5070 rtx5070ti rtx5080 gtx1060 gtx1070 gtx1080 gtx1080ti gtx1650 gtx1660",
        "nvidia-l4": "a10 a10g a30 l40g rtx3090 rtx3090ti rtx4090 rtxa5000 rtx5000 titanrtx",
        "nvidia-tesla-a100": "rtx5090 rtxa4500",
        "nvidia-rtx-pro-6000": "l40 l40s a40 a6000 rtxa6000 rtx6000 rtx6000ada rtx8000 gh200 h20",
        "nvidia-h100-80gb": "h200 b100 b200 b300 gb200 mi300x mi300 h800",
    }.items()
    for name in names.split()
}
_NAME = (
    r"rtx[ -]?pro[ -]?6000|(?:rtx|gtx)[ -]?(?:a)?\d{4}(?:[ -]?(?:ti|super|ada))?|titan[ -]?rtx|"
    r"(?:t4|p4|p40|p100|v100|l4|l40s?|a10g?|a2|a16|a30|a40|a100|a6000|h20|h100|h200|h800|b100|b200|b300|gb200|"
    r"gh200|k80|m60|mi300x?)(?=s?(?![\w]))"
)
_COUNT = (
    r"(?:(?<![\w.])(?P<n>\d{1,2}|an?|une?|una|eine?|um|uma|dual|single|pair of)\s*(?:[x×]\s*|個の|枚の|台|块|张|"
    r"个)?\s*)?"
)
_CARD = (
    r"(?:(?:gpu |grafik)?(?:card|karte[n]?|carte|tarjeta|placa|unit|unidade|unidad|piece)s?(?: graphique| grafica)?)"
)
_BRAND = r"(?:(?:nvidia|tesla|geforce|quadro)[ -]+)*"
_TYPED = Pattern(
    rf"{_COUNT}(?:{_CARD}s? (?:of |de |d'|da |do )?)?(?<![\w.]){_BRAND}(?P<type>{_NAME})s?(?![\w])"
    rf"(?:[ -]*(?:gpus? )?\(?(?P<gb>\d{{2,3}})\s?-?(?:gi?b|"
    rf"g)\b(?!\s*(?:of |de )?(?:ram|system|ssd|disk))\)?)?(?:\s*(?:[x×]|\*)\s*(?P<behind>\d{{1,2}})(?![\w.])|"
    r"\s*(?:gpus?|显卡|カード)?\s*(?:を|が|で)?\s*(?P<counted>\d{1,2})\s*(?:枚|張|张|块|塊|個|个|基|台)(?!\s?(?:月|小时|小時|钟头|星期|礼拜|工作日|时间|時間|v?cpu|核)))?"
    r"(?P<more>(?:[ -](?:class|level|tier|equivalent))?(?:\s*(?:gpus?|card))?\s*(?:or (?:better|higher|newer|above|"
    r"similar|equivalent)|\+|以上)?)"
)
_NO_GPU_TYPE = Pattern(r"^\s*(?:load|lb\b|balanc|paper|size|sheet|proxy|firewall|layer)")
_ANY = Pattern(
    r"(?:(?<![\w.])(?P<n>\d{1,2}|an?|une? seule?|una sola|une?|una|einzigen?|eine?r?|um[a]? unic[oa]|uma?|dual|"
    r"multiple|multi|single)[\s-]*(?:[x×]\s*|個の|枚の|块|张|个|つの)?\s*(?:nvidia |"
    r"powerful |good |decent |big |small |cheap |dedicated |single |modern )*)?"
    r"(?P<word>(?<![a-z])(?:e?gpus?|graphics? (?:cards?|processors?)|video cards?|cuda|tarjetas? (?:grafica|de "
    r"video)s?|cartes? graphiques?|grafikkarten?|"
    r"placas? (?:de video|graficas?))(?![a-z])|显卡|グラフィックカード|グラボ|जीपीयू|ग्राफिक्स कार्ड)"
    r"(?:(?:\s*[x×:=]\s*|\s*count:?\s*)(?P<behind>\d{1,2})(?![\w.%]|\s*(?:gi?b|g\b)))?"
)
_NONE = Pattern(
    r"^(?:[\s-]*(?:less|free)\b|\s*(?:is |are )?(?:not (?:needed|required|necessary|wanted)|isn'?t (?:needed|"
    r"necessary)|unnecessary|"
    r"no es necesari[ao]|n'est pas (?:necessaire|requis)|nicht (?:notig|erforderlich)|wird nicht)|"
    r"\s*[:=]\s*(?:no(?:ne)?|0|false|nein|non)\b|"
    r"\s*(?:は)?(?:不要|なし|無し|いらない|いりません|必要ありません)|\s*(?:की (?:जरूरत|आवश्यकता) )?नहीं)"
)
_NONE_BEFORE = Pattern(
    r"(?:\b(?:no|not|without|don'?t (?:need|want|use)|do not (?:need|want|use)|doesn'?t need|does not (?:need|"
    r"require)|no need for|w/o|nor|zero|0|"
    r"sin|no (?:necesito|hace falta|quiero|requiere)|sans|pas (?:de|besoin de|besoin d')|aucune?|ohne|keine?n?|sem|"
    r"nao (?:preciso de|quero|precisa de)|nenhuma?)"
    r"\s+(?:an?|any|the|una?|une|eine|uma|dedicated|discrete)?\s*|(?:不需要|不用|无需|无|不要|没有|बिना|बगैर)\s*)$"
)
_CPU_ONLY = Pattern(r"(?<!\w)(?:cpu[ -]only|only (?:on )?cpu|solo cpu|nur cpu|cpu uniquement|仅cpu|cpuのみ)(?!\w)")
# One, said so or by what stands behind: "a GPU with 24 GB", but not "a GPU for a model of 70B".
_ONE = Pattern(r"1|single|une? seule?|una sola|einzigen?|uma? unic[oa]")
_WITH_MEMORY = Pattern(r"^\s*(?:with|of|having|mit|avec|de|con|com)\s[^.,;\n]{0,24}?\d\s?(?:gi?b|g)\b")
_COUNTS = {"dual": 2, "pair of": 2, "multiple": 2, "multi": 2}
_MOST = 64


@dataclass(frozen=True, slots=True)
class Gpus:
    """`wanted` True, False (refused) or None (not spoken of); the type by Compute's name, None where any will do;
    `one`: it is said to be one, so that several will not do."""

    wanted: bool | None = None
    type: str | None = None
    count: int = 1
    one: bool = False
    keywords: tuple[Keyword, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    notes: tuple[str, ...] = ()


def gpus(plain: Plain, taken: Sequence[tuple[int, int]]) -> Gpus:
    """The first type that is named and not refused; else whether any GPU is asked for, and how many."""
    typed = [hit for hit in _TYPED.finditer(plain.text) if _names_a_gpu(plain.text, hit, taken)]
    spans = tuple(hit.span() for hit in typed)
    for hit in typed:
        if not (_refused(plain.text, *hit.span())):
            return _typed(plain, hit, spans, tuple(_any(plain.text)))
    return _untyped(plain, spans)


def _typed(
    plain: Plain, hit: re.Match[str], spans: tuple[tuple[int, int], ...], others: Sequence[re.Match[str]]
) -> Gpus:
    name = re.sub(r"[ -]|super$", "", hit["type"])
    found = _TYPES.get(name) or _NEAREST.get(name) or "nvidia-l4"
    if name == "a100" and hit["gb"] == "80":
        found = "nvidia-a100-80gb"
    end = hit.start() + len(hit[0].rstrip())
    key = plain.keyword(hit.start(), end, "GPU")
    notes = () if name in _TYPES else (f"“{key.text}”: Compute Engine has none; the nearest is {found}.",)
    if name in _TYPES and ("or" in hit["more"] or "+" in hit["more"] or "以上" in hit["more"]):
        notes = (f"“{key.text}” is taken as {found}.",)
    said = hit["n"] or hit["behind"] or hit["counted"]
    count = _count(said)
    if said is None:
        count = max([count, *(_count(other["n"] or other["behind"]) for other in others)])
    return Gpus(True, found, count, keywords=(key,), spans=spans, notes=notes)


def _untyped(plain: Plain, spans: tuple[tuple[int, int], ...]) -> Gpus:
    refused = None
    for hit in _any(plain.text):
        if not _refused(plain.text, *hit.span()):
            key = plain.keyword(*hit.span(), "GPU")
            return Gpus(True, None, _count(hit["n"] or hit["behind"]), _is_one(plain.text, hit), (key,), spans)
        refused = refused or hit
    refused = refused or _CPU_ONLY.search(plain.text)
    if refused is None:
        return Gpus(spans=spans)
    return Gpus(False, keywords=(plain.keyword(*refused.span(), "not wanted"),), spans=spans)


def _is_one(text: str, hit: re.Match[str]) -> bool:
    said = hit["n"] or hit["behind"] or ""
    if _ONE.fullmatch(said) or "single" in hit[0]:
        return True
    return bool(said) and _count(said) == 1 and bool(_WITH_MEMORY.match(text[hit.end() : hit.end() + 48]))


def _any(text: str) -> Iterator[re.Match[str]]:
    """Words for a GPU, but for its memory ("GPU memory") and its use by others."""
    for hit in _ANY.finditer(text):
        if not re.match(r"[ -]*(?:memory|ram|mem\b|vram|usage|util)", text[hit.end() : hit.end() + 10]):
            yield hit


def _names_a_gpu(text: str, hit: re.Match[str], taken: Sequence[tuple[int, int]]) -> bool:
    figure = Figure(number("0"), "", hit.start(), hit.end())
    return free(figure, taken) and not _NO_GPU_TYPE.match(text[hit.end() : hit.end() + 12])


def _refused(text: str, start: int, end: int) -> bool:
    return bool(
        _NONE_BEFORE.search(text[max(0, start - 40) : start])
        or _NONE.match(text[end : end + 32])
        or negated(text, start, end)
        or meant(text, Figure(number("1"), "", start, end), start, end).negated
    )


def _count(said: str | None) -> int:
    if said is None:
        return 1
    return max(1, min(_MOST, int(said))) if said.isdigit() else _COUNTS.get(said, 1)

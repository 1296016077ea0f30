"""How many vCPUs a text states."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import ceil

from shared.domain.suggestion import Keyword
from shared.suggestion.quantities.comparisons import Heir, compared, heir
from shared.suggestion.quantities.figures import ABOUT, Figure, figures, free, meant, number, word
from shared.suggestion.quantities.sizes import DISK
from shared.suggestion.reading import Bound
from shared.suggestion.text.folding import Plain
from shared.suggestion.text.numerals import NUMBER
from shared.suggestion.text.patterns import Pattern

_NAME = (
    r"(?:v-?cpus?|v-?cores?|(?:virtual |logical )?cpus?(?:[\s-]cores?)?|(?:cpu |virtual |physical |logical |"
    r"processor |compute )?cores?|processors?|"
    r"nucleos?(?: (?:de )?(?:cpu|procesador|virtuales?))?|(?:coeurs?|cpu)(?: (?:de )?(?:cpu|processeur|"
    r"virtuels?))?|(?:cpu-?|prozessor-?)?kernen?|"
    r"procesador(?:es)?|processeurs?|prozessoren|processador(?:es)?)"
)
_FIGURE = Pattern(
    rf"(?<![\w.,$€£])(?P<n>{NUMBER})\s?\+?(?:\s*-\s*|\s*x?\s*)(?P<unit>{_NAME}(?![a-z-]*\d)(?![a-z])|"
    r"(?:个|個|つの|個の|の)?\s*(?:vcpu|cpu)?\s*(?:核心?|核|コア|颗|c(?=\s?/\s?\d+\s?t\b)|个\s*cpu|线程)|(?:वी)?(?:सीपीयू|कोर)|cpu\s*コア)"
)
_LABELLED = Pattern(
    rf"(?<!\w)(?P<unit>v?cpus?(?: cores?| count)?|v?cores?|nucleos|coeurs|kerne|processors?|procesadores|核数|"
    rf"核心数|コア数|cpu\s*核数?)"
    rf"(?:\s?[(\[][a-z]{{1,8}}[)\]])?[\"']?\s*(?:[:=|]+|\bx|[×]|\(s\):?|\bis\b|\bof\b|は)?\s*{ABOUT}(?:(?:>=|at least|"
    rf"min(?:imum)?)\s*)?(?P<n>{NUMBER})(?P<milli>m\b)?"
    rf"(?!\w|[.,]\d|\s*(?:[kmgt]i?b|gi?|ti?|[gt]o|ghz|mhz|%|gigs?|days?|hours?|users?|players?|people|個|x\s*\d)\b)"
)
_WORDED = Pattern(
    r"\b(single|dual|quad|hexa|octa|octo|deca)[\s-]?(?:core|cpu)s?\b|\b(?:a|an|un|une?|eine?n?|um|1)(?: single)? "
    r"(?:v?cpu|core|nucleo|coeur|kern)\b"
)  # fmt: skip
_WORDS = {"single": 1, "dual": 2, "quad": 4, "hexa": 6, "octa": 8, "octo": 8, "deca": 10}
_PAIR = Pattern(
    rf"(?<![\w.,/])(?P<n>\d{{1,3}})\s?(?:c|核心?)\s?[/,x×+-]?\s?(?P<m>\d{{1,4}})\s?(?:g(?:b|ib?)?)(?!\w|\s*(?:of |"
    rf"de )?{DISK})|"
    r"(?<![\w.,/x-])(?P<n2>\d{1,3})\s?[x×]\s?(?P<m2>\d{1,4})(?![\w.,]?\d)(?!\s?[a-z%×])"
)
_THREADS = Pattern(
    rf"(?<![\w.,$€£])(?P<n>{NUMBER})\s?-?(?P<unit>(?:hardware |cpu )?(?:threads?|hilos|スレッド)(?![a-z]))",
    stems="thread hilos スレッド",
)  # a vCPU is one hardware thread of a core (cloud.google.com/compute/docs/cpu-platforms)
_MOST_THREADS = 416
_MOST = 10**6


@dataclass(frozen=True, slots=True)
class Processors:
    """What is stated of vCPUs, and of memory where both were said as one ("8c/32g"). `inherited`: not asked for, but
    made of what somebody has."""

    vcpus: int | None = None
    bound: Bound = "exactly"
    memory_gib: Decimal | None = None
    keywords: tuple[Keyword, ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    notes: tuple[str, ...] = ()
    inherited: bool = False


def processors(plain: Plain, taken: Sequence[tuple[int, int]]) -> Processors:
    """The vCPUs that the text asks for: the first figure that is not refused. A range counts by its lower end. Where
    only those are named that somebody has, see comparisons.heir."""
    text = plain.text
    for pair in _PAIR.finditer(text):
        cores, memory = int(pair["n"] or pair["n2"]), Decimal(pair["m"] or pair["m2"])
        sensible = 1 <= cores <= 416 and cores <= memory <= cores * 32
        if compared(text, pair.start(), pair.end()):
            continue
        if pair["n"] or (sensible and free(_span(pair), taken)):
            key = plain.keyword(pair.start(), pair.end(), "vCPUs")
            return Processors(cores, memory_gib=memory, keywords=(key,), spans=((pair.start(), pair.end()),))
    found = [each for each in _all(text) if free(each, taken)]
    spans = tuple((each.start, each.end) for each in found)
    meant_ones = [(each, compared(text, each.start, each.end)) for each in found if not each.negated]
    for each, role in meant_ones:
        if role is None:
            return _stated(plain, each, spans)
    for each, role in meant_ones:
        heirs = heir(text, role == "outgrown")
        if heirs:
            return _inherited(plain, each, heirs, spans)
    return Processors(spans=spans)


def _inherited(plain: Plain, figure: Figure, heirs: Heir, spans: tuple[tuple[int, int], ...]) -> Processors:
    own = replace(figure, number=figure.number * heirs.factor, bound=heirs.bound)
    stated = replace(_stated(plain, own, spans), inherited=True)
    if heirs.bound == "exactly":
        return stated
    note = f"“{word(plain, figure, '').text}” is what is there now: at least {stated.vcpus} vCPUs."
    return replace(stated, notes=(note,))


def _stated(plain: Plain, figure: Figure, spans: tuple[tuple[int, int], ...]) -> Processors:
    key = word(plain, figure, "vCPUs")
    vcpus = max(1, min(ceil(figure.number), _MOST))
    notes = (f"“{key.text}” is taken as at least {vcpus} vCPUs.",) if figure.high else ()
    return Processors(vcpus, figure.bound, keywords=(key,), spans=spans, notes=notes)


def _all(text: str) -> list[Figure]:
    found = list(figures(text, _FIGURE))
    labelled = [_labelled(text, hit) for hit in _LABELLED.finditer(text)]
    found += [each for each in labelled if free(each, [(one.start, one.end) for one in found])]
    for hit in _WORDED.finditer(text):
        one = Figure(Decimal(_WORDS.get(hit[1] or "", 1)), "", hit.start(), hit.end())
        if free(one, [(each.start, each.end) for each in found]):
            found.append(meant(text, one, one.start, one.end))
    found = found or [each for each in figures(text, _THREADS) if each.number <= _MOST_THREADS]
    return sorted(found, key=lambda each: each.start)


def _labelled(text: str, hit: re.Match[str]) -> Figure:
    cores = number(hit["n"]) / 1000 if hit["milli"] else number(hit["n"])  # Kubernetes counts thousandths too
    return meant(text, Figure(cores, hit["unit"], hit.start(), hit.end()), hit.start(), hit.end())


def _span(hit: re.Match[str]) -> Figure:
    return Figure(Decimal(0), "", hit.start(), hit.end())

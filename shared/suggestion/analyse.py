"""The first step: a request's text → what it says, by rules alone. The same text always reads the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from shared.catalog.workloads import workloads
from shared.domain.suggestion import Keyword
from shared.suggestion.amounts import Amounts, amounts
from shared.suggestion.reading import Reading, refined
from shared.suggestion.systems import system
from shared.suggestion.where import where
from shared.suggestion.wishes import environment, ports, spot, wish
from shared.suggestion.words import Mention, mentions

REFINED = "\n» "  # stands between a request and what refines it, so that the whole is one text with one set of spans
LONGEST_REQUEST = 8000  # characters that are read; what people paste beyond it changes no machine

_MINING = re.compile(
    r"\b(?:crypto(?:currency)?|bitcoin|btc|monero|xmr|ethereum|altcoin)[\s-]*(?:mining|miners?)\b|\bxmrig\b|"
    r"\bmin(?:e|ing)\s+(?:some\s+)?(?:crypto\w*|bitcoins?|btc|monero|xmr|ethereum)\b",
    re.IGNORECASE,
)
_ATTACK = re.compile(
    r"\b(?:launch|run|perform|do|carry out|host|build)\s+(?:a\s+)?(?:ddos|botnet|phishing|ransomware|spam)\b|"
    r"\b(?:ddos|attack|hack)\s+(?:someone|somebody|a website|my (?:school|ex|competitor)|other)",
    re.IGNORECASE,
)
_MACHINE = re.compile(
    r"\b(?:vms?|virtual machines?|servers?|machines?|instances?|box|computers?|vps|hosts?|workstations?|"
    r"servidor|máquina|serveur|rechner|maschine)\b",
    re.IGNORECASE,
)


def analyse(request: str, now: datetime) -> Reading:
    """What the request says about the machine it asks for; where it was refined (REFINED), the last word counts.

    `now` is the moment of asking in the writer's own time zone: what a deadline ("until Friday 5pm") is counted from.
    """
    first, *later = request.split(REFINED)
    reading, offset = _read(first, now), len(first)
    for text in later:
        offset += len(REFINED)
        reading = refined(reading, _read(text, now), offset)
        offset += len(text)
    return replace(reading, intent=_intent(reading.workloads))


def _read(text: str, now: datetime) -> Reading:
    text = text[:LONGEST_REQUEST]
    named = mentions(text)
    wanted = _wanted(named)
    numbers = amounts(text, now)
    os = system(text)
    place = where(text)
    for_what = environment(text)
    opened, port_words = ports(text)
    interruptible = spot(text)
    economy = wish(text)
    single = [found[1] for found in (for_what, interruptible, economy) if found]
    single += [_keyword(text, mention) for mention in named]
    single += [place.keyword] if place.keyword else []
    return Reading(
        keywords=_in_order([*single, *numbers.keywords, *os.keywords, *port_words]),
        environment=for_what[0] if for_what else None,
        workloads=wanted,
        unwanted=frozenset(mention.workload for mention in named if mention.negated),
        stated=numbers.stated,
        gpu=numbers.gpu,
        users=numbers.users,
        data_gib=numbers.data_gib,
        requests_per_second=numbers.requests_per_second,
        billions=numbers.billions,
        bits=numbers.bits,
        training=numbers.training,
        duration=numbers.duration,
        budget=numbers.budget,
        image=os.family,
        os=os.os,
        arm=os.arm,
        region=place.region,
        place=place.place,
        ports=opened,
        spot=interruptible[0] if interruptible else None,
        wish=economy[0] if economy else None,
        refusal=_refusal(text),
        notes=tuple(note for note in (os.note, place.note, *numbers.notes) if note),
        unclear=_unclear(text, wanted, numbers, bool(os.os)),
    )


def _wanted(named: Iterable[Mention]) -> tuple[str, ...]:
    """Ids in order, once each. A word for a whole kind counts only where nothing of that kind is named; that for a web
    server only where nothing is named that serves by itself."""
    kept = [mention for mention in named if not mention.negated]
    known = workloads()
    specific = {mention.workload for mention in kept if not mention.general}
    kinds = {known[id].kind for id in specific}
    serving = any(known[id].ports for id in specific)

    def counts(mention: Mention) -> bool:
        kind = known[mention.workload].kind
        return not mention.general or not (kind in kinds or (kind == "web server" and serving))

    refused = {mention.workload for mention in named if mention.negated} - specific
    return tuple(dict.fromkeys(m.workload for m in kept if counts(m) and m.workload not in refused))


def _keyword(text: str, mention: Mention) -> Keyword:
    kind = "not wanted" if mention.negated else workloads()[mention.workload].kind
    return Keyword(text=text[mention.start : mention.end], kind=kind, start=mention.start, end=mention.end)


def _in_order(words: Iterable[Keyword]) -> tuple[Keyword, ...]:
    """By their place in the text; of two in the same place the longer."""
    kept: list[Keyword] = []
    for word in sorted(words, key=lambda word: (word.start, -word.end)):
        if not kept or word.start >= kept[-1].end:
            kept.append(word)
    return tuple(kept)


def _intent(wanted: tuple[str, ...]) -> str:
    titles = [workloads()[id].title for id in wanted]
    if not titles:
        return "a machine for general use"
    return f"run {', '.join(titles[:-1])} and {titles[-1]}" if len(titles) > 1 else f"run {titles[0]}"


def _refusal(text: str) -> str | None:
    if _MINING.search(text):
        return "Mining cryptocurrency is not what this platform's budget is for."
    if _ATTACK.search(text):
        return "This platform does not provide machines for attacks on others."
    return None


def _unclear(text: str, wanted: tuple[str, ...], numbers: Amounts, os: bool) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if wanted or os or numbers.keywords or _MACHINE.search(text):
        return ()
    return (("What is the machine to run?", ("a website", "a database", "a Python application", "a Linux desktop")),)

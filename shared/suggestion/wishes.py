"""What it is for and how it may be: environment, ports, interruption, economy."""

from __future__ import annotations

import re

from shared.domain.spec import Environment
from shared.domain.suggestion import Keyword
from shared.suggestion.reading import Wish
from shared.suggestion.words import negated


def _any(*forms: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(forms)})\b", re.IGNORECASE)


# In this order, since "pre-production" contains "production" and a test of production is neither.
_ENVIRONMENTS: tuple[tuple[re.Pattern[str], Environment], ...] = (
    (_any(r"pre[\s-]?prod(?:uction)?", "staging", "stage", "uat"), "staging"),
    (
        _any(
            *("production", "prod", "live (?:site|system|server)", r"mission[\s-]critical", r"go[\s-]live"),
            *("producción", "produção", "produktion", "produktiv"),
        ),
        "production",
    ),
    (
        _any(
            *("development", "dev", "develop", "developing", r"prototyp\w*", "poc", "proof of concept", "hobby"),
            *("sandbox", "playground", r"(?<!machine )(?<!deep )learn(?:ing)?", "tutorial", r"experiment\w*"),
            *("desarrollo", "développement", "entwicklung", "desenvolvimento"),
        ),
        "development",
    ),
    (
        _any("tests?", "testing", "qa", "ci", r"benchmark\w*", r"load[\s-]test\w*", "trial", "pruebas?", "demo"),
        "test",
    ),
)
_PORTS = re.compile(r"\b(?:open(?:ing)?\s+)?ports?\s+(\d{1,5}(?:\s*(?:,|and|&|\+|/)\s*\d{1,5})*)", re.IGNORECASE)
_HTTP = re.compile(r"\bopen\s+http(s)?(?:\s*(?:and|/|&)\s*https)?\b", re.IGNORECASE)
_SPOT = _any("spot", r"pre-?emptible", "interruptible", r"interruptions? (?:is |are )?(?:ok|okay|fine)")
_WISHES: tuple[tuple[re.Pattern[str], Wish], ...] = (
    (
        _any(
            *("cheap(?:est|er|ly)?", r"low[\s-]?cost", "inexpensive", "budget", "tiny", "small(?:est)?", "minimal"),
            *("barato", "económico", "pas cher", "günstig", "billig"),
        ),
        "cheap",
    ),
    (
        _any(
            *("fast(?:est|er)?", "powerful", r"high[\s-]performance", "beefy", "performant"),
            *("rápido", "puissant", "schnell"),
        ),
        "fast",
    ),
)


def environment(text: str) -> tuple[Environment, Keyword] | None:
    """The environment that the text speaks of; the first of the table if it speaks of several."""
    for pattern, name in _ENVIRONMENTS:
        for hit in pattern.finditer(text):
            if not negated(text, hit.start()):
                return name, Keyword(text=hit[0], kind="environment", start=hit.start(), end=hit.end())
    return None


def ports(text: str) -> tuple[tuple[int, ...], tuple[Keyword, ...]]:
    """Ports that the text asks to open."""
    found: list[int] = []
    words = []
    for hit in _PORTS.finditer(text):
        if not negated(text, hit.start()):
            found += [int(number) for number in re.findall(r"\d+", hit[1]) if 1 <= int(number) <= 65535]
            words.append(Keyword(text=hit[0], kind="ports", start=hit.start(), end=hit.end()))
    web = _HTTP.search(text)
    if web:
        found += [443] if web[1] else [80, 443]
        words.append(Keyword(text=web[0], kind="ports", start=web.start(), end=web.end()))
    return tuple(dict.fromkeys(found)), tuple(words)


def spot(text: str) -> tuple[bool, Keyword] | None:
    """Whether interruptions are accepted (or refused) in so many words."""
    hit = _SPOT.search(text)
    if hit is None:
        return None
    no = negated(text, hit.start())
    return not no, Keyword(text=hit[0], kind="not wanted" if no else "spot", start=hit.start(), end=hit.end())


def wish(text: str) -> tuple[Wish, Keyword] | None:
    """Whether it should be cheap, or fast."""
    for pattern, name in _WISHES:
        hit = pattern.search(text)
        if hit and not negated(text, hit.start()):
            return name, Keyword(text=hit[0], kind="economy", start=hit.start(), end=hit.end())
    return None

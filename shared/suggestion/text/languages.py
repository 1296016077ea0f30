"""The language that a request is written in: by its script, else by the small words that no text goes without."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

from shared.catalog.files import document

ENGLISH: Final = "en"
_KANA = re.compile(r"[぀-ヿ]")
_HAN = re.compile(r"[一-鿿]")
_DEVANAGARI = re.compile(r"[ऀ-ॿ]")
_LETTERS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_READ = 2000  # characters that tell enough


def language(text: str) -> str:
    """The text's language by its ISO 639-1 code: one of the eight that are answered in, English where nothing tells."""
    return evident(text) or ENGLISH


@lru_cache(maxsize=32)
def evident(text: str) -> str | None:
    """The language that the text shows; None where nothing tells ("8 vCPU, 32 GB").

    Two characters of a script decide (Latin names stand in every text); between the Latin ones the words of
    `languages.json` are counted, each by how few of the languages share it, and letters that only one of them has.
    """
    text = text[:_READ]
    if _KANA.search(text):
        return "ja"
    if len(_HAN.findall(text)) >= 2:
        return "zh"
    if len(_DEVANAGARI.findall(text)) >= 2:
        return "hi"
    points: Counter[str] = Counter()
    for word in _LETTERS.findall(text.lower()):
        known = _languages_of().get(word, ())
        for each in known:
            points[each] += 60 // len(known)
        for sign, each in _SIGNS:
            points[each] += 40 if sign in word else 0
    best = points.most_common(1)
    if not best or not best[0][1]:
        return None
    return best[0][0] if best[0][1] > points[ENGLISH] else ENGLISH


_SIGNS = tuple(
    (sign, code)
    for code, signs in {
        "es": ("ñ", "ción"),
        "pt": ("ã", "õ", "ção"),
        "de": ("ß", "ä", "ö", "ü"),
        "fr": ("è", "œ", "ê"),
    }.items()
    for sign in signs
)


@cache
def _languages_of() -> Mapping[str, tuple[str, ...]]:
    """Each small word with the languages that have it."""
    found: dict[str, tuple[str, ...]] = {}
    for code, words in document("languages")["words"].items():
        for word in words.split():
            found[word] = (*found.get(word, ()), code)
    return found

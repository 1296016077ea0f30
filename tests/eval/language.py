"""Which of the languages of the set a few sentences are in. By script, else by the commonest short words."""

from __future__ import annotations

import re

SCRIPTS = (
    ("ja", re.compile("[\u3040-\u30ff]")),  # kana, before the characters that Chinese shares
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("hi", re.compile("[\u0900-\u097f]")),
)
WORDS = {
    "en": "the of and is it to for a that not what this machine no be with",
    "es": "el la los las de y es una un para que no qué se lo con por del máquina esto",
    "fr": "le la les des et est une un pour que ne pas vous ce cette du quelle machine n'est",
    "de": "der die das und ist eine ein für nicht zu es den keine was sie mit wird auf maschine",
    "pt": "o a os as de e é uma um para que não se do da com por máquina isso qual",
}


def language_of(text: str) -> str:
    """The likeliest of en, es, fr, de, pt, hi, zh and ja; en where nothing tells."""
    for language, script in SCRIPTS:
        if script.search(text):
            return language
    found = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.lower())
    score = {language: sum(word in words.split() for word in found) for language, words in WORDS.items()}
    return max(score, key=lambda language: score[language])

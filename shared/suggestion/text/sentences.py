"""What is said to the writer, in the writer's language: one template for each sentence and language."""

from __future__ import annotations

from shared.catalog.files import document
from shared.suggestion.text.languages import ENGLISH


def say(sentence: str, language: str, **values: object) -> str:
    """The sentence of `sentences.json` in that language, in English where it has none; KeyError for an unknown one."""
    forms: dict[str, str] = document("sentences")["sentences"][sentence]
    return forms.get(language, forms[ENGLISH]).format(**values)


def answers(question: str, language: str) -> tuple[str, ...]:
    """The ready answers to a question, in that language: each is a refinement that is understood."""
    forms: dict[str, list[str]] = document("sentences")["answers"][question]
    return tuple(forms.get(language, forms[ENGLISH]))

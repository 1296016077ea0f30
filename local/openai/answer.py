"""What the scripted model says."""

from __future__ import annotations

import json
from typing import Any

# What a reader of natural language would understand and rules that look for names do not.
IMPLIED = {"online shop": "wordpress", "chatbot": "ollama", "family photos": "nextcloud"}


def answer(messages: list[dict[str, Any]], schema: dict[str, Any] | None) -> str:
    """The content of the answer: a document in the schema if one was asked for, else a sentence."""
    context = _context(messages)
    if schema is None or context is None:
        return "I read requests for virtual machines; send me one with its analysis."
    analysis, catalogue = context["analysis"], context["catalogue"]
    request = str(context["request"]).lower()
    implied = {id: words for words, id in IMPLIED.items() if words in request and id in catalogue}
    named = [id for id in dict.fromkeys([*analysis["workloads"], *implied]) if id not in analysis["unwanted"]]
    filled = {
        **analysis,
        "duration": None,  # the analysis says whether one is known, not how long it is
        "workloads": named,
        "explanation": _explanation([catalogue.get(id, id) for id in named]),
        "evidence": [{"field": id, "words": words} for id, words in implied.items()],
    }
    return json.dumps({name: filled.get(name) for name in schema["properties"]})


def _explanation(titles: list[str]) -> str:
    if not titles:
        return "The request names nothing in particular, so a machine for general use answers it."
    return f"The request comes down to running {', '.join(titles)}; all of it fits on one machine."


def _context(messages: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The first user message that is a JSON document with a request and its analysis."""
    for message in messages:
        try:
            document = json.loads(message.get("content") or "")
        except ValueError:
            continue
        if message.get("role") == "user" and isinstance(document, dict) and "analysis" in document:
            return document
    return None

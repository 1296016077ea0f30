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
    analysis = context["analysis"]
    request = str(context["request"]).lower()
    implied = [id for words, id in IMPLIED.items() if words in request and id in context["catalogue"]]
    named = dict.fromkeys([*analysis["workloads"], *implied])
    filled = {**analysis, "workloads": [id for id in named if id not in analysis["unwanted"]]}
    return json.dumps({name: filled.get(name) for name in schema["properties"]})


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

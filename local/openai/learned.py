"""What a scripted model knows after its fine-tuning: to requests like those that it was trained on it answers alike."""

from __future__ import annotations

import json
import re
from typing import Any

ALIKE = 0.5  # the share of two requests' words that they have in common, from which they are alike


class Learned:
    """The examples of a training file: a request's words, and the answer that was right."""

    def __init__(self, content: str) -> None:
        self.examples = [pair for line in content.splitlines() if line.strip() and (pair := _pair(json.loads(line)))]

    def corrected(self, messages: list[dict[str, Any]], content: str) -> str:
        """An answer, with the workloads and the environment that were right for the most similar request."""
        request = _request(messages)
        try:
            answer = json.loads(content)
        except ValueError:
            return content
        if request is None or not isinstance(answer, dict) or not self.examples:
            return content
        likeness, right = max(
            ((_likeness(request, words), right) for words, right in self.examples), key=lambda it: it[0]
        )
        if likeness < ALIKE or "workloads" not in answer:
            return content
        answer["workloads"] = list(dict.fromkeys([*answer["workloads"], *right.get("workloads", [])]))
        answer["environment"] = answer.get("environment") or right.get("environment")
        return json.dumps(answer)


def _pair(line: dict[str, Any]) -> tuple[frozenset[str], dict[str, Any]] | None:
    messages = line["messages"]
    request = _request(messages)
    try:
        right = json.loads(messages[-1]["content"])
    except ValueError:
        return None
    return (request, right) if request and isinstance(right, dict) else None


def _request(messages: list[dict[str, Any]]) -> frozenset[str] | None:
    """The words of the request that the first user message carries."""
    for message in messages:
        if message.get("role") == "user":
            try:
                document = json.loads(message["content"])
            except ValueError:
                return None
            return frozenset(re.findall(r"\w+", str(document.get("request", "")).lower()))
    return None


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))

"""The messages that were taken, the latest hundreds."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

KEPT = 500


@dataclass(frozen=True)
class Taken:
    """One message. `at`: RFC 3339, on the emulated clock; `headers`: the last of each name."""

    at: str
    sender: str
    recipients: list[str]
    subject: str
    text: str
    headers: dict[str, str] = field(default_factory=dict)


class Box:
    """Newest last."""

    def __init__(self) -> None:
        self.taken: list[Taken] = []

    def take(self, at: str, sender: str, recipients: Sequence[str], content: bytes) -> None:
        message = email.message_from_bytes(content, policy=email.policy.default)
        body = message.get_body(("plain",))
        text = body.get_content().replace("\r\n", "\n") if body else ""
        headers = {name: str(value) for name, value in message.items()}
        self.taken.append(Taken(at, sender, list(recipients), str(message["Subject"] or ""), text, headers))
        del self.taken[:-KEPT]

    def dump(self) -> dict[str, Any]:
        return {"messages": [asdict(each) for each in self.taken]}

    def load(self, document: dict[str, Any]) -> None:
        self.taken = [Taken(**each) for each in document["messages"]]

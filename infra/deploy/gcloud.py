"""The gcloud command, for people's machines and for Cloud Build's gcloud image: the standard library alone.

What it makes is named, so that running it again finds it; gcloud itself repeats what a network lost.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from infra.deploy import programs
from infra.deploy.programs import CommandFailed

MINUTE = 60.0
_ABSENT = re.compile(r"not.?found|cannot find|does not exist|\b404\b", re.IGNORECASE)


@dataclass(frozen=True)
class Gcloud:
    """gcloud for one project."""

    project: str

    def run(self, *words: str, patience: float = 10 * MINUTE) -> str:
        """What the command prints. Raises CommandFailed, also after `patience` seconds."""
        return programs.execute(["gcloud", *words, f"--project={self.project}", "--quiet"], patience=patience)

    def read(self, *words: str) -> Any:
        """The command's answer as JSON."""
        return json.loads(self.run(*words, "--format=json", patience=2 * MINUTE) or "null")

    def find(self, *words: str) -> Any | None:
        """The answer of a `describe`; None where there is no such thing. Raises CommandFailed for any other refusal."""
        try:
            return self.read(*words)
        except CommandFailed as error:
            if _ABSENT.search(error.said):
                return None
            raise

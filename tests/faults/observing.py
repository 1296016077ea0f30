"""The observer's process, as whoever drives the lives asks it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.integration.world import ENVIRONMENT, World


@dataclass
class Eye:
    """`violations`: everything that was ever told, in the order of the looks."""

    process: subprocess.Popen[str]
    violations: list[dict[str, Any]] = field(default_factory=list)

    def look(self, calm_since: datetime | None = None) -> dict[str, Any]:
        """One look; `calm_since` is from when on nothing is made to fail, None while something is."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        asked = {"calm_since": calm_since.timestamp() if calm_since else None}
        print(json.dumps(asked), file=self.process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        self.violations += answer["violations"]
        return answer

    def finds_nothing(self, calm_since: datetime | None = None) -> None:
        found = self.look(calm_since)["violations"]
        assert found == [], found


@contextmanager
def observer(here: World) -> Iterator[Eye]:
    """An observer of this world, for as long as the context lasts."""
    database = here.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with watching(here.compute_url, here.secrets_url, database, ENVIRONMENT) as eye:
        yield eye


@contextmanager
def watching(compute: str, secrets: str, database: str, environment: str) -> Iterator[Eye]:
    """An observer of any platform: the two emulators' addresses, the database's, and the deployment's name."""
    where = {"compute": compute, "secrets": secrets, "database": database, "environment": environment}
    options = [f"--{name}={value}" for name, value in where.items()]
    command = [sys.executable, "-I", str(Path(__file__).with_name("observer.py")), *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Eye(process)
        assert process.stdin is not None
        process.stdin.close()

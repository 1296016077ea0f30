"""Other people's programs, run by a list of words, never by a shell. The standard library alone."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping

_TAIL = 12  # lines of its own words


class CommandFailed(RuntimeError):
    """A command ended otherwise than it should; the message has the command and its last words."""

    def __init__(self, command: list[str], said: str) -> None:
        self.said = "\n".join(said.strip().splitlines()[-_TAIL:])
        super().__init__(f"{' '.join(command)}\n{self.said}")


def execute(
    command: list[str],
    *,
    patience: float | None = None,
    environment: Mapping[str, str] | None = None,
    shown: bool = False,
) -> str:
    """What it prints; nothing where it is `shown` as it comes. Raises CommandFailed, also after `patience` seconds and
    where there is no such program."""
    try:
        done = subprocess.run(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            capture_output=not shown,
            text=True,
            timeout=patience,
            check=False,
            env={**os.environ, **(environment or {})},
        )
    except FileNotFoundError:
        raise CommandFailed(command, f"{command[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise CommandFailed(command, f"no end within {patience:.0f} s") from None
    if done.returncode:
        above = "What it said is above. Run the same command again: it goes on from here."
        raise CommandFailed(command, above if shown else done.stderr or done.stdout)
    return "" if shown else done.stdout.strip()

"""Which steps a start-up script has. It is read, not run: nothing of a guest is executed here."""

from __future__ import annotations

import re
import shlex

_POWERSHELL = re.compile(r"^\s*Step '((?:[^']|'')+)' \{", re.MULTILINE)


def shell_steps(script: str) -> list[str]:
    """The names of the lines `step 'NAME' command …` of a shell script, in order."""
    steps = []
    for line in script.splitlines():
        if not line.lstrip().startswith("step "):
            continue
        words = shlex.shlex(line, posix=True)
        words.whitespace_split = True
        words.commenters = ""
        words.get_token()
        if name := words.get_token():
            steps.append(name)
    return steps


def powershell_steps(script: str) -> list[str]:
    """The names of the lines `Step 'NAME' {` of a PowerShell script, in order."""
    return [name.replace("''", "'") for name in _POWERSHELL.findall(script)]


def grows(script: str) -> bool:
    """Whether the script leaves something that lets the root file system follow its disk."""
    return "vm-creator-grow.timer" in script or "Resize-Partition" in script


def reports(script: str) -> bool:
    """Whether the script tells of its end, steps or none."""
    return "guest-attributes" in script

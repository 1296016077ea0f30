"""`guard COMMAND …`: run a command in a process group of its own, and end the whole group with it.

The group is killed when the command ends, or as soon as standard input does: whoever holds the other end of that pipe
may be killed itself, and leaves nothing behind all the same. The exit code is the command's, 128 + N for signal N.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress


def main(command: list[str]) -> int:
    try:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return 127
    threading.Thread(target=_end_with_input, args=(child.pid,), daemon=True).start()
    code = child.wait()
    _kill(child.pid)
    return code if code >= 0 else 128 - code


def _end_with_input(group: int) -> None:
    os.read(0, 1)
    _kill(group)


def _kill(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))

"""`launch UID GID PARENT SIGNAL PROGRAM …`: become another account, end with the parent, turn into the program.

A step of its own because running Python between fork and exec (`preexec_fn`) is unsafe in a process with threads.
"""

from __future__ import annotations

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(uid: int, gid: int, parent: int, when_it_dies: int, command: list[str]) -> None:
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        # After the change of account, which would clear it.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, when_it_dies)
        if os.getppid() != parent:  # it died before the line above
            sys.exit(1)
    os.execv(command[0], command)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:5]), command=sys.argv[5:])

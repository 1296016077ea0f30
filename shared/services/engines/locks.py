"""The lock of a Terraform state, and when one that a killed build has left may be taken away."""

from __future__ import annotations

from collections.abc import Sequence

from shared.domain.builds import Build, StoredObject

LOCKED = 14  # what run.sh exits with where somebody else held the lock, and so not this build


def left_behind(lock: StoredObject, builds: Sequence[Build]) -> bool:
    """Whether nobody can hold the lock any more: every build of the VM has ended, and it was made while one of them
    ran that may have taken it. Whatever else made it, a person at a terminal say, may be at work."""
    if not all(build.final for build in builds):
        return False
    return any(build.exit_code != LOCKED and build.at_work(lock.created_at) for build in builds)

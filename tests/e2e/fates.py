"""When processes die, as files in a folder: a test says after which effects, and the processes what became of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.mortal import reads

SWEEP = "sweep"  # stands where a VM's id does for what a sweep does of its own accord
Effect = tuple[str, str]  # port and method; of a call over HTTP, with its own method after a full stop


@dataclass(frozen=True)
class Killed:
    """By itself, right after that effect."""

    pid: int
    effect: Effect
    of_sweep: bool


@dataclass(frozen=True)
class Fates:
    """One function's."""

    folder: Path

    def begin(self, dooms: Sequence[Effect] = (), strangers: Iterable[str] = (), *, sweeps: bool = False) -> None:
        """Anew. Of these effects, and of each sort that comes beside them, one VM's process is killed after each: by
        whoever has it first of the VMs of which none was yet, and that are no strangers. `sweeps`: a sweep is killed
        after each sort of effect of its own, once.

        Which effects a life has, and in which order, hangs on the time that passes. So an effect of the list is one
        sort's so-manieth time, not a place among all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in self.folder.iterdir():
            path.unlink()
        for number, effect in enumerate(dooms, 1):
            self._file("doom", _mark(effect, dooms[:number].count(effect))).touch()
        for vm_id in strangers:
            self._file("died", vm_id).touch()
        if dooms:
            self._file("doom", "vms").touch()
        if sweeps:
            self._file("doom", SWEEP).touch()

    def effects(self, subject: str) -> list[Effect]:
        """Every effect so far, in order."""
        return list(_lines(self._file("effects", subject)))

    def killed(self) -> list[Killed]:
        told = (path.read_text().split() for path in self.folder.glob("killed-*"))
        return [Killed(int(pid), (port, method), subject == SWEEP) for pid, subject, port, method in told]

    def died(self, vm_id: str) -> bool:
        """Whether a process was killed in this VM's life."""
        return self._file("died", vm_id).exists()

    def by_signal(self) -> list[int]:
        """The processes that were ended by signal 9, as the system told their parent."""
        told = _lines(self._file("ended", "processes"))
        return [int(pid) for pid, code in told if int(code) == -signal.SIGKILL]

    def ended(self, pid: int, status: int) -> None:
        """Write down how a process ended, by what `waitpid` says."""
        _add(self._file("ended", "processes"), pid, os.waitstatus_to_exitcode(status))

    def began(self, subject: str, effect: Effect) -> int:
        """Write down an effect that is about to take place; the how-manieth of its sort it is."""
        path = self._file("effects", subject)
        _add(path, *effect)
        return sum(1 for each in _lines(path) if each == effect)

    def dies(self, subject: str, times: int, effect: Effect) -> bool:
        """Whether this process is to die now, after that effect took place for the so-manieth time: said once."""
        told = (os.getpid(), subject, *effect)
        if subject == SWEEP:
            return self._file("doom", SWEEP).exists() and self._first("killed", _mark(effect, SWEEP), *told)
        mark = _mark(effect, times)
        doomed = self._file("doom", "vms").exists() and (times == 1 or self._file("doom", mark).exists())
        if not doomed or self._file("killed", mark).exists() or not self._first("died", subject):
            return False
        if self._first("killed", mark, *told):
            return True
        self._file("died", subject).unlink()  # another VM's was faster
        return False

    def _first(self, kind: str, subject: str, *told: object) -> bool:
        """Whether no process was here before."""
        try:
            with self._file(kind, subject).open("x") as file:
                file.write(" ".join(map(str, told)))
        except FileExistsError:
            return False
        return True

    def _file(self, kind: str, subject: str) -> Path:
        return self.folder / f"{kind}-{subject}"


def _mark(effect: Effect, what: object) -> str:
    return "-".join((*effect, str(what)))


def _add(path: Path, *told: object) -> None:
    with path.open("a") as file:
        file.write(" ".join(map(str, told)) + "\n")


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    for line in path.read_text().splitlines() if path.exists() else ():
        first, _, second = line.partition(" ")
        yield first, second


class Mortal:
    """This process: what tests.integration.mortal.Port asks before each call. A port that `speaks` HTTP has an effect
    with every request that it sends, if that writes; one that does not, with every call."""

    def __init__(self, fates: Fates, speaks: Collection[str]) -> None:
        self.fates, self.speaks = fates, speaks
        self.subject = SWEEP
        self.calling: Effect | None = None

    @contextmanager
    def busy_with(self, vm_id: str) -> Iterator[None]:
        """What it does meanwhile is that VM's life."""
        before, self.subject = self.subject, vm_id
        try:
            yield
        finally:
            self.subject = before

    def survive(self, port: str, method: str, _: tuple[Any, ...], work: Callable[[], Any]) -> Any:
        if port in self.speaks:
            self.calling = port, method
            return work()
        return work() if reads(port, method) else self._effect((port, method), work)

    def request(self, verb: str, work: Callable[[], Any]) -> Any:
        """Send a request, of whichever port is being called."""
        if verb == "GET" or self.calling is None:
            return work()
        port, method = self.calling
        return self._effect((port, f"{method}.{verb}"), work)

    def _effect(self, effect: Effect, work: Callable[[], Any]) -> Any:
        times = self.fates.began(self.subject, effect)
        try:
            return work()
        finally:  # refused or unanswered, it may have taken place all the same
            if self.fates.dies(self.subject, times, effect):
                os.kill(os.getpid(), signal.SIGKILL)

"""A whole platform whose provision and reaper are killed by signal 9 where a test says so."""

from __future__ import annotations

import sys
from pathlib import Path

import httpx

from local.platform import ROOT, Platform
from local.processes import Process
from local.server import free_port
from tests.e2e.conftest import ROOMY
from tests.e2e.fates import Fates

MORTAL = ("provision", "reaper")


class MortalPlatform(Platform):
    """What these do is read in `fates`, and where they die is written there. No sweep comes but those that the test
    makes; Compute takes its time; nothing is built."""

    def __init__(self, folder: Path) -> None:
        without = frozenset({"scheduler", "build"})
        super().__init__(folder, port=free_port(), durable=False, overrides=ROOMY, without=without)
        self.fates = {name: Fates(folder.resolve() / "fates" / name) for name in MORTAL}

    def start_function(self, name: str) -> None:
        if name not in self.fates:
            super().start_function(name)
            return
        fates, port = self.fates[name], self.ports[name]
        fates.begin()
        command = [sys.executable, "-m", "tests.e2e.mortal_function", name, str(port), str(fates.folder)]
        staged, environment = self.folder / "staged" / name, {**self.environment(), "PYTHONPATH": str(ROOT)}
        self.processes[name] = Process(name, command, port, self.logs, folder=staged, environment=environment)

    def provide(self, there: bool) -> None:
        """Have provision there, or gone."""
        if there and "provision" not in self.processes:
            self.start_function("provision")
            self.processes["provision"].wait_until_listening()
        elif not there and "provision" in self.processes:
            self.processes.pop("provision").kill()

    def quiet(self) -> None:
        """Return once no message and no task is due or under way."""
        for name in ("pubsub", "tasks", "pubsub"):
            httpx.post(f"{self.address(name)}/_idle", json={"timeout": 60}, timeout=90).raise_for_status()

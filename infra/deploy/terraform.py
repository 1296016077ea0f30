"""Terraform, or OpenTofu, on this machine, for the deployment's module."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.deploy import programs
from infra.deploy.programs import CommandFailed

MODULE = Path(__file__).resolve().parents[1] / "terraform"
OLDEST = (1, 11)
PLAN = "tfplan"
QUICK = 120.0  # seconds, for what asks nobody


class NotInstalled(RuntimeError):
    """Neither program is there in a version that will do; the message says which are needed."""


def program() -> str:
    """`terraform` or `tofu`, whichever is there first and new enough. Raises NotInstalled."""
    seen = []
    for name in ("terraform", "tofu"):
        if not shutil.which(name):
            continue
        version = json.loads(programs.execute([name, "version", "-json"], patience=QUICK))["terraform_version"]
        if tuple(int(part) for part in version.split("-")[0].split(".")[:2]) >= OLDEST:
            return name
        seen.append(f"{name} {version}")
    raise NotInstalled(f"Terraform or OpenTofu 1.11 or newer is needed; found {', '.join(seen) or 'neither'}")


@dataclass(frozen=True)
class Terraform:
    """`variables`: files of answers, each before the next; secret values come by TF_VAR_secret_values alone."""

    program: str
    state_bucket: str
    variables: tuple[Path, ...]
    module: Path = MODULE
    environment: dict[str, str] = field(default_factory=lambda: {"CHECKPOINT_DISABLE": "1"})

    def initialise(self) -> None:
        where = [f"-backend-config=bucket={self.state_bucket}", "-backend-config=prefix=deployment"]
        self._shown("init", "-input=false", "-reconfigure", *where)

    def plan(self, *words: str) -> None:
        files = [f"-var-file={path.resolve()}" for path in self.variables]
        self._shown("plan", "-input=false", "-lock-timeout=120s", f"-out={PLAN}", *files, *words)

    def apply(self) -> None:
        """What was planned, and nothing else."""
        self._shown("apply", "-input=false", "-lock-timeout=120s", PLAN)

    def outputs(self) -> dict[str, Any]:
        """As `terraform output -json` has them: each with its `value`. Empty before the first apply."""
        read: dict[str, Any] = json.loads(self._read("output", "-json") or "{}")
        return read

    def resources(self) -> list[str]:
        """The addresses in the state; none where there is no state yet."""
        try:
            return self._read("state", "list").splitlines()
        except CommandFailed as error:
            if "No state file was found" in error.said:
                return []
            raise

    def let_go(self, address: str) -> None:
        """Out of the state, every instance of it, and left as it is."""
        self._shown("state rm", "-lock-timeout=120s", address)

    def _shown(self, verb: str, *words: str) -> None:
        """Run with its own words on the screen: they are the progress."""
        programs.execute(self._command(verb, *words), environment=self.environment, shown=True)

    def _read(self, verb: str, *words: str) -> str:
        return programs.execute(self._command(verb, *words), environment=self.environment, patience=QUICK)

    def _command(self, verb: str, *words: str) -> list[str]:
        return [self.program, f"-chdir={self.module}", *verb.split(), *words]

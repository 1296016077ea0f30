"""What stands for a step's image on this machine: programs that are here, and what they need to know."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

GET_TERRAFORM = (
    "Install Terraform 1.11 or later (https://developer.hashicorp.com/terraform/install) and put it on the PATH."
)
GET_PROVIDER = (
    "The google provider is not on this machine and could not be fetched. With a network, terraform fetches it by "
    "itself; without one, put hashicorp/google 7.45 or later into "
    "~/.terraform.d/plugins/registry.terraform.io/hashicorp/google/VERSION/OS_ARCH/."
)
_NO_PROVIDER = (b"Failed to query available provider packages", b"Failed to install provider")
_PASSED_ON = (
    *("HOME", "LANG", "TMPDIR", "TZ", "SSL_CERT_FILE", "HTTPS_PROXY", "NO_PROXY"),
    *("TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR", "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE"),
)


class Missing(Exception):
    """There is nothing on this machine that stands for an image; the message says what, and how to get it."""


@dataclass(frozen=True)
class Image:
    """The programs of an image, and what it runs unless a step names an entrypoint."""

    programs: tuple[str, ...]
    entrypoint: tuple[str, ...] = ()


_SHELL = Image(("sh",))
_IMAGES = {
    "terraform": Image(("terraform",), ("terraform",)),
    "python": Image(("python3",)),
    "node": Image(("node", "npm")),
    "gcloud": Image(("gcloud",), ("gcloud",)),
    "cloud-sdk": Image(("gcloud",)),
    "google-cloud-cli": Image(("gcloud",)),
    "docker": Image(("docker",), ("docker",)),
    "pack": Image(("pack",), ("pack",)),
    **dict.fromkeys(("alpine", "bash", "busybox", "debian", "ubuntu"), _SHELL),
}


class Programs:
    """A folder of commands that comes first on a step's PATH: this Python and, if it is named, another terraform."""

    def __init__(self, folder: Path, terraform: str | None) -> None:
        self._folder = folder
        folder.mkdir()
        self._offer("python3", sys.executable)
        self._offer("python", sys.executable)
        if terraform:
            self._offer("terraform", terraform)

    @property
    def path(self) -> str:
        own = Path(sys.executable).parent
        return os.pathsep.join([str(self._folder), str(own), os.environ.get("PATH", os.defpath)])

    def command(self, image: str, entrypoint: str, args: list[str]) -> list[str]:
        """What a step with this image runs. Raises Missing."""
        name = image.partition("@")[0].rpartition("/")[2].partition(":")[0]
        found = _IMAGES.get(name)
        if found is None:
            raise Missing(f"no program of this machine stands for the image {image}: {', '.join(_IMAGES)} are known")
        for program in found.programs:
            if shutil.which(program, path=self.path) is None:
                how = GET_TERRAFORM if program == "terraform" else f"Install {program} and put it on the PATH."
                raise Missing(f"{program} is not installed, and stands for the image {image}. {how}")
        return [*([entrypoint] if entrypoint else found.entrypoint), *args]

    def environment(self) -> dict[str, str]:
        """What a step finds beside its own variables: never this process's credentials."""
        passed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        return {**passed, "PATH": self.path, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}

    def _offer(self, name: str, command: str) -> None:
        program = self._folder / name
        words = shlex.join(shlex.split(command)) if name == "terraform" else shlex.quote(command)
        program.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
        program.chmod(0o755)


def hint(log: bytes) -> str:
    """What to do about a failure that is this machine's and not the build's; empty if it is none."""
    return GET_PROVIDER if any(words in log for words in _NO_PROVIDER) else ""

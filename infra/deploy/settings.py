"""What a deployment is told, and the names that follow from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_RULES = {
    "PROJECT": r"[a-z][a-z0-9-]{4,28}[a-z0-9]",
    "VM_PROJECT": r"[a-z][a-z0-9-]{4,28}[a-z0-9]",
    "REGION": r"[a-z]+-[a-z]+[0-9]+",
    "DOMAIN": r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
    "ADMIN_EMAIL": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "ENVIRONMENT": r"[a-z0-9]{1,12}",
    "BILLING_ACCOUNT": r"([0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6})?",
    "ENGINE": r"(compute|terraform)?",
}
_DEFAULTS = {"REGION": "us-west1", "ENVIRONMENT": "prod", "BILLING_ACCOUNT": "", "ENGINE": ""}
_EXAMPLE = (
    "make deploy PROJECT=my-vms VM_PROJECT=my-vms-machines REGION=us-west1 DOMAIN=vms.example.com "
    "ADMIN_EMAIL=me@example.com"
)


class Wrong(ValueError):
    """What was told is not enough, or not possible; the message says what to do."""


@dataclass(frozen=True)
class Settings:
    """The answers of `make deploy`. Empty: as it was, or as variables.tf has it."""

    project: str
    vm_project: str
    region: str
    domain: str
    admin_email: str
    environment: str
    billing_account: str
    engine: str

    @classmethod
    def told(cls, words: Mapping[str, str]) -> Settings:
        """From PROJECT=…, VM_PROJECT=… and so on. Raises Wrong with a line for each mistake."""
        given = _DEFAULTS | {name: value for name, value in words.items() if value}
        mistakes = [f"{name} is missing" for name in _RULES if name not in given]
        mistakes += [
            f"{name}={given[name]} is not possible"
            for name, rule in _RULES.items()
            if name in given and not re.fullmatch(rule, given[name])
        ]
        if not mistakes and given["PROJECT"] == given["VM_PROJECT"]:
            mistakes = ["VM_PROJECT has to be a project of its own, for the machines alone"]
        if mistakes:
            raise Wrong("\n".join([*mistakes, f"For example: {_EXAMPLE}"]))
        return cls(**{name.lower(): given[name] for name in _RULES})

    @classmethod
    def kept(cls, answers: Mapping[str, str]) -> Settings:
        """From the answers that a deployment was made with (deploy.tfvars.json)."""
        named = {"PROJECT": "project_id", "VM_PROJECT": "vm_project_id"}
        return cls.told({name: answers.get(named.get(name, name.lower()), "") for name in _RULES})

    @property
    def prefix(self) -> str:
        return f"{self.project}-vmc-{self.environment}"

    @property
    def state_bucket(self) -> str:
        return f"{self.prefix}-state"

    @property
    def artifact_bucket(self) -> str:
        return f"{self.prefix}-artifacts"

    @property
    def repository(self) -> str:
        """The Docker repository of the jobs' image, as images in it are named."""
        return f"{self.region}-docker.pkg.dev/{self.project}/{self.repository_id}"

    @property
    def repository_id(self) -> str:
        return f"vmc-{self.environment}"

    @property
    def image_account(self) -> str:
        """Who builds the jobs' image before Terraform has made anybody."""
        return f"vmc-{self.environment}-image@{self.project}.iam.gserviceaccount.com"

"""Worlds whose machines are made by one engine or the other, for tests that hold for both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine as Database

from local.compute import make_app as compute_app
from local.secrets.api import SecretManager
from local.server import in_thread
from shared.domain.builds import Build
from shared.domain.life import Figures
from shared.google.cloud_build import BuildFrame, CloudBuild
from shared.google.storage import ObjectBucket
from shared.services.engines import source
from shared.services.engines.terraform import Buckets, TerraformEngine
from shared.services.provisioning.advancing import Advancer
from tests.integration.emulated_builds import (
    LOCATION,
    LOGS_BUCKET,
    PROJECT,
    SOURCE_BUCKET,
    STATE_BUCKET,
    Builds,
    emulated_builds,
)
from tests.integration.instead import Instead, down
from tests.integration.world import ENVIRONMENT, World

MODULE = Path(__file__).parents[2] / "infra" / "terraform" / "vm"
IMAGE = "hashicorp/terraform@sha256:" + "0" * 64
TIMEOUT = 20.0
LONGER = replace(Figures(), up_deadline=timedelta(minutes=30))


class BuiltWorld(World):
    """A world whose engine is Terraform. Before its clock moves, each build comes to its end, unless it is `hasty`."""

    hasty = False

    def __init__(self, database: Database, compute_url: str, secrets_url: str, builds: Builds) -> None:
        super().__init__(database, compute_url, secrets_url, LONGER)
        self.builds = builds
        self.terraform = terraform_engine(self, builds)
        self.own_builds = self.terraform.builds
        engines = {self.terraform.name: self.terraform}
        self.platform = replace(self.platform, engine=self.terraform.name, engines=engines)
        self.advancer = Advancer(self.platform, self.relay)

    def engines(self, port: Any, compute: Any) -> dict[str, Any]:
        made = terraform_engine(self, self.builds)
        made.builds, made.compute = port("Builds", self.own_builds), compute
        states, sources = made.buckets.states, made.buckets.sources
        made.buckets = replace(made.buckets, states=port("States", states), sources=port("Sources", sources))
        return {"engine": made.name, "engines": {made.name: made}}

    def calm(self) -> None:
        super().calm()
        self.builds.clear()

    def hurry(self, minutes: int) -> None:
        """Give a machine so long, and no longer, until it has to be up."""
        self.figures = replace(self.figures, up_deadline=timedelta(minutes=minutes))
        self.platform = replace(self.platform, figures=self.figures)
        self.advancer = Advancer(self.platform, self.relay)

    def cloud_build(self, *, there: bool) -> None:
        """Have Cloud Build answer, or not."""
        answers = dict.fromkeys(("create", "get", "tagged", "cancel", "why"), down)
        self.terraform.builds = self.own_builds if there else Instead(self.own_builds, **answers)

    def tries(self, vm_id: str) -> list[Build]:
        """Every build of a VM, oldest first."""
        return list(self.own_builds.tagged(f"vmc-{ENVIRONMENT}-{vm_id}"))

    def state(self, vm_id: str) -> list[str]:
        """The types of the resources that its state knows."""
        document = json.loads(self.builds.read(STATE_BUCKET, f"vms/{ENVIRONMENT}/{vm_id}/default.tfstate"))
        return sorted(resource["type"] for resource in document["resources"])

    def locked(self, vm_id: str) -> bool:
        return f"vms/{ENVIRONMENT}/{vm_id}/default.tflock" in self.builds.names(STATE_BUCKET)

    def move(self, seconds: float) -> None:
        if not self.hasty:
            self.builds.settle()
        super().move(seconds)
        self.builds.move_to(self.offset.total_seconds())


def terraform_engine(here: World, builds: Builds) -> TerraformEngine:
    """The engine, by Google's own clients against the emulators."""
    bucket = partial(ObjectBucket, PROJECT, timeout=TIMEOUT)
    frame = BuildFrame(PROJECT, LOCATION, IMAGE, "", SOURCE_BUCKET, LOGS_BUCKET)
    return TerraformEngine(
        CloudBuild(frame, bucket(LOGS_BUCKET), TIMEOUT, builds.url),
        Buckets(bucket(STATE_BUCKET), STATE_BUCKET, bucket(SOURCE_BUCKET)),
        here.compute,
        lambda: source.module(MODULE),
        ENVIRONMENT,
        "demo",
        "default",
    )


@contextmanager
def built_world(database: Database, terraform: str | None = None) -> Iterator[BuiltWorld]:
    """A world on a database of its own. `terraform`: the command that stands for it."""
    with (
        in_thread(compute_app(None, 0.0)) as compute_url,
        in_thread(SecretManager().app()) as secrets_url,
        emulated_builds(compute_url, terraform) as builds,
        pytest.MonkeyPatch.context() as environment,
    ):
        environment.setenv("STORAGE_EMULATOR_HOST", builds.storage)
        here = BuiltWorld(database, compute_url, secrets_url, builds)
        try:
            yield here
        finally:
            here.close()

"""The walk of VMs through disorder, with Terraform making and ending them: builds are killed, lost and refused as well.
The same invariants hold in the end (see test_life_machine.py)."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as budget
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test
from sqlalchemy import Engine

from local.compute import make_app as compute_app
from local.secrets.api import SecretManager
from local.server import in_thread
from tests.integration.databases import Databases
from tests.integration.disorder import Disorder, Worlds
from tests.integration.emulated_builds import Builds, emulated_builds
from tests.integration.engines import BuiltWorld
from tests.integration.google_account import google_account  # noqa: F401
from tests.integration.world import World
from tests.terraform import stand_in

INSERT, DELETE = "POST */instances", "DELETE */instances/*"
DOWN = {"status": 503, "reason": "UNAVAILABLE", "message": "The service is currently unavailable."}
FAULTS: tuple[dict[str, Any], ...] = (
    {"method": "build.kill", "where": {"call": INSERT}},
    {"method": "build.kill", "where": {"call": INSERT}, "detail": {"before": True}},
    {"method": "build.kill", "where": {"call": INSERT}, "detail": {"status": "INTERNAL_ERROR"}},
    {"method": "build.kill", "where": {"call": DELETE}},
    {"method": "build.kill", "where": {"call": DELETE}, "detail": {"before": True, "status": "TIMEOUT"}},
    {"method": "build.kill", "where": {"call": "*default.tfstate*"}},
    {"method": "build.call", "where": {"call": INSERT}, **DOWN},
    {"method": "builds.create", "lose_response": True},
    {"method": "builds.create", "times": 6, **DOWN},
    {"method": "builds.list", "times": 3, "status": 429, "reason": "RESOURCE_EXHAUSTED", "message": "Quota exceeded."},
    {"method": "builds.*", "times": 9, **DOWN},
)


class BuiltDisorder(Disorder):
    """The walk, with what happens to builds."""

    here: BuiltWorld

    @initialize(fault=st.sampled_from(FAULTS))
    def fail_the_first_build(self, fault: dict[str, Any]) -> None:
        self.here.builds.fault(**fault)

    @rule(fault=st.sampled_from(FAULTS))
    def fail_build(self, fault: dict[str, Any]) -> None:
        self.here.builds.fault(**fault)


class BuiltWorlds(Worlds):
    """Worlds whose engine is Terraform, all with the same Cloud Build."""

    def __init__(self, databases: Databases, cloud: tuple[str, str], stack: ExitStack, builds: Builds) -> None:
        super().__init__(databases, cloud, stack)
        self.builds = builds

    def __call__(self) -> Disorder:
        return BuiltDisorder(self.fresh(), self.walked)

    def make(self, engine: Engine, compute_url: str, secrets_url: str) -> World:
        return BuiltWorld(engine, compute_url, secrets_url, self.builds)


def test_no_disorder_of_builds_breaks_an_invariant(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    walks = budget(
        max_examples=3,
        stateful_step_count=20,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    with (
        in_thread(compute_app(None, 0.0)) as compute_url,
        in_thread(SecretManager().app()) as secrets_url,
        emulated_builds(compute_url, stand_in.COMMAND) as builds,
        ExitStack() as stack,
    ):
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", builds.storage)
        run_state_machine_as_test(BuiltWorlds(databases, (compute_url, secrets_url), stack, builds), settings=walks)
        ended = builds.statuses()
    assert ended["SUCCESS"] > 3, f"{ended}: the walk has made no machines by builds"
    assert len(ended) > 1, "no build has met a fault"

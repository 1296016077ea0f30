"""Approvals to learn from, on real PostgreSQL, and the use cases of fine-tuning against the scripted provider."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import httpx
import openai
from sqlalchemy import Engine, update

from local.openai import make_app
from local.server import in_thread
from shared.db.accounts import PostgresAccounts
from shared.db.idempotency import PostgresIdempotency
from shared.db.learning import PostgresLearning
from shared.db.models import table
from shared.db.registry import PostgresRegistry
from shared.db.suggestions import PostgresSuggestions
from shared.db.vm_models import VmRow
from shared.domain.learning import Score
from shared.domain.vm import Actor
from shared.services.learning.choosing import Choosing
from shared.services.learning.evaluating import Evaluating
from shared.services.learning.exporting import Exporting
from shared.services.learning.training import Training
from shared.services.suggesting import Suggesting
from shared.suggestion.model.chosen import ChosenModel
from shared.suggestion.model.examples import Example, split
from shared.suggestion.model.openai_chat import OpenAIModel
from shared.suggestion.model.trial import tried
from shared.suggestion.model.tuning import OpenAITuning
from tests.asking import consulting, suggesting
from tests.integration import people

CONFIGURED = "scripted-1"
_numbers = itertools.count(1)
_VMS = table(VmRow)
# Requests whose needs the rules do not see; a person adds them.
HOBBIES = (
    *("chess", "garden", "pottery", "cycling", "sailing", "knitting", "astronomy", "beekeeping", "archery", "fencing"),
    *("origami", "juggling", "surfing", "rowing", "hiking", "baking", "painting", "singing", "drumming", "skating"),
)


def request_about(hobby: str) -> str:
    return f"redis for the members' pages of our {hobby} club"


def consents(engine: Engine, user_id: str, yes: bool = True) -> None:
    """The account's preference, as its page sets it."""
    PostgresAccounts(engine).prefer(Actor("user", user_id), {"learn_from_requests": yes})


def approve(engine: Engine, owner: str, request: str, edits: dict[str, Any] | None = None, **facts: Any) -> str:
    """A suggestion by the rules, kept, and a VM approved from it with these edits, whose lease is over; its name."""
    made = suggesting().suggest(owner, request).model_copy(update={"id": f"suggestion-{next(_numbers)}"})
    PostgresSuggestions(engine).keep(owner, made)
    name = people.vm(engine, owner, state="DELETED")
    start = datetime.now(UTC) - timedelta(days=1)
    told = {
        "spec": made.spec.model_copy(update=edits or {}).model_dump(mode="json"),
        "suggestion_id": made.id,
        "setup": "done",
        "reason": "expired",
        "started_at": start,
        "expires_at": start + timedelta(hours=2),
        "ended_at": start + timedelta(hours=2),
    }
    with engine.begin() as connection:
        connection.execute(update(_VMS).where(_VMS.c.name == name).values(told | facts))
    return name


def a_lesson(engine: Engine, owner: str, hobbies: tuple[str, ...] = HOBBIES) -> None:
    """Everybody's club wants WordPress beside what they name."""
    for hobby in hobbies:
        approve(engine, owner, request_about(hobby), {"packages": ("redis", "wordpress")})


def sides(hobbies: tuple[str, ...] = HOBBIES) -> dict[str, int]:
    """How many of the requests are on which side."""
    found = [split(request_about(hobby)) for hobby in hobbies]
    return {side: found.count(side) for side in ("train", "held_back")}


@dataclass
class Provider:
    """The scripted provider, and the use cases that ask it."""

    engine: Engine
    address: str
    moved: timedelta = timedelta(0)
    limit: int = 1_000_000

    @property
    def store(self) -> PostgresLearning:
        return PostgresLearning(self.engine)

    @property
    def exporting(self) -> Exporting:
        return Exporting(self.store)

    @property
    def training(self) -> Training:
        tuning = OpenAITuning("local", f"{self.address}/v1", 5.0)
        keys, clock = PostgresIdempotency(self.engine), PostgresRegistry(self.engine).clock
        return Training(self.store, keys, self.exporting, tuning, clock, "test", CONFIGURED)

    @property
    def evaluating(self) -> Evaluating:
        return Evaluating(self.store, self.exporting, self.attempt, self.current, self.limit)

    @property
    def choosing(self) -> Choosing:
        return Choosing(self.store, self.evaluating, CONFIGURED)

    @cached_property
    def client(self) -> openai.OpenAI:
        return openai.OpenAI(api_key="local", base_url=f"{self.address}/v1", max_retries=0)

    def model(self, name: str) -> OpenAIModel:
        return OpenAIModel("local", name, f"{self.address}/v1", lambda _: None)

    def current(self) -> str:
        return self.store.chosen() or CONFIGURED

    def attempt(self, name: str, example: Example) -> Score:
        return tried(self.model(name), example, 10.0)

    def suggesting(self) -> Suggesting:
        """A running copy of the suggestion engine, with whatever model is chosen."""
        chosen = ChosenModel(CONFIGURED, self.store.chosen, self.model)
        return suggesting(consulted=consulting(chosen))

    def move(self, seconds: float) -> None:
        """Move the provider's clock and the database's together."""
        self.moved += timedelta(seconds=seconds)
        httpx.post(f"{self.address}/_clock", json={"offset": self.moved.total_seconds()}).raise_for_status()
        people.move(self.engine, self.moved)

    def fault(self, method: str, **fault: Any) -> None:
        httpx.post(f"{self.address}/_faults", json={"method": method, **fault}).raise_for_status()

    def heal(self) -> None:
        """Disarm every fault."""
        httpx.delete(f"{self.address}/_faults").raise_for_status()

    def remote_jobs(self) -> list[Any]:
        return list(self.client.fine_tuning.jobs.list())

    def files(self) -> list[Any]:
        return list(self.client.files.list())

    def start(self, actor: Actor, key: str = "key", **wish: Any) -> str:
        """A job; its id."""
        wish = {"base_model": None, "suffix": "clubs", "epochs": None, **wish}
        return str(self.training.start(actor, key, **wish).document["id"])

    def tuned(self, actor: Actor) -> str:
        """A model that has been tuned on what there is; its name."""
        job = self.start(actor)
        self.move(120)
        return str(self.training.job(job)["tuned_model"])

    def judge(self, model: str) -> dict[str, Any]:
        """Call after call, until both models are judged on everything."""
        for _ in range(100):
            report = self.evaluating.go_on(model)
            if report["candidate"]["complete"] and report["current"]["complete"]:
                return report
        raise AssertionError(f"the evaluation does not come to an end: {report}")


@contextmanager
def provider(engine: Engine) -> Iterator[Provider]:
    with in_thread(make_app()) as address:
        yield Provider(engine, address)


def engine_of(answer) -> tuple[str, str]:
    """What a suggestion says of the engine that answered, and which model it was."""
    (told,) = [(each.because, each.evidence) for each in answer.reasons if each.field == "engine"]
    return told

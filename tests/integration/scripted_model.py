"""The scripted model's server, and the suggestion engine that asks it over the real wire."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from local.openai import make_app
from local.server import in_thread
from shared.domain.suggestion import Suggestion
from shared.services.suggesting import Suggesting
from shared.suggestion.model.dialogue import Explanation
from shared.suggestion.model.openai_chat import OpenAIModel
from tests.asking import consulting, suggesting

EXAMPLE = "I need a Python Django development server with PostgreSQL and Redis"
NOTHING: dict[str, Any] = {
    "explanation": "",
    "workloads": [],
    "environment": None,
    "intent": "",
    "vcpus": None,
    "memory_gib": None,
    "disk_gib": None,
    "users": None,
    "gpu": None,
    "gpu_type": None,
    "billions": None,
    "bits": None,
    "training": None,
    "os": None,
    "spot": None,
    "duration": None,
    "region": None,
    "evidence": [],
}


class ScriptedModel:
    """The server, and models that ask it. `pauses` are those that a model took between two tries, in seconds."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.pauses: list[float] = []

    def model(self, name: str = "scripted-1") -> OpenAIModel:
        return OpenAIModel("local", name, f"{self.address}/v1", self.pauses.append)

    def engine(self, within: float = 10.0, **options: Any) -> Suggesting:
        return suggesting(consulted=consulting(self.model(), within, **options))

    def ask(self, request: str, within: float = 10.0, stream: bool = False, **options: Any) -> Suggestion:
        *_, answer = self.engine(within).steps("ana", request, stream=stream, **options)
        assert isinstance(answer, Suggestion)
        return answer

    def fault(self, **fault: Any) -> None:
        fault = {"method": "chat.completions", **fault}
        httpx.post(f"{self.address}/_faults", json=fault).raise_for_status()

    def answers(self, times: int | None = 1, **fields: Any) -> None:
        """What the model answers instead: nothing but these fields."""
        self.fault(times=times, detail={"content": json.dumps({**NOTHING, **fields})})

    def move_clock(self, seconds: float) -> None:
        httpx.post(f"{self.address}/_clock", json={"offset": seconds}).raise_for_status()

    @property
    def received(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(f"{self.address}/_requests").json()
        return found

    def abandoned(self, within: float = 5.0) -> int:
        """How many streams were left before their end, once there is one: the server notices a moment later."""
        until = time.monotonic() + within
        while not (left := int(httpx.get(f"{self.address}/_abandoned").json()["streams"])) and time.monotonic() < until:
            time.sleep(0.005)
        return left


@contextmanager
def scripted_model() -> Iterator[ScriptedModel]:
    with in_thread(make_app()) as address:
        yield ScriptedModel(address)


def why(answer: Suggestion) -> str:
    """Why the engine that answered did."""
    return next(reason.because for reason in answer.reasons if reason.field == "engine")


def told(steps: list[Any]) -> str:
    """The explanation that was streamed, of the last attempt."""
    pieces = [step for step in steps if isinstance(step, Explanation)]
    return "".join(piece.delta for piece in pieces if piece.attempt == pieces[-1].attempt)

"""The function suggest over HTTP, with a model: JSON and server-sent events say the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from local.server import in_thread
from shared import bootstrap, log
from shared.bootstrap import people
from shared.domain.vm import Actor
from tests.integration.people import ADDRESS, person
from tests.integration.scripted_model import EXAMPLE, ScriptedModel, scripted_model
from tests.integration.test_account_functions import caches, load

EVENTS = {"Accept": "text/event-stream"}
Events = list[tuple[str, Any]]


@pytest.fixture
def scripted() -> Iterator[ScriptedModel]:
    with scripted_model() as server:
        yield server


@pytest.fixture
def client(scripted, engine, dsn, monkeypatch) -> Iterator[httpx.Client]:
    """Somebody who calls the function with a token; its model is the scripted one."""
    settings = {"DATABASE_URL": dsn, "OPENAI_API_KEY": "local", "OPENAI_BASE_URL": f"{scripted.address}/v1"}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(log, "start", lambda level: None)
    for forget in caches():
        forget()
    ada = person(engine, "ada@example.com")
    token = people.accounts().create_token(Actor("user", ada.id, ADDRESS), "test")["token"]
    headers = {"Authorization": f"Bearer {token}"}
    with in_thread(load("suggest").app) as address, httpx.Client(base_url=address, headers=headers) as client:
        yield client
    bootstrap.engine().dispose()
    for forget in caches():
        forget()


def events(response: httpx.Response) -> Events:
    """What a stream said, each event with its data."""
    blocks = [block.split("\n") for block in response.text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def ask(client: httpx.Client, request: str = EXAMPLE, stream: bool = False, **body: Any) -> httpx.Response:
    headers = EVENTS if stream else {}
    return client.post("/api/suggestions", json={"request": request, **body}, headers=headers)


def test_a_stream_tells_what_rules_read_then_the_explanation_then_each_part_then_the_whole(client):
    response = ask(client, stream=True)
    assert response.status_code == 201
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["x-accel-buffering"] == "no"
    names = [name for name, _ in events(response)]
    parts = ["analysis", "spec", "reasons", "quote", "alternatives", "suggestion"]
    assert [name for name in names if name != "explanation"] == ["analysis", *parts]
    assert names[1] == "explanation"
    assert names.index("spec") > max(at for at, name in enumerate(names) if name == "explanation")


def test_the_streams_end_is_the_suggestion_that_is_kept(client):
    told = events(ask(client, stream=True))
    whole = told[-1][1]
    assert client.get(f"/api/suggestions/{whole['id']}").json() == whole
    assert "".join(data["delta"] for name, data in told if name == "explanation") == whole["explanation"]
    assert all(whole[name] == data for name, data in told[-6:-1])


def test_json_and_a_stream_say_the_same(client):
    plain = ask(client).json()
    streamed = events(ask(client, stream=True))[-1][1]
    for mine in (plain, streamed):  # what is another's each time: ids, moments, and that the answer was kept
        assert mine.pop("id")
        assert mine.pop("reasons")
        mine["quote"] = mine["quote"]["total"]
        mine["alternatives"] = [each["spec"] for each in mine["alternatives"]]
    assert streamed == plain


def test_without_the_model_a_stream_has_no_explanation(client, scripted):
    told = events(ask(client, stream=True, use_model=False))
    assert "explanation" not in [name for name, _ in told]
    assert told[-1][1]["engine"] == "rules"
    assert told[-1][1]["explanation"] is None
    assert scripted.received == []


@pytest.mark.parametrize(
    ("body", "status"),
    [({"request": "   "}, 422), ({"request": "redis", "refines": "made-up"}, 404), ({"request": ""}, 422)],
)
def test_what_is_refused_is_a_problem_and_no_stream(client, body, status):
    response = ask(client, stream=True, **body)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


def test_who_goes_away_stops_the_models_answer(client, scripted):
    scripted.fault(delay=3600, detail={"stall": 120})
    with client.stream("POST", "/api/suggestions", json={"request": EXAMPLE}, headers=EVENTS) as response:
        for line in response.iter_lines():
            if line == "event: explanation":
                break
    # It is noticed with one of the model's next chunks: each takes an hour of the emulated clock.
    assert any(scripted.abandoned() for hour in range(1, 9) if scripted.move_clock(3600 * hour) is None)

"""The models' part of the function admin over HTTP, on real PostgreSQL and the scripted provider."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from shared import auth
from tests.integration.lessons import CONFIGURED, HOBBIES, Provider, a_lesson, consents, provider
from tests.integration.people import accounts, person
from tests.integration.test_account_functions import caches, configured, load  # noqa: F401 (a fixture)

PATHS = [
    ("GET", "/api/admin/models"),
    ("POST", "/api/admin/models:switch"),
    ("GET", "/api/admin/models/examples"),
    ("GET", "/api/admin/models/examples.jsonl"),
    ("POST", "/api/admin/models/jobs"),
    ("GET", "/api/admin/models/jobs"),
    ("GET", "/api/admin/models/jobs/a1"),
    ("POST", "/api/admin/models/jobs/a1:cancel"),
    ("POST", "/api/admin/models/evaluations"),
]


@pytest.fixture
def there(engine) -> Iterator[Provider]:
    with provider(engine) as made:
        yield made


@pytest.fixture
def client(there, monkeypatch, configured) -> Iterator[TestClient]:  # noqa: F811
    """The function, configured with the scripted provider."""
    monkeypatch.setenv("OPENAI_API_KEY", "local")
    monkeypatch.setenv("OPENAI_BASE_URL", f"{there.address}/v1")
    monkeypatch.setenv("OPENAI_MODEL", CONFIGURED)
    monkeypatch.setenv("OPENAI_TUNING_MODEL", CONFIGURED)
    forget()
    with TestClient(load("admin").app, base_url="https://vm.example.com") as made:
        yield made
    forget()


def forget() -> None:
    for part in caches():
        part()


def bearer(engine, role: str) -> dict[str, str]:
    """The headers of somebody with that role."""
    actor = person(engine, f"{role}-{auth.new_id()[:6]}@example.com", role)
    return {"Authorization": f"Bearer {accounts(engine).create_token(actor, 'test')['token']}"}


@pytest.mark.parametrize("role", ["user", "auditor"])
@pytest.mark.parametrize(("method", "path"), PATHS)
def test_models_are_for_administrators(client, engine, role, method, path):
    answer = client.request(method, path, headers={**bearer(engine, role), "Idempotency-Key": "k"}, json={"model": "m"})
    assert (answer.status_code, answer.json()["code"]) == (403, "admin_only")


def test_from_the_export_to_the_switch_and_back(client, engine, there):
    ada = person(engine, "ada@example.com").id
    consents(engine, ada)
    a_lesson(engine, ada)
    head = bearer(engine, "admin")

    counts = client.get("/api/admin/models/examples", headers=head).json()
    assert counts["examples"] == len(HOBBIES)
    file = client.get("/api/admin/models/examples.jsonl", headers=head, params={"split": "held_back"})
    assert file.headers["content-type"].startswith("application/jsonl")
    assert len([json.loads(line) for line in file.text.splitlines()]) == counts["held_back"]

    made = client.post("/api/admin/models/jobs", headers={**head, "Idempotency-Key": "k"}, json={"suffix": "clubs"})
    assert made.status_code == 202
    again = client.post("/api/admin/models/jobs", headers={**head, "Idempotency-Key": "k"}, json={"suffix": "clubs"})
    assert again.json() == made.json()
    there.move(120)
    job = client.get(made.headers["location"], headers=head).json()
    assert job["state"] == "succeeded"
    assert client.get("/api/admin/models/jobs", headers=head).json()["jobs"] == [job]

    model = {"model": job["tuned_model"]}
    refused = client.post("/api/admin/models:switch", headers=head, json=model)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_evaluated")
    for _ in range(20):
        report = client.post("/api/admin/models/evaluations", headers=head, json=model).json()
        if report["candidate"]["complete"] and report["current"]["complete"]:
            break
    assert report["candidate"]["all_right"] == 1.0
    switched = client.post("/api/admin/models:switch", headers=head, json=model).json()
    assert switched["current"] == job["tuned_model"]
    back = client.post("/api/admin/models:switch", headers=head, json={"model": CONFIGURED}).json()
    assert back["current"] == CONFIGURED


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/admin/models/jobs", {"epochs": 0}),
        ("/api/admin/models/jobs", {"suffix": "Not Allowed"}),
        ("/api/admin/models/jobs", {"surprise": 1}),
        ("/api/admin/models/evaluations", {"model": ""}),
        ("/api/admin/models:switch", {"model": "x y"}),
    ],
)
def test_what_is_no_proper_wish_is_refused(client, engine, path, body):
    answer = client.post(path, headers={**bearer(engine, "admin"), "Idempotency-Key": "k"}, json=body)
    assert answer.status_code == 422


def test_a_job_needs_a_key_and_enough_examples(client, engine):
    head = bearer(engine, "admin")
    assert client.post("/api/admin/models/jobs", headers=head, json={}).json()["code"] == "idempotency_key_required"
    few = client.post("/api/admin/models/jobs", headers={**head, "Idempotency-Key": "k"}, json={})
    assert (few.status_code, few.json()["code"], few.json()["needed"]) == (409, "too_few_examples", 10)

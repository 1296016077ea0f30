"""Notices, orphans and dead letters over HTTP, by the functions accounts and admin, on real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from shared.db.dead_letters import PostgresDeadLetters
from tests.integration.test_account_functions import caches, client, configured, load, signed_in  # noqa: F401
from tests.integration.test_learning_functions import bearer

KEY = "a key of thirty-two characters, or more"


@pytest.fixture
def with_hooks(configured, monkeypatch) -> Iterator[TestClient]:  # noqa: F811
    """The function accounts, of a platform that sends webhooks and mail."""
    for name, value in {"HOOK_KEY": KEY, "SMTP_HOST": "mail", "SMTP_FROM": "vm@example.com"}.items():
        monkeypatch.setenv(name, value)
    for forget in caches():
        forget()
    with TestClient(load("accounts").app, base_url="https://vm.example.com") as made:
        yield made


@pytest.fixture
def admin(configured) -> Iterator[TestClient]:  # noqa: F811
    with TestClient(load("admin").app, base_url="https://vm.example.com") as made:
        yield made


def test_a_webhook_is_set_seen_without_its_secret_and_removed(with_hooks):
    headers = signed_in(with_hooks)
    nothing = {"mail": True, "mail_outbox": None, "webhooks": True, "webhook": None}
    assert with_hooks.get("/api/me/notices").json() == nothing
    made = with_hooks.post("/api/me/webhook", json={"url": "https://hooks.example.com/a"}, headers=headers)
    assert made.status_code == 201
    assert made.json()["secret"].startswith("whsec_")
    shown = with_hooks.get("/api/me/notices").text
    assert "https://hooks.example.com/a" in shown
    assert "whsec_" not in shown
    assert with_hooks.delete("/api/me/webhook", headers=headers).status_code == 204
    assert with_hooks.get("/api/me/notices").json() == nothing


def test_a_webhook_needs_a_session_its_token_and_a_platform_that_sends_any(client):  # noqa: F811
    body = {"url": "https://hooks.example.com/a"}
    assert client.post("/api/me/webhook", json=body).status_code == 401
    headers = signed_in(client)
    assert client.post("/api/me/webhook", json=body).status_code == 403
    assert client.post("/api/me/webhook", json=body, headers=headers).json()["code"] == "webhooks_off"
    assert client.post("/api/me/webhook", json={**body, "secret": "mine"}, headers=headers).status_code == 422


@pytest.mark.parametrize(("about", "status"), [(["expired"], 200), ([], 200), (None, 200), (["all"], 422), ("x", 422)])
def test_what_comes_by_mail_is_a_preference(client, about, status):  # noqa: F811
    headers = signed_in(client)
    answer = client.patch("/api/me", json={"preferences": {"mail_about": about}}, headers=headers)
    assert answer.status_code == status
    if status == 200:
        assert client.get("/api/me").json()["preferences"]["mail_about"] == about


@pytest.mark.parametrize("role", ["user", "auditor"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/admin/orphans"),
        ("POST", "/api/admin/orphans/instance.us-west1-a.x:destroy"),
        ("POST", "/api/admin/orphans/instance.us-west1-a.x:adopt"),
        ("GET", "/api/admin/dead-letters"),
        ("POST", "/api/admin/dead-letters/1:replay"),
        ("POST", "/api/admin/dead-letters/1:drop"),
    ],
)
def test_orphans_and_dead_letters_are_for_administrators(admin, engine, role, method, path):
    answer = admin.request(method, path, headers=bearer(engine, role))
    assert (answer.status_code, answer.json()["code"]) == (403, "admin_only")


def test_dead_letters_are_listed_and_dropped(admin, engine):
    head = bearer(engine, "admin")
    PostgresDeadLetters(engine).keep("7", None, {"data": "x"}, 5, "nobody took it")
    (letter,) = admin.get("/api/admin/dead-letters", headers=head).json()["dead_letters"]
    path = f"/api/admin/dead-letters/{letter['id']}"
    assert admin.post(f"{path}:replay", headers=head).json()["code"] == "unreadable"
    assert admin.post(f"{path}:drop", headers=head).status_code == 200
    assert admin.get("/api/admin/dead-letters", headers=head).json()["dead_letters"] == []
    assert admin.post("/api/admin/dead-letters/x:drop", headers=head).status_code == 422

"""The functions accounts and admin over HTTP, as the page and a program call them, on real PostgreSQL."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from starlette.testclient import TestClient

from shared import bootstrap, config, log, web
from shared.bootstrap import people
from tests.integration.people import PASSWORD, person

ROOT = Path(__file__).parents[2]
ADA = "ada@example.com"


def caches() -> Iterator[Callable[[], None]]:
    """What forgets each part that bootstrap has made."""
    rooms = [module for name, module in sys.modules.items() if name.startswith("shared.bootstrap")]
    for part in [*(part for room in rooms for part in vars(room).values()), config.settings]:
        if hasattr(part, "cache_clear"):
            yield part.cache_clear


@cache
def load(name: str) -> ModuleType:
    """The function's main.py, run once: what it keeps is in `caches()`."""
    spec = importlib.util.spec_from_file_location(f"function_{name}", ROOT / "functions" / name / "main.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # as the framework does: annotations are looked up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def configured(dsn, monkeypatch) -> Iterator[None]:
    monkeypatch.setenv("DATABASE_URL", dsn)
    monkeypatch.setenv("SIGNUP", "open")
    monkeypatch.setenv("PUBLIC_URL", "https://vm.example.com")
    monkeypatch.setattr(log, "start", lambda level: None)
    for forget in caches():
        forget()
    yield
    bootstrap.engine().dispose()
    for forget in caches():
        forget()


@pytest.fixture
def client(configured) -> Iterator[TestClient]:
    with TestClient(load("accounts").app, base_url="https://vm.example.com") as client:
        yield client


@pytest.fixture
def admin(configured) -> Iterator[TestClient]:
    with TestClient(load("admin").app, base_url="https://vm.example.com") as client:
        yield client


def signed_in(client: TestClient, email: str = ADA) -> dict[str, str]:
    """A new person's session, in the client's cookies; the header that their writes need."""
    assert client.post("/api/accounts", json={"email": email, "password": PASSWORD}).status_code == 201
    opened = client.post("/api/session", json={"email": email, "password": PASSWORD})
    assert opened.status_code == 201
    return {"X-CSRF-Token": opened.json()["csrf_token"]}


def test_the_session_is_a_host_cookie_that_scripts_cannot_read(client):
    client.post("/api/accounts", json={"email": ADA, "password": PASSWORD})
    opened = client.post("/api/session", json={"email": ADA, "password": PASSWORD})
    name, _, rest = opened.headers["set-cookie"].partition("=")
    assert name == "__Host-session" == web.COOKIE
    attributes = {part.strip().lower() for part in rest.split(";")[1:]}
    assert attributes == {"httponly", "secure", "samesite=lax", "path=/", f"max-age={14 * 24 * 3600}"}
    assert opened.json()["user"]["email"] == ADA


def test_the_life_of_an_account(client):
    headers = signed_in(client)
    me = client.get("/api/me").json()
    assert me.keys() >= {"id", "email", "role", "preferences", "quotas", "used", "csrf_token", "signup"}
    assert (me["csrf_token"], me["signup"]) == (headers["X-CSRF-Token"], "open")

    changed = client.patch("/api/me", json={"preferences": {"policy": "cheapest"}}, headers=headers)
    assert changed.json()["preferences"]["policy"] == "cheapest"
    assert changed.json()["csrf_token"] == me["csrf_token"]

    made = client.post("/api/tokens", json={"name": "build"}, headers=headers)
    assert made.status_code == 201
    bearer = {"Authorization": f"Bearer {made.json()['token']}"}
    assert client.get("/api/me", headers=bearer).json()["csrf_token"] is None
    assert [token["name"] for token in client.get("/api/tokens").json()["tokens"]] == ["build"]
    assert client.delete(f"/api/tokens/{made.json()['id']}", headers=headers).status_code == 204
    assert client.get("/api/me", headers=bearer).json()["code"] == "token_invalid"

    ended = client.delete("/api/session", headers=headers)
    assert ended.status_code == 204
    assert "max-age=0" in ended.headers["set-cookie"].lower()
    assert client.get("/api/me").status_code == 401


def test_a_session_that_was_ended_elsewhere_is_no_longer_one(client):
    headers = signed_in(client)
    cookie = {"Cookie": f"{web.COOKIE}={client.cookies[web.COOKIE]}"}
    client.delete("/api/session", headers=headers)
    assert client.get("/api/me", headers=cookie).json()["code"] == "session_ended"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/api/me", {"preferences": {"policy": "cheapest"}}),
        ("POST", "/api/tokens", {"name": "build"}),
        ("DELETE", "/api/tokens/x", None),
        ("DELETE", "/api/session", None),
    ],
)
def test_no_write_by_cookie_goes_without_the_csrf_token(client, method, path, body):
    signed_in(client)
    assert client.request(method, path, json=body).json()["code"] == "csrf_token_invalid"


@pytest.mark.parametrize(
    ("preferences", "field"),
    [
        ({"policy": "luckiest"}, "preferences.policy"),
        ({"colour": "red"}, "preferences.colour"),
        ({"ssh_public_key": "ssh-rsa AAAA"}, "preferences.ssh_public_key"),
        ({"timezone": "Paris"}, "preferences.timezone"),
    ],
)
def test_a_wrong_preference_is_named(client, preferences, field):
    headers = signed_in(client)
    refused = client.patch("/api/me", json={"preferences": preferences}, headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)


def test_a_role_cannot_be_asked_for(client):
    refused = client.post("/api/accounts", json={"email": ADA, "password": PASSWORD, "role": "admin"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "role")


def test_signing_in_from_another_sites_page_is_refused(client):
    signed_in(client)
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    refused = client.post("/api/session", json={"email": ADA, "password": PASSWORD}, headers=foreign)
    assert refused.json()["code"] == "cross_origin"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "users"),
        ("PATCH", "users/x"),
        ("GET", "invitations"),
        ("POST", "invitations"),
        ("DELETE", "invitations/x"),
        ("GET", "regions"),
        ("PATCH", "regions/us-west1"),
        ("GET", "settings"),
        ("PATCH", "settings"),
    ],
)
@pytest.mark.parametrize("role", ["user", "auditor", None])
def test_administration_is_for_administrators(engine, admin, method, path, role):
    headers = {}
    if role:
        token = people.accounts().create_token(person(engine, "p@example.com", role), "test")["token"]
        headers = {"Authorization": f"Bearer {token}"}
    answer = admin.request(method, f"/api/admin/{path}", json={"creation_paused": True}, headers=headers)
    expected = (403, "admin_only") if role else (401, "unauthenticated")
    assert (answer.status_code, answer.json()["code"]) == expected


def test_what_an_administrator_does(engine, client, admin):
    root = person(engine, "root@example.com", "admin")
    bearer = {"Authorization": f"Bearer {people.accounts().create_token(root, 'test')['token']}"}
    admin.headers.update(bearer)

    invited = admin.post("/api/admin/invitations", json={"email": ADA, "role": "auditor"})
    assert invited.status_code == 201
    secret = invited.json()["link"].removeprefix("https://vm.example.com/signup?invitation=")
    body = {"email": ADA, "password": PASSWORD, "invitation": secret}
    assert client.post("/api/accounts", json=body).json()["role"] == "auditor"
    other = admin.post("/api/admin/invitations", json={}).json()
    assert [each["id"] for each in admin.get("/api/admin/invitations").json()["invitations"]] == [other["id"]]
    assert admin.delete(f"/api/admin/invitations/{other['id']}").status_code == 204

    listed = admin.get("/api/admin/users", params={"page_size": 1}).json()
    ada = listed["users"][0]
    assert ada.keys() >= {"id", "email", "role", "disabled", "max_vms", "max_vcpus", "max_monthly", "created_at", "vms"}
    more = admin.get("/api/admin/users", params={"page_token": listed["next_page_token"]}).json()
    assert ([user["email"] for user in more["users"]], more["next_page_token"]) == (["root@example.com"], None)
    changed = admin.patch(f"/api/admin/users/{ada['id']}", json={"max_monthly": "12.50", "role": "user"}).json()
    assert (changed["max_monthly"], changed["role"], changed["max_vms"]) == ("12.50", "user", ada["max_vms"])
    alone = admin.patch(f"/api/admin/users/{root.id}", json={"disabled": True})
    assert (alone.status_code, alone.json()["code"]) == (409, "last_admin")

    drained = admin.patch("/api/admin/regions/us-west1", json={"drained": True, "vcpu_limit": 16}).json()
    assert (drained["drained"], drained["vcpu_limit"]) == (True, 16)
    assert drained in admin.get("/api/admin/regions").json()["regions"]
    paused = admin.patch("/api/admin/settings", json={"creation_paused": True})
    assert paused.json() == admin.get("/api/admin/settings").json()
    assert paused.json()["creation_paused"] is True
    assert admin.patch("/api/admin/settings", json={"firewall_rule_limit": 9}).json() == {
        "creation_paused": True,
        "firewall_rule_limit": 9,
        "used_firewall_rules": 0,
    }


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("users/x", {"max_vms": -1}, "max_vms"),
        ("users/x", {"role": "owner"}, "role"),
        ("users/x", {"email": "eve@example.com"}, "email"),
        ("users/x", {"max_monthly": "1e30"}, "max_monthly"),
        ("regions/us-west1", {"vcpu_limit": -8}, "vcpu_limit"),
        ("regions/us-west1", {"address_limit": 1.5}, "address_limit"),
        ("settings", {"creation_paused": "perhaps"}, "creation_paused"),
        ("settings", {"firewall_rule_limit": -1}, "firewall_rule_limit"),
    ],
)
def test_a_wrong_change_is_named(engine, admin, path, body, field):
    root = person(engine, "root@example.com", "admin")
    bearer = {"Authorization": f"Bearer {people.accounts().create_token(root, 'test')['token']}"}
    refused = admin.patch(f"/api/admin/{path}", json=body, headers=bearer)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)

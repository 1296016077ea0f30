"""Who calls, and from where: sessions, tokens, CSRF, origins, roles, addresses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from shared import auth, web
from shared.web.edge import NO_ADDRESS, address_of
from tests.unit.edge_app import COOKIE, FRIEND, HOST, Store, bearer, csrf, make_app


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def client(store: Store) -> Iterator[TestClient]:
    with TestClient(make_app(store), base_url=HOST, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def browser(client: TestClient) -> TestClient:
    client.headers["Cookie"] = f"{web.COOKIE}={COOKIE}"
    return client


# Who is calling


def test_nobody_is_told_how_to_sign_in(client):
    answer = client.get("/api/who")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_needs_neither_csrf_token_nor_origin(client):
    assert client.get("/api/who", headers=bearer()).json()["via"] == "token"
    assert client.post("/api/things", json={"name": "x"}, headers=bearer()).status_code == 201


@pytest.mark.parametrize("authorization", ["Bearer", "Bearer vmc_made_up", "Basic YWRhOg==", ""])
def test_a_wrong_token_is_not_rescued_by_a_cookie(browser, authorization):
    assert browser.get("/api/who", headers={"Authorization": authorization}).status_code == 401


def test_a_session_reads_without_a_csrf_token_and_writes_with_it(browser):
    assert browser.get("/api/who").json()["via"] == "session"
    refused = browser.post("/api/things", json={"name": "x"})
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_token_invalid")
    assert browser.post("/api/things", json={"name": "x"}, headers=csrf()).status_code == 201


@pytest.mark.parametrize("token", ["", "wrong", auth.csrf_token("another session"), "\xff"])
def test_another_sessions_csrf_token_does_not_do(browser, token):
    headers = {"X-CSRF-Token": token.encode("latin-1")}
    assert browser.post("/api/things", json={"name": "x"}, headers=headers).json()["code"] == "csrf_token_invalid"


def test_an_unknown_cookie_is_a_session_that_has_ended(client):
    answer = client.get("/api/who", headers={"Cookie": f"{web.COOKIE}=made-up"})
    assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": HOST}, 200),
        ({"Origin": FRIEND}, 200),
        ({"Origin": FRIEND, "Sec-Fetch-Site": "cross-site"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:8080"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "https://vm.example.com.evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": HOST, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": HOST, "Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_a_write_from_another_site_is_refused_even_when_nobody_is_signed_in(client, headers, status):
    answer = client.post("/api/open", json={"name": "x"}, headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "cross_origin"


def test_reading_from_another_site_is_left_to_the_browsers_own_rules(client):
    answer = client.get("/api/page", headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


def test_an_allowed_origin_may_read_and_preflight_without_cookies(client):
    answer = client.get("/api/page", headers={"Origin": FRIEND})
    assert answer.headers["access-control-allow-origin"] == FRIEND
    assert "access-control-allow-credentials" not in answer.headers
    asked = {
        "Origin": FRIEND,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    assert client.options("/api/things", headers=asked).status_code == 200
    assert client.options("/api/things", headers=asked | {"Origin": "https://evil.example"}).status_code == 400


@pytest.mark.parametrize(("role", "admin", "auditor"), [("user", 403, 403), ("auditor", 403, 200), ("admin", 200, 200)])
def test_roles_open_what_they_should(client, store, role, admin, auditor):
    store.role = role
    assert client.get("/api/admins", headers=bearer()).status_code == admin
    assert client.get("/api/auditors", headers=bearer()).status_code == auditor


# Where from


@pytest.mark.parametrize(
    ("forwarded", "hops", "seen"),
    [
        ("203.0.113.7, 35.191.0.1", 2, "203.0.113.7"),
        ("6.6.6.6, 203.0.113.7, 35.191.0.1", 2, "203.0.113.7"),
        ("203.0.113.7,35.191.0.1", 1, "35.191.0.1"),
        ("2001:DB8::0001, 35.191.0.1", 2, "2001:db8::1"),
        ("::ffff:203.0.113.7, 35.191.0.1", 2, "203.0.113.7"),
        ("203.0.113.7", 2, "198.51.100.1"),
        ("", 2, "198.51.100.1"),
        ("garbage, 35.191.0.1", 2, "198.51.100.1"),
        ("10.0.0.1; DROP TABLE, 35.191.0.1", 2, "198.51.100.1"),
        ("203.0.113.7, 35.191.0.1", 0, "198.51.100.1"),
    ],
)
def test_the_address_is_what_the_last_trusted_proxy_saw(forwarded, hops, seen):
    assert address_of(forwarded, "198.51.100.1", hops) == seen


def test_no_address_at_all_is_one_that_nobody_has():
    assert address_of("", "unix:/run/x", 2) == NO_ADDRESS


def test_several_headers_are_one_list(client):
    forged = [("X-Forwarded-For", "6.6.6.6"), ("X-Forwarded-For", "203.0.113.7, 35.191.0.1")]
    answer = client.get("/api/who", headers=[*forged, *bearer().items()])
    assert answer.json()["address"] == "203.0.113.7"

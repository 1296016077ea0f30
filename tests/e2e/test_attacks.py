"""What outsiders, other users and careless programs try, and what a running platform answers."""

from __future__ import annotations

import http.client
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from local.platform import Platform
from tests.e2e.api import Client

SHORT = "nginx for an hour"
NUL = "a\x00b"
OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEVZl3VHCPpe8mmKJx1GUC9RwXK3dZ3rWl4nMW3FE9aJ me"


class Person(Client):
    """A user of their own, with an API token and a session."""

    def __init__(self, platform: Platform, role: str = "user") -> None:
        account = {"email": f"{uuid.uuid4().hex[:10]}@example.com", "password": "four unrelated words here"}
        made = httpx.post(f"{platform.url}/api/accounts", json=account).raise_for_status()
        opened = httpx.post(f"{platform.url}/api/session", json=account).raise_for_status()
        self.id: str = made.json()["id"]
        self.session = {
            "Cookie": opened.headers["set-cookie"].partition(";")[0],
            "X-CSRF-Token": opened.json()["csrf_token"],
        }
        token = httpx.post(f"{platform.url}/api/tokens", json={"name": "attack"}, headers=self.session)
        super().__init__(platform, token.raise_for_status().json()["token"])
        self.change(role=role)

    def change(self, **fields: Any) -> None:
        """What an administrator sets for this person."""
        admin = Client(self.platform)
        admin.http.patch(f"/api/admin/users/{self.id}", json=fields).raise_for_status()


@pytest.fixture
def ada(platform: Platform) -> Person:
    return Person(platform)


@pytest.fixture
def eve(platform: Platform) -> Person:
    return Person(platform)


@pytest.fixture
def machine(ada: Person) -> Iterator[str]:
    """Ada's running machine."""
    name = ada.machine(SHORT)
    ada.until(name, "RUNNING")
    yield name
    ada.http.delete(f"/api/vms/{name}").raise_for_status()
    ada.until(name, "DELETED")


def at_once(times: int, ask: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(ask, range(times)))


def statuses(answers: list[httpx.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


# Hostile text


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/suggestions", {"request": NUL}),
        ("POST", "/api/suggestions", {"request": "nginx", "refines": NUL}),
        ("GET", "/api/suggestions/a%00b", None),
        ("DELETE", "/api/tokens/a%00b", None),
        ("GET", "/api/tokens?page_token=YQBi", None),
        ("GET", "/api/audit?action=a%00b", None),
        ("GET", "/api/audit?vm=a%00b", None),
        ("GET", "/api/vms?owner=a%00b", None),
        ("GET", "/api/admin/users?page_token=YQBi", None),
        ("PATCH", "/api/admin/users/a%00b", {"disabled": False}),
        ("PATCH", "/api/admin/regions/a%00b", {"drained": False}),
        ("DELETE", "/api/admin/invitations/a%00b", None),
    ],
)
def test_a_nul_is_the_callers_mistake_and_not_a_crash(platform: Platform, method: str, path: str, body: Any) -> None:
    answer = Client(platform).http.request(method, path, json=body)
    assert answer.status_code in (404, 422), answer.text


def test_an_event_number_that_no_event_has_is_not_a_crash(ada: Person, machine: str) -> None:
    path = f"/api/vms/{machine}/events"
    for number in (2**31, 2**63, 10**30):
        assert ada.http.get(path, params={"after": number}).status_code in (200, 422)
        assert ada.http.get(path, headers={"Last-Event-ID": str(number)}).status_code in (200, 422)


@pytest.mark.parametrize("origin", ["null", "http://[", "https://evil.example", "http://localhost:1.evil.example"])
def test_a_strange_origin_is_refused_and_not_a_crash(ada: Person, platform: Platform, origin: str) -> None:
    headers = {**ada.session, "Origin": origin}
    answer = httpx.post(f"{platform.url}/api/tokens", json={"name": "x"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_origin")


@pytest.mark.parametrize("path", ["/%00", "/" + "a" * 600, "/assets/" + "a/" * 3000])
def test_the_page_answers_every_path(platform: Platform, path: str) -> None:
    assert httpx.get(platform.url + path).status_code in (200, 404)


@pytest.mark.parametrize(
    "path",
    [
        "//etc/passwd",
        "/%2fetc/passwd",
        "/..%2f..%2f..%2f..%2fetc/passwd",
        "/assets/../../../../pyproject.toml",
        "/%2e%2e/pyproject.toml",
    ],
)
def test_no_path_leads_out_of_the_pages_folder(platform: Platform, path: str) -> None:
    """Sent raw: HTTP clients tidy such paths up."""
    door = http.client.HTTPConnection(urlsplit(platform.url).netloc, timeout=10)
    door.request("GET", path)
    told = door.getresponse().read().decode()
    door.close()
    assert "root:" not in told
    assert "[project]" not in told


def test_a_control_character_in_a_header_is_not_a_crash(ada: Person) -> None:
    assert ada.http.get("/api/me", headers={"User-Agent": b"a\x01b"}).status_code < 500


# Who one says that one is


def test_nobody_chooses_the_address_that_they_come_from(ada: Person) -> None:
    claimed = {"X-Forwarded-For": "198.51.100.7, 198.51.100.8"}
    ada.http.post("/api/tokens", json={"name": "elsewhere"}, headers=claimed).raise_for_status()
    records = ada.get("/api/audit", params={"action": "token.created"})["records"]
    assert records[0]["after"]["name"] == "elsewhere"
    assert not records[0]["address"].startswith("198.51.100.")


def test_streams_are_for_their_owners(platform: Platform, eve: Person, machine: str) -> None:
    stream = {"Accept": "text/event-stream"}
    for path in (f"/api/vms/{machine}/events", "/api/events"):
        assert httpx.get(platform.url + path, headers=stream).status_code == 401
    assert eve.http.get(f"/api/vms/{machine}/events", headers=stream).status_code == 404


def test_an_auditor_sees_everything_and_changes_nothing(platform: Platform, machine: str) -> None:
    auditor = Person(platform, "auditor")
    assert auditor.vm(machine)["name"] == machine
    asked = [auditor.post(f"/api/vms/{machine}:{verb}") for verb in ("stop", "start", "reveal")]
    asked += [
        auditor.post(f"/api/vms/{machine}:extend", {"by": "1h", "approved_total": "100"}),
        auditor.http.delete(f"/api/vms/{machine}"),
    ]
    assert [answer.status_code for answer in asked] == [404] * 5
    assert auditor.http.patch("/api/admin/settings", json={"creation_paused": True}).status_code == 403


# Approvals


def test_a_quote_given_to_another_account_approves_nothing(ada: Person, eve: Person) -> None:
    own = eve.suggest("a small Redis cache for three hours")["id"]
    refused = eve.approve({**ada.suggest(SHORT), "id": own})
    assert (refused.status_code, refused.json()["code"]) == (409, "quote_expired")


def test_a_quote_is_not_valid_for_longer_than_it_says(platform: Platform, ada: Person) -> None:
    suggestion = ada.suggest(SHORT)
    platform.advance(15 * 60 + 1)
    refused = ada.approve(suggestion)
    assert (refused.status_code, refused.json()["code"]) == (409, "quote_expired")
    fresh = ada.approve({**suggestion, "quote": refused.json()["quote"]}).raise_for_status()
    ada.http.delete(f"/api/vms/{fresh.json()['name']}").raise_for_status()


def test_an_approval_names_a_suggestion_of_ones_own(ada: Person, eve: Person) -> None:
    own = ada.suggest(SHORT)
    for foreign in (eve.suggest(SHORT)["id"], "made-up"):
        refused = ada.approve({**own, "id": foreign})
        assert (refused.status_code, refused.json().get("code")) == (404, "no_such_suggestion")


@pytest.mark.parametrize("total", ["NaN", "Infinity", "-1", "1e7", "0.00001", True, None, [], "x", "9" * 5000])
def test_a_ceiling_is_a_sum_of_money(ada: Person, total: Any) -> None:
    suggestion = ada.suggest(SHORT)
    body = {"suggestion_id": suggestion["id"], "spec": suggestion["spec"], "approved_total": total}
    assert ada.post("/api/vms", body).status_code == 422


def test_a_quota_holds_against_approvals_at_once(ada: Person) -> None:
    ada.change(max_vms=3)
    suggestion = ada.suggest(SHORT)
    answers = at_once(12, lambda _: ada.approve(suggestion))
    assert statuses(answers) == {202: 3, 409: 9}
    for answer in answers:
        if answer.status_code == 202:
            ada.http.delete(f"/api/vms/{answer.json()['name']}").raise_for_status()


def test_an_idempotency_key_sent_at_once_makes_one_machine(ada: Person) -> None:
    suggestion, key = ada.suggest(SHORT), str(uuid.uuid4())
    answers = at_once(8, lambda _: ada.approve(suggestion, key))
    assert set(statuses(answers)) <= {202, 409}
    names = {answer.json()["name"] for answer in answers if answer.status_code == 202}
    assert len(names) == 1
    assert len(ada.get("/api/vms")["vms"]) == 1
    ada.http.delete(f"/api/vms/{names.pop()}").raise_for_status()


def test_an_idempotency_key_is_for_one_login_key_too(ada: Person) -> None:
    suggestion, key = ada.suggest(SHORT), str(uuid.uuid4())
    body = {
        "suggestion_id": suggestion["id"],
        "spec": suggestion["spec"],
        "approved_total": suggestion["quote"]["max_total"],
    }
    name = ada.post("/api/vms", body, key).raise_for_status().json()["name"]
    again = ada.post("/api/vms", {**body, "ssh_public_key": OTHER_KEY}, key)
    ada.http.delete(f"/api/vms/{name}").raise_for_status()
    assert (again.status_code, again.json().get("code")) == (409, "idempotency_key_reused")


# What is done to a machine


def test_credentials_asked_for_by_twenty_at_once_are_given_to_one(ada: Person, machine: str) -> None:
    answers = at_once(20, lambda _: ada.post(f"/api/vms/{machine}:reveal"))
    assert statuses(answers) == {200: 1, 410: 19}
    assert sum("PRIVATE KEY" in answer.text for answer in answers) == 1


def test_extensions_at_once_never_pass_the_ceiling(ada: Person, machine: str) -> None:
    spec = {**ada.vm(machine)["spec"], "duration": "4h"}
    ceiling = ada.post("/api/quotes", {"spec": spec, "vm": machine}).raise_for_status().json()["total"]
    answers = at_once(8, lambda _: ada.post(f"/api/vms/{machine}:extend", {"by": "1h", "approved_total": ceiling}))
    assert statuses(answers) == {202: 3, 409: 5}
    assert Decimal(ada.vm(machine)["quote"]["total"]) <= Decimal(ceiling)


def test_an_extension_is_a_length_within_the_longest_lease(ada: Person, machine: str) -> None:
    end = ada.vm(machine)["expires_at"]
    for by in ("9999d", "999999d", "-1h", "1.5h", "0m", "1e5h", "", "P1D"):
        refused = ada.post(f"/api/vms/{machine}:extend", {"by": by, "approved_total": "1000000"})
        assert refused.status_code == 422, by
    assert ada.vm(machine)["expires_at"] == end


def test_an_extension_counts_against_the_money_quota(ada: Person, machine: str) -> None:
    ada.change(max_monthly="0.05")
    refused = ada.post(f"/api/vms/{machine}:extend", {"by": "20h", "approved_total": "100000"})
    assert (refused.status_code, refused.json().get("code")) == (409, "quota_exceeded")


# The API's description


def test_the_description_says_what_is_answered(ada: Person) -> None:
    paths = ada.get("/api/openapi.json")["paths"]
    for path in ("/api/health", "/api/accounts", "/api/session"):
        open_to_all = paths[path].get("post", paths[path].get("get"))
        assert open_to_all.get("security") == [], f"{path} needs no token"
    approve = paths["/api/vms"]["post"]
    key = next(each for each in approve["parameters"] if each["name"].lower() == "idempotency-key")
    assert key["required"] is True
    for refusal in ("401", "409", "422", "429"):
        described = approve["responses"].get(refusal) or approve["responses"]["default"]
        assert described["content"].keys() == {"application/problem+json"}

"""What is wanted of idle machines, over HTTP: what is taken, and what is refused with words that say what to do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.integration.test_account_functions import client, configured, load, signed_in  # noqa: F401

KEY = {"Idempotency-Key": "once"}


@pytest.fixture
def request_function(configured) -> Iterator[TestClient]:  # noqa: F811
    with TestClient(load("request").app, base_url="https://vm.example.com") as made:
        yield made


def test_what_new_machines_do_when_idle_is_a_preference(client):  # noqa: F811
    headers = signed_in(client)
    assert client.get("/api/me").json()["preferences"]["idle_stop"] == "off"
    for wish, kept in (("90m", "1h30m"), ("12h", "12h"), ("off", "off")):
        answer = client.patch("/api/me", json={"preferences": {"idle_stop": wish}}, headers=headers)
        assert (answer.status_code, answer.json()["preferences"]["idle_stop"]) == (200, kept)
    for wish in ("5m", "2d", "never", None, 60):
        answer = client.patch("/api/me", json={"preferences": {"idle_stop": wish}}, headers=headers)
        assert answer.status_code == 422


def test_what_one_machine_does_is_asked_for_with_a_key_and_a_proper_length(client, request_function):  # noqa: F811
    headers = signed_in(client)
    request_function.cookies = client.cookies
    path, body = "/api/vms/django-001:idle-stop", {"idle_stop": "1h"}
    assert request_function.post(path, json=body, headers=KEY).status_code == 403
    assert request_function.post(path, json=body, headers=headers).status_code in (400, 422)
    wrong = request_function.post(path, json={"idle_stop": "1m"}, headers=headers | KEY)
    assert wrong.status_code == 422
    assert "30m to 12h" in wrong.text or "shortest" in wrong.text
    absent = request_function.post(path, json=body, headers=headers | KEY)
    assert (absent.status_code, absent.json()["code"]) == (404, "no_such_vm")

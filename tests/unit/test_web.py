"""The HTTP edge, around an app of the test's own."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from functions_framework.aio import create_asgi_app
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from shared.log import trace_id
from shared.web.edge import LARGEST_BODY, trace_of
from tests.unit.edge_app import HOST, Store, bearer, make_app


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(make_app(Store()), base_url=HOST, raise_server_exceptions=False) as client:
        yield client


# Refusals


def test_a_refusal_is_problem_json_with_a_stable_code(client):
    answer = client.get("/api/refuse/missing")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "code": "no_such_vm",
        "detail": "There is no VM x.",
        "instance": "/api/refuse/missing",
    }


def test_a_refusals_extra_travels_but_replaces_nothing(client):
    problem = client.get("/api/refuse/conflict").json()
    assert problem["quote"] == {"total": "1.20"}
    assert (problem["status"], problem["title"]) == (409, "Conflict")


def test_too_many_says_when_to_come_back(client):
    answer = client.get("/api/refuse/often")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")


def test_unknown_fields_are_refused_by_name(client):
    answer = client.post("/api/open", json={"name": "x", "prots": [80]})
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"
    assert answer.json()["errors"] == [{"field": "prots", "message": "Extra inputs are not permitted."}]


def test_each_wrong_field_is_named_and_what_was_sent_is_not_echoed(client):
    answer = client.post("/api/open", json={"name": ["hunter2"], "ports": [80, "http"]})
    assert [each["field"] for each in answer.json()["errors"]] == ["name", "ports.1"]
    assert "hunter2" not in answer.text


def test_what_is_not_json_is_refused(client):
    broken = client.post("/api/open", content=b'{"name": ', headers={"Content-Type": "application/json"})
    assert broken.status_code == 422
    assert broken.json()["errors"] == [
        {"field": "", "message": "The body is not JSON: character 9 does not belong there."}
    ]
    assert client.post("/api/open", content=b'{"name":"x"}', headers={"Content-Type": "text/plain"}).status_code == 422


def test_an_unknown_path_and_a_wrong_method_are_problems_too(client):
    nowhere = client.get("/api/nowhere")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
    wrong = client.put("/api/who")
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["allow"]) == (405, "method_not_allowed", "GET")


def test_no_docs_are_served_by_accident(client):
    assert {client.get(path).status_code for path in ("/docs", "/redoc", "/openapi.json")} == {404}


def test_a_crash_tells_its_trace_and_nothing_else(client, caplog):
    answer = client.get("/api/crash", headers={"traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01"})
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert answer.json()["trace_id"] == "ab" * 16
    assert "hunter2" not in answer.text
    assert "hunter2" in caplog.text
    assert "nosniff" in answer.headers["x-content-type-options"]


# The body's size


def test_a_body_that_announces_too_much_is_not_read(client):
    answer = client.post("/api/open", content=b"x" * (LARGEST_BODY + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_body_that_announces_nothing_is_cut_off(client):
    def endless() -> Iterator[bytes]:
        for _ in range(10):
            yield b" " * (LARGEST_BODY // 4)

    answer = client.post("/api/open", content=endless(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_the_largest_body_is_taken(client):
    wish = json.dumps({"name": "x"}).encode().ljust(LARGEST_BODY)
    assert client.post("/api/open", content=wish, headers={"Content-Type": "application/json"}).status_code == 200


# What goes with every answer


@pytest.mark.parametrize("path", ["/api/page", "/api/nowhere", "/api/crash", "/api/who", "/api/stream"])
def test_every_answer_has_the_security_headers(client, path):
    headers = client.get(path).headers
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["strict-transport-security"].startswith("max-age=63072000")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "headers",
    [{"traceparent": f"00-{'a1' * 16}-{'b2' * 8}-01"}, {"X-Cloud-Trace-Context": f"{'a1' * 16}/123;o=1"}],
)
def test_the_trace_is_the_callers(headers):
    assert trace_of(Headers(headers)) == "a1" * 16


@pytest.mark.parametrize("value", ["", "junk", f"00-{'0' * 32}-{'b2' * 8}-01", "a1" * 15, "<script>"])
def test_without_a_proper_trace_a_new_one_begins(value):
    made = trace_of(Headers({"traceparent": value}))
    assert len(made) == 32
    assert int(made, 16)


def test_each_request_is_logged_with_who_and_where_but_not_its_query(client, caplog):
    caplog.set_level(logging.INFO, "vmcreator.request")
    client.get("/api/who?secret=hunter2", headers=bearer() | {"X-Forwarded-For": "203.0.113.7, 35.191.0.1"})
    (logged,) = (record for record in caplog.records if record.name == "vmcreator.request")
    assert logged.getMessage() == "GET /api/who 200"
    assert logged.user_id == "u1"
    assert logged.httpRequest["remoteIp"] == "203.0.113.7"
    assert "hunter2" not in str(vars(logged))
    assert trace_id.get() is None


# What lists and repeatable writes take


@pytest.mark.parametrize("key", [None, "", "   ", "x" * 201, "tab\there", "smile\u263a"])
def test_a_write_that_needs_a_key_refuses_what_is_none(client, key):
    headers = {} if key is None else {"Idempotency-Key": key.encode()}
    answer = client.post("/api/once", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_required")


def test_a_proper_key_arrives(client):
    assert client.post("/api/once", headers={"Idempotency-Key": "2f9c-…".replace("…", "1")}).json() == {"key": "2f9c-1"}


def test_a_page_token_leads_to_the_next_page(client):
    first = client.get("/api/page").json()
    assert first["items"] == [{"size": 20, "after": None}]
    second = client.get("/api/page", params={"page_size": 5, "page_token": first["next_page_token"]}).json()
    assert second["items"] == [{"size": 5, "after": "django-001 ✓"}]


@pytest.mark.parametrize("token", ["!", "abc", "/w==", "é"])
def test_a_made_up_page_token_is_refused(client, token):
    answer = client.get("/api/page", params={"page_token": token})
    assert (answer.status_code, answer.json()["code"]) == (422, "page_token_invalid")


@pytest.mark.parametrize("size", ["0", "101", "ten"])
def test_a_page_has_1_to_100_items(client, size):
    assert client.get("/api/page", params={"page_size": size}).json()["errors"][0]["field"] == "page_size"


# Behind the Functions Framework


def test_the_framework_serves_the_app_with_path_body_and_stream(tmp_path, monkeypatch):
    source = tmp_path / "main.py"
    source.write_text("from shared import web\nfrom tests.unit.edge_app import Store, make_app\n\n"
                      "main = web.function(make_app(Store()))\n")  # fmt: skip
    for variable in ("FUNCTION_TARGET", "FUNCTION_SIGNATURE_TYPE"):  # which the framework sets
        monkeypatch.setenv(variable, "")
    framework = create_asgi_app("main", str(source), "http")
    with TestClient(framework, base_url=HOST) as client:
        assert client.post("/api/open", json={"name": "x"}).json() == {"name": "x"}
        assert client.get("/api/nowhere").json()["instance"] == "/api/nowhere"
        assert client.get("/api/crash").json()["code"] == "internal"
        with client.stream("GET", "/api/stream") as stream:
            assert list(stream.iter_lines()) == ["id: 1", "", "id: 2", ""]

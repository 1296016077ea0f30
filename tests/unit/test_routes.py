"""The one table of routes: what it sends to a function is answered there, and what a function answers is sent to it."""

from __future__ import annotations

import importlib
import re

import pytest
from fastapi.routing import APIRoute

from infra.stage import FUNCTIONS, PUBLIC
from local.frontdoor.routing import Rule, function_for, rules

TABLE = rules()
PARAMETERS = {"name": "django-001", "region_id": "us-west1"}
# The whole API, written down again; `{}` stands for any name or id.
API = """
accounts  POST    /api/accounts
accounts  POST    /api/session
accounts  DELETE  /api/session
accounts  GET     /api/me
accounts  PATCH   /api/me
accounts  GET     /api/me/notices
accounts  POST    /api/me/webhook
accounts  DELETE  /api/me/webhook
accounts  POST    /api/tokens
accounts  GET     /api/tokens
accounts  DELETE  /api/tokens/{}
suggest   POST    /api/suggestions
suggest   GET     /api/suggestions/{}
suggest   POST    /api/quotes
suggest   GET     /api/catalog
request   POST    /api/vms
request   POST    /api/vms/{}:extend
request   POST    /api/vms/{}:stop
request   POST    /api/vms/{}:start
request   POST    /api/vms/{}:idle-stop
request   POST    /api/vms/{}:reveal
request   DELETE  /api/vms/{}
status    GET     /api/vms
status    GET     /api/vms/{}
status    GET     /api/vms/{}/events
status    GET     /api/vms/{}/receipt
status    GET     /api/vms/{}/use
status    GET     /api/events
status    GET     /api/costs
status    GET     /api/audit
status    GET     /api/regions
status    GET     /api/health
status    GET     /api/openapi.json
status    GET     /api/docs
admin     GET     /api/admin/users
admin     PATCH   /api/admin/users/{}
admin     GET     /api/admin/regions
admin     PATCH   /api/admin/regions/{}
admin     GET     /api/admin/invitations
admin     POST    /api/admin/invitations
admin     DELETE  /api/admin/invitations/{}
admin     GET     /api/admin/settings
admin     PATCH   /api/admin/settings
admin     GET     /api/admin/reconciliation
admin     GET     /api/admin/orphans
admin     POST    /api/admin/orphans/{}:destroy
admin     POST    /api/admin/orphans/{}:adopt
admin     GET     /api/admin/dead-letters
admin     POST    /api/admin/dead-letters/{}:replay
admin     POST    /api/admin/dead-letters/{}:drop
admin     GET     /api/admin/models
admin     POST    /api/admin/models:switch
admin     GET     /api/admin/models/examples
admin     GET     /api/admin/models/examples.jsonl
admin     POST    /api/admin/models/jobs
admin     GET     /api/admin/models/jobs
admin     GET     /api/admin/models/jobs/{}
admin     POST    /api/admin/models/jobs/{}:cancel
admin     POST    /api/admin/models/evaluations
"""
EXPECTED = [tuple(line.split()) for line in API.strip().splitlines()]


def served(function: str) -> list[tuple[str, str]]:
    """Method and path of every route of a function's app, parameters in place."""
    app = importlib.import_module(f"functions.{function}.main").app
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    assert len(routes) == len(app.routes), "a route that the table cannot know"
    return [(method, _filled(route.path)) for route in routes for method in route.methods]


def _filled(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: PARAMETERS.get(found[1], "a1b2"), path)


ROUTES = [(function, method, path) for function in PUBLIC for method, path in served(function)]


@pytest.mark.parametrize(("function", "method", "path"), ROUTES)
def test_every_route_of_a_public_function_leads_to_that_function(function: str, method: str, path: str) -> None:
    assert function_for(method, path, TABLE) == function


@pytest.mark.parametrize(("function", "method", "path"), EXPECTED)
def test_every_path_of_the_api_is_there(function: str, method: str, path: str) -> None:
    assert any(
        (owner, verb) == (function, method) and re.fullmatch(re.escape(path).replace(r"\{\}", r"[\w-]+"), place)
        for owner, verb, place in ROUTES
    )


def test_no_two_functions_answer_the_same() -> None:
    asked = [(method, path) for _, method, path in ROUTES]
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize("rule", TABLE, ids=lambda rule: rule.function)
def test_the_table_names_nothing_that_nobody_answers(rule: Rule) -> None:
    answered = served(rule.function)
    assert {method for method, _ in answered} == rule.methods
    for each in rule.paths:
        below = each.removesuffix("*")
        assert any(path == each or (each != below and path.startswith(below)) for _, path in answered), each


def test_only_the_five_that_people_call_are_in_the_table() -> None:
    assert {rule.function for rule in TABLE} == set(PUBLIC) == set(FUNCTIONS) - {"provision", "reaper"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", "/"), ("GET", "/"), ("POST", "/api"), ("GET", "/api/unknown"), ("POST", "/api/provision")),
        *(
            ("POST", "/api/reaper"),
            ("PUT", "/api/vms/django-001"),
            ("GET", "/api/vmsx"),
            ("GET", "/api/administrators"),
        ),
        *(("POST", "/api/health"), ("TRACE", "/api/vms")),
    ],
)
def test_what_is_no_route_leads_nowhere(method: str, path: str) -> None:
    assert function_for(method, path, TABLE) is None


def test_head_goes_where_get_goes_and_a_preflight_to_whom_the_path_belongs() -> None:
    assert function_for("HEAD", "/api/vms", TABLE) == "status"
    assert function_for("OPTIONS", "/api/admin/users", TABLE) == "admin"

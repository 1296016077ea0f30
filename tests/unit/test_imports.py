"""What a function loads before it needs it, and that what ships knows nothing of where it runs."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.stage import FUNCTIONS

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted(path for folder in ("shared", "functions") for path in (ROOT / folder).rglob("*.py"))
HEAVY = ("google.cloud.compute", "google.cloud.compute_v1", "openai")
# The parts of a request that reads the database: each function's own, beside the session's.
PARTS = {
    "accounts": ("bootstrap.auth", "people.accounts"),
    "suggest": ("bootstrap.auth", "suggestions.suggestion_limit", "suggestions.pricing"),
    "request": ("bootstrap.auth", "requests.creation_limit", "requests.requesting", "requests.owning"),
    "status": ("bootstrap.auth", "status.viewing", "status.watching", "status.exporting", "people.auditing"),
    "admin": ("bootstrap.auth", "people.administering"),
}
# A process in which nothing may be dialled; it says what it has loaded after the import, and after making the parts.
PROBE = """
import importlib, json, os, socket, sys

def refuse(*_):
    raise AssertionError("something connects")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
function, parts, environment = json.loads(sys.argv[1])
main = importlib.import_module(f"functions.{function}.main")
loaded = sorted(sys.modules)
os.environ.update(environment)
for part in parts:
    room, _, name = part.partition(".")
    getattr(getattr(main, room), name)()
print(json.dumps([loaded, sorted(sys.modules)]))
"""
CONFIGURED = {"DATABASE_URL": "postgresql://vm@127.0.0.1:1/vm", "OPENAI_API_KEY": "sk-test"}
LOCAL_MODE = re.compile(r"(?i)(?<![a-z])(local|localhost|emulat(or|ed)|fake|mock|pytest|testing)(?![a-z])")


def probe(function: str) -> tuple[set[str], set[str]]:
    """The modules that are loaded once the function is imported without any configuration, and once its parts are
    made."""
    told = json.dumps([function, PARTS.get(function, ()), CONFIGURED])
    command = [sys.executable, "-c", PROBE, told]
    ran = subprocess.run(command, cwd=ROOT, env={"PATH": ""}, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    imported, made = json.loads(ran.stdout.splitlines()[-1])
    return set(imported), set(made)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_imported_without_configuration_connection_or_heavy_client(function: str) -> None:
    imported, made = probe(function)
    assert f"functions.{function}.main" in imported
    assert imported.isdisjoint(HEAVY)
    assert made.isdisjoint(HEAVY)
    assert function not in PARTS or "sqlalchemy" in made
    assert not {name for name in made if name.split(".")[0] in ("local", "tests", "infra")}


def test_the_parts_of_every_function_that_people_call_are_made() -> None:
    assert set(PARTS) == set(FUNCTIONS) - {"provision", "reaper"}


def imported_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def conditions(tree: ast.AST) -> Iterator[str]:
    """What is asked by every if, while, conditional expression and match."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.If, ast.IfExp, ast.While)):
            yield ast.unparse(node.test)
        elif isinstance(node, ast.Match):
            yield ast.unparse(node.subject)


def words(tree: ast.AST) -> Iterator[str]:
    """Every text that the code works with, its docstrings left out."""
    said = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in said:
            yield node.value


@pytest.mark.parametrize(
    "hidden",
    [
        "if settings.local_mode: x()",
        "y = 1 if IS_LOCAL else 2",
        "while not emulated(): x()",
        "match local:\n case 1: x()",
    ],
)
def test_a_local_mode_would_be_found(hidden: str) -> None:
    assert [asked for asked in conditions(ast.parse(hidden)) if LOCAL_MODE.search(asked)]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_ships_has_no_local_mode(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert not {name for name in imported_names(tree) if name.split(".")[0] in ("local", "tests", "infra", "pytest")}
    assert [asked for asked in conditions(tree) if LOCAL_MODE.search(asked)] == []
    assert [word for word in words(tree) if "EMULATOR" in word] == []

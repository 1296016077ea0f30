"""What the deployment's files say, read without Terraform; and which settings a function's code reads."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import hcl2

from shared.config import Settings

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "infra" / "terraform"
# Properties of Settings, by the fields that the deployment may set and that they depend on.
DERIVED = {"figures": {"engine"}, "has_terraform": {"terraform_image", "state_bucket", "build_source_bucket"}}
_BOOTSTRAP = ROOT / "shared" / "bootstrap"
_VARIABLE = re.compile(r"\b([A-Z][A-Z0-9_]{2,})\s*[=:]")


@cache
def blocks() -> tuple[Mapping[str, Any], ...]:
    """Every file of the deployment, its quotation marks taken off; the module of one VM is not among them."""
    return tuple(_bare(hcl2.loads(path.read_text())) for path in sorted(FOLDER.glob("*.tf")))


def local(name: str) -> Any:
    (found,) = [each[name] for file in blocks() for each in file.get("locals", ()) if name in each]
    return found


def resources() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Type, name and body of each."""
    for file in blocks():
        for resource in file.get("resource", ()):
            for kind, named in resource.items():
                for name, body in named.items():
                    yield kind, name, body


def variables_of(group: Any) -> set[str]:
    """The variables that a group of the functions' configuration sets, in whatever expression it is written."""
    return set(group) if isinstance(group, Mapping) else set(_VARIABLE.findall(str(group)))


@cache
def settings_read(function: str) -> frozenset[str]:
    """The settings, as variables, that the function's code reads: by itself, and in the makers of bootstrap's rooms
    that it calls, and that those call."""
    start = _Room(ROOT / "functions" / function / "main.py")
    waiting, seen = list(_called(start, start.tree)), set[tuple[Path, str]]()
    found = set(_read(start.tree))
    while waiting:
        path, maker = waiting.pop()
        if (path, maker) in seen or not path.exists():
            continue
        seen.add((path, maker))
        room = _Room(path)
        if (made_by := room.makers.get(maker)) is not None:
            found.update(_read(made_by))
            waiting.extend(_called(room, made_by))
    return frozenset(name.upper() for name in found)


class _Room:
    """A module: its functions, and what its imports from bootstrap are called in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tree = ast.parse(path.read_text())
        self.makers = {node.name: node for node in self.tree.body if isinstance(node, ast.FunctionDef)}
        self.rooms: dict[str, Path] = {}
        self.imported: dict[str, tuple[Path, str]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                self._take(node.module, [each.name for each in node.names])

    def _take(self, module: str, names: list[str]) -> None:
        if module == "shared" and "bootstrap" in names:
            self.rooms["bootstrap"] = _BOOTSTRAP / "__init__.py"
        elif module == "shared.bootstrap":
            self.rooms |= {name: _BOOTSTRAP / f"{name}.py" for name in names}
        elif module.startswith("shared.bootstrap."):
            path = _BOOTSTRAP / f"{module.rpartition('.')[2]}.py"
            self.imported |= {name: (path, name) for name in names}


def _called(room: _Room, code: ast.AST) -> Iterator[tuple[Path, str]]:
    for node in ast.walk(code):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in room.rooms:
            yield room.rooms[node.value.id], node.attr
        elif isinstance(node, ast.Name):
            yield room.imported.get(node.id, (room.path, node.id))


def _read(code: ast.AST) -> Iterator[str]:
    """The fields of Settings that are read off `chosen`, `read` or a call of `settings`."""
    for node in ast.walk(code):
        if not isinstance(node, ast.Attribute):
            continue
        of = node.value.func if isinstance(node.value, ast.Call) else node.value
        called = of.attr if isinstance(of, ast.Attribute) else getattr(of, "id", "")
        if called in ("chosen", "read", "settings"):
            yield from DERIVED.get(node.attr, {node.attr} & Settings.model_fields.keys())


def _bare(node: Any) -> Any:
    if isinstance(node, Mapping):
        return {_bare(key): _bare(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_bare(each) for each in node]
    return node[1:-1] if isinstance(node, str) and len(node) > 1 and node[0] == node[-1] == '"' else node

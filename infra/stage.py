"""Stages each function's deployable source, from an allow-list: its own folder, shared/, a root main.py, pinned
requirements. What runs on one machine and in the tests is this staged form.

    python -m infra.stage FOLDER [FUNCTION ...]
"""

from __future__ import annotations

import argparse
import compileall
import importlib
import json
import py_compile
import shutil
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = ("accounts", "suggest", "request", "provision", "status", "reaper", "admin")
HTTP = frozenset(FUNCTIONS) - {"provision"}  # provision takes CloudEvents, by the synchronous decorator
PUBLIC = ("accounts", "suggest", "request", "status", "admin")
# The one thing that happens at the start: the configuration is read, so that a bad value stops it there and then.
ENTRY = """\
from functions.{function}.main import main as main
from shared import bootstrap

bootstrap.settings()
"""
PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
    },
}
SHIPPED = ("*.py", "*.json", "*.mako")
# The module that makes one VM: what ends VMs needs it too, and what is exported is made from it.
MODULE, WITH_MODULE = Path("infra", "terraform", "vm"), frozenset({"provision", "reaper", "status"})


def stage(function: str, folder: Path) -> Path:
    """The staged source of one function, made anew; its folder. Compiled, since a new copy would compile it again at
    every cold start."""
    target = folder / function
    shutil.rmtree(target, ignore_errors=True)
    for source in (ROOT / "shared", ROOT / "functions" / function):
        for path in sorted(each for pattern in SHIPPED for each in source.rglob(pattern)):
            copy = target / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    (target / "main.py").write_text(ENTRY.format(function=function))
    shutil.copyfile(ROOT / "requirements.lock", target / "requirements.txt")
    if function in WITH_MODULE:
        (target / MODULE).mkdir(parents=True)
        for pattern in ("*.tf", "*.sh"):
            for path in sorted((ROOT / MODULE).glob(pattern)):
                shutil.copyfile(path, target / MODULE / path.name)
    if function == "status":
        (target / "shared" / "openapi.json").write_text(json.dumps(openapi()))
    compileall.compile_dir(target, quiet=2, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    return target


def openapi() -> dict[str, Any]:
    """The API of all public functions as one OpenAPI document."""
    whole: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "VM Creator",
            "version": "1",
            "description": "Words to a machine at an agreed price, gone when its time is up.",
        },
        "paths": {},
        "components": {"schemas": {}, "securitySchemes": {}},
    }
    for function in PUBLIC:
        described = importlib.import_module(f"functions.{function}.main").app.openapi()
        for path, methods in described["paths"].items():
            for operation in methods.values():
                _complete(operation)
            whole["paths"].setdefault(path, {}).update(methods)
        for kind in ("schemas", "securitySchemes"):
            whole["components"][kind].update(described.get("components", {}).get(kind, {}))
    return whole


def _complete(operation: dict[str, Any]) -> None:
    """What the framework does not know of our edge: every refusal is a problem document, a write's key is required,
    and what asks for no caller is open to all."""
    operation.setdefault("security", [])
    operation["responses"].pop("422", None)
    operation["responses"]["default"] = {
        "description": "Refused, with a stable `code` and a `detail` that says what to do",
        "content": {"application/problem+json": {"schema": PROBLEM}},
    }
    for parameter in operation.get("parameters", ()):
        if parameter["name"].lower() == "idempotency-key":
            parameter["required"] = True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("functions", nargs="*", default=FUNCTIONS)
    options = parser.parse_args()
    for function in options.functions:
        print(stage(function, options.folder), file=sys.stderr)


if __name__ == "__main__":
    main()

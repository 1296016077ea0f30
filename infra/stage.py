"""Stages each function's deployable source, from an allow-list: its own folder, shared/, a root main.py, pinned
requirements. What runs on one machine and in the tests is this staged form.

    python -m infra.stage FOLDER [FUNCTION ...] [--zip]

With --zip, what is uploaded too: a zip of each function (infra/archive.py), and the source of the image in which the
deployment's jobs run.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import marshal
import shutil
import sys
from functools import cache
from pathlib import Path
from typing import Any

from infra.archive import archive

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
SHIPPED = ("*.py", "*.json", "*.mako", "*.tf", "*.sh")
# The module that makes one VM: what ends VMs needs it too, and what is exported is made from it.
MODULE, WITH_MODULE = Path("infra", "terraform", "vm"), frozenset({"provision", "reaper", "status"})
# The process types of the jobs' image, which a buildpack makes of this; one of them has to be called web.
PROCFILE = """\
web: python -m shared.migrate
migrate: python -m shared.migrate
smoke: python smoke.py
"""
HASH_UNCHECKED = (0b01).to_bytes(4, "little")
# Above this, what marshal writes depends on who else holds an object, so that the same source would differ by the day.
MARSHAL_VERSION = 2


def stage(function: str, folder: Path) -> Path:
    """The staged source of one function, made anew; its folder. Compiled, since a new copy would compile it again at
    every cold start."""
    module = [ROOT / MODULE] if function in WITH_MODULE else []
    target = _copied(folder / function, ROOT / "shared", ROOT / "functions" / function, *module)
    (target / "main.py").write_text(ENTRY.format(function=function))
    if function == "status":
        (target / "shared" / "openapi.json").write_text(json.dumps(openapi()))
    _compile(target)
    return target


def stage_jobs(folder: Path) -> Path:
    """The source of the image in which the migration and the smoke test run, made anew; its folder."""
    target = _copied(folder / "jobs", ROOT / "shared")
    shutil.copyfile(ROOT / "infra" / "deploy" / "smoke.py", target / "smoke.py")
    (target / "Procfile").write_text(PROCFILE)
    (target / ".python-version").write_text("3.11\n")  # the functions' own
    return target


def _copied(target: Path, *sources: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    for source in sources:
        for path in sorted(each for pattern in SHIPPED for each in source.rglob(pattern)):
            copy = target / path.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    shutil.copyfile(ROOT / "requirements.lock", target / "requirements.txt")
    return target


def _compile(target: Path) -> None:
    for path in target.rglob("*.py"):
        compiled = Path(importlib.util.cache_from_source(str(path)))
        compiled.parent.mkdir(exist_ok=True)
        compiled.write_bytes(_compiled(path.read_bytes(), path.relative_to(target).as_posix()))


@cache
def _compiled(source: bytes, name: str) -> bytes:
    """By unchecked hash, as `py_compile` would, but the same bytes in every folder and on every day; once for all
    functions."""
    code = compile(source, name, "exec", dont_inherit=True)
    head = importlib.util.MAGIC_NUMBER + HASH_UNCHECKED + importlib.util.source_hash(source)
    return head + marshal.dumps(code, MARSHAL_VERSION)


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
    parser.add_argument("--zip", action="store_true", help="also what is uploaded")
    options = parser.parse_args()
    staged = [stage(function, options.folder) for function in options.functions]
    for each in staged:
        print(each, file=sys.stderr)
    if options.zip:
        print(stage_jobs(options.folder), file=sys.stderr)
        print(archive(staged, options.folder), file=sys.stderr)


if __name__ == "__main__":
    main()

"""`python -m tests.e2e.mortal_function FUNCTION PORT FATES`, in the folder of a staged function: serves it as the
framework does, each request by a process of its own, forked from one that has imported all and connected to nothing.
A process that its fate says so of ends by signal 9, right after an effect: a call of a port that shared.bootstrap has
picked, or each request of such a call to Google's APIs. Nothing of the function knows."""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import sys
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import cache, wraps
from pathlib import Path
from types import ModuleType
from typing import Any

import google.auth
from functions_framework import create_app
from functions_framework.aio import create_asgi_app
from google.auth.crypt import RSASigner
from requests import PreparedRequest, Session
from starlette.testclient import TestClient
from werkzeug import Request, Response
from werkzeug.serving import ForkingWSGIServer, WSGIRequestHandler

import shared.bootstrap
from infra.stage import HTTP
from shared.bootstrap import life
from shared.google.firestore import LiveDocuments
from shared.services.provisioning.advancing import Advancer
from tests.e2e.fates import Fates, Mortal
from tests.integration.mortal import Port

ADAPTERS = ("shared.db.", "shared.google.", "shared.delivery.")
AT_ONCE = 6  # processes: more would only wait for a core
# What a request imports when it first calls: here once, instead of in every process.
IMPORTED = (
    "google.cloud.compute_v1",
    "google.cloud.firestore",
    "google.cloud.secretmanager_v1",
    "google.cloud.storage",
    "google.cloud.tasks_v2",
    "google.pubsub_v1.services.publisher",
    "google.pubsub_v1.services.subscriber",
)


def main(function: str, port: int, folder: Path) -> None:
    assert Path(shared.bootstrap.__file__).is_relative_to(Path.cwd()), "the staged source is what runs"
    fates = Fates(folder)
    _make_mortal(fates)
    app = _asynchronous(create_asgi_app("main")) if function in HTTP else create_app("main")
    _warm()
    Server(port, app, fates).serve_forever()


def _warm() -> None:
    """What every process would do before its first call, and none of it connects: the imports, the parts, and the
    reading of the key, which takes longer than the calls do and is done for each of seven clients."""
    for name in IMPORTED:
        importlib.import_module(name)
    RSASigner.from_string = cache(RSASigner.from_string)
    google.auth.default()
    life.reaper()


def _make_mortal(fates: Fates) -> None:
    """Every part of an adapter's class that a room of shared.bootstrap makes is a mortal port, and so are the requests
    of Google's clients, of which one call may send several; and while the function advances a VM, what it does is that
    VM's."""
    speak: set[str] = set()
    mortal = Mortal(fates, speak)
    rooms = [shared.bootstrap, *map(_room, pkgutil.iter_modules(shared.bootstrap.__path__, "shared.bootstrap."))]
    for room in rooms:
        for name, part in inspect.getmembers(room, inspect.isclass):
            if part.__module__.startswith(ADAPTERS) and not is_dataclass(part):
                setattr(room, name, _port(name, part, mortal))
                if part.__module__.startswith("shared.google.") and part is not LiveDocuments:  # that is gRPC
                    speak.add(name)
    Session.send = _mortal_send(Session.send, mortal)
    for method in ("advance", "end"):
        setattr(Advancer, method, _busy(getattr(Advancer, method), mortal))


def _room(found: pkgutil.ModuleInfo) -> ModuleType:
    return importlib.import_module(found.name)


def _port(name: str, part: type, mortal: Mortal) -> Callable[..., Port]:
    protocol = name.removeprefix("Postgres")  # as tests.integration.mortal calls it
    return lambda *given, **named: Port(protocol, part(*given, **named), mortal)


def _mortal_send(send: Callable[..., Any], mortal: Mortal) -> Callable[..., Any]:
    def within(session: Session, request: PreparedRequest, **named: Any) -> Any:
        return mortal.request(request.method, lambda: send(session, request, **named))

    return within


def _busy(work: Callable[..., Any], mortal: Mortal) -> Callable[..., Any]:
    @wraps(work)
    def within(advancer: Advancer, vm_id: str, *given: Any) -> Any:
        with mortal.busy_with(vm_id):
            return work(advancer, vm_id, *given)

    return within


def _asynchronous(app: Any) -> Callable[..., Any]:
    """The framework's ASGI app of a function, for a server that forks."""

    @Request.application
    def within(request: Request) -> Response:
        client = TestClient(app, raise_server_exceptions=False)
        answer = client.request(request.method, request.path, content=request.get_data(), headers=request.headers)
        return Response(answer.content, answer.status_code, content_type=answer.headers["content-type"])

    return within


class OneRequest(WSGIRequestHandler):
    protocol_version = "HTTP/1.0"  # no second request comes on the connection


class Server(ForkingWSGIServer):
    """What the system says of each process is written down."""

    def __init__(self, port: int, app: Callable[..., Any], fates: Fates) -> None:
        super().__init__("127.0.0.1", port, app, AT_ONCE, OneRequest)
        self.fates = fates
        self.active_children: set[int] = set()

    def collect_children(self, *, blocking: bool = False) -> None:
        while self.active_children:
            wait = blocking or len(self.active_children) >= AT_ONCE
            pid, status = os.waitpid(-1, 0 if wait else os.WNOHANG)
            if not pid:
                return
            self.active_children.discard(pid)
            self.fates.ended(pid, status)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))

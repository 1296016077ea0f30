"""A small app with the edge around it, and who may call it, for the tests of the edge."""

from __future__ import annotations

from datetime import timedelta

from fastapi.responses import StreamingResponse

from shared import auth, web
from shared.domain.accounts import Account
from shared.domain.errors import Conflict, Gone, NotFound, TooMany
from shared.domain.paging import Listing
from shared.domain.spec import Model

COOKIE = auth.new_secret()
TOKEN = auth.new_token()
HOST = "https://vm.example.com"
FRIEND = "https://friend.example.org"


class Store:
    """Ada's session; a token of whichever role the test gives it."""

    role = "user"

    def session(self, id_hash: str, idle: timedelta) -> Account | None:
        return Account("u1", "ada@example.com", self.role) if id_hash == auth.digest(COOKIE) else None

    def token(self, token_hash: str) -> Account | None:
        return Account("u1", "ada@example.com", self.role) if token_hash == auth.digest(TOKEN) else None


class Wish(Model):
    name: str
    ports: tuple[int, ...] = ()


def make_app(store: Store):
    app = web.create_app(
        "Test", lambda: auth.Auth(store, timedelta(hours=1)), origins=lambda: (FRIEND,), hops=lambda: 2
    )

    @app.get("/api/who")
    def who(caller: web.SignedIn) -> dict:
        return {"who": caller.user_id, "via": caller.via, "address": caller.address}

    @app.post("/api/things", status_code=201)
    def make(wish: Wish, caller: web.SignedIn) -> dict:
        return {"name": wish.name}

    @app.post("/api/open")
    def open_to_all(wish: Wish) -> dict:
        return {"name": wish.name}

    @app.post("/api/once")
    def once(key: web.IdempotencyKey) -> dict:
        return {"key": key}

    @app.get("/api/page")
    def a_page(page: web.Page) -> dict:
        return web.paged("items", Listing([{"size": page.size, "after": page.after}], "django-001 ✓"))

    @app.get("/api/admins")
    def admins(_: web.Admin) -> dict:
        return {}

    @app.get("/api/auditors")
    def auditors(_: web.Auditor) -> dict:
        return {}

    @app.get("/api/refuse/{kind}")
    def refuse(kind: str) -> None:
        raise {
            "missing": NotFound("no_such_vm", "There is no VM x."),
            "conflict": Conflict("quote_expired", "Prices moved.", quote={"total": "1.20"}, status=200, title="forged"),
            "gone": Gone("revealed", "It was shown once."),
            "often": TooMany("too_many", "Wait.", retry_after=7),
        }[kind]

    @app.get("/api/crash")
    def crash() -> None:
        raise RuntimeError("the password is hunter2")

    @app.get("/api/stream")
    async def stream() -> StreamingResponse:
        async def pieces():
            yield "id: 1\n\n"
            yield "id: 2\n\n"

        return StreamingResponse(pieces(), media_type="text/event-stream")

    return app


def csrf() -> dict[str, str]:
    return {"X-CSRF-Token": auth.csrf_token(COOKIE)}


def bearer() -> dict[str, str]:
    return {"Authorization": f"Bearer {TOKEN}"}

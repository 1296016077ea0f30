"""Sign up, sign in and out, preferences, API tokens."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Request, Response
from pydantic import Field

from shared import auth, bootstrap, web
from shared.bootstrap import people
from shared.domain.accounts import Preferences
from shared.domain.spec import Model

app = web.create_app("Accounts", bootstrap.auth, origins=bootstrap.cors_origins, hops=bootstrap.trusted_hops)

Email = Annotated[str, Field(max_length=320)]
Password = Annotated[str, Field(max_length=1000)]


class SignUp(Model):
    """`invitation`: the last part of an invitation's link."""

    email: Email
    password: Password
    invitation: str | None = Field(default=None, min_length=1, max_length=200)


class SignIn(Model):
    email: Email
    password: Password


class Me(Model):
    preferences: Preferences


class NewWebhook(Model):
    """`url`: an https address on the public internet."""

    url: str = Field(max_length=2000)


class NewToken(Model):
    """`name`: what the token is for."""

    name: str = Field(max_length=1000)


@app.post("/api/accounts", status_code=201)
def sign_up(body: SignUp, request: Request) -> dict[str, Any]:
    """A new account; an invitation gives its role."""
    address = web.client_address(request)
    return people.accounts().sign_up(body.email, body.password, body.invitation, address)


@app.post("/api/session", status_code=201)
def sign_in(body: SignIn, request: Request, response: Response) -> dict[str, Any]:
    """A new session: its cookie, and the token that every write by it carries as X-CSRF-Token."""
    cookie = request.cookies.get(web.COOKIE)
    before = auth.digest(cookie) if cookie else None
    opened = people.accounts().sign_in(body.email, body.password, web.client_address(request), before)
    web.set_session(response, opened.cookie, opened.longest)
    return {"csrf_token": opened.csrf_token, "user": opened.user}


@app.delete("/api/session", status_code=204)
def sign_out(caller: web.SignedIn, response: Response) -> None:
    """This session ends."""
    if caller.session is not None:
        people.accounts().sign_out(caller.actor, caller.session)
    web.end_session(response)


@app.get("/api/me")
def me(caller: web.SignedIn) -> dict[str, Any]:
    """Who I am, what I prefer, and what I may have."""
    return people.accounts().me(caller.user_id) | {"csrf_token": caller.csrf_token}


@app.patch("/api/me")
def prefer(body: Me, caller: web.SignedIn) -> dict[str, Any]:
    """Set the preferences that are sent, null to unset one."""
    return people.accounts().prefer(caller.actor, body.preferences) | {"csrf_token": caller.csrf_token}


@app.get("/api/me/notices")
def notices(caller: web.SignedIn) -> dict[str, Any]:
    """By which ways notices can come to me, and my webhook."""
    return people.webhooks().ways(caller.user_id)


@app.post("/api/me/webhook", status_code=201)
def set_webhook(body: NewWebhook, caller: web.SignedIn) -> dict[str, Any]:
    """Send my notices there, in the place of where they went before; the secret that signs them is shown this once."""
    return people.webhooks().set(caller.actor, body.url)


@app.delete("/api/me/webhook", status_code=204)
def delete_webhook(caller: web.SignedIn) -> None:
    """Send my notices nowhere by HTTPS."""
    people.webhooks().delete(caller.actor)


@app.post("/api/tokens", status_code=201)
def create_token(body: NewToken, caller: web.SignedIn) -> dict[str, Any]:
    """An API token, shown this once."""
    return people.accounts().create_token(caller.actor, body.name)


@app.get("/api/tokens")
def tokens(caller: web.SignedIn, page: web.Page) -> dict[str, Any]:
    """My tokens."""
    return web.paged("tokens", people.accounts().tokens(caller.user_id, page))


@app.delete("/api/tokens/{token_id}", status_code=204)
def delete_token(token_id: str, caller: web.SignedIn) -> None:
    """The token stops working at once."""
    people.accounts().delete_token(caller.actor, token_id)


main = web.function(app)

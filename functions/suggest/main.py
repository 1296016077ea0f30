"""Words → an explained, priced suggestion; prices of edits; the catalogue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import Header
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import Field

from shared import bootstrap, web
from shared.domain.quote import Quote
from shared.domain.spec import Model, Spec
from shared.domain.suggestion import Suggestion
from shared.services.cataloguing import catalogue

app = web.create_app("Suggest", bootstrap.auth, origins=bootstrap.cors_origins, hops=bootstrap.trusted_hops)

PIECES = ("analysis", "spec", "reasons", "quote", "alternatives")


class RequestBody(Model):
    """`request`: what is needed, in plain words. `refines`: the id of a suggestion that these words change."""

    request: str = Field(min_length=1, max_length=10_000)
    refines: str | None = Field(default=None, max_length=64)
    timezone: str | None = Field(default=None, max_length=64)
    locale: str | None = Field(default=None, max_length=35)
    use_model: bool = True


class QuoteBody(Model):
    """`vm`: the name of a VM whose whole life is to be quoted under this spec."""

    spec: Spec
    vm: str | None = Field(default=None, max_length=63)


@app.post("/api/suggestions", status_code=201, response_model=Suggestion)
def suggest(body: RequestBody, caller: web.SignedIn, accept: Annotated[str, Header()] = "") -> Response:
    """A suggestion with reasons and a price; as server-sent events the same in pieces."""
    bootstrap.suggestion_limit().hit(caller.user_id, caller.address)
    made = bootstrap.pricing().suggest(caller.user_id, body.request, body.refines, body.timezone, body.use_model)
    document = made.model_dump(mode="json")
    if "text/event-stream" in accept:
        return StreamingResponse(_pieces(document), 201, media_type="text/event-stream")
    return JSONResponse(document, 201)


@app.get("/api/suggestions/{suggestion_id}")
def suggestion(suggestion_id: str, caller: web.SignedIn) -> Suggestion:
    """One that was made before."""
    return bootstrap.pricing().suggestion(caller.user_id, suggestion_id)


@app.post("/api/quotes", status_code=201)
def quote(body: QuoteBody, caller: web.SignedIn) -> Quote:
    """The price of an edited specification, or of a VM's whole life with another duration."""
    if body.vm is None:
        return bootstrap.pricing().quote(caller.user_id, body.spec)
    return bootstrap.pricing().quote_for_vm(caller.user_id, caller.role == "admin", body.vm, body.spec)


@app.get("/api/catalog")
def catalog(_: web.SignedIn) -> dict[str, Any]:
    """What a specification may be made of."""
    return catalogue()


def _pieces(document: dict[str, Any]) -> Iterator[str]:
    for piece in PIECES:
        yield f"event: {piece}\ndata: {json.dumps(document[piece])}\n\n"
    yield f"event: suggestion\ndata: {json.dumps(document)}\n\n"


main = web.function(app)

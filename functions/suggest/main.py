"""Words → an explained, priced suggestion; prices of edits; the catalogue."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Header
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from shared import bootstrap, web
from shared.bootstrap import suggestions
from shared.domain.quote import Quote
from shared.domain.spec import Model, Spec
from shared.domain.suggestion import Analysis, Suggestion
from shared.services.cataloguing import catalogue
from shared.services.suggesting import Steps
from shared.suggestion.model.dialogue import Explanation

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
    suggestions.suggestion_limit().hit(caller.user_id, caller.address)
    asked = (caller.user_id, body.request, body.refines, body.timezone, body.use_model)
    if "text/event-stream" in accept:
        return web.event_stream(_events(suggestions.pricing().steps(*asked)), 201)
    return JSONResponse(suggestions.pricing().suggest(*asked).model_dump(mode="json"), 201)


@app.get("/api/suggestions/{suggestion_id}")
def suggestion(suggestion_id: str, caller: web.SignedIn) -> Suggestion:
    """One that was made before."""
    return suggestions.pricing().suggestion(caller.user_id, suggestion_id)


@app.post("/api/quotes", status_code=201)
def quote(body: QuoteBody, caller: web.SignedIn) -> Quote:
    """The price of an edited specification, or of a VM's whole life with another duration, machine type or disk."""
    if body.vm is None:
        return suggestions.pricing().quote(caller.user_id, body.spec)
    return suggestions.pricing().quote_for_vm(caller.user_id, caller.role == "admin", body.vm, body.spec)


@app.get("/api/catalog")
def catalog(_: web.SignedIn) -> dict[str, Any]:
    """What a specification may be made of."""
    return catalogue()


def _events(steps: Steps) -> Generator[str, None, None]:
    """Each step as an event of its own, and the suggestion in pieces, then whole."""
    for step in steps:
        if isinstance(step, Analysis):
            yield _event("analysis", step.model_dump(mode="json"))
        elif isinstance(step, Explanation):
            yield _event("explanation", asdict(step))
        else:
            document = step.model_dump(mode="json")
            yield from (_event(piece, document[piece]) for piece in PIECES)
            yield _event("suggestion", document)


def _event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


main = web.function(app)

"""Woken by Cloud Scheduler every minute: unsent messages, ends, stuck work, reconciliation with the cloud."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from shared import bootstrap, web

app = FastAPI(title="Reaper", docs_url=None, redoc_url=None, openapi_url=None)


@app.post("/")
def sweep() -> dict[str, Any]:
    """One sweep; what each part of it did."""
    return bootstrap.reaper().sweep()


main = web.function(app)

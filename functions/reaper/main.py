"""Woken by Cloud Scheduler every minute: unsent messages, ends, stuck work, reconciliation with the cloud."""

from __future__ import annotations

from typing import Any

from shared import bootstrap, web
from shared.bootstrap import life

app = web.create_app("Reaper", bootstrap.auth, origins=bootstrap.cors_origins, hops=bootstrap.trusted_hops)


@app.post("/")
def sweep() -> dict[str, Any]:
    """One sweep; what each part of it did."""
    return life.reaper().sweep()


main = web.function(app)

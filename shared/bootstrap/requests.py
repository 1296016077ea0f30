"""What is asked done to a VM."""

from __future__ import annotations

from functools import cache

from shared import bootstrap
from shared.bootstrap import channels, rows, suggestions
from shared.services.idle_stops import IdleStops
from shared.services.limiting import Limit
from shared.services.owning import Owning
from shared.services.requesting import Requesting


@cache
def creation_limit() -> Limit:
    return bootstrap.hourly("create", bootstrap.settings().creation_limit)


@cache
def requesting() -> Requesting:
    return Requesting(
        rows.approvals(),
        rows.idempotency(),
        channels.relay(),
        suggestions.pricing().quote,
        suggestions.pricing().validate,
        suggestions.pricing().own_key,
        suggestions.pricing().suggestion,
        creation_limit().hit,
        bootstrap.settings().figures,
    )


@cache
def owning() -> Owning:
    return Owning(
        rows.registry(),
        rows.approvals(),
        rows.idempotency(),
        channels.secrets,
        channels.relay(),
        suggestions.pricing().whole_life,
        suggestions.pricing().check,
        bootstrap.settings().figures,
        bootstrap.settings().environment,
    )


@cache
def idle_stops() -> IdleStops:
    return IdleStops(rows.registry(), rows.use(), channels.relay())

"""From words to a price that can be approved."""

from __future__ import annotations

from functools import cache

from shared import bootstrap
from shared.bootstrap import rows
from shared.bootstrap.model import consulting
from shared.db.accounts import PostgresAccounts
from shared.db.suggestions import PostgresQuotes, PostgresSuggestions
from shared.services.limiting import Limit
from shared.services.pricing import Pricing
from shared.services.quoting import QuoteFigures
from shared.services.suggesting import Suggesting


@cache
def suggestion_limit() -> Limit:
    return bootstrap.hourly("suggest", bootstrap.settings().suggestion_limit)


@cache
def suggesting() -> Suggesting:
    return Suggesting(
        PostgresSuggestions(bootstrap.engine()),
        PostgresQuotes(bootstrap.engine()),
        rows.reads().regions,
        rows.registry().clock,
        consulting(bootstrap.settings(), bootstrap.engine()),
        _quote_figures(),
        bootstrap.settings().longest_lease,
    )


@cache
def pricing() -> Pricing:
    return Pricing(
        suggesting(),
        PostgresQuotes(bootstrap.engine()),
        PostgresAccounts(bootstrap.engine()).user,
        rows.reads(),
        rows.registry().clock,
        bootstrap.settings().figures,
    )


def _quote_figures() -> QuoteFigures:
    chosen = bootstrap.settings()
    return QuoteFigures(
        valid_for=chosen.quote_valid,
        placed_within=chosen.requested_deadline,
        up_within=chosen.figures.up_deadline,
        up_within_windows=chosen.figures.up_deadline_windows,
        headroom=chosen.switch_headroom,
        longest_switch=chosen.longest_switch,
    )

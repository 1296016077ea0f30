"""What is taken over from the cloud into rows that a restored backup set back."""

from __future__ import annotations

from functools import cache

from shared.bootstrap import channels, life, rows, suggestions
from shared.services.recovering import Recovering


@cache
def recovering() -> Recovering:
    return Recovering(
        life.platform(),
        rows.approvals(),
        rows.idempotency(),
        channels.relay(),
        suggestions.pricing().whole_life,
    )
